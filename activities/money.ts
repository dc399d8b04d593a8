import { v7 as uuid } from 'uuid';
import type { PaymentClient } from '../connectors/payments/provider.ts';
import { recordAudit } from '../db/audit.ts';
import type { Em } from '../db/database.ts';
import { lockOrder } from '../db/locks.ts';
import { readOrderContent } from '../db/order-content.ts';
import { inTransaction } from '../db/transaction.ts';
import { formatMinor } from '../domain/money.ts';
import type { PaymentFact, RefundFact } from '../domain/order.ts';
import { type Reconciliation, reconcileOrder } from '../domain/reconcile.ts';
import type { ActivityDeps } from './deps.ts';
import { recordMoney } from './money-facts.ts';
import { heldPayment, readHeldPayment } from './payments.ts';
import { connectStore } from './storefront.ts';

export interface MoneyInput {
  orderId: string;
  storeId: string;
  externalId: string;
}

/** Payments and refunds freshly read from the store that took them, or else from their provider. */
async function readMoney(deps: ActivityDeps, em: Em, input: MoneyInput): Promise<void> {
  const { client } = await connectStore(deps, em, input.storeId);
  if (!client) {
    await readHeldPayment(deps, em, input.orderId);
    return;
  }
  const money = await client.readMoney(input.externalId);
  await inTransaction(deps.orm, async (tx) => {
    await lockOrder(tx, input.orderId);
    await recordMoney(tx, input.orderId, money);
  });
}

async function readBooks(
  em: Em,
  orderId: string,
): Promise<{ payments: PaymentFact[]; refunds: RefundFact[] }> {
  const payments = await em.execute<PaymentFact[]>(
    `select external_id as "externalId", kind, amount::float8 as amount, currency, provider,
            to_jsonb(at) #>> '{}' as at from payment where order_id = ? order by at, id`,
    [orderId],
  );
  const refunds = await em.execute<RefundFact[]>(
    `select external_id as "externalId", amount::float8 as amount, currency, provider,
            to_jsonb(at) #>> '{}' as at from refund where order_id = ? and state = 'done' order by at, id`,
    [orderId],
  );
  return { payments, refunds };
}

export interface ReconcileInput extends MoneyInput {
  cancelled: boolean;
}

/** Matches what the order costs with what was taken and given back. */
export async function reconcile(deps: ActivityDeps, input: ReconcileInput): Promise<Reconciliation> {
  const em = deps.orm.em.fork();
  await readMoney(deps, em, input);
  const order = await readOrderContent(em, input.orderId);
  const result = reconcileOrder({
    total: order.snapshot.totals.total,
    currency: order.currency,
    ...(await readBooks(em, input.orderId)),
    cancelled: input.cancelled,
    tolerance: 0,
  });
  await recordAudit(em, {
    actor: 'engine',
    what: result.matched ? 'reconciled' : 'money_differs',
    orderId: input.orderId,
    detail: result.matched ? 'Order, payments and refunds match' : result.sentence,
    ...(result.matched && { key: `reconciled/${input.orderId}/${input.cancelled}` }),
  });
  return result;
}

export interface RefundInput extends MoneyInput {
  reason: string;
}

/**
 * Gives back what is left of every capture of a cancelled order: through the shop that took it, else through its
 * provider, never both. Each refund is written as intended, under its key, before anyone is asked to pay it, and its
 * amount is what is left at that moment by their word. What nobody can be asked for is returned in words, for a
 * person to give back.
 */
export async function refundAll(deps: ActivityDeps, input: RefundInput): Promise<{ byHand: string[] }> {
  const em = deps.orm.em.fork();
  const executor = await executorOf(deps, em, input);
  await readMoney(deps, em, input);
  const { payments, refunds } = await readBooks(em, input.orderId);
  const captures = payments.filter(({ kind, amount }) => kind === 'capture' && amount > 0);
  const byHand: string[] = [];
  let given = refunds.reduce((sum, { amount }) => sum + amount, 0);
  for (const capture of captures) {
    const amount = Math.max(0, capture.amount - given);
    given = Math.max(0, given - capture.amount);
    if (amount === 0) continue;
    if (!executor) {
      byHand.push(`${formatMinor(amount, capture.currency)} ${capture.currency} by ${capture.provider}`);
      continue;
    }
    const key = `${input.orderId}/refund/${capture.externalId}`;
    await intendRefund(em, input.orderId, capture, amount, key);
    const { orderId, reason } = input;
    const { externalId: paymentExternalId, currency } = capture;
    const paid = await executor({ paymentExternalId, amount, currency, reason, key });
    await inTransaction(deps.orm, async (tx) => {
      await lockOrder(tx, orderId);
      await recordMoney(tx, orderId, { payments: [], refunds: [{ ...paid, key }] });
      await recordAudit(tx, {
        actor: 'engine',
        what: 'refunded',
        orderId,
        subject: paid.externalId,
        detail: `${formatMinor(paid.amount, paid.currency)} ${paid.currency} given back`,
        key,
      });
    });
  }
  return { byHand };
}

type Executor = (request: Parameters<PaymentClient['refund']>[0]) => Promise<RefundFact>;

/** Who pays back; null: nobody can be asked. */
async function executorOf(deps: ActivityDeps, em: Em, input: MoneyInput): Promise<Executor | null> {
  const { client } = await connectStore(deps, em, input.storeId);
  if (client) return (request) => client.refund({ ...request, orderExternalId: input.externalId });
  const held = await heldPayment(deps, em, input.orderId);
  return held ? (request) => held.client.refund(request) : null;
}

async function intendRefund(
  em: Em,
  orderId: string,
  capture: PaymentFact,
  amount: number,
  key: string,
): Promise<void> {
  await em.execute(
    `insert into refund (id, order_id, provider, key, amount, currency, state, at)
     values (?, ?, ?, ?, ?, ?, 'intended', now()) on conflict (key) do update set amount = excluded.amount
       where refund.state = 'intended'`,
    [uuid(), orderId, capture.provider, key, amount, capture.currency],
  );
}
