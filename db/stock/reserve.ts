import { sumDemand } from '../../domain/allocation/quantities.ts';
import type { Demand, Shortage } from '../../domain/allocation/types.ts';
import { policyOf } from '../../domain/policy.ts';
import type { Em } from '../database.ts';
import { lockOrders } from '../locks.ts';
import { giveToQueue, lockQueue, reserveOrQueue, type StockRequest } from './queue.ts';
import { giveBackUnallocated } from './release.ts';

/** Whose stock: a generation of an order. */
export interface Holder {
  orderId: string;
  generation: number;
}

/** `claimed`: at least part of it; `short`: that is what is still missing, and what it waits for in the queue. */
export type Reserving =
  | { kind: 'claimed'; short: Shortage[] | null }
  | { kind: 'waiting'; short: Shortage[] }
  | { kind: 'refused'; reason: 'unknown_sku' | 'out_of_stock' | 'unknown_order'; short: Shortage[] }
  /** Its generation was ended: nothing may be done for it. */
  | { kind: 'undone' };

/**
 * Claims for each order what it still wants and does not hold, all of it at once from warehouses that serve its
 * destination, or gives it a place in the queue. What an order holds already is never claimed twice, so this may be
 * repeated and may run for the same order at the same time. In one transaction for all of them, in the order given;
 * what one is refused for changes nothing for the others.
 */
export async function reserveOrders(em: Em, holders: readonly Holder[]): Promise<Reserving[]> {
  const known = await lockOrders(
    em,
    holders.map(({ orderId }) => orderId),
  );
  const wishes = await readWishes(
    em,
    holders.filter(({ orderId }) => known.has(orderId)),
  );
  const live = wishes.filter(({ undone }) => !undone);
  const locked = await lockQueue(em, [
    ...new Set(live.flatMap(({ wanted }) => wanted.map(({ sku }) => sku))),
  ]);
  const held = await readHeld(em, live);
  const products = await readProducts(
    em,
    live.flatMap(({ wanted }) => wanted.map(({ sku }) => sku)),
  );
  const outcomes = new Map<string, Reserving>();
  const requests: StockRequest[] = [];
  let gaveBack = false;
  for (const wish of wishes) {
    const { orderId, wanted } = wish;
    if (outcomes.has(orderId)) continue;
    const own = held.get(orderId);
    const unknown = wanted.filter(({ sku }) => !products.has(sku)).map(missingWhole);
    const missing = less(wanted, own?.claims ?? []);
    if (wish.undone) outcomes.set(orderId, { kind: 'undone' });
    else if (missing.length === 0) outcomes.set(orderId, { kind: 'claimed', short: null });
    else if (unknown.length > 0)
      outcomes.set(orderId, { kind: 'refused', reason: 'unknown_sku', short: unknown });
    else if (own && own.queued.length > 0)
      outcomes.set(orderId, {
        kind: own.claims.length > 0 && wish.partAllowed ? 'claimed' : 'waiting',
        short: own.queued.map(missingWhole),
      });
    else {
      const whole = own && own.claims.length > 0 && !wish.splitAllowed;
      // From one warehouse: what it holds in another is given back first.
      if (whole) {
        await giveBackUnallocated(em, wish);
        gaveBack = true;
      }
      const demand = whole ? wanted : missing;
      const orNothing = demand.some(({ sku }) => products.get(sku) === false);
      requests.push({ ...wish, demand, orNothing, partAllowed: wish.partAllowed && !orNothing });
      outcomes.set(orderId, { kind: 'waiting', short: [] });
    }
  }
  const reserved = requests.length > 0 ? await reserveOrQueue(em, requests) : [];
  if (gaveBack) await giveToQueue(em, locked);
  for (const [index, { claimed, short }] of reserved.entries()) {
    const { orderId, orNothing } = requests[index]!;
    if (short === null || claimed.length > 0) outcomes.set(orderId, { kind: 'claimed', short });
    else if (orNothing) outcomes.set(orderId, { kind: 'refused', reason: 'out_of_stock', short });
    else outcomes.set(orderId, { kind: 'waiting', short });
  }
  await markReserved(
    em,
    [...outcomes].flatMap(([orderId, { kind }]) => (kind === 'claimed' ? orderId : [])),
  );
  return holders.map(
    ({ orderId }) => outcomes.get(orderId) ?? { kind: 'refused', reason: 'unknown_order', short: [] },
  );
}

/** A request before it is known what of its demand the order holds already. */
interface Wish extends Omit<StockRequest, 'demand'> {
  wanted: Demand[];
  undone: boolean;
}

/** Under the orders' locks: what each wants that no fulfillment has yet, and how. */
async function readWishes(em: Em, holders: readonly Holder[]): Promise<Wish[]> {
  if (holders.length === 0) return [];
  const rows = await em.execute<
    (Omit<Wish, 'objective' | 'splitAllowed' | 'partAllowed'> & { policy: Record<string, unknown> })[]
  >(
    `select o.id as "orderId", k.generation, o.workflow_id as "workflowId", coalesce(o.country, '') as country, s.policy,
            coalesce(r.excluded, '{}') as excluded, o.priority, to_jsonb(o.placed_at) #>> '{}' as "placedAt",
            exists (select 1 from step_decision d where d.order_id = o.id and d.generation = k.generation
                    and d.step = '*' and d.undone_at is not null) as undone,
            coalesce((
              select jsonb_agg(jsonb_build_object('sku', w.sku, 'quantity', w.quantity) order by w.position)
              from (select l.sku, l.position, l.to_ship - coalesce((
                      select sum(fl.quantity) from fulfillment f join fulfillment_line fl on fl.fulfillment_id = f.id
                      where f.order_id = o.id and f.stage <> 'cancelled' and fl.line_external_id = l.external_id), 0) as quantity
                    from order_line l where l.order_id = o.id and l.version = o.version and l.to_ship > 0) w
              where w.quantity > 0), '[]') as wanted
     from jsonb_to_recordset(?::jsonb) k ("orderId" uuid, generation int)
     join orders o on o.id = k."orderId" join store s on s.id = o.store_id
     left join reservation r on r.order_id = o.id and r.generation = k.generation`,
    [JSON.stringify(holders)],
  );
  return rows.map(({ policy, wanted, ...row }) => {
    const { objective, splitAllowed, shipComplete } = policyOf(policy);
    return {
      ...row,
      wanted: sumDemand(wanted),
      objective,
      splitAllowed,
      partAllowed: splitAllowed && !shipComplete,
    };
  });
}

/** Under the locks of the SKUs: what each order holds that no fulfillment has yet, and what it waits for. */
async function readHeld(
  em: Em,
  holders: readonly Holder[],
): Promise<Map<string, { claims: Demand[]; queued: Demand[] }>> {
  if (holders.length === 0) return new Map();
  const rows = await em.execute<{ orderId: string; claims: Demand[]; queued: Demand[] }[]>(
    `select k."orderId",
            coalesce((select jsonb_agg(jsonb_build_object('sku', c.sku, 'quantity', c.quantity))
                      from reservation r join claim c on c.reservation_id = r.id
                      where r.order_id = k."orderId" and r.generation = k.generation and c.state = 'open'
                        and c.fulfillment_id is null), '[]') as claims,
            coalesce((select jsonb_agg(jsonb_build_object('sku', w.sku, 'quantity', w.quantity) order by w.sku)
                      from stock_wait w where w.order_id = k."orderId" and w.generation = k.generation), '[]') as queued
     from jsonb_to_recordset(?::jsonb) k ("orderId" uuid, generation int)`,
    [JSON.stringify(holders.map(({ orderId, generation }) => ({ orderId, generation })))],
  );
  return new Map(rows.map(({ orderId, claims, queued }) => [orderId, { claims: sumDemand(claims), queued }]));
}

/** The products that exist, and whether an order may wait for each. */
async function readProducts(em: Em, skus: readonly string[]): Promise<Map<string, boolean>> {
  if (skus.length === 0) return new Map();
  const rows = await em.execute<{ sku: string; backorder: boolean }[]>(
    'select sku, backorder from product where sku in (?)',
    [[...new Set(skus)]],
  );
  return new Map(rows.map(({ sku, backorder }) => [sku, backorder]));
}

async function markReserved(em: Em, orderIds: readonly string[]): Promise<void> {
  if (orderIds.length === 0) return;
  await em.execute(
    `update orders set stage = 'reserved', updated_at = now() where id in (?) and stage = 'reviewed'`,
    [[...orderIds]],
  );
}

const missingWhole = ({ sku, quantity }: Demand): Shortage => ({ sku, missing: quantity });

function less(wanted: readonly Demand[], held: readonly Demand[]): Demand[] {
  const has = new Map(held.map(({ sku, quantity }) => [sku, quantity]));
  return wanted
    .map(({ sku, quantity }) => ({ sku, quantity: quantity - (has.get(sku) ?? 0) }))
    .filter(({ quantity }) => quantity > 0);
}
