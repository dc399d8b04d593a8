import type { Address, FraudVerdict, OrderLine, OrderSnapshot, PaymentState } from '../../../domain/order.ts';
import { splitByWeights } from '../../../domain/money.ts';

/** What webhooks (REST) and GraphQL both tell of a line. Amounts in minor units of the shop's currency. */
export interface ShopifyLine {
  id: string;
  sku: string | null;
  title: string;
  /** Ordered or added since; removals don't lower it. */
  quantity: number;
  /** Without what was removed or refunded. */
  currentQuantity: number;
  /** Of what is missing in `currentQuantity`: the units that money was given back for. */
  refundedQuantity: number;
  fulfillable: number;
  requiresShipping: boolean;
  giftCard: boolean;
  unitPrice: number;
  /** Of the whole `quantity`, order-level discounts' share included. */
  discount: number;
  /** Of the whole `quantity`. */
  tax: number;
}

/** Likewise of an order. `total` and `tax` are before removals and refunds. */
export interface ShopifyOrder {
  id: string;
  name: string;
  placedAt: string;
  updatedAt: string;
  currency: string;
  taxesIncluded: boolean;
  shipping: number;
  tax: number;
  total: number;
  test: boolean;
  cancelledAt: string | null;
  financialStatus: string | null;
  gateways: string[];
  fraud: FraudVerdict | null;
  pickup: boolean;
  /** Why some of it may not be sent yet; null: webhooks don't tell, and count what is on hold as fulfilled. */
  holds: string[] | null;
  customer: OrderSnapshot['customer'];
  shippingAddress: Address | null;
  lines: ShopifyLine[];
}

const paymentStates: Record<string, PaymentState> = {
  pending: 'pending',
  authorized: 'authorized',
  partially_paid: 'partially_paid',
  paid: 'paid',
  partially_refunded: 'partially_refunded',
  refunded: 'refunded',
  voided: 'voided',
  // The authorization ran out: there is nothing left to capture.
  expired: 'voided',
};

/**
 * Quantities and amounts after edits and before refunds: Shopify takes both off `current…`, while a refund is
 * a fact of its own here and would count twice. A cancelled order keeps what it was, since cancelling empties it.
 */
export function toSnapshot(order: ShopifyOrder): OrderSnapshot {
  const parts = order.lines.map((line) => keptAndRemoved(line, order.cancelledAt !== null));
  const lines = parts.map(({ kept }) => kept);
  const removedTax = sum(parts.map(({ removed }) => removed.tax));
  const removedTotal = sum(parts.map(({ removed }) => removed.total));
  const tax = order.tax - removedTax;
  const total = order.total - removedTotal - (order.taxesIncluded ? 0 : removedTax);
  const listed = sum(lines.map((line) => line.total)) + order.shipping + (order.taxesIncluded ? 0 : tax);
  return {
    externalId: order.id,
    number: order.name,
    placedAt: order.placedAt,
    updatedAt: order.updatedAt,
    currency: order.currency,
    taxesIncluded: order.taxesIncluded,
    // Tips, duties, additional fees and cash rounding are what the customer pays beyond the listed parts.
    totals: { shipping: order.shipping, tax, discount: 0, other: total - listed, total },
    test: order.test,
    cancelledAt: order.cancelledAt,
    pickup: order.pickup,
    holds: order.holds,
    payment: {
      state: paymentStates[order.financialStatus ?? ''] ?? (total === 0 ? 'paid' : 'pending'),
      provider: order.gateways.find((name) => name !== 'gift_card') ?? order.gateways[0] ?? 'none',
    },
    fraud: order.fraud,
    customer: order.customer,
    shippingAddress: order.shippingAddress,
    lines,
  };
}

/** The line as it stands, and the amounts that left with the removed units. Loses nothing. */
function keptAndRemoved(line: ShopifyLine, whole: boolean) {
  const quantity = whole
    ? line.quantity
    : Math.min(line.quantity, line.currentQuantity + line.refundedQuantity);
  const share = (amount: number) => splitByWeights(amount, [quantity, line.quantity - quantity]);
  const [total = 0, removedTotal = 0] = share(line.unitPrice * line.quantity - line.discount);
  const [tax = 0, removedTax = 0] = share(line.tax);
  const kept: OrderLine = {
    externalId: line.id,
    sku: line.sku,
    title: line.title,
    quantity,
    fulfillable: line.fulfillable,
    ships: line.requiresShipping && !line.giftCard,
    unitPrice: line.unitPrice,
    total,
    tax,
  };
  return { kept, removed: { total: removedTotal, tax: removedTax } };
}

const sum = (amounts: number[]) => amounts.reduce((total, amount) => total + amount, 0);

/** What both APIs call an address. Missing parts stay empty: review holds such an order, nothing loses it. */
export function toAddress(given: {
  name: string | null;
  company: string | null;
  line1: string | null;
  line2: string | null;
  city: string | null;
  region: string | null;
  postalCode: string | null;
  country: string | null;
  phone: string | null;
}): Address {
  return {
    name: given.name ?? '',
    ...(given.company && { company: given.company }),
    line1: given.line1 ?? '',
    ...(given.line2 && { line2: given.line2 }),
    city: given.city ?? '',
    ...(given.region && { region: given.region }),
    ...(given.postalCode && { postalCode: given.postalCode }),
    country: given.country?.toUpperCase() ?? '',
    ...(given.phone && { phone: given.phone }),
  };
}
