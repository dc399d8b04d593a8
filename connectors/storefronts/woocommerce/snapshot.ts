import type { z } from 'zod';
import { parseMinor } from '../../../domain/money.ts';
import type { Address, OrderLine, OrderSnapshot, PaymentState } from '../../../domain/order.ts';
import { providerOf, refundKey } from './money-facts.ts';
import type { address, WooOrder, WooRefund } from './schema.ts';

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
    cancelledAt: isCancelled(order, refunds) ? order.date_modified_gmt : null,
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

/**
 * What the shop gave back wholly before it was completed is not to be sent either: the status of a cancelled order
 * becomes `refunded` with its money, too. Where only we gave it back, we know why.
 */
function isCancelled({ status, date_completed_gmt }: WooOrder, refunds: WooRefund[]): boolean {
  if (status === 'cancelled') return true;
  const ours = refunds.length > 0 && refunds.every((refund) => refundKey(refund) !== null);
  return status === 'refunded' && !date_completed_gmt && !ours;
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
