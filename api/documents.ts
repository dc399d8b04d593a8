import { z } from 'zod';
import type { Em } from '../db/database.ts';
import { WarehouseSchema } from '../db/entities/stock.ts';
import { missingProducts } from '../db/read/stock.ts';
import { NotInState } from '../domain/documents.ts';
import { cursorOf, pageQuery } from './http/page.ts';
import { type FieldError, invalid, Problem } from './problem.ts';
import { warehouseCode } from './schemas/common.ts';

/** What the routes of a warehouse's documents (purchase orders, transfers, counts) have in common. */

export const utc = (time: string) => new Date(time).toISOString();
export const maybe = (time: string | null) => (time === null ? null : utc(time));
export const problems = ['not-found', 'not-possible'] as const;

export function pageQueryOf<S extends readonly [string, ...string[]]>(states: S) {
  return z.strictObject({
    state: z.enum(states).optional(),
    warehouse: warehouseCode.optional(),
    cursor: cursorOf(z.uuid()),
    limit: pageQuery.limit,
  });
}

/** Answers what is possible instead, where a document is in another state. */
export async function inState<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof NotInState)
      throw new Problem('not-possible', `${error.message}.`, { possible: error.possible });
    throw error;
  }
}

export async function requireWarehouses(em: Em, given: Record<string, string>): Promise<void> {
  const errors: FieldError[] = [];
  for (const [field, code] of Object.entries(given))
    if (!(await em.findOne(WarehouseSchema, { code })))
      errors.push({ field, message: `is no warehouse: ${JSON.stringify(code)}` });
  if (errors.length > 0) throw invalid(...errors);
}

export async function requireProducts(em: Em, lines: readonly { sku: string }[]): Promise<void> {
  const missing = await missingProducts(
    em,
    lines.map(({ sku }) => sku),
  );
  const errors = lines.flatMap(({ sku }, index) =>
    missing.has(sku) ? { field: `lines.${index}.sku`, message: `is no product: ${JSON.stringify(sku)}` } : [],
  );
  if (errors.length > 0) throw invalid(...errors);
}
