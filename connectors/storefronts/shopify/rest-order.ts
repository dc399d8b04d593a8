import type { z } from 'zod';
import { parseMinor } from '../../../domain/money.ts';
import type { FraudVerdict, RefundFact } from '../../../domain/order.ts';
import type { StorefrontEvent } from '../storefront.ts';
import { droppedByUs, refundKey } from './refund-note.ts';
import type {
  address,
  discountAllocation,
  RestOrder,
  RestRefund,
  shopMoney,
  transaction,
} from './rest-schema.ts';
import { toAddress, toSnapshot } from './snapshot.ts';
import type { ShopifyLine, ShopifyOrder } from './snapshot.ts';

/**
 * The order of an orders/* webhook. It carries no payments (they are read by `readMoney`); its refunds are in the
 * customer's currency, so where that isn't the shop's the order has to be fetched. Throws `InvalidMoney`.
 */
export function restOrderEvent(order: RestOrder): StorefrontEvent {
  const given = order.refunds.flatMap((refund) => moneyGiven(refund).map((made) => ({ refund, made })));
  if (given.some(({ made }) => made.currency !== order.currency))
    return { kind: 'order-changed', orderExternalId: order.id };
  const refunds = given.map(({ refund, made }) => toRefundFact(refund, made));
  return { kind: 'order', snapshot: toSnapshot(toOrder(order)), payments: [], refunds };
}

/** A refunds/create webhook. More than one transaction, or a foreign currency: fetch the order. */
export function restRefundEvent(refund: RestRefund & { order_id: string }): StorefrontEvent {
  const orderExternalId = refund.order_id;
  const given = moneyGiven(refund);
  const [made] = given;
  if (!made) return { kind: 'order-changed', orderExternalId };
  const shop =
    refund.total_duties_set ?? refund.refund_line_items.find((line) => line.subtotal_set)?.subtotal_set;
  if (given.length > 1 || made.currency !== shop?.shop_money.currency_code)
    return { kind: 'order-changed', orderExternalId };
  return { kind: 'refund', orderExternalId, refund: toRefundFact(refund, made) };
}

const moneyGiven = (refund: RestRefund) =>
  refund.transactions.filter(({ kind, status }) => kind === 'refund' && status === 'success');

function toRefundFact(refund: RestRefund, made: z.infer<typeof transaction>): RefundFact {
  const key = refundKey(refund.note);
  return {
    externalId: made.id,
    amount: parseMinor(made.amount, made.currency),
    currency: made.currency,
    provider: made.gateway ?? 'shopify',
    at: made.processed_at ?? made.created_at,
    ...(key !== null && { key }),
  };
}

function toOrder(order: RestOrder): ShopifyOrder {
  const minor = (set: z.infer<typeof shopMoney>) => parseMinor(set.shop_money.amount, order.currency);
  const total = (sets: z.infer<typeof shopMoney>[]) => sets.reduce((sum, set) => sum + minor(set), 0);
  const discounts = (list: z.infer<typeof discountAllocation>[]) => total(list.map((one) => one.amount_set));
  const shippingLines = order.shipping_lines.filter((line) => !line.is_removed);
  const lines = order.line_items.map((line): ShopifyLine => ({
    id: line.id,
    sku: line.sku,
    title: line.name ?? line.title ?? '',
    quantity: line.quantity,
    currentQuantity: line.current_quantity ?? line.quantity,
    refundedQuantity: refundedQuantity(order.refunds, line.id),
    fulfillable: line.fulfillable_quantity,
    requiresShipping: line.requires_shipping,
    giftCard: line.gift_card ?? false,
    unitPrice: minor(line.price_set),
    discount: discounts(line.discount_allocations),
    tax: total(line.tax_lines.map((tax) => tax.price_set)),
  }));
  return {
    id: order.id,
    name: order.name,
    // An imported order is created today and was placed (processed) long ago.
    placedAt: order.processed_at ?? order.created_at,
    updatedAt: order.updated_at,
    currency: order.currency,
    taxesIncluded: order.taxes_included,
    shipping: shippingLines.reduce(
      (sum, line) => sum + minor(line.price_set) - discounts(line.discount_allocations),
      0,
    ),
    tax: order.total_tax_set ? minor(order.total_tax_set) : 0,
    total: minor(order.total_price_set),
    test: order.test ?? false,
    cancelledAt: order.cancelled_at ?? null,
    financialStatus: order.financial_status?.toLowerCase() ?? null,
    gateways: order.payment_gateway_names,
    fraud: riskVerdicts[order.risk_level?.toLowerCase() ?? ''] ?? null,
    pickup: isPickup(order),
    holds: null,
    customer: {
      externalId: order.customer?.id ?? null,
      email: order.email ?? order.customer?.email ?? null,
      phone: order.phone ?? order.customer?.phone ?? null,
    },
    shippingAddress: order.shipping_address ? restAddress(order.shipping_address) : null,
    lines,
  };
}

/** Shopify's own reading of its levels: high recommends cancelling, medium investigating. */
const riskVerdicts: Record<string, FraudVerdict> = { high: 'cancel', medium: 'investigate', low: 'accept' };

/**
 * Units of a refund that gave money back, or that we dropped and give it back for by another; else, without a
 * transaction, they were taken out by an edit.
 */
function refundedQuantity(refunds: RestRefund[], lineId: string): number {
  return refunds
    .filter(
      ({ note, transactions }) =>
        droppedByUs(note) || transactions.some(({ status }) => status === 'success' || status === 'pending'),
    )
    .flatMap((refund) => refund.refund_line_items)
    .filter((line) => line.line_item_id === lineId)
    .reduce((sum, line) => sum + line.quantity, 0);
}

/**
 * Webhooks don't carry the delivery method. Local pickup is a shipping line of that category, or goods that
 * need shipping, a chosen shipping line, and no address to ship to. (A pick-up point is an address: it ships.)
 */
function isPickup(order: RestOrder): boolean {
  if (order.shipping_lines.some((line) => /^(local[-_ ]?)?pick[-_ ]?up$/i.test(line.delivery_category ?? '')))
    return true;
  const goods = order.line_items.some((line) => line.requires_shipping);
  return goods && !order.shipping_address && order.shipping_lines.some((line) => !line.is_removed);
}

const restAddress = (given: z.infer<typeof address>) =>
  toAddress({
    name: given.name ?? ([given.first_name, given.last_name].filter(Boolean).join(' ') || null),
    company: given.company,
    line1: given.address1,
    line2: given.address2,
    city: given.city,
    region: given.province_code ?? given.province,
    postalCode: given.zip,
    country: given.country_code,
    phone: given.phone,
  });
