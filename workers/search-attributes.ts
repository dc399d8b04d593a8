import type { Connection } from '@temporalio/client';
import { searchAttributes } from '../workflows/search-attributes.ts';

const KEYWORD = 2;

/**
 * Workflows that set an attribute which the namespace does not know would retry for ever, so they come first. Where this
 * process may not add them (Temporal Cloud), it says which ones somebody else must.
 */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.values(searchAttributes).filter((name) => !(name in customAttributes));
  if (missing.length === 0) return;
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
    });
  } catch (error) {
    const names = missing.map((name) => `${name}=Keyword`).join(', ');
    throw new Error(`Add these search attributes to the namespace ${namespace}: ${names}`, { cause: error });
  }
}
