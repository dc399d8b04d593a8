import { availableAt } from '../../domain/allocation/quantities.ts';
import { type Place, placeInQueue } from '../../domain/allocation/place.ts';
import type { Em } from '../database.ts';
import { readSites, serves, type SupplySite } from '../stock/supply.ts';
import { readIncoming } from './documents.ts';

/** A SKU that an order is in the queue for. */
export interface AwaitedStock extends Place {
  sku: string;
  quantity: number;
}

/** Where waiting orders go, and the warehouses that serve them no more. */
interface Lane {
  country: string;
  excluded: string[];
}

interface Wait extends Lane {
  sku: string;
  quantity: number;
  ahead: (Lane & { orders: number; quantity: number })[];
}

/**
 * What an order is in the queue for, by SKU, and where it stands there: an estimate that takes no locks, by the order
 * that the queue is served in. Empty where it waits for nothing.
 */
export async function readAwaitedStock(em: Em, orderId: string): Promise<AwaitedStock[]> {
  const waits = await readWaits(em, orderId);
  if (waits.length === 0) return [];
  const sites = await readSites(
    em,
    waits.map(({ sku }) => sku),
  );
  const awaited: AwaitedStock[] = [];
  for (const { sku, quantity, ahead, ...lane } of waits) {
    const free = sites.map((site) => ({ warehouse: site.warehouse, quantity: availableAt(site, sku) }));
    const coming = await readIncoming(em, sku);
    const place = placeInQueue(
      { quantity, warehouses: serving(sites, lane) },
      ahead.map(({ orders, quantity: wanted, ...its }) => ({
        ...{ orders, quantity: wanted, warehouses: serving(sites, its) },
      })),
      free,
      coming.map(({ sellable, ...one }) => ({ ...one, quantity: sellable })),
    );
    awaited.push({ sku, quantity, ...place });
  }
  return awaited;
}

const serving = (sites: readonly SupplySite[], { country, excluded }: Lane) =>
  sites
    .filter((site) => serves(site, country) && !excluded.includes(site.warehouse))
    .map(({ warehouse }) => warehouse);

/** Ages are compared as the queue does, to the millisecond. */
async function readWaits(em: Em, orderId: string): Promise<Wait[]> {
  return em.execute<Wait[]>(
    `with waiting as (
       select w.*, date_trunc('milliseconds', w.placed_at) as age, coalesce(r.excluded, '{}') as excluded
       from stock_wait w left join reservation r on r.order_id = w.order_id and r.generation = w.generation
       where w.sku in (select sku from stock_wait where order_id = ?))
     select own.sku, own.quantity, own.country, own.excluded, coalesce(jsonb_agg(jsonb_build_object(
              'country', before.country, 'excluded', before.excluded, 'orders', before.orders,
              'quantity', before.quantity)) filter (where before.orders > 0), '[]') as ahead
     from waiting own left join lateral (
       select w.country, w.excluded, count(*)::int as orders, sum(w.quantity)::int as quantity from waiting w
       where w.sku = own.sku and (w.priority, w.age, w.order_id) < (own.priority, own.age, own.order_id)
       group by w.country, w.excluded) before on true
     where own.order_id = ? group by own.sku, own.quantity, own.country, own.excluded order by own.sku`,
    [orderId, orderId],
  );
}

/**
 * Where an order that is short of these would stand in their queue. `orderId` as it is or would be: an order that waits
 * already does not wait before itself.
 */
export async function readPlaces(
  em: Em,
  order: { orderId: string; country: string; priority: number; placedAt: string },
  short: readonly { sku: string; quantity: number }[],
): Promise<AwaitedStock[]> {
  const sites = await readSites(
    em,
    short.map(({ sku }) => sku),
  );
  const places: AwaitedStock[] = [];
  for (const { sku, quantity } of short) {
    const ahead = await readAhead(em, order, sku);
    const place = placeInQueue(
      { quantity, warehouses: serving(sites, { country: order.country, excluded: [] }) },
      ahead.map(({ orders, quantity: wanted, ...its }) => ({
        ...{ orders, quantity: wanted, warehouses: serving(sites, its) },
      })),
      sites.map((site) => ({ warehouse: site.warehouse, quantity: availableAt(site, sku) })),
      (await readIncoming(em, sku)).map(({ sellable, ...one }) => ({ ...one, quantity: sellable })),
    );
    places.push({ sku, quantity, ...place });
  }
  return places;
}

async function readAhead(
  em: Em,
  { orderId, priority, placedAt }: { orderId: string; priority: number; placedAt: string },
  sku: string,
): Promise<Wait['ahead']> {
  return em.execute<Wait['ahead']>(
    `select w.country, coalesce(r.excluded, '{}') as excluded, count(*)::int as orders, sum(w.quantity)::int as quantity
     from stock_wait w left join reservation r on r.order_id = w.order_id and r.generation = w.generation
     where w.sku = ? and w.order_id <> ?
       and (w.priority, date_trunc('milliseconds', w.placed_at), w.order_id)
         < (?::int, date_trunc('milliseconds', ?::timestamptz), ?::uuid)
     group by w.country, r.excluded`,
    [sku, orderId, priority, placedAt, orderId],
  );
}
