import { formatMinor } from '../../../domain/money.ts';
import type { RefundFact } from '../../../domain/order.ts';
import type { StorefrontClient } from '../storefront.ts';
import { refundKey, refundMetaKey, refundReason, toRefund } from './money-facts.ts';
import { orderOf, readRefunds } from './read.ts';
import { refusal } from './rest.ts';
import type { WooRest } from './rest.ts';
import { wooRefund } from './schema.ts';

type RefundRequest = Parameters<StorefrontClient['refund']>[0];

/**
 * Through the gateway that took the payment, without lines and without restock. WooCommerce has no idempotency
 * keys: a repeat is recognized by the key in reason and meta data, two calls at the same moment are not.
 */
export async function refund(rest: WooRest, request: RefundRequest): Promise<RefundFact> {
  const order = await orderOf(rest, request.orderExternalId);
  if (order.currency !== request.currency)
    throw refusal('currency-differs', `The order is in ${order.currency}, not ${request.currency}.`);
  const refunds = await readRefunds(rest, order.id);
  const known = refunds.find((each) => refundKey(each) === request.key);
  if (known) return toRefund(order, known);
  const made = await rest.post(
    `/orders/${order.id}/refunds`,
    {
      amount: formatMinor(request.amount, request.currency),
      reason: refundReason(request.reason, request.key),
      api_refund: true,
      api_restock: false,
      meta_data: [{ key: refundMetaKey, value: request.key }],
    },
    wooRefund,
  );
  return toRefund(order, made);
}
