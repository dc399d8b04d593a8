import { recordAudit } from '../db/audit.ts';
import { readWaived } from '../db/changes.ts';
import type { Em } from '../db/database.ts';
import { lockOrder } from '../db/locks.ts';
import { readOrderContent } from '../db/order-content.ts';
import { inTransaction } from '../db/transaction.ts';
import type { PaymentFact, RefundFact } from '../domain/order.ts';
import { type Reconciliation, reconcileOrder } from '../domain/reconcile.ts';
import type { ActivityDeps } from './deps.ts';
import { recordMoney } from './money-facts.ts';
import { readHeldPayment } from './payments.ts';
import { connectStore } from './storefront.ts';

export interface MoneyInput {
  orderId: string;
  storeId: string;
  externalId: string;
}

/** Payments and refunds freshly read from the store that took them, or else from their provider. */
export async function readMoney(deps: ActivityDeps, em: Em, input: MoneyInput): Promise<void> {
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
    total: order.snapshot.totals.total - (await readWaived(em, input.orderId)),
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
