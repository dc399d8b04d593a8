import { v7 as uuid } from 'uuid';
import { recordAudit } from '../db/audit.ts';
import type { Em } from '../db/database.ts';
import { ClaimSchema } from '../db/entities/orders.ts';
import { lockOrder } from '../db/locks.ts';
import { decisionOf } from '../db/steps.ts';
import { takeLots } from '../db/stock/lots.ts';
import { giveToQueue, lockQueue } from '../db/stock/queue.ts';
import { giveBackUnallocated } from '../db/stock/release.ts';
import { dissolveFulfillments } from '../db/stock/shrink.ts';
import { inTransaction } from '../db/transaction.ts';
import { policyOf } from '../domain/policy.ts';
import type { ActivityDeps } from './deps.ts';
import { Refusal } from './failure.ts';
import { type ToUndo, toUndo } from './lifecycle.ts';
import { goneSentence, lockLiveFulfillment, stockGone } from './live-fulfillment.ts';
import { advanceOrder } from './stock.ts';

export interface FulfillmentInput {
  orderId: string;
  generation: number;
  fulfillmentId: string;
}

/**
 * Ends what is under way for one fulfillment, so that it can be sent from elsewhere: from here on no label is bought
 * for it and it can't be handed over. Answers what must be undone; null where it has left or is no more.
 */
export async function giveUp(deps: ActivityDeps, input: FulfillmentInput): Promise<ToUndo | null> {
  return inTransaction(deps.orm, async (em) => {
    await lockOrder(em, input.orderId);
    await decisionOf(em, { ...input, step: 'reroute' });
    const given = await em.execute(
      `update fulfillment set given_up_at = coalesce(given_up_at, now())
       where id = ? and order_id = ? and stage in ('allocated', 'labelled') returning id`,
      [input.fulfillmentId, input.orderId],
    );
    if (given.length === 0) return null;
    const [undo] = await toUndo(em, 'f.id = ?', [input.fulfillmentId]);
    return undo ?? null;
  });
}

/** Its carrier does not take the label back, since the parcel is on its way: it goes on as it was. */
export async function goOn(deps: ActivityDeps, { orderId, fulfillmentId }: FulfillmentInput): Promise<void> {
  await inTransaction(deps.orm, async (em) => {
    await lockOrder(em, orderId);
    await em.execute('update fulfillment set given_up_at = null where id = ?', [fulfillmentId]);
  });
}

export interface MoveInput extends FulfillmentInput {
  /** Warehouses that are to serve the order no more. */
  exclude: string[];
  actor: string;
  reason: string;
}

/**
 * Dissolves a fulfillment that was given up. What it had claimed in warehouses that are excluded goes to those who
 * wait for it; the rest stays the order's, to be allocated anew with what it gets elsewhere. Done already: nothing.
 */
export async function move(deps: ActivityDeps, input: MoveInput): Promise<void> {
  await inTransaction(deps.orm, async (em) => {
    await lockOrder(em, input.orderId);
    await decisionOf(em, { ...input, step: 'reroute' });
    const skus = await lockClaimed(em, input);
    const live = await em.execute(
      `select 1 from fulfillment where id = ? and stage in ('allocated', 'labelled')`,
      [input.fulfillmentId],
    );
    if (live.length === 0) return;
    await dissolveFulfillments(em, [input.fulfillmentId]);
    await exclude(em, input);
    await giveToQueue(em, skus);
    await recordAudit(em, {
      actor: input.actor,
      what: 'rerouted',
      orderId: input.orderId,
      subject: input.fulfillmentId,
      detail:
        input.exclude.length > 0 ? `${input.reason} (not from ${input.exclude.join(', ')})` : input.reason,
    });
  });
}

/** The SKUs of all that a generation of an order holds or waits for: who gives up its place makes room, too. */
async function lockClaimed(em: Em, { orderId, generation }: FulfillmentInput): Promise<string[]> {
  const claimed = await em.execute<{ sku: string }[]>(
    `select distinct c.sku from claim c join reservation r on r.id = c.reservation_id
     where r.order_id = ? and r.generation = ? and c.state = 'open'
     union select sku from stock_wait where order_id = ? and generation = ?`,
    [orderId, generation, orderId, generation],
  );
  return lockQueue(
    em,
    claimed.map(({ sku }) => sku),
  );
}

async function exclude(em: Em, { orderId, generation, exclude: warehouses }: MoveInput): Promise<void> {
  if (warehouses.length === 0) return;
  await em.execute(
    `update reservation set excluded = (
       select array_agg(distinct code order by code) from (
         select unnest(excluded) as code union select jsonb_array_elements_text(?::jsonb)) all_of_them)
     where order_id = ? and generation = ?`,
    [JSON.stringify(warehouses), orderId, generation],
  );
  await em.execute(
    `update claim c set state = 'released' from reservation r
     where r.id = c.reservation_id and r.order_id = ? and r.generation = ? and c.state = 'open'
       and c.fulfillment_id is null and c.warehouse in (?)`,
    [orderId, generation, warehouses],
  );
}

/**
 * A fulfillment with its label that lost stock takes it anew where it is there again. Has it all: nothing. Throws the
 * refusal `stock_gone` where it is not there.
 */
export async function reclaim(deps: ActivityDeps, input: FulfillmentInput): Promise<void> {
  await inTransaction(deps.orm, async (em) => {
    await lockOrder(em, input.orderId);
    const gone = await stockGone(em, input.fulfillmentId);
    await lockQueue(
      em,
      gone.map(({ sku }) => sku),
    );
    const [row] = await em.execute<
      { warehouse: string; reservationId: string; policy: Record<string, unknown> }[]
    >(
      `select f.warehouse, r.id as "reservationId", s.policy from fulfillment f
       join reservation r on r.order_id = f.order_id and r.generation = f.generation
       join orders o on o.id = f.order_id join store s on s.id = o.store_id where f.id = ?`,
      [input.fulfillmentId],
    );
    for (const { sku, missing } of await stockGone(em, input.fulfillmentId)) {
      const share = { warehouse: row!.warehouse, sku, quantity: missing };
      const free = await em.execute(
        'select 1 from stock_level where warehouse = ? and sku = ? and on_hand - unavailable - claimed >= ?',
        [share.warehouse, sku, missing],
      );
      if (free.length === 0)
        throw new Refusal('stock_gone', goneSentence(share.warehouse, [{ sku, missing }]));
      const { promiseDays } = policyOf(row!.policy);
      const lots = await takeLots(em, share, { now: deps.clock(), promiseDays });
      await em.insertMany(
        ClaimSchema,
        lots.map(({ lotId, quantity }) => ({
          id: uuid(),
          reservationId: row!.reservationId,
          fulfillmentId: input.fulfillmentId,
          warehouse: share.warehouse,
          sku,
          lotId,
          quantity,
        })),
      );
    }
    await lockLiveFulfillment(em, { ...input, step: 'reclaim' }, input.fulfillmentId);
  });
}

export interface GiveBackInput {
  orderId: string;
  generation: number;
  reason: string;
}

/**
 * Gives back what an order holds that waits for its payment or for a person, and that nobody was asked to sell a
 * label for. It reserves anew when it goes on.
 */
export async function giveBack(deps: ActivityDeps, input: GiveBackInput): Promise<{ dissolved: string[] }> {
  return inTransaction(deps.orm, async (em) => {
    await lockOrder(em, input.orderId);
    await decisionOf(em, { ...input, step: 'give-back' });
    const skus = await lockClaimed(em, { ...input, fulfillmentId: '' });
    const unlabelled = await em.execute<{ id: string }[]>(
      `select f.id from fulfillment f where f.order_id = ? and f.generation = ? and f.stage = 'allocated' and not exists (
         select 1 from parcel b join label_purchase p on p.parcel_id = b.id
         where b.fulfillment_id = f.id and (p.state = 'bought' or p.state = 'intended' and p.sent_at is not null))
       order by f.id for no key update of f`,
      [input.orderId, input.generation],
    );
    if (unlabelled.length > 0)
      await dissolveFulfillments(
        em,
        unlabelled.map(({ id }) => id),
      );
    await giveBackUnallocated(em, input);
    await em.execute(
      `update orders set stage = 'reviewed' where id = ? and stage in ('reserved', 'allocated')`,
      [input.orderId],
    );
    await advanceOrder(em, input.orderId);
    await giveToQueue(em, skus);
    await recordAudit(em, {
      actor: 'engine',
      what: 'stock_given_back',
      orderId: input.orderId,
      detail: input.reason,
    });
    return { dissolved: unlabelled.map(({ id }) => id) };
  });
}
