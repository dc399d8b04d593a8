import { json, parseJson, type Answer, type Call } from '../http.ts';
import { toDecimal, toMinor } from '../money.ts';
import { invalidId, invalidParam, paged, pageOf, wooError } from './answers.ts';
import { refundJson } from './json.ts';
import { baseOf, mergeMeta } from './orders.ts';
import {
  postId,
  rowId,
  totalsOf,
  wholeSecond,
  type Site,
  type WooOrder,
  type WooRefund,
  type WooWorld,
} from './model.ts';
import { emit } from './webhooks.ts';

/** Gateways that can give money back by themselves. */
const refunding = new Set(['stripe', 'paypal', 'woocommerce_payments']);

/** GET orders/{id}/refunds */
export function listRefunds(call: Call, site: Site, world: WooWorld, id: string): Answer {
  const order = world.tables.orders.get(site.name, id);
  if (order === undefined) return invalidId('shop_order');
  const page = pageOf(call.query);
  if ('status' in page) return page;
  const refunds = order.refunds.toReversed().map((refund) => refundJson(site, baseOf(call), order, refund));
  return paged(refunds, page);
}

export function getRefund(call: Call, site: Site, world: WooWorld, id: string, refundId: string): Answer {
  const order = world.tables.orders.get(site.name, id);
  const refund = order?.refunds.find((one) => String(one.id) === refundId);
  if (order === undefined || refund === undefined) return invalidId('shop_order_refund');
  return json(200, refundJson(site, baseOf(call), order, refund));
}

export interface RefundBody {
  amount?: string;
  reason?: string;
  api_refund?: boolean;
  api_restock?: boolean;
  line_items?: { id: number; quantity?: number; refund_total?: string | number }[];
  meta_data?: { key: string; value: unknown }[];
}

/** POST orders/{id}/refunds. There is no idempotency key: the same request twice is two refunds. */
export function postRefund(call: Call, site: Site, world: WooWorld, id: string): Answer {
  const order = world.tables.orders.get(site.name, id);
  if (order === undefined) return wooError(404, 'woocommerce_rest_invalid_order', 'Order is invalid');
  const body = parseJson(call.body) as RefundBody | undefined;
  if (typeof body !== 'object' || body === null)
    return wooError(400, 'rest_invalid_json', 'Invalid JSON body passed.');
  if (body.amount !== undefined && typeof body.amount !== 'string')
    return invalidParam('amount', 'amount is not of type string.');
  const made = refundOrder(world, site, baseOf(call), order, body);
  return 'status' in made ? made : json(201, refundJson(site, baseOf(call), made.order, made.refund));
}

export function refundOrder(
  world: WooWorld,
  site: Site,
  base: string,
  order: WooOrder,
  body: RefundBody,
): { order: WooOrder; refund: WooRefund } | Answer {
  const amount = amountOf(order, body);
  if (typeof amount !== 'number') return amount;
  const totals = totalsOf(order);
  if (amount <= 0)
    return wooError(400, 'woocommerce_rest_invalid_order_refund', 'Refund amount must be greater than zero.');
  if (amount > totals.total - totals.refunded)
    return wooError(500, 'woocommerce_rest_cannot_create_order_refund', 'Invalid refund amount.');
  const byApi = body.api_refund ?? true;
  if (byApi && (!refunding.has(order.paymentMethod) || order.paidAt === null))
    return wooError(
      500,
      'woocommerce_rest_cannot_create_order_refund',
      'The payment gateway for this order does not support automatic refunds.',
    );
  const at = wholeSecond(world.now());
  const refund: WooRefund = {
    id: postId(world, site.name),
    amount,
    reason: body.reason ?? '',
    refundedPayment: byApi,
    createdAt: at,
    lines: (body.line_items ?? []).map((line) => ({
      id: rowId(world, site.name),
      lineId: line.id,
      quantity: line.quantity ?? 0,
      total: toMinor(line.refund_total ?? '0', order.currency),
      tax: 0,
    })),
    meta: mergeMeta(world, site, [], body.meta_data ?? []),
  };
  if (body.api_restock ?? true) restock(world, site, order, refund, at);
  const saved: WooOrder = {
    ...order,
    refunds: [...order.refunds, refund],
    status: amount === totals.total - totals.refunded ? 'refunded' : order.status,
    modifiedAt: at,
  };
  world.tables.orders.put(site.name, String(order.id), saved);
  emit(world, site, base, 'order.updated', saved);
  return { order: saved, refund };
}

/** The amount given, or the sum of the lines. */
function amountOf(order: WooOrder, body: RefundBody): number | Answer {
  const lines = (body.line_items ?? []).reduce((sum, line) => sum + Number(line.refund_total ?? 0), 0);
  try {
    return toMinor(body.amount ?? toDecimal(Math.round(lines * 100), order.currency), order.currency);
  } catch {
    return invalidParam('amount', `amount is no amount in ${order.currency}.`);
  }
}

function restock(world: WooWorld, site: Site, order: WooOrder, refund: WooRefund, at: string): void {
  for (const part of refund.lines) {
    const line = order.lines.find((one) => one.id === part.lineId);
    const product = line && world.tables.products.get(site.name, String(line.variationId || line.productId));
    if (product === undefined || !product.manageStock || part.quantity === 0) continue;
    const changed = { ...product, stock: product.stock + part.quantity, modifiedAt: at };
    world.tables.products.put(site.name, String(product.id), changed);
  }
}
