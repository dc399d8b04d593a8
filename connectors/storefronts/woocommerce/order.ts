import { z } from 'zod';
import { parseMinor } from '../../../domain/money.ts';
import type {
  Address,
  OrderLine,
  OrderSnapshot,
  PaymentFact,
  PaymentState,
  RefundFact,
} from '../../../domain/order.ts';
import { id, optionalText } from '../webhook-body.ts';

/** `…_gmt` times lack a zone and are UTC. */
export const gmtTime = z.string().transform((text, context) => {
  const at = Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
  if (!Number.isNaN(at)) return new Date(at).toISOString();
  context.addIssue({ code: 'custom', message: 'not a time' });
  return z.NEVER;
});

export const metaData = z
  .array(z.object({ id: z.int().nullish(), key: z.string(), value: z.unknown() }))
  .nullish()
  .transform((list) => list ?? []);

const address = z.object({
  first_name: optionalText,
  last_name: optionalText,
  company: optionalText,
  address_1: optionalText,
  address_2: optionalText,
  city: optionalText,
  state: optionalText,
  postcode: optionalText,
  country: optionalText,
  phone: optionalText,
});

const lineItem = z.object({
  id,
  name: z.string(),
  sku: optionalText,
  quantity: z.int(),
  subtotal: z.string(),
  total: z.string(),
  total_tax: z.string(),
});

/** An order of /wp-json/wc/v3, which order webhooks carry as well. */
export const wooOrder = z.object({
  id,
  number: z.union([z.string(), z.number().transform(String)]),
  status: z.string(),
  currency: z.string(),
  date_created_gmt: gmtTime,
  date_modified_gmt: gmtTime,
  date_paid_gmt: gmtTime.nullish(),
  total: z.string(),
  total_tax: z.string(),
  shipping_total: z.string(),
  customer_id: id.nullish(),
  payment_method: optionalText,
  transaction_id: optionalText,
  billing: address.extend({ email: optionalText }),
  shipping: address,
  line_items: z.array(lineItem),
  shipping_lines: z.array(z.object({ method_id: optionalText })),
  fee_lines: z.array(z.object({ total: z.string() })),
  refunds: z.array(z.object({ id, total: z.string() })),
  meta_data: metaData,
});
export type WooOrder = z.infer<typeof wooOrder>;

/** A refund of /orders/{id}/refunds, where its amount is positive and its lines' quantities are negative. */
export const wooRefund = z.object({
  id,
  date_created_gmt: gmtTime,
  amount: z.string(),
  reason: optionalText,
  meta_data: metaData,
  line_items: z.array(z.object({ quantity: z.int(), meta_data: metaData })),
});
export type WooRefund = z.infer<typeof wooRefund>;

/**
 * Line totals are without tax always: `prices_include_tax` says how prices were entered. A refund never lowers
 * the order's own amounts. `refunds` are those of the refunds endpoint. Throws `InvalidMoney`.
 */
export function toSnapshot(order: WooOrder, refunds: WooRefund[]): OrderSnapshot {
  const minor = (amount: string) => parseMinor(amount, order.currency);
  const delivery = toDelivery(order);
  return {
    externalId: order.id,
    number: `#${order.number}`,
    placedAt: order.date_created_gmt,
    updatedAt: order.date_modified_gmt,
    currency: order.currency,
    taxesIncluded: false,
    totals: {
      shipping: minor(order.shipping_total),
      tax: minor(order.total_tax),
      discount: 0,
      other: order.fee_lines.reduce((sum, fee) => sum + minor(fee.total), 0),
      total: minor(order.total),
    },
    test: false,
    cancelledAt: order.status === 'cancelled' ? order.date_modified_gmt : null,
    pickup: delivery.pickup,
    payment: { state: paymentState(order), provider: providerOf(order) },
    fraud: null,
    customer: {
      // 0 is a guest.
      externalId: order.customer_id && order.customer_id !== '0' ? order.customer_id : null,
      email: order.billing.email,
      phone: order.billing.phone,
    },
    shippingAddress: delivery.address,
    lines: order.line_items.map((line): OrderLine => ({
      externalId: line.id,
      sku: line.sku,
      title: line.name,
      quantity: line.quantity,
      fulfillable: isOver(order.status) ? 0 : line.quantity - refundedQuantity(refunds, line.id),
      ships: delivery.ships,
      unitPrice: unitPrice(minor(line.subtotal), line.quantity),
      total: minor(line.total),
      tax: minor(line.total_tax),
    })),
  };
}

/** Completed is WooCommerce's word for shipped. */
const isOver = (status: string) => ['completed', 'refunded', 'cancelled', 'trash'].includes(status);

function refundedQuantity(refunds: WooRefund[], lineId: string): number {
  return refunds
    .flatMap((refund) => refund.line_items)
    .filter((line) =>
      line.meta_data.some(({ key, value }) => key === '_refunded_item_id' && String(value) === lineId),
    )
    .reduce((sum, line) => sum + Math.abs(line.quantity), 0);
}

/**
 * By status and `date_paid`. on-hold is never paid: WooCommerce sets it while a transfer is awaited, and
 * people set it to stop an order. Cash on delivery goes to processing without a payment; it is owed by the
 * carrier and counts as authorized. A status of a plugin says nothing: there `date_paid` decides.
 */
function paymentState(order: WooOrder): PaymentState {
  const { status } = order;
  if (status === 'failed') return 'failed';
  if (status === 'refunded') return 'refunded';
  if (status === 'pending' || status === 'on-hold' || status === 'checkout-draft') return 'pending';
  const paid = order.date_paid_gmt != null;
  if (status === 'cancelled' && !paid) return 'voided';
  if (status === 'processing' && !paid && order.payment_method === 'cod') return 'authorized';
  if (!paid && status !== 'processing' && status !== 'completed') return 'pending';
  const back = order.refunds.reduce(
    (sum, refund) => sum + Math.abs(parseMinor(refund.total, order.currency)),
    0,
  );
  if (back === 0) return 'paid';
  return back < parseMinor(order.total, order.currency) ? 'partially_refunded' : 'refunded';
}

const pickupMethods = new Set(['local_pickup', 'pickup_location']);

/**
 * Where it goes. Without a shipping address of its own the billing address is the one, as in WooCommerce. An
 * order with neither shipping line nor shipping address was never asked for one: nothing in it ships.
 */
function toDelivery(order: WooOrder): { pickup: boolean; ships: boolean; address: Address | null } {
  const methods = order.shipping_lines.map((line) => line.method_id ?? '');
  const pickup = methods.length > 0 && methods.every((method) => pickupMethods.has(method));
  const own = hasPlace(order.shipping);
  const ships = methods.length > 0 || own;
  if (!ships || pickup) return { pickup, ships, address: null };
  return { pickup, ships, address: toAddress(own ? order.shipping : order.billing, order.billing.phone) };
}

const hasPlace = (given: z.infer<typeof address>) =>
  given.address_1 !== null || given.city !== null || given.postcode !== null;

function toAddress(given: z.infer<typeof address>, billingPhone: string | null): Address {
  const phone = given.phone ?? billingPhone;
  return {
    name: [given.first_name, given.last_name].filter(Boolean).join(' '),
    ...(given.company && { company: given.company }),
    line1: given.address_1 ?? '',
    ...(given.address_2 && { line2: given.address_2 }),
    city: given.city ?? '',
    ...(given.state && { region: given.state }),
    ...(given.postcode && { postalCode: given.postcode }),
    country: given.country?.toUpperCase() ?? '',
    ...(phone && { phone }),
  };
}

/** Before coupons, without tax, rounded half up to the minor unit. */
const unitPrice = (subtotal: number, quantity: number) =>
  quantity === 0 ? 0 : Number((2n * BigInt(subtotal) + BigInt(quantity)) / (2n * BigInt(quantity)));

const providerOf = (order: WooOrder) => order.payment_method ?? 'none';

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
