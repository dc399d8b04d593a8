import { exponent, taxOf } from '../money.ts';
import type { ShopFulfillmentOrder, ShopLine, ShopOrder } from './model.ts';

/** What follows from an order's facts: sums, quantities and statuses. All amounts in the shop's minor units. */

export const lineGross = (line: ShopLine): number => line.price * line.quantity;
export const lineTotal = (line: ShopLine): number => lineGross(line) - line.discount;
export const lineTax = (order: ShopOrder, line: ShopLine): number =>
  taxOf(lineTotal(line), line.taxRate, order.taxesIncluded);

/** A line's total for the quantity that is left of it. */
export const currentLineTotal = (line: ShopLine): number =>
  line.quantity === 0 ? 0 : Math.round((lineTotal(line) * line.currentQuantity) / line.quantity);

const sum = <Item>(items: Item[], of: (item: Item) => number): number =>
  items.reduce((total, item) => total + of(item), 0);

export const shippingTax = (order: ShopOrder): number =>
  order.shipping === null ? 0 : taxOf(order.shipping.price, order.shipping.taxRate, order.taxesIncluded);

export interface Totals {
  gross: number;
  discounts: number;
  subtotal: number;
  shipping: number;
  tax: number;
  total: number;
}

export function totalsOf(order: ShopOrder): Totals {
  const subtotal = sum(order.lines, lineTotal);
  const tax = sum(order.lines, (line) => lineTax(order, line)) + shippingTax(order);
  const shipping = order.shipping?.price ?? 0;
  return {
    gross: sum(order.lines, lineGross),
    discounts: sum(order.lines, (line) => line.discount),
    subtotal,
    shipping,
    tax,
    total: subtotal + shipping + order.tip + (order.taxesIncluded ? 0 : tax),
  };
}

/** The same after removals and refunds of shipping. */
export function currentTotals(order: ShopOrder): Totals {
  const subtotal = sum(order.lines, currentLineTotal);
  const shipping = (order.shipping?.price ?? 0) - sum(order.refunds, (refund) => refund.shipping);
  const shippingRate = order.shipping?.taxRate ?? 0;
  const tax =
    sum(order.lines, (line) => taxOf(currentLineTotal(line), line.taxRate, order.taxesIncluded)) +
    taxOf(shipping, shippingRate, order.taxesIncluded);
  return {
    gross: sum(order.lines, (line) => line.price * line.currentQuantity),
    discounts: sum(order.lines, (line) => line.price * line.currentQuantity - currentLineTotal(line)),
    subtotal,
    shipping,
    tax,
    total: subtotal + shipping + order.tip + (order.taxesIncluded ? 0 : tax),
  };
}

const amountOf = (order: ShopOrder, kinds: string[]): number =>
  sum(
    order.transactions.filter((made) => made.status === 'SUCCESS' && kinds.includes(made.kind)),
    (made) => made.amount,
  );

export const received = (order: ShopOrder): number => amountOf(order, ['SALE', 'CAPTURE']);
export const refunded = (order: ShopOrder): number => amountOf(order, ['REFUND']);
export const authorized = (order: ShopOrder): number => amountOf(order, ['AUTHORIZATION']);
const voided = (order: ShopOrder): boolean =>
  order.transactions.some((made) => made.kind === 'VOID' && made.status === 'SUCCESS');

export function financialStatus(order: ShopOrder): string {
  const taken = received(order);
  const back = refunded(order);
  if (back > 0 && back >= taken) return 'REFUNDED';
  if (back > 0) return 'PARTIALLY_REFUNDED';
  if (taken > 0 && taken >= Math.min(totalsOf(order).total, currentTotals(order).total)) return 'PAID';
  if (taken > 0) return 'PARTIALLY_PAID';
  if (voided(order)) return 'VOIDED';
  if (authorized(order) > 0) return 'AUTHORIZED';
  // An order that costs nothing needs no payment.
  return totalsOf(order).total === 0 ? 'PAID' : 'PENDING';
}

export function fulfilledQuantity(order: ShopOrder, lineId: number): number {
  return sum(
    order.fulfillments
      .filter((fulfillment) => fulfillment.status === 'SUCCESS')
      .flatMap(({ lines }) => lines),
    (line) => (line.lineId === lineId ? line.quantity : 0),
  );
}

/** What the shop still expects to be fulfilled of a line. */
export function fulfillableQuantity(order: ShopOrder, lineId: number): number {
  return sum(
    order.fulfillmentOrders.filter(isOpen).flatMap(({ lines }) => lines),
    (line) => (line.lineId === lineId ? line.remaining : 0),
  );
}

/** What may be fulfilled of it now: Shopify counts what is on hold as not fulfillable. */
export function readyQuantity(order: ShopOrder, lineId: number): number {
  return sum(
    order.fulfillmentOrders
      .filter((group) => isOpen(group) && group.status !== 'ON_HOLD')
      .flatMap(({ lines }) => lines),
    (line) => (line.lineId === lineId ? line.remaining : 0),
  );
}

export const isOpen = ({ status }: ShopFulfillmentOrder): boolean =>
  status === 'OPEN' || status === 'IN_PROGRESS' || status === 'ON_HOLD';

export function refundedQuantity(order: ShopOrder, lineId: number): number {
  return sum(
    order.refunds.flatMap(({ lines }) => lines),
    (line) => (line.lineId === lineId ? line.quantity : 0),
  );
}

/** GraphQL's displayFulfillmentStatus; REST says null, "partial" or "fulfilled" for the same. */
export function fulfillmentStatus(order: ShopOrder): 'UNFULFILLED' | 'PARTIALLY_FULFILLED' | 'FULFILLED' {
  const fulfilled = sum(order.lines, (line) => fulfilledQuantity(order, line.id));
  const open = sum(order.lines, (line) => fulfillableQuantity(order, line.id));
  if (fulfilled === 0) return 'UNFULFILLED';
  return open > 0 ? 'PARTIALLY_FULFILLED' : 'FULFILLED';
}

/** Shop money in the currency that the customer saw, both in minor units. */
export const presented = (order: ShopOrder, minor: number): number => Math.round(minor * minorRate(order));

/** The other way round: what the customer saw in shop money. */
export const fromPresented = (order: ShopOrder, minor: number): number =>
  Math.round(minor / minorRate(order));

/** Minor units of the presentment currency to one of the shop's. */
const minorRate = ({ presentment, currency }: ShopOrder): number =>
  presentment.rate * 10 ** (exponent(presentment.currency) - exponent(currency));
