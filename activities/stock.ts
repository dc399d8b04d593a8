import { recordAudit } from '../db/audit.ts';
import type { Em } from '../db/database.ts';
import { lockOrder } from '../db/locks.ts';
import { type OrderContent, readLinesToShip, readOrderContent } from '../db/order-content.ts';
import { missingProducts } from '../db/read/stock.ts';
import { allocateClaims, type AllocatedFulfillment } from '../db/stock/allocate.ts';
import { lockQueue, reserveOrQueue } from '../db/stock/queue.ts';
import { releaseClaims } from '../db/stock/release.ts';
import { shipClaims } from '../db/stock/ship.ts';
import { decisionOf } from '../db/steps.ts';
import { inTransaction } from '../db/transaction.ts';
import { sumDemand } from '../domain/allocation/quantities.ts';
import type { Demand, Shortage } from '../domain/allocation/types.ts';
import { policyOf } from '../domain/policy.ts';
import type { ActivityDeps } from './deps.ts';
import { Refusal } from './failure.ts';
import { decideOnce } from './steps.ts';

export interface StockInput {
  orderId: string;
  generation: number;
}

/** `short`: it waits in the queue, and what it misses. */
export type ReserveResult = { reserved: true } | { reserved: false; short: Shortage[] };

/**
 * Claims all of it at once from warehouses that serve the destination, or takes a place in the queue. A receipt
 * may decide for a waiting order at any moment, so what was decided is read under the locks of its SKUs.
 */
export async function reserve(deps: ActivityDeps, input: StockInput): Promise<ReserveResult> {
  return inTransaction(deps.orm, async (em) => {
    await lockOrder(em, input.orderId);
    const order = await readOrderContent(em, input.orderId);
    const demand = sumDemand(await readLinesToShip(em, input.orderId));
    const skus = demand.map(({ sku }) => sku);
    await refuseUnknownSkus(em, skus);
    await lockQueue(em, skus);
    const decided = await decisionOf(em, { ...input, step: 'reserve' });
    const short = decided === undefined ? await claimOrQueue(em, input, order, demand) : null;
    if (short) return { reserved: false, short };
    await em.execute(
      `update orders set stage = 'reserved', updated_at = now() where id = ? and stage = 'reviewed'`,
      [input.orderId],
    );
    return { reserved: true };
  });
}

async function claimOrQueue(
  em: Em,
  input: StockInput,
  order: OrderContent,
  demand: Demand[],
): Promise<Shortage[] | null> {
  const queued = await em.execute<Shortage[]>(
    'select sku, quantity as missing from stock_wait where order_id = ? and generation = ? order by sku',
    [input.orderId, input.generation],
  );
  if (queued.length > 0) return queued;
  const { objective, splitAllowed } = policyOf(order.policy);
  return reserveOrQueue(em, {
    ...input,
    workflowId: order.workflowId,
    demand,
    country: order.country ?? '',
    objective,
    splitAllowed,
    priority: order.priority,
    placedAt: order.snapshot.placedAt,
  });
}

/** Takes no locks: those of the queue's SKUs are all taken at once, in their order. */
async function refuseUnknownSkus(em: Em, skus: readonly string[]): Promise<void> {
  const unknown = await missingProducts(em, skus);
  if (unknown.size > 0)
    throw new Refusal(
      'unknown_sku',
      `No product has the SKU ${[...unknown].join(', ')}: create it, then retry`,
    );
}

/** Chooses exactly which warehouse and lots serve which line, and makes the fulfillments with their parcels. */
export async function allocate(deps: ActivityDeps, input: StockInput): Promise<AllocatedFulfillment[]> {
  const decided = await decideOnce<AllocatedFulfillment[]>(
    deps,
    { ...input, step: 'allocate' },
    async (em) => {
      const order = await readOrderContent(em, input.orderId);
      const lines = await readLinesToShip(em, input.orderId);
      const fulfillments = await allocateClaims(em, order, lines, {
        generation: input.generation,
        policy: policyOf(order.policy),
        today: deps.clock().toISOString().slice(0, 10),
      });
      await em.execute(`update orders set stage = 'allocated', updated_at = now() where id = ?`, [
        input.orderId,
      ]);
      await recordAudit(em, {
        actor: 'engine',
        what: 'allocated',
        orderId: input.orderId,
        detail: fulfillments.map(({ warehouse, units }) => `${units} from ${warehouse}`).join(', '),
        key: `allocated/${input.orderId}/${input.generation}`,
      });
      return fulfillments;
    },
  );
  return decided!;
}

export interface HandOverInput {
  orderId: string;
  fulfillmentId: string;
  actor: string;
  reason: string;
  /** Typed at the hand-over, for a carrier without tracking of its own. */
  trackingNumber?: string;
  carrier?: string;
}

/** The parcels have left: on-hand falls and its movements are written. Once, however often it is said. */
export async function handOver(deps: ActivityDeps, input: HandOverInput): Promise<void> {
  await inTransaction(deps.orm, async (em) => {
    await lockOrder(em, input.orderId);
    const shipped = await shipClaims(em, input.fulfillmentId, input.actor);
    if (!shipped) return;
    await em.execute(
      `update fulfillment set stage = 'shipped', shipped_at = now(),
         tracking_number = coalesce(?, tracking_number), carrier = coalesce(?, carrier) where id = ?`,
      [input.trackingNumber ?? null, input.carrier ?? null, input.fulfillmentId],
    );
    await advanceOrder(em, input.orderId);
    await recordAudit(em, {
      actor: input.actor,
      what: 'shipped',
      orderId: input.orderId,
      subject: input.fulfillmentId,
      detail: input.reason,
      key: `shipped/${input.fulfillmentId}`,
    });
  });
}

/** The order's stage is that of its least advanced live fulfillment. */
export async function advanceOrder(em: Em, orderId: string): Promise<void> {
  await em.execute(
    `update orders o set updated_at = now(), stage = least.stage
     from (select f.stage from fulfillment f join orders p on p.id = f.order_id
           where f.order_id = ? and f.stage <> 'cancelled' and (f.generation = p.generation or f.stage <> 'allocated')
           order by array_position(array['allocated', 'labelled', 'shipped', 'delivered'], f.stage) limit 1) least
     where o.id = ? and o.ended_at is null`,
    [orderId, orderId],
  );
}

export interface ReleaseInput extends StockInput {
  /** Fulfillments of this generation that keep their stock: their parcels have left. */
  keep: string[];
  /** What follows: the same order from the start, or nothing. */
  next: 'redo' | 'cancel';
}

/** Gives back what a buried generation still holds, to those who wait for it. Done already, or never reserved: nothing. */
export async function release(deps: ActivityDeps, input: ReleaseInput): Promise<void> {
  await inTransaction(deps.orm, async (em) => {
    await lockOrder(em, input.orderId);
    await releaseClaims(em, input);
    await em.execute(
      `update fulfillment set stage = 'cancelled'
       where order_id = ? and generation = ? and stage in ('allocated', 'labelled') and id not in (?)`,
      [input.orderId, input.generation, input.keep.length ? input.keep : [input.orderId]],
    );
    if (input.next === 'redo')
      await em.execute(
        `update orders set stage = 'received', generation = ?, updated_at = now() where id = ? and generation = ?`,
        [input.generation + 1, input.orderId, input.generation],
      );
  });
}
