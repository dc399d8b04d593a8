import type { Em } from '../database.ts';
import { type Warehouse, WarehouseSchema } from '../entities/stock.ts';
import { giveToQueue, lockQueue } from './queue.ts';
import { giveUp, isLabelled, type Lost, openClaims, summed, take } from './shrink.ts';

/** What became of what a warehouse was to ship when it was closed. */
export interface Moved {
  lost: Lost[];
  /** Fulfillments that have their label, or may have: they leave from here still, unless a person reroutes them. */
  staying: { orderId: string; fulfillmentId: string }[];
}

/**
 * Orders that wait for what it may send from now on are served; what a closed one was to ship goes elsewhere. `moved`
 * is null where it was not closed by this. null: there is no such warehouse.
 */
export async function changeWarehouse(
  em: Em,
  code: string,
  change: Partial<Omit<Warehouse, 'code' | 'createdAt'>>,
): Promise<{ row: Warehouse; moved: Moved | null } | null> {
  const serving = change.active !== undefined || change.countries !== undefined;
  const skus = await lockQueue(em, await affectedSkus(em, code, serving));
  const row = await em.findOne(WarehouseSchema, { code });
  if (!row) return null;
  const closing = row.active && change.active === false;
  em.assign(row, change);
  await em.flush();
  const moved = closing ? await moveAway(em, code) : null;
  await giveToQueue(em, skus);
  return { row, moved };
}

/**
 * Those that are waited for and that it has. Where it begins or ends to serve somebody every one, also those that it
 * never had or nobody waits for yet: at this moment one may be received there, or an order begin to wait for it.
 */
async function affectedSkus(em: Em, code: string, serving: boolean): Promise<string[]> {
  const rows = await em.execute<{ sku: string }[]>(
    serving
      ? 'select sku from product'
      : 'select distinct w.sku from stock_wait w join stock_level l on l.sku = w.sku where l.warehouse = ?',
    serving ? [] : [code],
  );
  return rows.map(({ sku }) => sku);
}

/**
 * What has no label goes elsewhere: its claims are released, its fulfillments dissolved, and their workflows told in
 * the same transaction. What its orders have in other warehouses stays.
 */
async function moveAway(em: Em, warehouse: string): Promise<Moved> {
  await em.execute(
    `select 1 from fulfillment where id in (
       select fulfillment_id from claim where warehouse = ? and state = 'open') order by id for no key update`,
    [warehouse],
  );
  const claimed = await em.execute<{ sku: string }[]>(
    `select distinct sku from claim where warehouse = ? and state = 'open' order by sku`,
    [warehouse],
  );
  const gone = [];
  for (const { sku } of claimed) {
    const claims = (await openClaims(em, warehouse, sku)).filter(({ labelled }) => !labelled);
    gone.push(...take(claims, Number.MAX_SAFE_INTEGER));
  }
  await giveUp(em, { warehouse, cause: 'it was closed' }, gone);
  const staying = await em.execute<Moved['staying']>(
    `select distinct f.order_id as "orderId", f.id as "fulfillmentId" from fulfillment f
     join claim c on c.fulfillment_id = f.id and c.state = 'open'
     where c.warehouse = ? and ${isLabelled('f')} order by f.id`,
    [warehouse],
  );
  return { lost: summed(gone), staying };
}
