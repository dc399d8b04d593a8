import { z } from 'zod';
import { parseMinor } from '../../../domain/money.ts';
import type { FraudVerdict, RefundFact } from '../../../domain/order.ts';
import type { StorefrontEvent } from '../storefront.ts';
import { id, optionalText, utcTime } from '../webhook-body.ts';
import { refundKey } from './refund-note.ts';
import { toAddress, toSnapshot } from './snapshot.ts';
import type { ShopifyLine, ShopifyOrder } from './snapshot.ts';

const decimal = z.union([z.string(), z.number().transform(String)]);
const shopMoney = z.object({ shop_money: z.object({ amount: decimal, currency_code: z.string() }) });
const listOf = <T>(item: z.ZodType<T>) =>
  z
    .array(item)
    .nullish()
    .transform((list) => list ?? []);

const taxLine = z.object({ price_set: shopMoney });
const discountAllocation = z.object({ amount_set: shopMoney });

const lineItem = z.object({
  id,
  sku: optionalText,
  name: optionalText,
  title: optionalText,
  quantity: z.int(),
  current_quantity: z.int().nullish(),
  fulfillable_quantity: z.int(),
  requires_shipping: z.boolean(),
  gift_card: z.boolean().nullish(),
  price_set: shopMoney,
  tax_lines: listOf(taxLine),
  discount_allocations: listOf(discountAllocation),
});

const transaction = z.object({
  id,
  kind: z.string(),
  status: z.string(),
  amount: decimal,
  currency: z.string(),
  gateway: optionalText,
  created_at: utcTime,
  processed_at: utcTime.nullish(),
});

export const restRefund = z.object({
  id,
  order_id: id.nullish(),
  note: optionalText,
  refund_line_items: listOf(
    z.object({ line_item_id: id, quantity: z.int(), subtotal_set: shopMoney.nullish() }),
  ),
  total_duties_set: shopMoney.nullish(),
  transactions: listOf(transaction),
});
type RestRefund = z.infer<typeof restRefund>;

const address = z.object({
  first_name: optionalText,
  last_name: optionalText,
  name: optionalText,
  company: optionalText,
  address1: optionalText,
  address2: optionalText,
  city: optionalText,
  province: optionalText,
  province_code: optionalText,
  zip: optionalText,
  country_code: optionalText,
  phone: optionalText,
});

export const restOrder = z.object({
  id,
  name: z.string(),
  created_at: utcTime,
  processed_at: utcTime.nullish(),
  updated_at: utcTime,
  cancelled_at: utcTime.nullish(),
  currency: z.string(),
  taxes_included: z.boolean(),
  total_price_set: shopMoney,
  total_tax_set: shopMoney.nullish(),
  test: z.boolean().nullish(),
  financial_status: optionalText,
  payment_gateway_names: listOf(z.string()),
  risk_level: optionalText,
  email: optionalText,
  phone: optionalText,
  customer: z.object({ id: id.nullish(), email: optionalText, phone: optionalText }).nullish(),
  shipping_address: address.nullish(),
  shipping_lines: listOf(
    z.object({
      price_set: shopMoney,
      delivery_category: optionalText,
      is_removed: z.boolean().nullish(),
      discount_allocations: listOf(discountAllocation),
    }),
  ),
  line_items: z.array(lineItem),
  refunds: listOf(restRefund),
});
type RestOrder = z.infer<typeof restOrder>;

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

/** Units of a refund that gave money back; without a transaction they were taken out by an edit. */
function refundedQuantity(refunds: RestRefund[], lineId: string): number {
  return refunds
    .filter((refund) =>
      refund.transactions.some(({ status }) => status === 'success' || status === 'pending'),
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
