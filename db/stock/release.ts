import type { Em } from '../database.ts';
import { giveToQueue, lockQueue } from './queue.ts';

/**
 * Gives back the stock that one generation of an order still holds, and its place in the queue; what becomes free
 * goes to those who wait, in the same transaction. Claims of fulfillments in `keep` stay: their parcels have left.
 */
export async function releaseClaims(
  em: Em,
  order: { orderId: string; generation: number; keep: readonly string[] },
): Promise<void> {
  const { orderId, generation } = order;
  const keep = order.keep.length ? [...order.keep] : [orderId];
  const held = await em.execute<{ sku: string }[]>(
    `select distinct c.sku from claim c join reservation r on r.id = c.reservation_id
     where r.order_id = ? and r.generation = ? and c.state = 'open'
     union select sku from stock_wait where order_id = ? and generation = ?`,
    [orderId, generation, orderId, generation],
  );
  const skus = await lockQueue(
    em,
    held.map(({ sku }) => sku),
  );
  await em.execute('delete from stock_wait where order_id = ? and generation = ?', [orderId, generation]);
  await em.execute(
    `update claim c set state = 'released' from reservation r
     where r.id = c.reservation_id and r.order_id = ? and r.generation = ? and c.state = 'open'
       and (c.fulfillment_id is null or c.fulfillment_id not in (?))`,
    [orderId, generation, keep],
  );
  await em.execute(
    `update reservation set state = 'released' where order_id = ? and generation = ? and state = 'open'
       and not exists (select 1 from claim c where c.reservation_id = reservation.id and c.state = 'open')`,
    [orderId, generation],
  );
  if (skus.length > 0) await giveToQueue(em, skus);
}

/**
 * Gives back what an order holds that no fulfillment has yet, and its place in the queue. Under `lockQueue` of its
 * SKUs; what becomes free is for whoever calls to give on.
 */
export async function giveBackUnallocated(
  em: Em,
  { orderId, generation }: { orderId: string; generation: number },
): Promise<void> {
  await em.execute('delete from stock_wait where order_id = ? and generation = ?', [orderId, generation]);
  await em.execute(
    `update claim c set state = 'released' from reservation r
     where r.id = c.reservation_id and r.order_id = ? and r.generation = ? and c.state = 'open'
       and c.fulfillment_id is null`,
    [orderId, generation],
  );
}
