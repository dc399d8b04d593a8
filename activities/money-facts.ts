import { v7 as uuid } from 'uuid';
import type { Em } from '../db/database.ts';
import { writeBehind } from '../db/transaction.ts';
import type { PaymentFact, RefundFact } from '../domain/order.ts';

/**
 * Payments and refunds as the store tells them, each kept once. A refund that is the echo of our own, known by
 * its key, completes the row that was written before it was asked for.
 */
export async function recordMoney(
  em: Em,
  orderId: string,
  facts: { payments: readonly PaymentFact[]; refunds: readonly RefundFact[] },
): Promise<void> {
  for (const payment of facts.payments)
    await writeBehind(
      em,
      `insert into payment (id, order_id, provider, external_id, kind, amount, currency, at)
       values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (order_id, external_id, kind) do nothing`,
      [
        uuid(),
        orderId,
        payment.provider,
        payment.externalId,
        payment.kind,
        payment.amount,
        payment.currency,
        payment.at,
      ],
    );
  for (const refund of facts.refunds) await recordRefund(em, orderId, refund);
}

async function recordRefund(em: Em, orderId: string, refund: RefundFact): Promise<void> {
  const seen = await em.execute(
    'select 1 from refund where order_id = ? and provider = ? and external_id = ?',
    [orderId, refund.provider, refund.externalId],
  );
  if (seen.length > 0) return;
  const ours = await em.execute(
    `update refund set state = 'done', external_id = ?, provider = ?, at = ?
     where order_id = ? and key = ? and external_id is null returning id`,
    [refund.externalId, refund.provider, refund.at, orderId, refund.key ?? ''],
  );
  if (ours.length > 0) return;
  await em.execute(
    `insert into refund (id, order_id, provider, external_id, amount, currency, state, at)
     values (?, ?, ?, ?, ?, ?, 'done', ?) on conflict (order_id, provider, external_id) do nothing`,
    [uuid(), orderId, refund.provider, refund.externalId, refund.amount, refund.currency, refund.at],
  );
}
