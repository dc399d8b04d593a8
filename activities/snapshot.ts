import type { StorefrontEvent } from '../connectors/storefronts/storefront.ts';
import { recordAudit } from '../db/audit.ts';
import { readChanges } from '../db/changes.ts';
import type { Em } from '../db/database.ts';
import { OrderLineSchema, OrderSchema, OrderVersionSchema } from '../db/entities/orders.ts';
import { lockOrder } from '../db/locks.ts';
import { orderIdOf } from '../db/order-id.ts';
import { withAddress, withQuantities } from '../domain/changes.ts';
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

/** `tie`: as new as what is known, with other content: only the store can say which one holds. */
export type SnapshotVerdict = 'tie' | 'outdated' | 'unchanged' | 'applied';

/**
 * The newest snapshot wins; one of equal age only if it comes from the store itself (`authoritative`). Of an order whose
 * customer is erased it is kept without them.
 */
export async function applySnapshot(
  em: Em,
  store: CaptureStore,
  event: Extract<StorefrontEvent, { kind: 'order' }>,
  how: { authoritative: boolean; customerKey: string | null },
): Promise<SnapshotVerdict> {
  const orderId = orderIdOf(store.id, event.snapshot.externalId);
  if (!(await lockOrder(em, orderId))) {
    await insertOrder(em, store, orderId, event.snapshot, how.customerKey);
    return 'applied';
  }
  const known = await newest(em, orderId);
  const { erased } = known;
  const said = erased ? withoutPerson(event.snapshot, titlesOf(known.snapshot)) : event.snapshot;
  const snapshot = withAddress(said, await readChanges(em, orderId));
  const age = Date.parse(snapshot.updatedAt) - known.updatedAt.getTime();
  if (age < 0) return 'outdated';
  if (sameContent(snapshot, known.snapshot)) {
    // No new content, but nothing that is older than this may replace it any more.
    await em.nativeUpdate(OrderSchema, { id: orderId }, { sourceUpdatedAt: new Date(snapshot.updatedAt) });
    return 'unchanged';
  }
  if (age === 0 && !how.authoritative) return 'tie';
  await insertVersion(em, store, orderId, known.version + 1, snapshot, erased ? null : how.customerKey);
  return 'applied';
}

/** The shop deleted the order: for fulfillment the same as cancelling it there. */
export async function markDeleted(em: Em, orderId: string): Promise<void> {
  await lockOrder(em, orderId);
  const { snapshot, updatedAt } = await newest(em, orderId);
  if (snapshot.cancelledAt !== null) return;
  const time = updatedAt.toISOString();
  await insertVersionOf(em, orderId, { ...snapshot, updatedAt: time, cancelledAt: time }, 'store');
}

/** New content of an order that is there, of the same customer; not newer in the shop's time. Under the order's lock. */
export async function insertVersionOf(
  em: Em,
  orderId: string,
  snapshot: OrderSnapshot,
  actor: string,
): Promise<void> {
  const { version, updatedAt } = await newest(em, orderId);
  const [order] = await em.execute<{ customerKey: string | null; store: CaptureStore }[]>(
    `select o.customer_key as "customerKey", jsonb_build_object('id', s.id, 'platform', s.platform,
       'policy', s.policy, 'fulfillFrom', s.fulfill_from) as store
     from orders o join store s on s.id = o.store_id where o.id = ?`,
    [orderId],
  );
  const content = { ...snapshot, updatedAt: updatedAt.toISOString() };
  await insertVersion(em, order!.store, orderId, version + 1, content, order!.customerKey, actor);
}

interface Newest {
  version: number;
  snapshot: OrderSnapshot;
  erased: boolean;
}

/** `updatedAt`: of the newest mail that had this content. */
export async function newest(em: Em, orderId: string): Promise<Newest & { updatedAt: Date }> {
  const [row] = await em.execute<(Newest & { updatedAt: string })[]>(
    `select v.version, v.snapshot, to_jsonb(o.source_updated_at) #>> '{}' as "updatedAt", o.erased_at is not null as erased
     from order_version v join orders o on o.id = v.order_id and o.version = v.version where o.id = ?`,
    [orderId],
  );
  return { ...row!, updatedAt: new Date(row!.updatedAt) };
}

/** jsonb does not keep the order of keys, so both sides are compared in one order of their own. */
export function sameContent(a: OrderSnapshot, b: OrderSnapshot): boolean {
  const content = (snapshot: OrderSnapshot) => sorted({ ...snapshot, updatedAt: null });
  return JSON.stringify(content(a)) === JSON.stringify(content(b));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]),
  );
}

async function insertOrder(
  em: Em,
  store: CaptureStore,
  orderId: string,
  snapshot: OrderSnapshot,
  customerKey: string | null,
): Promise<void> {
  const eligible = whatToFulfill(snapshot, { fulfillFrom: store.fulfillFrom });
  const recorded = eligible.disposition === 'record';
  await em.insert(OrderSchema, {
    id: orderId,
    storeId: store.id,
    externalId: snapshot.externalId,
    workflowId: orderWorkflowId(store.id, snapshot.externalId),
    disposition: eligible.disposition,
    recordReason: recorded ? eligible.reason : null,
    stage: recorded ? 'closed' : 'received',
    endedAt: recorded ? new Date() : null,
    conditions: [],
    version: 1,
    ...headline(snapshot, customerKey),
  });
  await insertContent(em, orderId, 1, snapshot, eligible);
  await recordAudit(em, {
    actor: 'store',
    what: 'captured',
    orderId,
    detail: recorded
      ? `Recorded only: ${recordReasons[eligible.reason]}`
      : `Captured order ${snapshot.number}`,
    key: `captured/${orderId}`,
  });
}

async function insertVersion(
  em: Em,
  store: CaptureStore,
  orderId: string,
  version: number,
  snapshot: OrderSnapshot,
  customerKey: string | null,
  actor = 'store',
): Promise<void> {
  const wanted = withQuantities(await withOurs(em, orderId, snapshot), await readChanges(em, orderId));
  const eligible = whatToFulfill(wanted, { fulfillFrom: await startFor(em, store, orderId) });
  await em.nativeUpdate(
    OrderSchema,
    { id: orderId },
    { version, ...headline(snapshot, customerKey), updatedAt: new Date() },
  );
  await insertContent(em, orderId, version, snapshot, eligible);
  await recordAudit(em, {
    actor,
    what: 'content_changed',
    orderId,
    detail: `Content version ${version}, payment ${snapshot.payment.state}`,
    key: `version/${orderId}/${version}`,
  });
}

/** An order that was taken to be fulfilled stays so, also where the store's start was moved since. */
async function startFor(em: Em, store: CaptureStore, orderId: string): Promise<string> {
  const [taken] = await em.execute(`select 1 from orders where id = ? and disposition = 'fulfill'`, [
    orderId,
  ]);
  return taken ? new Date(0).toISOString() : store.fulfillFrom;
}

/**
 * The shop counts what we told it as fulfilled. That is no reason to ship less, so it is added back: what
 * remains missing was fulfilled by somebody else.
 */
async function withOurs(em: Em, orderId: string, snapshot: OrderSnapshot): Promise<OrderSnapshot> {
  const rows = await em.execute<{ line: string; quantity: number }[]>(
    `select fl.line_external_id as line, sum(fl.quantity)::int as quantity
     from fulfillment_line fl join fulfillment f on f.id = fl.fulfillment_id
     where f.order_id = ? and f.stage in ('labelled', 'shipped', 'delivered', 'closed') group by 1`,
    [orderId],
  );
  const ours = new Map(rows.map(({ line, quantity }) => [line, quantity]));
  const lines = snapshot.lines.map((line) => ({
    ...line,
    fulfillable: Math.min(line.quantity, line.fulfillable + (ours.get(line.externalId) ?? 0)),
  }));
  return { ...snapshot, lines };
}

function headline(snapshot: OrderSnapshot, customerKey: string | null) {
  return {
    number: snapshot.number,
    placedAt: new Date(snapshot.placedAt),
    sourceUpdatedAt: new Date(snapshot.updatedAt),
    currency: snapshot.currency,
    total: snapshot.totals.total,
    country: snapshot.shippingAddress?.country ?? null,
    paymentState: snapshot.payment.state,
    customerEmail: snapshot.customer.email,
    customerKey,
  };
}

/** A provider can be asked about it; what it says then goes before what the store said. */
async function keepHeldPayment(em: Em, orderId: string, { provider, externalId }: OrderSnapshot['payment']) {
  if (externalId === undefined) return;
  await em.execute(
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
  eligible: Eligibility,
): Promise<void> {
  await em.insert(OrderVersionSchema, { orderId, version, snapshot });
  await keepHeldPayment(em, orderId, snapshot.payment);
  if (snapshot.lines.length === 0) return;
  const toShip = eligible.disposition === 'fulfill' ? eligible.lines : [];
  const left = eligible.disposition === 'fulfill' ? eligible.left : [];
  await em.insertMany(
    OrderLineSchema,
    snapshot.lines.map((line, position) => ({
      orderId,
      version,
      position,
      externalId: line.externalId,
      sku: line.sku,
      title: line.title,
      quantity: Math.max(0, line.quantity),
      toShip: toShip.find(({ externalId }) => externalId === line.externalId)?.quantity ?? 0,
      leftReason:
        left.find(({ externalId }) => externalId === line.externalId)?.reason ??
        (eligible.disposition === 'record' ? eligible.reason : null),
      unitPrice: line.unitPrice,
      total: line.total,
      tax: line.tax,
    })),
  );
}
