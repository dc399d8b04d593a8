import type { StorefrontClient } from '../connectors/storefronts/storefront.ts';
import { recordAudit } from '../db/audit.ts';
import type { Em } from '../db/database.ts';
import { lockOrder } from '../db/locks.ts';
import { readOrderContent } from '../db/order-content.ts';
import { decisionOf, StepUndone } from '../db/steps.ts';
import { ask, inTransaction, writeBehind } from '../db/transaction.ts';
import { policyOf } from '../domain/policy.ts';
import { isOfCancelled } from './cancelled-there.ts';
import type { ActivityDeps } from './deps.ts';
import { connectStore } from './storefront.ts';

export interface AnnounceInput {
  orderId: string;
  storeId: string;
  externalId: string;
  generation: number;
  fulfillmentId: string;
}

/** Tells the store, and through it the customer, that a fulfillment is on its way, with its tracking. */
export async function announce(deps: ActivityDeps, input: AnnounceInput): Promise<void> {
  const { client, store, row, refused } = await inTransaction(deps.orm, async (em) => {
    const [connected, told, undone] = await Promise.all([
      connectStore(deps, em, input.storeId),
      readToTell(em, input.fulfillmentId),
      whyUndone(em, input, 'last'),
    ]);
    return { ...connected, row: told, refused: undone };
  });
  if (!client || !row || row.storeExternalId) return;
  if (refused) throw refused;
  if (row.lines.length === 0)
    return noteNotTold(deps, input, `${row.trackingNumber} has only what the store does not expect any more`);
  const carrier = deps.carriers.find(row.carrier);
  const notice = {
    orderExternalId: input.externalId,
    key: input.fulfillmentId,
    lines: row.lines,
    tracking: {
      number: row.trackingNumber,
      carrier: carrier?.title ?? row.carrier,
      url: carrier?.trackingUrl(row.trackingNumber) ?? null,
    },
    completesOrder: row.others === 0,
    notifyCustomer: policyOf(store.policy).notifyCustomer,
  };
  const made = await client.createFulfillment(notice).catch(async (error: unknown) => {
    if (await isOfCancelled(client, input.externalId, error)) return null;
    throw error;
  });
  // Shopify closes what there is to fulfill of an order when it is cancelled.
  if (made === null)
    return noteNotTold(
      deps,
      input,
      `The store cancelled the order and takes no ${row.trackingNumber} for it any more`,
    );
  const { externalId } = made;
  const told = inTransaction(deps.orm, async (tx) => {
    const [, undone] = await Promise.all([lockOrder(tx, input.orderId), whyUndone(tx, input)]);
    if (undone) throw undone;
    await writeBehind(tx, 'update fulfillment set store_external_id = ? where id = ?', [
      externalId,
      input.fulfillmentId,
    ]);
    await recordAudit(tx, {
      actor: 'engine',
      what: 'store_told',
      orderId: input.orderId,
      subject: input.fulfillmentId,
      detail:
        `The store knows of ${row.trackingNumber}` +
        (row.unexpected === 0 ? '' : `, without ${row.unexpected} in it that it does not expect any more`),
      key: `announced/${input.fulfillmentId}`,
    });
  });
  await told.catch(async (error: unknown) => {
    // Undone while the store was being told: its undo may have looked too early to see this.
    if (error instanceof StepUndone) await takeBack(deps, client, input, externalId);
    throw error;
  });
}

/** The store has nothing that it could show the parcel's tracking at. */
async function noteNotTold(
  deps: ActivityDeps,
  { orderId, fulfillmentId }: AnnounceInput,
  why: string,
): Promise<void> {
  await recordAudit(deps.orm.em.fork(), {
    actor: 'engine',
    what: 'store_not_told',
    orderId,
    subject: fulfillmentId,
    detail: `${why}: its customer is not told of it`,
    key: `not-announced/${fulfillmentId}`,
  });
}

interface ToTell {
  carrier: string;
  trackingNumber: string;
  /** The store was told of it. */
  storeExternalId: string | null;
  /** What of it the store still expects. */
  lines: { externalId: string; quantity: number }[];
  /** Units that it does not expect any more: the order became less while the parcel could not be stopped. */
  unexpected: number;
  /** What of the order the store is to be told of after it. */
  others: number;
}

/**
 * The lines of `f`, a fulfillment, and how much of each the newest content has that the store was not told of yet. Of an
 * order that is cancelled there all of it: the customer is to see what is on its way after all.
 */
const expectedLines = `
  select own.line_external_id, own.quantity,
         case when l.left_reason = 'cancelled-in-shop' then own.quantity
              else least(own.quantity, greatest(0, coalesce(l.to_ship, 0) - coalesce((
                select sum(other.quantity) from fulfillment o join fulfillment_line other on other.fulfillment_id = o.id
                where o.order_id = f.order_id and o.id <> f.id and o.stage <> 'cancelled'
                  and o.store_external_id is not null and other.line_external_id = own.line_external_id), 0)))::int
         end as expected
  from fulfillment_line own join orders p on p.id = f.order_id
  left join order_line l on l.order_id = p.id and l.version = p.version and l.external_id = own.line_external_id
  where own.fulfillment_id = f.id`;

async function readToTell(em: Em, fulfillmentId: string): Promise<ToTell | undefined> {
  const [row] = await em.execute<ToTell[]>(
    `select f.carrier, f.tracking_number as "trackingNumber", f.store_external_id as "storeExternalId",
            (select coalesce(jsonb_agg(jsonb_build_object('externalId', x.line_external_id, 'quantity', x.expected)), '[]')
             from (${expectedLines}) x where x.expected > 0) as lines,
            (select coalesce(sum(x.quantity - x.expected), 0)::int from (${expectedLines}) x) as unexpected,
            (select count(*)::int from fulfillment o where o.order_id = f.order_id and o.id <> f.id
               and o.stage <> 'cancelled' and o.store_external_id is null)
            + (select count(*)::int from order_line l join orders p on p.id = l.order_id and p.version = l.version
               where l.order_id = f.order_id and l.to_ship > (
                 select coalesce(sum(x.quantity), 0) from fulfillment o
                 join fulfillment_line x on x.fulfillment_id = o.id
                 where o.order_id = f.order_id and o.stage <> 'cancelled'
                   and x.line_external_id = l.external_id)) as others
     from fulfillment f where f.id = ?`,
    [fulfillmentId],
  );
  return row;
}

/**
 * A cancelled or redone way must not be announced late; a parcel that has left is, whatever became of its way. `how`: of
 * a transaction that asks nothing after it, with its commit.
 */
async function whyUndone(
  em: Em,
  { orderId, generation, fulfillmentId }: AnnounceInput,
  how?: 'last',
): Promise<Error | null> {
  const key = { orderId, step: 'announce', generation };
  const refusal = decisionOf(em, key).then(
    () => null,
    (error: Error) => error,
  );
  const standing = `
    select stage in ('shipped', 'delivered', 'closed') as left, stage = 'cancelled' or given_up_at is not null as undone
    from fulfillment where id = ?`;
  const read = ask<{ left: boolean; undone: boolean }>(em, standing, [fulfillmentId], how);
  const [[row], refused] = await Promise.all([read, refusal]);
  if (row?.left) return null;
  return refused ?? (row?.undone ? new StepUndone(key) : null);
}

export interface WithdrawInput {
  orderId: string;
  storeId: string;
  externalId: string;
  fulfillmentId: string;
}

/** The undo of `announce`, also of one whose answer was lost. Never announced, or taken back already: nothing. */
export async function withdraw(deps: ActivityDeps, input: WithdrawInput): Promise<void> {
  const em = deps.orm.em.fork();
  const { client } = await connectStore(deps, em, input.storeId);
  if (!client) return;
  const { externalId: order, fulfillmentId: key } = input;
  const [told] = await em.execute<{ storeExternalId: string | null; trackingNumber: string }[]>(
    `select store_external_id as "storeExternalId", tracking_number as "trackingNumber" from fulfillment
     where id = ? and tracking_number is not null`,
    [key],
  );
  if (!told) return;
  const { storeExternalId, trackingNumber } = told;
  const made = storeExternalId ?? (await client.findFulfillment(order, { key, trackingNumber }))?.externalId;
  await takeBack(deps, client, input, made);
  await em.execute('update fulfillment set store_external_id = null where id = ?', [key]);
}

/**
 * Of an order that the shop has cancelled, that is said again: a shop that shows by one status that an order was sent and
 * that it was cancelled may have lost the cancel when it was told of the shipment.
 */
async function takeBack(
  deps: ActivityDeps,
  client: StorefrontClient,
  { orderId, externalId, fulfillmentId }: WithdrawInput,
  made: string | undefined,
): Promise<void> {
  if (made) await client.cancelFulfillment(externalId, made, `${fulfillmentId}/withdraw`);
  const { snapshot } = await readOrderContent(deps.orm.em.fork(), orderId);
  if (snapshot.cancelledAt === null) return;
  const there = await client.fetchOrder(externalId);
  // One that was deleted there has nothing to be said of.
  if (there && there.snapshot.cancelledAt === null)
    await client.cancelOrder(externalId, 'It was cancelled in the shop', `${orderId}/cancel`);
}
