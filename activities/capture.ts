import { type StorefrontEvent, UnusableWebhook } from '../connectors/storefronts/storefront.ts';
import { recordAudit } from '../db/audit.ts';
import type { ChangeKind } from '../db/changes.ts';
import { customerKey } from '../db/customer-key.ts';
import type { Em } from '../db/database.ts';
import { forgetMail } from '../db/privacy/erase-mail.ts';
import type { Ending } from '../db/steps.ts';
import { inTransaction } from '../db/transaction.ts';
import { policyOf, type StorePolicy } from '../domain/policy.ts';
import { readUnsettled } from './changes.ts';
import type { ActivityDeps } from './deps.ts';
import { recordMoney } from './money-facts.ts';
import { type CaptureStore, applySnapshot, markDeleted } from './snapshot.ts';

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
  /** Against `knownVersion`: the address or the quantities to ship are others. */
  changed: boolean;
  cancelledInShop: boolean;
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
}

/** `fetch`: the mail can't be applied without asking the store for the order as it is now. */
export interface CaptureResult {
  order: Captured | null;
  fetch: boolean;
  /** The platform's webhooks leave out what the review needs, and the store was not asked yet. */
  incomplete: boolean;
}

interface MailRow {
  seq: number;
  topic: string;
  body: string;
}

/**
 * Reads an order's unread mail in the order of its arrival. Snapshots compete, the newest by the store's own
 * time wins; facts are each applied once. Mail that must wait for the order's content stays unread.
 */
export async function capture(deps: ActivityDeps, input: CaptureInput): Promise<CaptureResult> {
  return inTransaction(deps.orm, async (em) => {
    const { erased, ...store } = await readStoreAndLock(em, input);
    const mail = await em.execute<MailRow[]>(
      `select seq::float8 as seq, topic, body from inbox
       where source = ? and order_external_id = ? and state in ('received', 'delivered') order by seq for update`,
      [`store/${input.storeId}`, input.externalId],
    );
    const events = await parseMail(deps, em, store, mail);
    const answeredUpTo = Math.max(0, ...events.filter(isFromStore).map(({ seq }) => seq));
    const nobodyToAsk = !deps.storefronts.find(store.platform)?.connect;
    const settleTies = input.settleTies || nobodyToAsk;
    let fetch = false;
    for (const { seq, topic, event } of events) {
      const settled = settleTies || seq <= answeredUpTo;
      if (event.kind !== 'order') continue;
      const authoritative = isFromStore({ topic }) || settleTies;
      const verdict = await applySnapshot(em, store, event, {
        authoritative,
        customerKey: customerKey(event.snapshot.customer.email),
      });
      if (verdict === 'tie' && !settled) {
        fetch = true;
        continue;
      }
      await recordMoney(em, input.orderId, event);
      await applied(em, seq, verdict);
    }
    const known = await orderExists(em, input.orderId);
    if (input.knownVersion === 0 && known) await forgetEarlierRun(em, input.orderId);
    for (const { seq, event } of events) {
      if (event.kind === 'order') continue;
      const answered = seq <= answeredUpTo || nobodyToAsk;
      const waits = event.kind === 'order-changed' || (!known && event.kind !== 'ignored');
      // Of an order that is not known, only the store's own word is final.
      if (waits && !answered && !(settleTies && known)) fetch = true;
      else if (waits && !known) await refused(em, seq, 'The store does not know this order');
      else await applyFact(em, input.orderId, seq, event);
    }
    if (erased) await forgetMail(em, input.storeId, input.externalId);
    const order = known ? await readCaptured(em, input) : null;
    return {
      order,
      fetch,
      incomplete: order !== null && (await isIncomplete(deps, em, store, input.externalId)),
    };
  });
}

/** A run that begins has parked nothing yet: what is open is of one that was ended from outside, and asked anew. */
async function forgetEarlierRun(em: Em, orderId: string): Promise<void> {
  await em.execute(
    `update attention set resolved_at = now(), resolution = 'overtaken', resolved_by = 'engine'
     where order_id = ? and subject is null and resolved_at is null`,
    [orderId],
  );
}

/** Holds the order's lock, if it is there: an erasure beside this either is seen here, or comes after this. */
async function readStoreAndLock(
  em: Em,
  { orderId, storeId }: CaptureInput,
): Promise<CaptureStore & { erased: boolean }> {
  const [store] = await em.execute<(CaptureStore & { erased: boolean })[]>(
    `with held as (select erased_at from orders where id = ? for no key update)
     select id, platform, policy, to_jsonb(fulfill_from) #>> '{}' as "fulfillFrom",
            exists (select 1 from held where erased_at is not null) as erased
     from store where id = ?`,
    [orderId, storeId],
  );
  if (!store) throw new Error(`No store ${storeId}`);
  return store;
}

async function parseMail(deps: ActivityDeps, em: Em, store: CaptureStore, mail: MailRow[]) {
  const events: { seq: number; topic: string; event: StorefrontEvent }[] = [];
  for (const { seq, topic, body } of mail) {
    try {
      events.push({ seq, topic, event: parseBody(deps, store.platform, topic, body) });
    } catch (error) {
      if (!(error instanceof UnusableWebhook)) throw error;
      await refused(em, seq, error.message);
    }
  }
  return events;
}

/** What the engine read from the store itself, or was given by its own API, is kept as the event it already is. */
function parseBody(deps: ActivityDeps, platform: string, topic: string, body: string): StorefrontEvent {
  if (/^(api|fetch|backfill)\//.test(topic)) return JSON.parse(body) as StorefrontEvent;
  const webhooks = deps.storefronts.find(platform)?.webhooks;
  if (!webhooks) throw new UnusableWebhook(`The platform ${platform} sends no webhooks`);
  return webhooks.parse(topic, Buffer.from(body));
}

async function applyFact(em: Em, orderId: string, seq: number, event: StorefrontEvent): Promise<void> {
  if (event.kind === 'refund') await recordMoney(em, orderId, { payments: [], refunds: [event.refund] });
  if (event.kind === 'order-deleted') await markDeleted(em, orderId);
  if (event.kind === 'fulfilled-elsewhere')
    await recordAudit(em, {
      actor: 'store',
      what: 'fulfilled_in_shop',
      orderId,
      subject: event.fulfillmentExternalId,
      detail: `The shop has a fulfillment ${event.fulfillmentExternalId}`,
      key: `fulfilled-in-shop/${orderId}/${event.fulfillmentExternalId}`,
    });
  await applied(em, seq, event.kind === 'ignored' ? event.reason : null);
}

/** Mail that the store itself answered with when it was asked; it settles all that arrived before. */
const isFromStore = ({ topic }: { topic: string }) => topic.startsWith('fetch/');

async function refused(em: Em, seq: number, reason: string): Promise<void> {
  await em.execute(`update inbox set state = 'refused', reason = ?, applied_at = now() where seq = ?`, [
    reason,
    seq,
  ]);
}

async function applied(em: Em, seq: number, note: string | null): Promise<void> {
  await em.execute(`update inbox set state = 'applied', applied_at = now(), reason = ? where seq = ?`, [
    note,
    seq,
  ]);
}

async function isIncomplete(
  deps: ActivityDeps,
  em: Em,
  store: CaptureStore,
  externalId: string,
): Promise<boolean> {
  if (!deps.storefronts.find(store.platform)?.fetchBeforeReview) return false;
  const read = await em.execute(
    `select 1 from inbox where source = ? and order_external_id = ? and state = 'applied'
       and topic in ('fetch/order', 'backfill/order') limit 1`,
    [`store/${store.id}`, externalId],
  );
  return read.length === 0;
}

async function orderExists(em: Em, orderId: string): Promise<boolean> {
  return (await em.execute('select 1 from orders where id = ?', [orderId])).length > 0;
}

async function readCaptured(em: Em, input: CaptureInput): Promise<Captured> {
  const [row] = await em.execute<
    (Omit<Captured, 'policy' | 'nothingToShip' | 'unsettled'> & {
      toShip: number;
      policy: Record<string, unknown>;
    })[]
  >(
    `select o.number, o.country, o.disposition, o.stage, o.generation, o.version, coalesce((select p.state from provider_payment p where p.order_id = o.id), o.payment_state) as "paymentState",
            coalesce((select p.provider from provider_payment p where p.order_id = o.id and exists (
                        select 1 from payment_account a where a.provider = p.provider and a.enabled
                          and (a.store_id = o.store_id or a.store_id is null))), s.platform) as "moneyParty",
            o.ended_at is not null as ended, 'held' = any(o.conditions) as held, s.policy,
            (select d.decision ->> 'ending' from step_decision d
             where d.order_id = o.id and d.generation = o.generation and d.step = '*') as buried, v.snapshot ->> 'cancelledAt' is not null as "cancelledInShop",
            (select coalesce(sum(to_ship), 0)::int from order_line l
             where l.order_id = o.id and l.version = o.version) as "toShip",
            coalesce(v.snapshot -> 'shippingAddress' is distinct from known.snapshot -> 'shippingAddress'
              or (select jsonb_object_agg(external_id, jsonb_build_array(sku, to_ship)) from order_line l
                  where l.order_id = o.id and l.version = v.version and to_ship > 0)
                is distinct from
                 (select jsonb_object_agg(external_id, jsonb_build_array(sku, to_ship)) from order_line l
                  where l.order_id = o.id and l.version = known.version and to_ship > 0), false)
              and known.version is not null as changed
     from orders o join store s on s.id = o.store_id
     join order_version v on v.order_id = o.id and v.version = o.version
     left join order_version known on known.order_id = o.id and known.version = ?
     where o.id = ?`,
    [input.knownVersion, input.orderId],
  );
  const { toShip, policy, ...captured } = row!;
  const { deadlines, retries, reserve, capture: take } = policyOf(policy);
  return {
    ...captured,
    unsettled: await readUnsettled(em, input.orderId),
    nothingToShip: toShip === 0,
    policy: { deadlines, retries, reserve, capture: take },
  };
}
