import type { Client } from '@temporalio/client';
import type { ActivityDeps } from '../../activities/deps.ts';
import { readPayment } from '../../activities/payments.ts';
import { recordPushedScan } from '../../activities/tracking.ts';
import { PartyFailure } from '../../connectors/failure.ts';
import { UnusableWebhook } from '../../connectors/storefronts/storefront.ts';
import type { Em } from '../../db/database.ts';
import { orderIdOf } from '../../db/order-id.ts';
import { deliverMail } from '../../workflows/client.ts';
import type { OrderInput } from '../../workflows/contracts.ts';
import { eachGroup, groupsOf } from './each-group.ts';
import { endIfStuck } from './stuck.ts';

const BATCH = 100;

interface Undelivered {
  seq: string;
  storeId: string;
  externalId: string;
  platform: string;
  ended: boolean;
  /** Its workflow was told and did not read it. */
  unread: boolean;
  attempts: number;
}

/** At each so many tellings of the same mail in vain, a minute apart, it is asked whether the workflow still works. */
const PATIENCE = 5;

/**
 * Delivers mail that its receiver could not: Temporal was away, or the process died. Mail that was delivered long
 * ago and never read is delivered again, and a workflow that does not read it is begun anew. Reading is in the order
 * of arrival whatever the order of telling.
 */
export async function drainMail(deps: ActivityDeps, client: Client): Promise<boolean> {
  const em = deps.orm.em.fork();
  const rows = await em.execute<Undelivered[]>(
    `with due as (
       select seq, state from inbox where store_id is not null and order_external_id is not null
         and (state = 'received' and received_at < now() - interval '3 seconds'
              or state = 'delivered' and delivered_at < now() - interval '1 minute')
         and (leased_until is null or leased_until < now())
       order by seq limit ${BATCH} for update skip locked)
     update inbox i set leased_until = now() + interval '10 seconds', attempts = attempts + 1
     from due, store s where i.seq = due.seq and s.id = i.store_id
     returning i.seq, i.store_id as "storeId", i.order_external_id as "externalId", s.platform,
       due.state = 'delivered' as unread, i.attempts, exists (select 1 from orders o where o.store_id = i.store_id and o.external_id = i.order_external_id
               and o.ended_at is not null) as ended`,
  );
  const ofOrder = groupsOf(rows, ({ storeId, externalId }) => `${storeId}/${externalId}`);
  await eachGroup(ofOrder, async ({ seq, storeId, externalId, platform, ended, unread, attempts }) => {
    const order = { orderId: orderIdOf(storeId, externalId), storeId, externalId, platform };
    if (unread && attempts % PATIENCE === 0)
      await endIfStuck(deps, client, order, {
        ended,
        sign: 'it read no mail',
        still: () => isUnread(em, seq),
      });
    await deliverMail(client, order, ended ? 'ended' : 'unknown');
    await em.execute(
      `update inbox set state = 'delivered', delivered_at = now(), leased_until = null
       where seq = ? and state in ('received', 'delivered')`,
      [seq],
    );
  });
  return rows.length === BATCH;
}

async function isUnread(em: Em, seq: string): Promise<boolean> {
  const rows = await em.execute(`select 1 from inbox where seq = ? and state in ('received', 'delivered')`, [
    seq,
  ]);
  return rows.length > 0;
}

/** Carriers' webhooks wait in the inbox too; they concern parcels, not orders. */
export async function drainCarrierMail(deps: ActivityDeps): Promise<boolean> {
  const em = deps.orm.em.fork();
  const rows = await em.execute<{ seq: string; source: string; body: string }[]>(
    `with due as (
       select seq from inbox where source like 'carrier/%' and state = 'received'
         and (leased_until is null or leased_until < now()) order by seq limit ${BATCH} for update skip locked)
     update inbox i set leased_until = now() + interval '10 seconds', attempts = attempts + 1
     from due where i.seq = due.seq returning i.seq, i.source, i.body`,
  );
  const ofCarrier = groupsOf(rows, ({ seq }) => seq);
  await eachGroup(ofCarrier, async ({ seq, source, body }) => {
    const outcome = await readCarrierMail(deps, source, body);
    await settle(em, [seq], outcome);
  });
  return rows.length === BATCH;
}

interface Outcome {
  state: 'applied' | 'refused';
  reason: string | null;
  /** Its customer is erased: what it said is not kept. */
  erased?: boolean;
}

async function settle(em: Em, seqs: string[], { state, reason, erased = false }: Outcome): Promise<void> {
  await em.execute(
    `update inbox set state = ?, applied_at = now(), reason = ?, body = case when ? then '' else body end
     where seq in (?)`,
    [state, reason, erased, seqs],
  );
}

async function readCarrierMail(deps: ActivityDeps, source: string, body: string): Promise<Outcome> {
  const webhooks = deps.carriers.find(source.slice('carrier/'.length))?.webhooks;
  if (!webhooks) return { state: 'refused', reason: 'This carrier sends no webhooks any more' };
  try {
    const { trackingNumber, scan } = webhooks.parse(Buffer.from(body));
    if (!scan) return { state: 'applied', reason: 'It does not say where the parcel is' };
    const known = await recordPushedScan(deps, trackingNumber, scan);
    if (!known) return { state: 'applied', reason: 'No parcel of ours has this number' };
    return { state: 'applied', reason: null, erased: await isErased(deps, trackingNumber) };
  } catch (error) {
    if (!(error instanceof UnusableWebhook)) throw error;
    return { state: 'refused', reason: error.message };
  }
}

async function isErased({ orm }: ActivityDeps, trackingNumber: string): Promise<boolean> {
  const erased = await orm.em.fork().execute(
    `select 1 from label l join label_purchase p on p.id = l.purchase_id join parcel c on c.id = p.parcel_id
     join fulfillment f on f.id = c.fulfillment_id join orders o on o.id = f.order_id
     where l.tracking_number = ? and o.erased_at is not null limit 1`,
    [trackingNumber],
  );
  return erased.length > 0;
}

interface PaymentMail {
  seq: string;
  source: string;
  body: string;
}

/**
 * Payment providers' webhooks: each names a payment, which is then read from its provider, and its order is told. The
 * same payment is read once for all that came of it. One of a provider that is away waits and is tried again; one
 * that the provider does not know is put aside with its words.
 */
export async function drainPaymentMail(deps: ActivityDeps, client: Client): Promise<boolean> {
  const em = deps.orm.em.fork();
  const rows = await em.execute<PaymentMail[]>(
    `with due as (
       select seq from inbox where source like 'payment/%' and state = 'received'
         and (leased_until is null or leased_until < now()) order by seq limit ${BATCH} for update skip locked)
     update inbox i set leased_until = now() + interval '30 seconds', attempts = attempts + 1
     from due where i.seq = due.seq returning i.seq, i.source, i.body`,
  );
  const ofPayment = groupsOf(rows, (row) => `${row.source}/${paymentOf(deps, row) ?? row.seq}`);
  await eachGroup(
    ofPayment.map((group) => [group]),
    async (group) => {
      const outcome = await readPaymentMail(deps, client, em, group[0]!);
      await settle(
        em,
        group.map(({ seq }) => seq),
        outcome,
      );
    },
  );
  return rows.length === BATCH;
}

const providerOf = (source: string) => source.slice('payment/'.length);

/** null: the signed body can't be used (any more). */
function paymentOf(deps: ActivityDeps, { source, body }: PaymentMail): string | null {
  try {
    return (
      deps.payments.find(providerOf(source))?.webhooks?.parse(Buffer.from(body)).paymentExternalId ?? null
    );
  } catch (error) {
    if (!(error instanceof UnusableWebhook)) throw error;
    return null;
  }
}

async function readPaymentMail(
  deps: ActivityDeps,
  client: Client,
  em: Em,
  mail: PaymentMail,
): Promise<Outcome> {
  const payment = paymentOf(deps, mail);
  if (payment === null) return { state: 'refused', reason: 'This can not be read any more' };
  const orders = await em.execute<(OrderInput & { ended: boolean; erased: boolean })[]>(
    `select o.id as "orderId", o.store_id as "storeId", o.external_id as "externalId", s.platform,
            o.ended_at is not null as ended, o.erased_at is not null as erased
     from provider_payment p join orders o on o.id = p.order_id join store s on s.id = o.store_id
     where p.provider = ? and p.external_id = ?`,
    [providerOf(mail.source), payment],
  );
  try {
    for (const { ended, erased: _, ...order } of orders) {
      await readPayment(deps, order);
      await deliverMail(client, order, ended ? 'ended' : 'unknown');
    }
  } catch (error) {
    // Its word will be the same tomorrow: the event is kept with it, and no longer asked about.
    if (!(error instanceof PartyFailure && error.kind === 'refuse' && error.status === 404)) throw error;
    return { state: 'refused', reason: error.message };
  }
  return {
    state: 'applied',
    reason: orders.length > 0 ? null : 'No order of ours has this payment',
    erased: orders.some(({ erased }) => erased),
  };
}
