import { recordAudit } from '../db/audit.ts';
import type { Em } from '../db/database.ts';
import { lockOrder } from '../db/locks.ts';
import { readLinesToShip, readOrderContent } from '../db/order-content.ts';
import { allocateClaims, type AllocatedFulfillment } from '../db/stock/allocate.ts';
import { releaseClaims } from '../db/stock/release.ts';
import { shipClaims } from '../db/stock/ship.ts';
import { decisionUnderLock } from '../db/steps.ts';
import { ask, inTransaction, writeBehind } from '../db/transaction.ts';
import { policyOf } from '../domain/policy.ts';
import type { ScanFact } from '../domain/tracking.ts';
import type { ActivityDeps } from './deps.ts';
import { Refusal } from './failure.ts';
import { goneSentence, stockGone } from './live-fulfillment.ts';
import { scansOfLabels, stageByScans } from './tracking.ts';

export interface StockInput {
  orderId: string;
  generation: number;
}

export interface Allocated {
  /** Every fulfillment of the order that lives, each as far as it is. */
  fulfillments: AllocatedFulfillment[];
  /** Units that no fulfillment has: their stock is not claimed (any more). */
  missing: number;
}

/**
 * Chooses exactly which warehouse and lots serve what the order has claimed, and makes the fulfillments with their
 * parcels: of all of it, or where part is better than nothing, of what is there. What a fulfillment has stays with
 * it, so a repeat finds what was made and changes nothing.
 */
export async function allocate(deps: ActivityDeps, input: StockInput): Promise<Allocated> {
  return inTransaction(deps.orm, async (em) => {
    const [, order, lines] = await Promise.all([
      decisionUnderLock(em, { ...input, step: 'allocate' }),
      readOrderContent(em, input.orderId),
      readLinesToShip(em, input.orderId),
    ]);
    const { made, missing, gap } = await allocateClaims(em, order, lines, {
      generation: input.generation,
      policy: policyOf(order.policy),
      now: deps.clock(),
    });
    // All that was still to be sent may have left under an earlier generation.
    if (made.length > 0 || missing === 0) await advanceOrder(em, input.orderId);
    if (made.length > 0)
      await recordAudit(em, {
        actor: 'engine',
        what: 'allocated',
        orderId: input.orderId,
        detail:
          made.map(({ warehouse, units }) => `${units} from ${warehouse}`).join(', ') +
          (gap === undefined
            ? ''
            : ` (too many ways to look at all: at most ${Math.ceil(gap * 100)} % off the best)`),
      });
    return { fulfillments: await readLive(deps, em, input, 'f.generation = ?', 'last'), missing };
  });
}

/**
 * The order's fulfillments that live, those for which `where` holds of `generation`, each as far as it is. `how`: of a
 * transaction that asks nothing after it, with its commit.
 */
export async function readLive(
  deps: ActivityDeps,
  em: Em,
  { orderId, generation }: StockInput,
  where: 'f.generation = ?' | 'f.generation < ?' | 'f.generation <= ?',
  how?: 'last',
): Promise<AllocatedFulfillment[]> {
  const live = `
    select f.id, f.position, f.warehouse, f.stage, f.carrier,
           (select to_jsonb(max(p.ships_from)::timestamp at time zone w.time_zone) #>> '{}'
            from fulfillment_line l join product p on p.sku = l.sku where l.fulfillment_id = f.id) as "notBefore",
           (select coalesce(sum(quantity), 0)::int from fulfillment_line where fulfillment_id = f.id) as units,
           (select coalesce(jsonb_agg(id order by position), '[]') from parcel where fulfillment_id = f.id) as parcels,
           case when f.stage in ('labelled', 'shipped') then ${scansOfLabels} end as labels
    from fulfillment f join warehouse w on w.code = f.warehouse
    where f.order_id = ? and ${where} and f.stage <> 'cancelled' order by f.generation, f.position`;
  const rows = await ask<LiveRow>(em, live, [orderId, generation], how);
  return rows.map(({ labels, ...row }) => ({
    ...row,
    tracked: row.carrier === null || !deps.carriers.find(row.carrier)?.untracked,
    // The message of a scan goes to whoever runs when it comes, who may not know of the parcel yet.
    ...(labels && { reached: stageByScans(labels) }),
  }));
}

interface LiveRow extends Omit<AllocatedFulfillment, 'tracked' | 'reached'> {
  /** null: it has none yet, or needs none any more. */
  labels: ScanFact[][] | null;
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
    // Thrown, all of it is taken back.
    await refuseGone(em, input.fulfillmentId);
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

/** What is not there can't have left: a person says what is true. */
async function refuseGone(em: Em, fulfillmentId: string): Promise<void> {
  const gone = await stockGone(em, fulfillmentId);
  if (gone.length === 0) return;
  const [row] = await em.execute<{ warehouse: string }[]>('select warehouse from fulfillment where id = ?', [
    fulfillmentId,
  ]);
  throw new Refusal('stock_gone', goneSentence(row!.warehouse, gone));
}

/** The order's stage is that of its least advanced live fulfillment. */
export async function advanceOrder(em: Em, orderId: string): Promise<void> {
  await writeBehind(
    em,
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

export interface DeliverInput {
  orderId: string;
  fulfillmentId: string;
}

/** The last scan: the parcels have arrived. */
export async function deliver(deps: ActivityDeps, input: DeliverInput): Promise<void> {
  await inTransaction(deps.orm, async (em) => {
    await lockOrder(em, input.orderId);
    const delivered = await em.execute(
      `update fulfillment set stage = 'delivered', delivered_at = now() where id = ? and stage = 'shipped' returning id`,
      [input.fulfillmentId],
    );
    if (delivered.length === 0) return;
    await em.execute(
      `update orders set updated_at = now(), stage = 'delivered' where id = ? and stage = 'shipped' and not exists (
         select 1 from fulfillment where order_id = orders.id and stage not in ('delivered', 'cancelled'))`,
      [input.orderId],
    );
    await recordAudit(em, {
      actor: 'carrier',
      what: 'delivered',
      orderId: input.orderId,
      subject: input.fulfillmentId,
      detail: 'All its parcels were delivered',
      key: `delivered/${input.fulfillmentId}`,
    });
  });
}
