import { v7 as uuid } from 'uuid';
import type { BoughtLabel, CarrierClient } from '../connectors/carriers/carrier.ts';
import { PartyFailure } from '../connectors/failure.ts';
import { recordAudit } from '../db/audit.ts';
import { openCase } from '../db/cases.ts';
import type { Em } from '../db/database.ts';
import { lockOrder } from '../db/locks.ts';
import { decisionUnderLock, StepUndone } from '../db/steps.ts';
import { executeLast, insertBehind, inTransaction, writeBehind } from '../db/transaction.ts';
import { formatMinor, type Money } from '../domain/money.ts';
import type { ActivityDeps } from './deps.ts';
import { type Purchase, readPurchase, recover } from './label-purchase.ts';
import { lockLiveFulfillment } from './live-fulfillment.ts';
import { connectAccount } from './connect-carrier.ts';
import { advanceOrder } from './stock.ts';

export interface LabelInput {
  orderId: string;
  generation: number;
  fulfillmentId: string;
  purchaseId: string;
}

/**
 * Pays for one parcel's label, once. The request was stored before; an attempt that may have reached the carrier
 * is remembered before it is made, and after one whose answer was lost the carrier is asked by reference before
 * anything is bought again.
 */
export async function buyLabel(deps: ActivityDeps, input: LabelInput): Promise<{ trackingNumber: string }> {
  const em = deps.orm.em.fork();
  const purchase = await readPurchase(em, input.purchaseId);
  if (purchase.trackingNumber) return { trackingNumber: purchase.trackingNumber };
  const { client, carrier } = connectAccount(deps, purchase.account, purchase.account.id);
  const lost = purchase.sentAt === null ? null : await recover(deps, client, purchase);
  if (lost) return recordLabel(deps, input, client, carrier, lost);
  const sent = await markSent(deps, input, purchase);
  if (!sent) return settledNumber(em, input.purchaseId);
  const bought = await send(deps, client, purchase, sent);
  return recordLabel(deps, input, client, carrier, bought);
}

/** Another attempt was quicker. */
async function settledNumber(em: Em, purchaseId: string): Promise<{ trackingNumber: string }> {
  const { trackingNumber, state } = await readPurchase(em, purchaseId);
  if (!trackingNumber) throw new Error(`This label purchase is ${state} already`);
  return { trackingNumber };
}

/** RFC 3339. `before`: an attempt beside this one that may have reached the carrier. */
interface Sent {
  at: string;
  before: string | null;
}

/**
 * In a transaction that the tombstone of a cancelled generation stops, and the loss of its stock: after either nothing
 * is bought. null where the purchase is settled.
 */
async function markSent(deps: ActivityDeps, input: LabelInput, purchase: Purchase): Promise<Sent | null> {
  return inTransaction(deps.orm, async (em) => {
    const key = { orderId: input.orderId, step: 'label', generation: input.generation };
    await Promise.all([decisionUnderLock(em, key), lockLiveFulfillment(em, key, input.fulfillmentId)]);
    const [sent] = await executeLast<Sent>(
      em,
      `with before as (select id, sent_at from label_purchase where id = ? and state = 'intended' for update)
       update label_purchase p set sent_at = clock_timestamp() from before where p.id = before.id
       returning to_jsonb(p.sent_at) #>> '{}' as at, to_jsonb(before.sent_at) #>> '{}' as before`,
      [input.purchaseId],
    );
    if (!sent) return null;
    // One that was looked for, and not found after a while, came to nothing.
    return sent.before === purchase.sentAt ? { ...sent, before: null } : sent;
  });
}

async function send(
  deps: ActivityDeps,
  client: CarrierClient,
  purchase: Purchase,
  sent: Sent,
): Promise<BoughtLabel> {
  try {
    return await client.buyLabel(purchase.request, purchase.key);
  } catch (error) {
    // The carrier certainly did nothing: for this attempt, the next one needs no look-up.
    if (error instanceof PartyFailure && error.effect === 'none')
      await deps.orm.em
        .fork()
        .execute(
          'update label_purchase set sent_at = ?::timestamptz where id = ? and sent_at = ?::timestamptz',
          [sent.before, purchase.id, sent.at],
        );
    throw error;
  }
}

/**
 * Keeps the label, also when its order was cancelled meanwhile (its undo then finds it and voids it). A second
 * label for the same purchase, bought by an attempt that was thought dead, is given back at once; so is one whose
 * purchase was undone before its answer came.
 */
async function recordLabel(
  deps: ActivityDeps,
  input: LabelInput,
  client: CarrierClient,
  carrier: string,
  bought: BoughtLabel,
): Promise<{ trackingNumber: string }> {
  const kept = await inTransaction(deps.orm, async (em) => {
    const [, { trackingNumber, state, erased }] = await Promise.all([
      lockOrder(em, input.orderId),
      readPurchase(em, input.purchaseId),
    ]);
    if (trackingNumber) return trackingNumber;
    if (state !== 'intended') return null;
    // Nobody prints it any more, and it has the address.
    const document = erased ? Buffer.alloc(0) : bought.document;
    const cost = bought.cost ?? (await quotedPrice(em, input.purchaseId));
    await insertBehind(em, 'label', [
      {
        id: uuid(),
        purchase_id: input.purchaseId,
        carrier,
        tracking_number: bought.trackingNumber,
        shipment_id: bought.shipmentId,
        cost: cost.minor,
        currency: cost.currency,
        format: bought.format,
        document,
        tracking_due_at: new Date(deps.clock().getTime() + deps.trackingIntervalSeconds * 1000),
      },
    ]);
    await writeBehind(em, `update label_purchase set state = 'bought', settled_at = now() where id = ?`, [
      input.purchaseId,
    ]);
    await completeFulfillment(em, input, bought.trackingNumber, carrier, cost);
    return bought.trackingNumber;
  });
  if (kept !== bought.trackingNumber) await giveBack(deps, input, client, bought);
  if (kept === null)
    throw new StepUndone({ orderId: input.orderId, step: 'label', generation: input.generation });
  return { trackingNumber: kept };
}

/** Where the carrier does not take it back, a person has to see to it: nothing else knows of this label. */
async function giveBack(
  deps: ActivityDeps,
  input: LabelInput,
  client: CarrierClient,
  label: BoughtLabel,
): Promise<void> {
  const failed = await client.voidLabel(label).then(
    (result) => (result === 'refused' ? 'refused' : null),
    (error: unknown) => (error instanceof PartyFailure ? error.code : 'internal'),
  );
  if (failed === null) return;
  await inTransaction(deps.orm, async (em) => {
    await lockOrder(em, input.orderId);
    await openCase(em, {
      orderId: input.orderId,
      subject: `label/${label.trackingNumber}`,
      reason: 'label_not_voided',
      sentence: `Label ${label.trackingNumber} was sold and is not used (${failed}): void it in the carrier’s own account`,
      step: 'void',
    });
  });
}

/** A label that was found again comes without its price: what was quoted for it stands in. */
async function quotedPrice(em: Em, purchaseId: string): Promise<Money> {
  const [row] = await em.execute<Money[]>(
    `select q.price::float8 as minor, q.currency from label_purchase p
     join carrier_account a on a.id = p.carrier_account_id
     join quote q on q.parcel_id = p.parcel_id and q.carrier = a.carrier and q.service = p.service
     where p.id = ? order by q.quoted_at desc limit 1`,
    [purchaseId],
  );
  if (!row) throw new Error(`No quote for label purchase ${purchaseId}`);
  return row;
}

/** A fulfillment is labelled when every parcel of it has its label. */
async function completeFulfillment(
  em: Em,
  input: LabelInput,
  trackingNumber: string,
  carrier: string,
  cost: Money,
): Promise<void> {
  await recordAudit(em, {
    actor: 'engine',
    what: 'label_bought',
    orderId: input.orderId,
    subject: input.purchaseId,
    detail: `${carrier} ${trackingNumber} for ${formatMinor(cost.minor, cost.currency)} ${cost.currency}`,
    key: `label/${input.purchaseId}`,
  });
  await writeBehind(
    em,
    `update fulfillment set stage = 'labelled', labelled_at = now(), tracking_number = coalesce(tracking_number, ?)
     where id = ? and stage = 'allocated' and not exists (
       select 1 from parcel c where c.fulfillment_id = fulfillment.id and not exists (
         select 1 from label_purchase p where p.parcel_id = c.id and p.state = 'bought'))`,
    [trackingNumber, input.fulfillmentId],
  );
  await advanceOrder(em, input.orderId);
}
