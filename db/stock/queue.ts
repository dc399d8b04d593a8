import { v7 as uuid } from 'uuid';
import { availableAt, totalQuantity } from '../../domain/allocation/quantities.ts';
import { type QueueEntry, serveQueue } from '../../domain/allocation/queue.ts';
import type { AllocationObjective, Demand, Share, Shortage, Site } from '../../domain/allocation/types.ts';
import type { Em } from '../database.ts';
import { LocksTooFew } from '../transaction.ts';
import { readSites, servingInOrder, type SupplySite } from './supply.ts';

/** One order that wants stock, whether it already waits in the queue or has just come. */
export interface StockRequest {
  orderId: string;
  generation: number;
  workflowId: string;
  demand: Demand[];
  country: string;
  objective: AllocationObjective;
  splitAllowed: boolean;
  /** Less than everything is better than nothing: the rest follows. */
  partAllowed: boolean;
  /** It is not queued: wholly now, or not at all. */
  orNothing?: boolean;
  /** Warehouses that are to serve it no more. */
  excluded: string[];
  priority: number;
  /** RFC 3339: older orders go first. */
  placedAt: string;
}

/** Under `lockSkus` of at least these SKUs: the orders that wait for any of them, each with its whole demand. */
async function readWaiting(em: Em, skus: readonly string[]): Promise<StockRequest[]> {
  if (skus.length === 0) return [];
  return em.execute<StockRequest[]>(
    `select w.order_id as "orderId", w.generation, o.workflow_id as "workflowId", w.country,
            coalesce(s.policy ->> 'objective', 'nearest') as objective, w.split_allowed as "splitAllowed",
            w.split_allowed and not coalesce((s.policy ->> 'shipComplete')::boolean, true) as "partAllowed",
            coalesce(r.excluded, '{}') as excluded, w.priority, to_jsonb(w.placed_at) #>> '{}' as "placedAt",
            jsonb_agg(jsonb_build_object('sku', w.sku, 'quantity', w.quantity) order by w.sku) as demand
     from stock_wait w join orders o on o.id = w.order_id join store s on s.id = o.store_id
     left join reservation r on r.order_id = w.order_id and r.generation = w.generation
     where w.order_id in (select order_id from stock_wait where sku in (?))
     group by w.order_id, w.generation, o.workflow_id, w.country, s.policy, w.split_allowed, r.excluded, w.priority,
              w.placed_at`,
    [[...skus]],
  );
}

/**
 * Locks these SKUs and every other one that an order waiting for them wants too, and so on, so that each order
 * which may be served next can be served wholly in this transaction. Throws `LocksTooFew` when one joined the
 * queue in between.
 */
export async function lockQueue(em: Em, skus: readonly string[]): Promise<string[]> {
  if (skus.length === 0) return [];
  const given = JSON.stringify(skus);
  const [locked, now] = await Promise.all([
    em.execute<{ sku: string }[]>(
      `${linked} select sku from product where sku = any(array(select sku from linked)) order by sku
       for no key update`,
      [given],
    ),
    // As it is once all of that is locked.
    em.execute<{ sku: string }[]>(`${linked} select sku from linked`, [given]),
  ]);
  const held = new Set([...skus, ...locked.map(({ sku }) => sku)]);
  if (now.some(({ sku }) => !held.has(sku))) throw new LocksTooFew();
  return now.map(({ sku }) => sku);
}

/** These SKUs, and what is wanted together with them. */
const linked = `
  with recursive linked (sku) as (
    select jsonb_array_elements_text(?::jsonb)
    union
    select other.sku from linked join stock_wait own on own.sku = linked.sku and not own.alone
    join stock_wait other on other.order_id = own.order_id)`;

/**
 * Gives what is free of these SKUs to the queue, by priority and age, each order wholly or not at all (unless part of
 * it is better than nothing); nobody takes what somebody before it waits for. Call it, under `lockQueue`, at the end
 * of every transaction that frees stock. A served order's reservation, claims and message to its workflow are part of
 * the transaction.
 */
export async function giveToQueue(em: Em, skus: readonly string[]): Promise<void> {
  const waiting = await readWaiting(em, skus);
  if (waiting.length === 0) return;
  const { served, waits } = await choose(em, waiting);
  const parts = waits.filter(({ request, there }) => request.partAllowed && there.length > 0);
  await claim(em, served);
  await claim(
    em,
    parts.map(({ request, there }) => ({ request, shares: there })),
  );
  const told = [...served, ...parts].map(({ request }) => request);
  if (told.length === 0) return;
  await leaveQueue(em, [
    ...served.map(({ request }) => ({ orderId: request.orderId, left: [] })),
    ...parts.map(({ request, there }) => ({ orderId: request.orderId, left: less(request.demand, there) })),
  ]);
  await em.execute(
    `insert into outbox (workflow_id, signal, payload)
     select t."workflowId", 'stock', jsonb_build_object('generation', t.generation)
     from jsonb_to_recordset(?::jsonb) t ("workflowId" text, generation int)`,
    [JSON.stringify(told.map(({ workflowId, generation }) => ({ workflowId, generation })))],
  );
}

/** What an order waits for from now on; nothing left: it waits no more. */
async function leaveQueue(em: Em, orders: readonly { orderId: string; left: Demand[] }[]): Promise<void> {
  await em.execute(
    `with t as (select * from jsonb_to_recordset(?::jsonb) t ("orderId" uuid, "left" jsonb)),
       gone as (
         delete from stock_wait w using t where w.order_id = t."orderId" and not exists (
           select 1 from jsonb_to_recordset(t."left") l (sku text) where l.sku = w.sku))
     update stock_wait w set quantity = l.quantity
     from t, jsonb_to_recordset(t."left") l (sku text, quantity int)
     where w.order_id = t."orderId" and w.sku = l.sku`,
    [JSON.stringify(orders)],
  );
}

const less = (demand: readonly Demand[], shares: readonly Share[]): Demand[] =>
  demand
    .map(({ sku, quantity }) => ({
      sku,
      quantity: quantity - totalQuantity(shares.filter((share) => share.sku === sku)),
    }))
    .filter(({ quantity }) => quantity > 0);

/** What became of a newcomer: `claimed` of its demand is its own now, `short` is missing (see `Waiting`). */
export interface Reserved {
  claimed: Share[];
  /** null: everything is claimed. Empty: everything is there, but in no one warehouse. */
  short: Shortage[] | null;
}

/**
 * Newcomers take what those before them leave, or join the queue; of several, the one that is first by priority and
 * age takes first. Under `lockQueue` of their SKUs. Answers in the order of the requests.
 */
export async function reserveOrQueue(em: Em, requests: readonly StockRequest[]): Promise<Reserved[]> {
  const skus = [...new Set(requests.flatMap(({ demand }) => demand.map(({ sku }) => sku)))];
  const sites = await readSites(em, skus);
  const waiting = await readWaiting(em, skusWithStock(requests, sites));
  const { served, waits } = await choose(em, [...waiting, ...requests], waiting.length > 0 ? null : sites);
  const newcomers = new Set(requests);
  const own = served.filter(({ request }) => newcomers.has(request));
  const left = waits.filter(({ request }) => newcomers.has(request));
  const parts = left.filter(({ request, there }) => request.partAllowed && there.length > 0);
  await claim(em, [...own, ...parts.map(({ request, there }) => ({ request, shares: there }))]);
  await joinQueue(
    em,
    left
      .filter(({ request }) => !request.orNothing)
      .map(({ request, there }) => ({
        ...request,
        demand: request.partAllowed ? less(request.demand, there) : request.demand,
      })),
  );
  return requests.map((request) => {
    const shares = own.find((one) => one.request === request)?.shares;
    if (shares) return { claimed: shares, short: null };
    const wait = left.find((one) => one.request === request)!;
    return { claimed: request.partAllowed ? wait.there : [], short: wait.short };
  });
}

/**
 * Those before a newcomer matter only where there is something to take: of a SKU that is sold out and that everybody
 * here wants alone, the queue need not be read, however long it is.
 */
function skusWithStock(requests: readonly StockRequest[], sites: readonly Site[]): string[] {
  const inStock = (sku: string) => sites.some((site) => availableAt(site, sku) > 0);
  const matters = requests.filter(
    ({ demand }) => demand.length > 1 || demand.some(({ sku }) => inStock(sku)),
  );
  return [...new Set(matters.flatMap(({ demand }) => demand.map(({ sku }) => sku)))];
}

async function joinQueue(em: Em, requests: readonly StockRequest[]): Promise<void> {
  const rows = requests.flatMap(({ demand, ...request }) =>
    demand.map((one) => ({ ...request, ...one, alone: demand.length === 1 })),
  );
  if (rows.length === 0) return;
  await em.execute(
    `insert into stock_wait (order_id, sku, generation, alone, quantity, country, split_allowed, priority, placed_at)
     select "orderId", sku, generation, alone, quantity, country, "splitAllowed", priority, "placedAt"
     from jsonb_to_recordset(?::jsonb) t ("orderId" uuid, sku text, generation int, alone boolean,
       quantity int, country text, "splitAllowed" boolean, priority int, "placedAt" timestamptz)`,
    [JSON.stringify(rows)],
  );
}

/** `known`: the warehouses with all stock that the requests are about, where they were read already. */
async function choose(em: Em, requests: readonly StockRequest[], known: SupplySite[] | null = null) {
  if (requests.length === 0) return { served: [], waits: [] };
  const skus = new Set(requests.flatMap(({ demand }) => demand.map(({ sku }) => sku)));
  const sites = known ?? (await readSites(em, [...skus]));
  const byLane = new Map<string, string[]>();
  const warehousesFor = ({ objective, country, excluded }: StockRequest) => {
    const lane = `${objective}/${country}`;
    const serving = byLane.get(lane) ?? servingInOrder(sites, objective, { country });
    byLane.set(lane, serving);
    return excluded.length > 0 ? serving.filter((code) => !excluded.includes(code)) : serving;
  };
  const entries = requests.map((request): QueueEntry => ({
    key: request.orderId,
    demand: request.demand,
    warehouses: warehousesFor(request),
    priority: request.priority,
    splitAllowed: request.splitAllowed,
    orNothing: request.orNothing,
    waitingSince: request.placedAt,
  }));
  const result = serveQueue(sites, entries);
  const byOrder = new Map(requests.map((request) => [request.orderId, request]));
  return {
    served: result.served.map(({ key, shares }) => ({ request: byOrder.get(key)!, shares })),
    waits: result.waiting.map(({ key, short, there }) => ({ request: byOrder.get(key)!, short, there })),
  };
}

/** The orders' rows are not touched: they are their workflows', which lock them before any SKU. */
async function claim(
  em: Em,
  taken: readonly { request: StockRequest; shares: readonly Share[] }[],
): Promise<void> {
  if (taken.length === 0) return;
  const reservations = taken.map(({ request: { orderId, generation } }) => ({
    id: uuid(),
    orderId,
    generation,
  }));
  const claims = taken.flatMap(({ request: { orderId }, shares }) =>
    shares.map((share) => ({ id: uuid(), orderId, ...share })),
  );
  await em.execute(
    `with t as (select * from jsonb_to_recordset(?::jsonb) t (id uuid, "orderId" uuid, generation int)),
       held as (
         insert into reservation (id, order_id, generation) select id, "orderId", generation from t
         on conflict (order_id, generation) do update set state = 'open' returning id, order_id)
     insert into claim (id, reservation_id, warehouse, sku, quantity)
     select c.id, held.id, c.warehouse, c.sku, c.quantity
     from jsonb_to_recordset(?::jsonb) c (id uuid, "orderId" uuid, warehouse text, sku text, quantity int)
     join held on held.order_id = c."orderId"`,
    [JSON.stringify(reservations), JSON.stringify(claims)],
  );
}
