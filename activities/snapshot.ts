import type { StorefrontEvent } from '../connectors/storefronts/storefront.ts';
import { recordAudit } from '../db/audit.ts';
import { type AcceptedChange, asChange, goesBy } from '../db/changes.ts';
import type { Em } from '../db/database.ts';
import { lockOrder } from '../db/locks.ts';
import { orderIdOf } from '../db/order-id.ts';
import { insertBehind, writeBehind } from '../db/transaction.ts';
import { withAddress } from '../domain/changes.ts';
import { describeChange } from '../domain/content-change.ts';
import {
  eligibilityOf,
  type LeftInShop,
  leftInShop,
  type LineToShip,
  linesToShip,
  sameButForLeft,
  sameContent,
  sameLinesToShip,
  type Standing,
  withHolds,
  withLeft,
} from '../domain/content.ts';
import { type Eligibility, recordReasons, whatToFulfill } from '../domain/eligibility.ts';
import type { OrderSnapshot } from '../domain/order.ts';
import { titlesOf, withoutPerson } from '../domain/privacy.ts';
import { orderWorkflowId } from '../domain/workflow-ids.ts';

export interface CaptureStore {
  id: string;
  platform: string;
  policy: Record<string, unknown>;
  fulfillFrom: string;
}

/** `ask`: only the store can say what holds: this is as new as what is known, or can't tell fulfilled from held. */
export type SnapshotVerdict = 'ask' | 'outdated' | 'unchanged' | 'applied';

/** An order's newest content and what is read with it, under the order's lock. */
export interface Known extends Standing {
  version: number;
  snapshot: OrderSnapshot;
  erased: boolean;
  /** RFC 3339, of the newest mail that had this content. */
  updatedAt: string;
  /** It was taken to be fulfilled, and stays so. */
  taken: boolean;
  /** Why it was not. */
  recordReason: string | null;
  /** It was closed, or recorded, and nothing of it was ever sent. */
  sentNothing: boolean;
  /** Something was done for it, or asked of a person. */
  begun: boolean;
  /** Of our labels. */
  trackingNumbers: string[];
  lines: LineToShip[];
}

type KnownRow = Omit<Known, 'changes'> & { accepted: AcceptedChange[]; left: LeftInShop | null };

const selectKnown = `
     select v.version, v.snapshot, o.left_in_shop as "left", to_jsonb(o.source_updated_at) #>> '{}' as "updatedAt",
            o.erased_at is not null as erased, o.disposition = 'fulfill' as taken,
            o.record_reason as "recordReason",
            o.stage = 'closed' and not exists (
              select 1 from fulfillment f where f.order_id = o.id and f.stage <> 'cancelled') as "sentNothing",
            o.stage <> 'received' or o.generation > 1 or o.conditions <> '{}' or exists (
              select 1 from attention a where a.order_id = o.id and a.resolved_at is null) as begun,
            (select coalesce(jsonb_agg(jsonb_build_object('kind', c.kind, 'content', c.content) order by c.place), '[]')
             from order_change c where c.order_id = o.id and ${goesBy}) as accepted,
            (select coalesce(jsonb_object_agg(line, quantity), '{}') from (
               select fl.line_external_id as line, sum(fl.quantity)::int as quantity
               from fulfillment_line fl join fulfillment f on f.id = fl.fulfillment_id
               where f.order_id = o.id and f.stage in ('labelled', 'shipped', 'delivered', 'closed')
               group by 1) told) as ours,
            (select coalesce(jsonb_agg(f.tracking_number), '[]') from fulfillment f
             where f.order_id = o.id and f.tracking_number is not null) as "trackingNumbers",
            (select coalesce(jsonb_agg(jsonb_build_object(
               'externalId', l.external_id, 'toShip', l.to_ship, 'leftReason', l.left_reason) order by l.position), '[]')
             from order_line l where l.order_id = o.id and l.version = o.version) as lines
     from orders o join order_version v on v.order_id = o.id and v.version = o.version where o.id = ?`;

const asKnown = ({ accepted, left, ...row }: KnownRow): Known => ({
  ...row,
  snapshot: withLeft(row.snapshot, left),
  changes: accepted.map(asChange),
});

/** `known`: null while there is no such order yet. */
export async function readStoreAndKnown(
  em: Em,
  storeId: string,
  orderId: string,
): Promise<{ store: CaptureStore; known: Known | null }> {
  const [row] = await em.execute<{ store: CaptureStore; known: KnownRow | null }[]>(
    `select jsonb_build_object('id', s.id, 'platform', s.platform, 'policy', s.policy, 'fulfillFrom', s.fulfill_from) as store,
            (select to_jsonb(k) from (${selectKnown}) k) as known
     from store s where s.id = ?`,
    [orderId, storeId],
  );
  if (!row) throw new Error(`No store ${storeId}`);
  return { store: row.store, known: row.known && asKnown(row.known) };
}

export interface SnapshotSource {
  /** The store said it itself when it was asked, or it can't be asked. */
  authoritative: boolean;
  /** A webhook of a platform that counts what is on hold as fulfilled. */
  vague: boolean;
  customerKey: string | null;
}

/**
 * The newest snapshot wins; one of equal age only if it is `authoritative`. Of an order whose customer is erased it is
 * kept without them. Returns what is known from then on too.
 */
export async function applySnapshot(
  em: Em,
  store: CaptureStore,
  event: Extract<StorefrontEvent, { kind: 'order' }>,
  how: SnapshotSource,
  known: Known | null,
): Promise<{ verdict: SnapshotVerdict; known: Known | null }> {
  const orderId = orderIdOf(store.id, event.snapshot.externalId);
  if (!known) {
    const snapshot = withHolds(event.snapshot, null);
    const { updatedAt } = snapshot;
    if (how.vague && seemsFulfilled(store, snapshot)) return { verdict: 'ask', known };
    const inserted = await insertOrder(em, store, orderId, snapshot, how.customerKey);
    const none = { erased: false, begun: false, changes: [], ours: {}, trackingNumbers: [] };
    return { verdict: 'applied', known: { version: 1, snapshot, updatedAt, ...inserted, ...none } };
  }
  const { erased } = known;
  const said = erased ? withoutPerson(event.snapshot, titlesOf(known.snapshot)) : event.snapshot;
  const snapshot = withHolds(withAddress(said, known.changes), known.snapshot);
  const { updatedAt } = snapshot;
  const age = Date.parse(updatedAt) - Date.parse(known.updatedAt);
  if (age < 0) return { verdict: 'outdated', known };
  if (sameContent(snapshot, known.snapshot)) {
    // No new content, but nothing that is older than this may replace it any more.
    if (age > 0)
      await writeBehind(em, 'update orders set source_updated_at = ? where id = ?', [updatedAt, orderId]);
    return { verdict: 'unchanged', known: { ...known, updatedAt } };
  }
  if (age === 0 && !how.authoritative) return { verdict: 'ask', known };
  if (onlyEchoes(store, snapshot, known)) {
    await writeBehind(em, 'update orders set source_updated_at = ?, left_in_shop = ?::jsonb where id = ?', [
      updatedAt,
      JSON.stringify(leftInShop(snapshot)),
      orderId,
    ]);
    return { verdict: 'unchanged', known: { ...known, snapshot, updatedAt } };
  }
  if (how.vague && shipsLess(store, snapshot, known)) return { verdict: 'ask', known };
  const next = await insertVersion(em, store, orderId, known, {
    ...{ snapshot, actor: 'store', customerKey: erased ? null : how.customerKey },
  });
  return { verdict: 'applied', known: next };
}

/** What the shop counts as fulfilled changed, and what is to be shipped did not: it is what we told it ourselves. */
const onlyEchoes = (store: CaptureStore, snapshot: OrderSnapshot, known: Known): boolean =>
  sameButForLeft(snapshot, known.snapshot) &&
  sameLinesToShip(linesToShip(snapshot, newEligibility(store, snapshot, known)), known.lines);

const seemsFulfilled = (store: CaptureStore, snapshot: OrderSnapshot): boolean => {
  const eligible = whatToFulfill(snapshot, { fulfillFrom: store.fulfillFrom });
  return eligible.disposition === 'record' && eligible.reason === 'fulfilled-in-shop';
};

/** As much of a line is ordered as before, and less of it to be shipped. */
function shipsLess(store: CaptureStore, snapshot: OrderSnapshot, known: Known): boolean {
  if (snapshot.cancelledAt !== null) return false;
  const lines = linesToShip(snapshot, newEligibility(store, snapshot, known));
  return snapshot.lines.some(({ externalId, quantity }, n) => {
    const place = known.snapshot.lines.findIndex((line) => line.externalId === externalId);
    if (place < 0) return false;
    return quantity >= known.snapshot.lines[place]!.quantity && lines[n]!.toShip < known.lines[place]!.toShip;
  });
}

/** The shop deleted the order: for fulfillment the same as cancelling it there. */
export async function markDeleted(em: Em, orderId: string): Promise<void> {
  await lockOrder(em, orderId);
  const { snapshot, updatedAt } = await newest(em, orderId);
  if (snapshot.cancelledAt !== null) return;
  const time = new Date(updatedAt).toISOString();
  await insertVersionOf(em, orderId, { ...snapshot, updatedAt: time, cancelledAt: time }, 'store');
}

/** New content of an order that is there, of the same customer; not newer in the shop's time. Under the order's lock. */
export async function insertVersionOf(
  em: Em,
  orderId: string,
  snapshot: OrderSnapshot,
  actor: string,
): Promise<void> {
  const known = await newest(em, orderId);
  const [order] = await em.execute<{ customerKey: string | null; store: CaptureStore }[]>(
    `select o.customer_key as "customerKey", jsonb_build_object('id', s.id, 'platform', s.platform,
       'policy', s.policy, 'fulfillFrom', s.fulfill_from) as store
     from orders o join store s on s.id = o.store_id where o.id = ?`,
    [orderId],
  );
  const content = { ...snapshot, updatedAt: new Date(known.updatedAt).toISOString() };
  const { store, customerKey } = order!;
  await insertVersion(em, store, orderId, known, { snapshot: content, customerKey, actor });
}

/** Of an order that is there. */
export async function newest(em: Em, orderId: string): Promise<Known> {
  const [row] = await em.execute<KnownRow[]>(selectKnown, [orderId]);
  return asKnown(row!);
}

async function insertOrder(
  em: Em,
  store: CaptureStore,
  orderId: string,
  snapshot: OrderSnapshot,
  customerKey: string | null,
): Promise<Pick<Known, 'taken' | 'recordReason' | 'sentNothing' | 'lines'>> {
  const eligible = whatToFulfill(snapshot, { fulfillFrom: store.fulfillFrom });
  const recorded = eligible.disposition === 'record';
  await insertBehind(em, 'orders', [
    {
      id: orderId,
      store_id: store.id,
      external_id: snapshot.externalId,
      workflow_id: orderWorkflowId(store.id, snapshot.externalId),
      disposition: eligible.disposition,
      record_reason: recorded ? eligible.reason : null,
      stage: recorded ? 'closed' : 'received',
      ended_at: recorded ? new Date() : null,
      conditions: '{}',
      version: 1,
      ...headline(snapshot, customerKey),
    },
  ]);
  const lines = linesToShip(snapshot, eligible);
  await insertContent(em, orderId, 1, snapshot, lines);
  await recordAudit(em, {
    actor: 'store',
    what: 'captured',
    orderId,
    detail: recorded
      ? `Recorded only: ${recordReasons[eligible.reason]}`
      : `Captured order ${snapshot.number}`,
    key: `captured/${orderId}`,
  });
  return { taken: !recorded, recordReason: recorded ? eligible.reason : null, sentNothing: recorded, lines };
}

interface NewContent {
  snapshot: OrderSnapshot;
  customerKey: string | null;
  actor: string;
}

async function insertVersion(
  em: Em,
  store: CaptureStore,
  orderId: string,
  known: Known,
  { snapshot, customerKey, actor }: NewContent,
): Promise<Known> {
  const version = known.version + 1;
  const eligible = newEligibility(store, snapshot, known);
  const lines = linesToShip(snapshot, eligible);
  const takenUp = eligible.disposition === 'fulfill' && endedAsFulfilled(known);
  const columns = {
    version,
    left_in_shop: null,
    ...headline(snapshot, customerKey),
    ...(takenUp && { disposition: 'fulfill', record_reason: null, stage: 'received', ended_at: null }),
  };
  await writeBehind(
    em,
    `update orders set ${Object.keys(columns)
      .map((column) => `${column} = ?`)
      .join(', ')}, generation = generation + ?, updated_at = now() where id = ?`,
    [...Object.values(columns), takenUp && known.taken ? 1 : 0, orderId],
  );
  await insertContent(em, orderId, version, snapshot, lines);
  await recordAudit(em, {
    actor,
    what: 'content_changed',
    orderId,
    detail:
      `Content version ${version}: ${describeChange(known, { snapshot, lines })}` +
      (takenUp ? '; it is fulfilled here after all' : ''),
    key: `version/${orderId}/${version}`,
  });
  const now = { ...known, version, snapshot, lines, updatedAt: snapshot.updatedAt };
  // Its workflow has ended: it is begun anew.
  if (takenUp)
    await writeBehind(
      em,
      `insert into outbox (workflow_id, signal, payload) select workflow_id, 'mail', 'null' from orders where id = ?`,
      [orderId],
    );
  return takenUp ? { ...now, taken: true, recordReason: null, sentNothing: false } : now;
}

/** It came to its end because the shop seemed to have sent all of it. */
const endedAsFulfilled = ({ sentNothing, taken, recordReason, erased }: Known): boolean =>
  sentNothing && !erased && (taken || recordReason === 'fulfilled-in-shop');

/** Of one that was taken to be fulfilled, no matter when it was placed. */
const newEligibility = (store: CaptureStore, snapshot: OrderSnapshot, known: Known): Eligibility =>
  eligibilityOf(snapshot, known, known.taken ? new Date(0).toISOString() : store.fulfillFrom);

/** By the columns of `orders`. */
function headline(snapshot: OrderSnapshot, customerKey: string | null) {
  return {
    number: snapshot.number,
    placed_at: new Date(snapshot.placedAt),
    source_updated_at: new Date(snapshot.updatedAt),
    currency: snapshot.currency,
    total: snapshot.totals.total,
    country: snapshot.shippingAddress?.country ?? null,
    payment_state: snapshot.payment.state,
    customer_email: snapshot.customer.email,
    customer_key: customerKey,
  };
}

/** A provider can be asked about it; what it says then goes before what the store said. */
async function keepHeldPayment(em: Em, orderId: string, { provider, externalId }: OrderSnapshot['payment']) {
  if (externalId === undefined) return;
  await writeBehind(
    em,
    `insert into provider_payment (order_id, provider, external_id) values (?, ?, ?)
     on conflict (order_id) do update set provider = excluded.provider, external_id = excluded.external_id,
       state = null, capturable = 0, capture_before = null, read_at = null
     where (provider_payment.provider, provider_payment.external_id) <> (excluded.provider, excluded.external_id)`,
    [orderId, provider, externalId],
  );
}

async function insertContent(
  em: Em,
  orderId: string,
  version: number,
  snapshot: OrderSnapshot,
  lines: readonly LineToShip[],
): Promise<void> {
  await insertBehind(em, 'order_version', [{ order_id: orderId, version, snapshot }]);
  await keepHeldPayment(em, orderId, snapshot.payment);
  if (snapshot.lines.length === 0) return;
  await insertBehind(
    em,
    'order_line',
    snapshot.lines.map((line, position) => ({
      order_id: orderId,
      version,
      position,
      external_id: line.externalId,
      sku: line.sku,
      title: line.title,
      quantity: Math.max(0, line.quantity),
      to_ship: lines[position]!.toShip,
      left_reason: lines[position]!.leftReason,
      unit_price: line.unitPrice,
      total: line.total,
      tax: line.tax,
    })),
  );
}
