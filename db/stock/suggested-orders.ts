import { type Suggestion, suggest } from '../../domain/replenishment.ts';
import type { Em } from '../database.ts';
import { lockSkus } from '../locks.ts';
import { type PlanningRow, readPlanning } from '../read/replenishment.ts';
import { createPurchaseOrder } from './purchase-orders.ts';

export interface SuggestedOrders {
  warehouse: string;
  supplier?: string | undefined;
  skus?: readonly string[] | undefined;
  reason: string;
  actor: string;
}

type Needed = PlanningRow & Pick<Suggestion, 'suggestedQuantity'>;

/**
 * Drafts what is suggested, one purchase order per supplier and currency, and returns their ids. The SKUs that seem to
 * be needed are locked and looked at again: of those who do it at the same time, the second sees the first one's draft.
 */
export async function draftSuggestedOrders(em: Em, wanted: SuggestedOrders, now: Date): Promise<string[]> {
  const seem = await readNeeded(em, wanted, now);
  const skus = seem.map(({ sku }) => sku);
  await lockSkus(em, skus);
  const needed = await readNeeded(em, { ...wanted, skus }, now);
  const orders = Map.groupBy(needed, ({ supplier, currency }) => JSON.stringify([currency, supplier]));
  const ids: string[] = [];
  for (const [, lines] of [...orders].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    ids.push(await draft(em, lines, wanted, now));
  return ids;
}

async function readNeeded(em: Em, wanted: SuggestedOrders, now: Date): Promise<Needed[]> {
  const { warehouse, supplier, skus } = wanted;
  if (skus?.length === 0) return [];
  const rows = await readPlanning(em, { warehouse, supplier, activeOnly: true }, now);
  return rows
    .filter(({ sku }) => !skus || skus.includes(sku))
    .map((row) => ({ ...row, suggestedQuantity: suggest(row, row).suggestedQuantity }))
    .filter(({ suggestedQuantity }) => suggestedQuantity > 0);
}

async function draft(
  em: Em,
  lines: readonly Needed[],
  { warehouse, reason, actor }: SuggestedOrders,
  now: Date,
): Promise<string> {
  const { supplier, currency } = lines[0]!;
  const { id } = await createPurchaseOrder(em, {
    ...{ supplier, warehouse, currency, note: reason, actor },
    expectedAt: await dayIn(em, warehouse, now, Math.max(...lines.map(({ leadTimeDays }) => leadTimeDays))),
    lines: lines.map(({ sku, suggestedQuantity, unitCost }) => ({
      ...{ sku, unitCost, quantity: suggestedQuantity },
    })),
  });
  return id;
}

/** YYYY-MM-DD, so many days from now, where the warehouse is. */
async function dayIn(em: Em, warehouse: string, now: Date, days: number): Promise<string> {
  const [row] = await em.execute<{ day: string }[]>(
    `select ((?::timestamptz at time zone time_zone)::date + ?::int)::text as day from warehouse where code = ?`,
    [now.toISOString(), days, warehouse],
  );
  return row!.day;
}

/** Of these SKUs, those that this warehouse does not buy. */
export async function notReplenished(
  em: Em,
  warehouse: string,
  skus: readonly string[],
): Promise<Set<string>> {
  if (skus.length === 0) return new Set();
  const rows = await em.execute<{ sku: string }[]>(
    'select sku from replenishment where warehouse = ? and sku in (?)',
    [warehouse, [...skus]],
  );
  const known = new Set(rows.map(({ sku }) => sku));
  return new Set(skus.filter((sku) => !known.has(sku)));
}
