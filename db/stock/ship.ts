import type { Em } from '../database.ts';
import { lockSkus } from '../locks.ts';

/**
 * Turns a fulfillment's claims into movements out. Returns false when that was done before, true when it was
 * done now. Under the order's lock; takes those of its SKUs. Throws where the fulfillment is cancelled: its stock is no
 * longer its own.
 */
export async function shipClaims(em: Em, fulfillmentId: string, actor: string): Promise<boolean> {
  const claims = await em.execute<{ sku: string }[]>(
    `select distinct sku from claim where fulfillment_id = ? and state = 'open'`,
    [fulfillmentId],
  );
  await lockSkus(
    em,
    claims.map(({ sku }) => sku),
  );
  const [fulfillment] = await em.execute<{ stage: string }[]>(
    'select stage from fulfillment where id = ? for no key update',
    [fulfillmentId],
  );
  if (!fulfillment) throw new Error(`No fulfillment ${fulfillmentId}`);
  if (['shipped', 'delivered', 'closed'].includes(fulfillment.stage)) return false;
  if (fulfillment.stage !== 'labelled')
    throw new Error(
      `Fulfillment ${fulfillmentId} is ${fulfillment.stage}: only what has its labels is handed over`,
    );
  await em.execute(`update claim set state = 'shipped' where fulfillment_id = ? and state = 'open'`, [
    fulfillmentId,
  ]);
  await em.execute(
    `insert into stock_movement (id, warehouse, sku, lot_id, quantity, reason, reference, actor)
     select gen_random_uuid(), warehouse, sku, lot_id, -quantity, 'shipment', 'claim/' || id, ?
     from claim where fulfillment_id = ? and state = 'shipped'`,
    [actor, fulfillmentId],
  );
  return true;
}
