import { v7 as uuid } from 'uuid';
import { recordAudit } from '../audit.ts';
import type { Em } from '../database.ts';
import { takeOffSale } from './lot-state.ts';
import { giveToQueue, lockQueue } from './queue.ts';
import { isLabelled, lockFulfillments } from './shrink.ts';

export interface RecallRequest {
  sku: string;
  /** The supplier's batch, in every warehouse. */
  lot: string;
  reason: string;
  actor: string;
}

/**
 * Calls a batch back in every warehouse: its lots leave sale for good, and each order that has units of it becomes an
 * item: those without a label are allocated anew by themselves, of those with one a person is asked, what has left is
 * to be returned. A batch is recalled once: again, it adds only what came after. null: no warehouse ever had it.
 * Later receipts of the batch are recalled by the database as they come.
 */
export async function recallBatch(
  em: Em,
  { sku, lot, reason, actor }: RecallRequest,
): Promise<{ id: string; added: boolean } | null> {
  const skus = await lockQueue(em, [sku]);
  const lots = await em.execute<{ id: string; warehouse: string; recalled: boolean }[]>(
    `select id, warehouse, state = 'recalled' as recalled from lot where sku = ? and number = ? order by warehouse`,
    [sku, lot],
  );
  if (lots.length === 0) return null;
  const made = await em.execute<{ id: string }[]>(
    `insert into recall (id, sku, lot, reason, actor) values (?, ?, ?, ?, ?) on conflict (sku, lot) do nothing
     returning id`,
    [uuid(), sku, lot, reason, actor],
  );
  const [recall] = await em.execute<{ id: string }[]>('select id from recall where sku = ? and lot = ?', [
    sku,
    lot,
  ]);
  const { id } = recall!;
  for (const { warehouse } of lots) await lockFulfillments(em, warehouse, sku);
  const items = await addItems(em, id, lots);
  const onSale = lots.filter(({ recalled }) => !recalled);
  for (const one of onSale) await takeOffSale(em, one.id, 'recalled', `lot ${lot} was recalled`);
  const added = made.length + items + onSale.length > 0;
  if (added)
    await recordAudit(em, {
      actor,
      what: 'lot_recalled',
      subject: id,
      detail: `${sku}, lot ${lot} in ${lots.map(({ warehouse }) => warehouse).join(', ')} (${items} orders): ${reason}`,
    });
  await giveToQueue(em, skus);
  return { id, added };
}

/** As they stand before anything is released. Returns how many are new. */
async function addItems(em: Em, recallId: string, lots: readonly { id: string }[]): Promise<number> {
  const rows = await em.execute(
    `insert into recall_item (recall_id, fulfillment_id, lot_id, order_id, quantity, outcome)
     select ?, f.id, c.lot_id, f.order_id, sum(c.quantity),
            case when bool_or(c.state = 'shipped') then 'to_return' when ${isLabelled('f')} then 'to_check'
                 else 'reallocated' end
     from claim c join fulfillment f on f.id = c.fulfillment_id
     where c.lot_id in (?) and c.state in ('open', 'shipped') group by f.id, c.lot_id
     on conflict do nothing returning order_id`,
    [recallId, lots.map(({ id }) => id)],
  );
  return rows.length;
}

export type Returned = 'returned' | 'not_out' | null;

/** Its goods came back. Said before: nothing. `not_out`: they never left. null: there is no such item. */
export async function markReturned(
  em: Em,
  item: { recallId: string; fulfillmentId: string; actor: string; reason: string },
): Promise<Returned> {
  const [found] = await em.execute<{ orderId: string; outcome: string; returned: boolean }[]>(
    `select order_id as "orderId", outcome, returned_at is not null as returned from recall_item
     where recall_id = ? and fulfillment_id = ? for no key update`,
    [item.recallId, item.fulfillmentId],
  );
  if (!found) return null;
  if (found.outcome === 'reallocated') return 'not_out';
  if (found.returned) return 'returned';
  await em.execute('update recall_item set returned_at = now() where recall_id = ? and fulfillment_id = ?', [
    item.recallId,
    item.fulfillmentId,
  ]);
  await recordAudit(em, {
    actor: item.actor,
    what: 'recall_returned',
    orderId: found.orderId,
    subject: item.fulfillmentId,
    detail: item.reason,
  });
  return 'returned';
}
