import { type StorefrontEvent, UnusableWebhook } from '../connectors/storefronts/storefront.ts';
import { recordAudit } from '../db/audit.ts';
import type { ChangeKind } from '../db/changes.ts';
import { customerKey } from '../db/customer-key.ts';
import type { Em } from '../db/database.ts';
import { keepable } from '../db/keepable.ts';
import { forgetMail } from '../db/privacy/erase-mail.ts';
import type { Ending } from '../db/steps.ts';
import { ask, inTransaction, writeBehind } from '../db/transaction.ts';
import { policyOf, type StorePolicy } from '../domain/policy.ts';
import type { AllocatedFulfillment } from '../db/stock/allocate.ts';
import type { ActivityDeps } from './deps.ts';
import { recordMoney } from './money-facts.ts';
import { type CaptureStore, applySnapshot, markDeleted, readStoreAndKnown } from './snapshot.ts';
import { readLive } from './stock.ts';

export interface CaptureInput {
  orderId: string;
  storeId: string;
  externalId: string;
  /** The version that the workflow last acted on; 0 before the first. */
  knownVersion: number;
  /** True when the store can't be asked: a tie then goes to what came later. */
  settleTies: boolean;
}

/** What the mail says, as far as the workflow needs it. No personal data. */
export interface Captured {
  number: string;
  country: string | null;
  disposition: 'fulfill' | 'record';
  stage: string;
  generation: number;
  version: number;
  /**
   * Against `knownVersion`: the address or the quantities to ship are others. For a run that takes the order up, against
   * what its present generation was begun by.
   */
  changed: boolean;
  cancelledInShop: boolean;
  /** The shop does not want it sent yet. Absent in what was captured before there was such a word. */
  heldInShop?: boolean;
  paymentState: string;
  /** Nothing of it is left to ship. */
  nothingToShip: boolean;
  ended: boolean;
  /** A person put it on hold. */
  held: boolean;
  /** Its present generation has its tombstone: this is the undo that was broken off. */
  buried: Ending | null;
  /** Whose `partyQueue` calls about its money go through. */
  moneyParty: string;
  /** Changes by people here whose consequences were broken off. */
  unsettled: { id: string; kind: ChangeKind }[];
  policy: Pick<StorePolicy, 'deadlines' | 'retries' | 'reserve' | 'capture'>;
  /** For a run that takes the order up: what lives of earlier generations, and is followed on. */
  earlier?: AllocatedFulfillment[];
  /** A parcel of it has left, of any generation. For the same. */
  hasLeft?: boolean;
}

/** `fetch`: the mail can't be applied without asking the store for the order as it is now. */
export interface CaptureResult {
  order: Captured | null;
  fetch: boolean;
  /** The platform's webhooks leave out what the review needs, and the store was not asked yet. Of a run that begins. */
  incomplete: boolean;
}

interface MailRow {
  seq: number;
  topic: string;
  body: string;
}

/** What becomes of one mail, written at the end for all of them. */
interface Mark {
  seq: number;
  state: 'applied' | 'refused';
  reason: string | null;
}

/**
 * Reads an order's unread mail in the order of its arrival. Snapshots compete, the newest by the store's own
 * time wins; facts are each applied once. Mail that must wait for the order's content stays unread.
 */
export async function capture(deps: ActivityDeps, input: CaptureInput): Promise<CaptureResult> {
  return inTransaction(deps.orm, async (em) => {
    // One statement follows the other, so all is read once the lock is held.
    const [erased, mail, { store, known: before }] = await Promise.all([
      lockAndSeeErased(em, input.orderId),
      readUnread(em, input),
      readStoreAndKnown(em, input.storeId, input.orderId),
    ]);
    const { events, marks } = parseMail(deps, store, mail);
    const answeredUpTo = Math.max(0, ...events.filter(isFromStore).map(({ seq }) => seq));
    const nobodyToAsk = !deps.storefronts.find(store.platform)?.connect;
    const settleTies = input.settleTies || nobodyToAsk;
    let fetch = false;
    let known = before;
    const vagueWebhooks = deps.storefronts.find(store.platform)?.fetchBeforeReview ?? false;
    // Of an order that is new, what the store itself said goes first.
    const said = before ? events : events.toSorted((a, b) => Number(isFromStore(b)) - Number(isFromStore(a)));
    for (const { seq, topic, event } of said) {
      const settled = settleTies || seq <= answeredUpTo;
      if (event.kind !== 'order') continue;
      const authoritative = isFromStore({ topic }) || settleTies;
      // Once the store was asked, and does not know the order either, the webhook is all there is.
      const vague = vagueWebhooks && !authoritative && isWebhook({ topic }) && (known !== null || !settled);
      const how = { authoritative, vague, customerKey: customerKey(event.snapshot.customer.email) };
      const result = await applySnapshot(em, store, event, how, known);
      known = result.known;
      if (vague && !settled && known?.snapshot.holds) fetch = true;
      if (result.verdict === 'ask' && !settled) {
        fetch = true;
        continue;
      }
      await recordMoney(em, input.orderId, event);
      marks.push({ seq, state: 'applied', reason: result.verdict === 'ask' ? 'asked' : result.verdict });
    }
    const takenUp = input.knownVersion === 0 && (before?.begun ?? false);
    if (takenUp) await forgetEarlierRun(em, input.orderId);
    for (const { seq, event } of events) {
      if (event.kind === 'order') continue;
      const answered = seq <= answeredUpTo || nobodyToAsk;
      const waits = event.kind === 'order-changed' || (!known && event.kind !== 'ignored');
      // Of an order that is not known, only the store's own word is final.
      if (waits && !answered && !(settleTies && known)) fetch = true;
      else if (waits && !known)
        marks.push({ seq, state: 'refused', reason: 'The store does not know this order' });
      else {
        await applyFact(em, input.orderId, event, known?.trackingNumbers ?? []);
        marks.push({ seq, state: 'applied', reason: event.kind === 'ignored' ? event.reason : null });
      }
    }
    await mark(em, marks);
    if (erased) await forgetMail(em, input.storeId, input.externalId);
    if (!known) return { order: null, fetch, incomplete: false };
    const { asked, ...order } = await (takenUp
      ? readCaptured(em, { ...input, knownVersion: await readBegun(em, input.orderId) })
      : readCaptured(em, input, 'last'));
    // Only who begins asks for what is missing.
    const needed = input.knownVersion === 0 && deps.storefronts.find(store.platform)?.fetchBeforeReview;
    const incomplete = Boolean(needed) && !asked;
    const sofar = takenUp && !order.ended ? await readSoFar(deps, em, input.orderId, order) : {};
    return { order: { ...order, ...sofar }, fetch, incomplete };
  });
}

/** The version by which the present generation was begun; 0 where it was not, or where all that it made has left. */
async function readBegun(em: Em, orderId: string): Promise<number> {
  const [row] = await em.execute<{ version: number }[]>(
    `select coalesce((d.decision ->> 'version')::int, 0) as version from step_decision d
     join orders o on o.id = d.order_id and o.generation = d.generation where o.id = ? and d.step = 'review'
       and (not exists (select 1 from fulfillment f where f.order_id = o.id and f.stage <> 'cancelled')
            or exists (select 1 from fulfillment f where f.order_id = o.id and f.stage in ('allocated', 'labelled')))`,
    [orderId],
  );
  return row?.version ?? 0;
}

/** What an earlier run has left behind, as far as nothing else tells of it. */
async function readSoFar(
  deps: ActivityDeps,
  em: Em,
  orderId: string,
  { generation, held }: Captured,
): Promise<Pick<Captured, 'earlier' | 'hasLeft' | 'held'>> {
  const [row] = await em.execute<{ hasLeft: boolean; lastSaid: string | null }[]>(
    `select exists (select 1 from fulfillment where order_id = ? and stage in ('shipped', 'delivered')) as "hasLeft",
            (select what from audit where order_id = ? and what in ('hold', 'release')
             order by seq desc limit 1) as "lastSaid"`,
    [orderId, orderId],
  );
  return {
    earlier: await readLive(deps, em, { orderId, generation }, 'f.generation < ?'),
    hasLeft: row!.hasLeft,
    // The review holds orders, too: that is found anew.
    held: held && row!.lastSaid === 'hold',
  };
}

/** A run that begins has parked nothing yet: what is open is of one that was ended from outside, and asked anew. */
async function forgetEarlierRun(em: Em, orderId: string): Promise<void> {
  await writeBehind(
    em,
    `update attention set resolved_at = now(), resolution = 'overtaken', resolved_by = 'engine'
     where order_id = ? and subject is null and resolved_at is null`,
    [orderId],
  );
}

/** An erasure beside this either is seen here, or comes after this. */
async function lockAndSeeErased(em: Em, orderId: string): Promise<boolean> {
  const [held] = await em.execute<{ erased: boolean }[]>(
    'select erased_at is not null as erased from orders where id = ? for no key update',
    [orderId],
  );
  return held?.erased ?? false;
}

async function readUnread(em: Em, { storeId, externalId }: CaptureInput): Promise<MailRow[]> {
  return em.execute(
    `select seq::float8 as seq, topic, body from inbox
     where source = ? and order_external_id = ? and state in ('received', 'delivered') order by seq for update`,
    [`store/${storeId}`, externalId],
  );
}

function parseMail(deps: ActivityDeps, store: CaptureStore, mail: MailRow[]) {
  const events: { seq: number; topic: string; event: StorefrontEvent }[] = [];
  const marks: Mark[] = [];
  for (const { seq, topic, body } of mail) {
    try {
      events.push({ seq, topic, event: parseBody(deps, store.platform, topic, body) });
    } catch (error) {
      if (!(error instanceof UnusableWebhook)) throw error;
      marks.push({ seq, state: 'refused', reason: error.message });
    }
  }
  return { events, marks };
}

/** What the engine read from the store itself, or was given by its own API, is kept as the event it already is. */
function parseBody(deps: ActivityDeps, platform: string, topic: string, body: string): StorefrontEvent {
  if (!isWebhook({ topic })) return keepable(body, JSON.parse(body) as StorefrontEvent);
  const webhooks = deps.storefronts.find(platform)?.webhooks;
  if (!webhooks) throw new UnusableWebhook(`The platform ${platform} sends no webhooks`);
  return keepable(body, webhooks.parse(topic, Buffer.from(body)));
}

/** `ours`: the tracking numbers of our labels. */
async function applyFact(
  em: Em,
  orderId: string,
  event: StorefrontEvent,
  ours: readonly string[],
): Promise<void> {
  if (event.kind === 'refund') await recordMoney(em, orderId, { payments: [], refunds: [event.refund] });
  if (event.kind === 'order-deleted') await markDeleted(em, orderId);
  if (event.kind === 'fulfilled' && !event.trackingNumbers.some((number) => ours.includes(number)))
    await recordAudit(em, {
      actor: 'store',
      what: 'fulfilled_in_shop',
      orderId,
      subject: event.fulfillmentExternalId,
      detail: `The shop has a fulfillment ${event.fulfillmentExternalId}`,
      key: `fulfilled-in-shop/${orderId}/${event.fulfillmentExternalId}`,
    });
}

const isWebhook = ({ topic }: { topic: string }) => !/^(api|fetch|backfill)\//.test(topic);

/** Mail that the store itself answered with when it was asked; it settles all that arrived before. */
const isFromStore = ({ topic }: { topic: string }) => topic.startsWith('fetch/');

async function mark(em: Em, marks: readonly Mark[]): Promise<void> {
  if (marks.length === 0) return;
  await writeBehind(
    em,
    `update inbox set state = m.state, reason = m.reason, applied_at = now()
     from jsonb_to_recordset(?::jsonb) m (seq bigint, state text, reason text) where inbox.seq = m.seq`,
    [JSON.stringify(marks)],
  );
}

interface CapturedRow extends Omit<Captured, 'policy' | 'nothingToShip'> {
  asked: boolean;
  toShip: number;
  policy: Record<string, unknown>;
}

const captured = `
  select o.number, o.country, o.disposition, o.stage, o.generation, o.version, coalesce((select p.state from provider_payment p where p.order_id = o.id), o.payment_state) as "paymentState",
         coalesce((select p.provider from provider_payment p where p.order_id = o.id and exists (
                     select 1 from payment_account a where a.provider = p.provider and a.enabled
                       and (a.store_id = o.store_id or a.store_id is null))), s.platform) as "moneyParty",
         o.ended_at is not null as ended, 'held' = any(o.conditions) as held, s.policy,
         (select d.decision ->> 'ending' from step_decision d
          where d.order_id = o.id and d.generation = o.generation and d.step = '*') as buried, v.snapshot ->> 'cancelledAt' is not null as "cancelledInShop",
         v.snapshot -> 'holds' is not null as "heldInShop",
         (select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'kind', c.kind) order by c.place), '[]')
          from order_change c where c.order_id = o.id and c.state = 'accepted') as unsettled,
         (select coalesce(sum(to_ship), 0)::int from order_line l
          where l.order_id = o.id and l.version = o.version) as "toShip",
         case when known.version <> v.version then
           v.snapshot -> 'shippingAddress' is distinct from known.snapshot -> 'shippingAddress'
           or (select jsonb_object_agg(external_id, jsonb_build_array(sku, to_ship)) from order_line l
               where l.order_id = o.id and l.version = v.version and to_ship > 0)
             is distinct from
              (select jsonb_object_agg(external_id, jsonb_build_array(sku, to_ship)) from order_line l
               where l.order_id = o.id and l.version = known.version and to_ship > 0)
           else false end as changed,
         exists (select 1 from inbox m where m.source = 'store/' || o.store_id and m.order_external_id = o.external_id
                 and m.state = 'applied' and m.topic in ('fetch/order', 'backfill/order')) as asked
  from orders o join store s on s.id = o.store_id
  join order_version v on v.order_id = o.id and v.version = o.version
  left join order_version known on known.order_id = o.id and known.version = ?
  where o.id = ?`;

/** `asked`: the store said itself how the order is, once at least. */
async function readCaptured(
  em: Em,
  input: CaptureInput,
  last?: 'last',
): Promise<Captured & { asked: boolean }> {
  const [row] = await ask<CapturedRow>(em, captured, [input.knownVersion, input.orderId], last);
  const { toShip, policy, ...rest } = row!;
  const { deadlines, retries, reserve, capture: take } = policyOf(policy);
  return {
    ...rest,
    nothingToShip: toShip === 0,
    policy: { deadlines, retries, reserve, capture: take },
  };
}
