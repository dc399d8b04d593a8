import type { Em } from '../db/database.ts';
import { StepUndone, type StepKey } from '../db/steps.ts';
import { Refusal } from './failure.ts';

/**
 * Locks a fulfillment that is about to be labelled or to leave, under its order's lock, so that its stock can't be
 * taken away meanwhile. Throws `StepUndone` when it was dissolved or sent elsewhere, and the refusal `stock_gone` when
 * it no longer has all that it is to ship.
 */
export async function lockLiveFulfillment(em: Em, key: StepKey, fulfillmentId: string): Promise<void> {
  const locked = em.execute<{ warehouse: string; live: boolean }[]>(
    `select warehouse, stage <> 'cancelled' and given_up_at is null as live from fulfillment where id = ?
     for no key update`,
    [fulfillmentId],
  );
  const [[row], gone] = await Promise.all([locked, stockGone(em, fulfillmentId)]);
  if (!row?.live) throw new StepUndone(key);
  if (gone.length > 0) throw new Refusal('stock_gone', goneSentence(row.warehouse, gone));
}

export interface Gone {
  sku: string;
  missing: number;
}

/** What a fulfillment is to ship and has no claim on (any more). */
export async function stockGone(em: Em, fulfillmentId: string): Promise<Gone[]> {
  return em.execute<Gone[]>(
    `select l.sku, (l.quantity - coalesce(c.quantity, 0))::int as missing
     from (select sku, sum(quantity) as quantity from fulfillment_line where fulfillment_id = ? group by 1) l
     left join (select sku, sum(quantity) as quantity from claim
                where fulfillment_id = ? and state in ('open', 'shipped') group by 1) c on c.sku = l.sku
     where l.quantity > coalesce(c.quantity, 0) order by l.sku`,
    [fulfillmentId, fulfillmentId],
  );
}

export const goneSentence = (warehouse: string, gone: readonly Gone[]): string =>
  `${gone.map(({ sku, missing }) => `${missing} of ${sku}`).join(', ')} is not in ${warehouse} any more: ` +
  'reroute the fulfillment, or put the stock right (a count) and retry';
