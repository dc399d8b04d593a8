import type { Connection } from '@temporalio/client';
import { searchAttributes } from '../workflows/search-attributes.ts';

const KEYWORD = 2;

/** Workflows that set an attribute which the namespace does not know would retry for ever, so they come first. */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.values(searchAttributes).filter((name) => !(name in customAttributes));
  if (missing.length === 0) return;
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
  });
}
