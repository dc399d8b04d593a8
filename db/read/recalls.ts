import type { Em } from '../database.ts';
import type { recallOutcomes } from '../entities/inventory.ts';

export type RecallOutcome = (typeof recallOutcomes)[number];

export interface RecallRow {
  id: string;
  sku: string;
  lot: string;
  reason: string;
  actor: string;
  at: string;
  /** Orders, by what became of them; `returned` of those to return or to check. */
  counts: Record<RecallOutcome | 'returned', number>;
  /** Where the batch is, or was. */
  lots: { id: string; warehouse: string; onHand: number }[];
}

/** The newest first, one more than `limit` when there is a next page. `id`: that one alone. */
export async function listRecalls(
  em: Em,
  filter: { id?: string; after?: { at: string; id: string }; limit: number },
): Promise<RecallRow[]> {
  const parts: [string, ...unknown[]][] = [['true']];
  if (filter.id !== undefined) parts.push(['r.id = ?', filter.id]);
  if (filter.after)
    parts.push(['(r.at, r.id) < (?::timestamptz, ?::uuid)', filter.after.at, filter.after.id]);
  return em.execute<RecallRow[]>(
    `select r.id, r.sku, r.lot, r.reason, r.actor, to_jsonb(r.at) #>> '{}' as at, i.counts,
            (select jsonb_agg(jsonb_build_object('id', id, 'warehouse', warehouse, 'onHand', on_hand) order by warehouse)
             from lot where sku = r.sku and number = r.lot) as lots
     from recall r cross join lateral (
       select jsonb_build_object(
         'reallocated', count(*) filter (where outcome = 'reallocated'),
         'to_check', count(*) filter (where outcome = 'to_check'),
         'to_return', count(*) filter (where outcome = 'to_return'), 'returned', count(returned_at)) as counts
       from recall_item where recall_id = r.id) i
     where ${parts.map(([sql]) => sql).join(' and ')} order by r.at desc, r.id desc limit ?`,
    [...parts.flatMap(([, ...values]) => values), filter.limit + 1],
  );
}

export interface RecallItemRow {
  orderId: string;
  number: string;
  fulfillmentId: string;
  warehouse: string;
  stage: string;
  quantity: number;
  outcome: RecallOutcome;
  returnedAt: string | null;
  customerName: string | null;
  customerEmail: string | null;
}

/** By fulfillment, one more than `limit` when there is a next page. */
export async function listRecallItems(
  em: Em,
  recallId: string,
  page: { after?: string; limit: number },
): Promise<RecallItemRow[]> {
  return em.execute<RecallItemRow[]>(
    `select o.id as "orderId", o.number, f.id as "fulfillmentId", f.warehouse, f.stage, i.quantity, i.outcome,
            to_jsonb(i.returned_at) #>> '{}' as "returnedAt",
            v.snapshot -> 'shippingAddress' ->> 'name' as "customerName", o.customer_email as "customerEmail"
     from recall_item i join fulfillment f on f.id = i.fulfillment_id join orders o on o.id = i.order_id
     join order_version v on v.order_id = o.id and v.version = f.order_version
     where i.recall_id = ? and (?::uuid is null or f.id > ?::uuid) order by f.id limit ?`,
    [recallId, page.after ?? null, page.after ?? null, page.limit + 1],
  );
}
