import { parseMinor } from '../../../domain/money.ts';
import type { PaymentFact, RefundFact } from '../../../domain/order.ts';
import type { WooOrder, WooRefund } from './schema.ts';

export const providerOf = (order: WooOrder) => order.payment_method ?? 'none';

/** WooCommerce knows one payment per order. Throws `InvalidMoney`. */
export function toPayments(order: WooOrder): PaymentFact[] {
  const amount = parseMinor(order.total, order.currency);
  if (!order.date_paid_gmt || amount === 0) return [];
  return [
    {
      externalId: order.transaction_id ?? `order-${order.id}`,
      kind: 'capture',
      amount,
      currency: order.currency,
      provider: providerOf(order),
      at: order.date_paid_gmt,
    },
  ];
}

/** Throws `InvalidMoney`. */
export function toRefund(order: WooOrder, refund: WooRefund): RefundFact {
  const key = refundKey(refund);
  return {
    externalId: refund.id,
    amount: Math.abs(parseMinor(refund.amount, order.currency)),
    currency: order.currency,
    provider: providerOf(order),
    at: refund.date_created_gmt,
    ...(key !== null && { key }),
  };
}

/** In the reason too, since the meta data is saved only after the gateway has paid. */
export const refundReason = (reason: string, key: string) => `${reason} [orderloom ${key}]`;

export const refundMetaKey = '_orderloom_key';

export function refundKey(refund: WooRefund): string | null {
  const meta = refund.meta_data.find(({ key }) => key === refundMetaKey);
  if (typeof meta?.value === 'string') return meta.value;
  return /\[orderloom ([^\]]+)\]$/.exec(refund.reason ?? '')?.[1] ?? null;
}
