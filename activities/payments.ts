import { v7 as uuid } from 'uuid';
import type { PaymentClient, ProviderPayment } from '../connectors/payments/provider.ts';
import { recordAudit } from '../db/audit.ts';
import { closeCase, openCase } from '../db/cases.ts';
import { readDue } from '../db/changes.ts';
import type { Em } from '../db/database.ts';
import { lockOrder } from '../db/locks.ts';
import { places } from '../db/secrets.ts';
import { inTransaction } from '../db/transaction.ts';
import { formatMinor } from '../domain/money.ts';
import { expiring } from './authorizations.ts';
import type { ActivityDeps } from './deps.ts';
import { recordMoney } from './money-facts.ts';

/** The payment of an order that a provider holds, and the account to ask it by. */
export interface HeldPayment {
  client: PaymentClient;
  provider: string;
  externalId: string;
}

interface AccountRow {
  provider: string;
  externalId: string;
  accountId: string | null;
  url: string | null;
  credentials: string | null;
}

/** null: no account of ours can be asked about it, so what the store says of it must do. */
export async function heldPayment(deps: ActivityDeps, em: Em, orderId: string): Promise<HeldPayment | null> {
  const [row] = await em.execute<AccountRow[]>(
    `select p.provider, p.external_id as "externalId", a.id as "accountId", a.url, a.credentials
     from provider_payment p join orders o on o.id = p.order_id
     left join lateral (
       select id, url, credentials from payment_account
       where provider = p.provider and enabled and (store_id = o.store_id or store_id is null)
       order by store_id nulls last, connected_at limit 1) a on true
     where p.order_id = ?`,
    [orderId],
  );
  if (!row) return null;
  const { provider: name, externalId, accountId } = row;
  const provider = deps.payments.find(name);
  if (!provider || accountId === null) return null;
  const credentials = deps.secrets.open(row.credentials!, places.paymentCredentials(accountId));
  const client = provider.connect({ id: accountId, provider: name, url: row.url!, credentials });
  return { client, provider: name, externalId };
}

/** Reads the payment from its provider and keeps what it says. null: no provider of ours holds it. */
export async function readHeldPayment(
  deps: ActivityDeps,
  em: Em,
  orderId: string,
): Promise<ProviderPayment | null> {
  const held = await heldPayment(deps, em, orderId);
  if (!held) return null;
  const payment = await held.client.read(held.externalId);
  await inTransaction(deps.orm, async (tx) => {
    await lockOrder(tx, orderId);
    await keepPayment(tx, orderId, held.provider, payment);
  });
  return payment;
}

async function keepPayment(em: Em, orderId: string, provider: string, payment: ProviderPayment) {
  await em.execute(
    `update provider_payment set state = ?, capturable = ?, capture_before = ?, read_at = now() where order_id = ?`,
    [payment.state, payment.capturable, payment.captureBefore, orderId],
  );
  await em.execute(
    'update orders set payment_state = ?, updated_at = now() where id = ? and payment_state <> ?',
    [payment.state, orderId, payment.state],
  );
  await recordMoney(em, orderId, payment);
  if (payment.capturable === 0) await closeCase(em, expiring(orderId, payment.externalId), payment.state);
  for (const id of payment.failedRefunds) await keepFailedRefund(em, orderId, provider, id);
  for (const dispute of payment.disputes) await keepDispute(em, orderId, provider, dispute);
}

/** Money that was given back and came back: the customer has nothing, so a person must find another way. */
async function keepFailedRefund(
  em: Em,
  orderId: string,
  provider: string,
  externalId: string,
): Promise<void> {
  const [failed] = await em.execute<{ id: string; amount: number; currency: string }[]>(
    `update refund set state = 'failed' where order_id = ? and provider = ? and external_id = ? and state = 'done'
     returning id, amount::float8 as amount, currency`,
    [orderId, provider, externalId],
  );
  if (!failed) return;
  const amount = `${formatMinor(failed.amount, failed.currency)} ${failed.currency}`;
  await openCase(em, {
    orderId,
    subject: `refund/${failed.id}`,
    reason: 'refund_failed',
    sentence: `${provider} could not give ${amount} back (${externalId}): the customer's bank refused it. Agree on another way with the customer, then resolve this`,
  });
}

async function keepDispute(
  em: Em,
  orderId: string,
  provider: string,
  dispute: ProviderPayment['disputes'][number],
): Promise<void> {
  const { externalId, amount, currency, reason, state, respondBy, at } = dispute;
  const [kept] = await em.execute<{ id: string; state: string }[]>(
    `insert into dispute (id, order_id, provider, external_id, amount, currency, reason, state, respond_by, at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (provider, external_id) do update set state = excluded.state, respond_by = excluded.respond_by
       where dispute.state <> excluded.state
     returning id, state`,
    [uuid(), orderId, provider, externalId, amount, currency, reason, state, respondBy, at],
  );
  if (!kept) return;
  const about = { orderId, subject: `dispute/${kept.id}`, reason: 'payment_disputed' };
  const said = `${formatMinor(amount, currency)} ${currency} (${reason})`;
  if (state !== 'open') return closeCase(em, about, state);
  const until = respondBy === null ? '' : ` before ${respondBy.slice(0, 10)}`;
  const sentence = `The customer disputes ${said}: answer in ${provider}${until} with the proof of delivery, or give in there`;
  await openCase(em, { ...about, sentence });
}

export interface PaymentInput {
  orderId: string;
}

/** Asks the provider how the payment stands; answers the state, or null where no provider of ours holds it. */
export async function readPayment(deps: ActivityDeps, { orderId }: PaymentInput): Promise<string | null> {
  const payment = await readHeldPayment(deps, deps.orm.em.fork(), orderId);
  return payment?.state ?? null;
}

/**
 * Takes what was authorized for an order whose goods have left: what the order costs, at most what is authorized.
 * Once, however often it is asked; nothing where there is nothing to capture.
 */
export async function capturePayment(deps: ActivityDeps, { orderId }: PaymentInput): Promise<void> {
  const em = deps.orm.em.fork();
  const held = await heldPayment(deps, em, orderId);
  if (!held) return;
  const before = await readHeldPayment(deps, em, orderId);
  const authorized = before?.payments.find(({ kind }) => kind === 'authorization');
  if (!before || before.capturable === 0 || !authorized) return;
  const amount = Math.min(await readDue(em, orderId), before.capturable);
  if (amount === 0) return;
  const { currency } = authorized;
  const key = `${orderId}/capture/${held.externalId}`;
  const taken = await held.client.capture({ paymentExternalId: held.externalId, amount, currency, key });
  await inTransaction(deps.orm, async (tx) => {
    await lockOrder(tx, orderId);
    await recordMoney(tx, orderId, { payments: [taken], refunds: [] });
    await recordAudit(tx, {
      actor: 'engine',
      what: 'captured_payment',
      orderId,
      subject: held.externalId,
      detail: `${formatMinor(taken.amount, taken.currency)} ${taken.currency} taken by ${held.provider}`,
      key,
    });
  });
  await readHeldPayment(deps, em, orderId);
}
