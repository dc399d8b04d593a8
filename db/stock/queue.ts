import { v7 as uuid } from 'uuid';
import { type QueueEntry, serveQueue } from '../../domain/allocation/queue.ts';
import type { AllocationObjective, Share, Shortage } from '../../domain/allocation/types.ts';
import type { Em } from '../database.ts';
import { LocksTooFew } from '../transaction.ts';
import { lockSkus } from '../locks.ts';
import { ClaimSchema, ReservationSchema } from '../entities/orders.ts';
import { recordDecision } from '../steps.ts';
import { readSites, servingInOrder } from './supply.ts';

/** One order that wants stock, whether it already waits in the queue or has just come. */
export interface StockRequest {
  orderId: string;
  generation: number;
  workflowId: string;
  demand: { sku: string; quantity: number }[];
  country: string;
  objective: AllocationObjective;
  splitAllowed: boolean;
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
            w.priority, to_jsonb(w.placed_at) #>> '{}' as "placedAt",
            jsonb_agg(jsonb_build_object('sku', w.sku, 'quantity', w.quantity) order by w.sku) as demand
     from stock_wait w join orders o on o.id = w.order_id join store s on s.id = o.store_id
     where w.order_id in (select order_id from stock_wait where sku in (?))
     group by w.order_id, w.generation, o.workflow_id, w.country, s.policy, w.split_allowed, w.priority, w.placed_at`,
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
  const all = await wantedTogether(em, skus);
  await lockSkus(em, all);
  if ((await wantedTogether(em, skus)).some((sku) => !all.includes(sku))) throw new LocksTooFew();
  return all;
}

async function wantedTogether(em: Em, skus: readonly string[]): Promise<string[]> {
  const rows = await em.execute<{ sku: string }[]>(
    `with recursive linked (sku) as (
       select jsonb_array_elements_text(?::jsonb)
       union
       select other.sku from linked join stock_wait own on own.sku = linked.sku
       join stock_wait other on other.order_id = own.order_id)
     select sku from linked`,
    [JSON.stringify(skus)],
  );
  return rows.map(({ sku }) => sku);
}

/**
 * Gives what is free of these SKUs to the queue, by priority and age, each order wholly or not at all; nobody
 * takes what somebody before it waits for. Call it, under `lockQueue`, at the end of every transaction that
 * frees stock. A served order's reservation, claims and message to its workflow are part of the transaction.
 */
export async function giveToQueue(em: Em, skus: readonly string[]): Promise<void> {
  const waiting = await readWaiting(em, skus);
  if (waiting.length === 0) return;
  const { served } = await choose(em, waiting);
  for (const { request, shares } of served) {
    await claim(em, request, shares);
    await em.execute('delete from stock_wait where order_id = ?', [request.orderId]);
    await em.execute('insert into outbox (workflow_id, signal, payload) values (?, ?, ?)', [
      request.workflowId,
      'stock',
      JSON.stringify({ generation: request.generation }),
    ]);
  }
}

/**
 * A newcomer takes what those before it leave, or joins the queue. Under `lockQueue` of its SKUs. Returns what
 * is missing, or null when it has its reservation.
 */
export async function reserveOrQueue(em: Em, request: StockRequest): Promise<Shortage[] | null> {
  const skus = request.demand.map(({ sku }) => sku);
  const { served, short } = await choose(em, [...(await readWaiting(em, skus)), request]);
  const own = served.find((one) => one.request === request);
  if (own) {
    await claim(em, request, own.shares);
    return null;
  }
  for (const { sku, quantity } of request.demand)
    await em.execute(
      `insert into stock_wait (order_id, sku, generation, quantity, country, split_allowed, priority, placed_at)
       values (?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        request.orderId,
        sku,
        request.generation,
        quantity,
        request.country,
        request.splitAllowed,
        request.priority,
        request.placedAt,
      ],
    );
  return short.get(request.orderId) ?? [];
}

async function choose(em: Em, requests: readonly StockRequest[]) {
  const sites = await readSites(em, [
    ...new Set(requests.flatMap(({ demand }) => demand.map(({ sku }) => sku))),
  ]);
  const entries = requests.map((request): QueueEntry => {
    const { demand, priority, splitAllowed } = request;
    const warehouses = servingInOrder(sites, request.objective, { country: request.country });
    return {
      key: request.orderId,
      demand,
      warehouses,
      priority,
      splitAllowed,
      waitingSince: request.placedAt,
    };
  });
  const result = serveQueue(sites, entries);
  const byOrder = new Map(requests.map((request) => [request.orderId, request]));
  return {
    served: result.served.map(({ key, shares }) => ({ request: byOrder.get(key)!, shares })),
    short: new Map(result.waiting.map(({ key, short }) => [key, short])),
  };
}

/** The order's row is not touched: it is its workflow's, which locks it before any SKU. */
async function claim(em: Em, request: StockRequest, shares: readonly Share[]): Promise<void> {
  const reservationId = uuid();
  await em.insert(ReservationSchema, {
    id: reservationId,
    orderId: request.orderId,
    generation: request.generation,
  });
  if (shares.length > 0)
    await em.insertMany(
      ClaimSchema,
      shares.map((share) => ({ id: uuid(), reservationId, ...share })),
    );
  await recordDecision(
    em,
    { orderId: request.orderId, step: 'reserve', generation: request.generation },
    { shares },
  );
}
