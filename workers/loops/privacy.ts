import type { ActivityDeps } from '../../activities/deps.ts';
import type { PrivacyWish, StoreCustomer } from '../../connectors/storefronts/storefront.ts';
import { UnusableWebhook } from '../../connectors/storefronts/storefront.ts';
import type { Em } from '../../db/database.ts';
import { orderIdOf } from '../../db/order-id.ts';
import { keepDataRequest } from '../../db/privacy/data-request.ts';
import { eraseOrder } from '../../db/privacy/erase.ts';
import { findOrders, type Whose } from '../../db/privacy/find-orders.ts';
import { NothingHeld, requestErasure } from '../../db/privacy/request.ts';
import { emptyOld, type Retention } from '../../db/privacy/retention.ts';
import { readErasable } from '../../db/read/erasures.ts';
import { inTransaction } from '../../db/transaction.ts';
import { eachGroup, groupsOf } from './each-group.ts';

const BATCH = 20;

/** Erases the customers of orders that have ended since it was wished. True: there may be more. */
export async function eraseEnded({ orm }: Pick<ActivityDeps, 'orm'>): Promise<boolean> {
  const due = await readErasable(orm.em.fork(), BATCH);
  await eachGroup(
    due.map((orderId) => [orderId]),
    async (orderId) => void (await eraseOrder(orm, orderId)),
  );
  return due.length === BATCH;
}

/** True: there may be more that is old. */
export async function forgetOld({ orm }: Pick<ActivityDeps, 'orm'>, retention: Retention): Promise<boolean> {
  return inTransaction(orm, (em) => emptyOld(em, retention, 500));
}

interface PrivacyMail {
  seq: string;
  storeId: string;
  platform: string;
  topic: string;
  body: string;
}

/**
 * What stores ask in the name of customers. Each is done in one transaction, in which its body is emptied too: it names
 * the customer. True: there may be more.
 */
export async function drainPrivacyMail(deps: ActivityDeps): Promise<boolean> {
  const mails = await deps.orm.em.fork().execute<PrivacyMail[]>(
    `with due as (
       select seq from inbox where store_id is not null and order_external_id is null and state = 'received'
         and (leased_until is null or leased_until < now()) order by seq limit ${BATCH} for update skip locked)
     update inbox i set leased_until = now() + interval '1 minute', attempts = attempts + 1
     from due, store s where i.seq = due.seq and s.id = i.store_id
     returning i.seq, i.store_id as "storeId", s.platform, i.topic, i.body`,
  );
  await eachGroup(
    groupsOf(mails, ({ seq }) => seq),
    (mail) => inTransaction(deps.orm, (em) => take(deps, em, mail)),
  );
  return mails.length === BATCH;
}

async function take(deps: ActivityDeps, em: Em, mail: PrivacyMail): Promise<void> {
  const { state, reason } = await answer(deps, em, mail);
  await em.execute(`update inbox set state = ?, reason = ?, body = '', applied_at = now() where seq = ?`, [
    state,
    reason,
    mail.seq,
  ]);
}

async function answer(
  deps: ActivityDeps,
  em: Em,
  { storeId, platform, topic, body }: PrivacyMail,
): Promise<{ state: 'applied' | 'refused'; reason: string | null }> {
  try {
    const event = deps.storefronts.find(platform)?.webhooks?.parse(topic, Buffer.from(body));
    if (event?.kind !== 'privacy') return { state: 'refused', reason: 'This can not be read any more' };
    await fulfill(deps, em, { storeId, platform, topic }, event.wish);
    return { state: 'applied', reason: null };
  } catch (error) {
    if (error instanceof NothingHeld) return { state: 'applied', reason: error.message };
    if (error instanceof UnusableWebhook) return { state: 'refused', reason: error.message };
    throw error;
  }
}

async function fulfill(
  deps: ActivityDeps,
  em: Em,
  { storeId, platform, topic }: Omit<PrivacyMail, 'seq' | 'body'>,
  wish: PrivacyWish,
): Promise<void> {
  const by = { actor: 'store', reason: `${platform}: ${topic}` };
  if (wish.what === 'erase-store') {
    await requestErasure(em, deps.secrets, { ...by, whose: { who: 'everybody', storeId } });
    return;
  }
  const orderIds = wish.orderExternalIds.map((externalId) => orderIdOf(storeId, externalId));
  const whose: Whose = { who: 'customer', person: { storeId, ...named(wish.customer) }, orderIds };
  if (wish.what === 'erase-customer') await requestErasure(em, deps.secrets, { ...by, whose });
  else
    await keepDataRequest(em, {
      storeId,
      externalId: wish.requestId,
      orderIds: await findOrders(em, whose),
    });
}

const named = ({ externalId, email, phone }: StoreCustomer) => ({
  externalCustomerId: externalId ?? undefined,
  email: email ?? undefined,
  phone: phone ?? undefined,
});
