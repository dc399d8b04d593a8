import type { z } from 'zod';
import { compareText } from '../../../domain/compare.ts';
import { parseMinor } from '../../../domain/money.ts';
import type { FraudVerdict, PaymentFact, RefundFact } from '../../../domain/order.ts';
import type {
  FulfillmentOrder,
  GraphqlLine,
  GraphqlOrder,
  OrderMoney,
  shopMoney,
  Transaction,
} from './graphql-schema.ts';
import { refundKey } from './refund-note.ts';
import { toAddress } from './snapshot.ts';
import type { ShopifyLine, ShopifyOrder } from './snapshot.ts';

/** Refunded units by line. */
export type RefundedUnits = Map<string, number>;

/** Throws `InvalidMoney`. */
export function toOrder(
  order: GraphqlOrder,
  lines: GraphqlLine[],
  fulfillmentOrders: FulfillmentOrder[],
  refunded: RefundedUnits,
): ShopifyOrder {
  const minor = (set: z.infer<typeof shopMoney>) => parseMinor(set.shopMoney.amount, order.currencyCode);
  const total = (sets: z.infer<typeof shopMoney>[]) => sets.reduce((sum, set) => sum + minor(set), 0);
  const remaining = remainingByLine(fulfillmentOrders);
  return {
    id: order.id,
    name: order.name,
    placedAt: order.processedAt,
    updatedAt: order.updatedAt,
    currency: order.currencyCode,
    taxesIncluded: order.taxesIncluded,
    shipping: total(order.shippingLines.nodes.map((line) => line.discountedPriceSet)),
    tax: order.totalTaxSet ? minor(order.totalTaxSet) : 0,
    total: minor(order.totalPriceSet),
    test: order.test,
    cancelledAt: order.cancelledAt,
    financialStatus: order.displayFinancialStatus?.toLowerCase() ?? null,
    gateways: order.paymentGatewayNames,
    fraud: verdicts[order.risk.recommendation] ?? null,
    pickup: isPickup(fulfillmentOrders),
    holds: holdsOf(fulfillmentOrders),
    customer: { externalId: order.customer?.id ?? null, email: order.email, phone: order.phone },
    shippingAddress: order.shippingAddress ? address(order.shippingAddress) : null,
    lines: lines.map((line): ShopifyLine => ({
      id: line.id,
      sku: line.sku,
      title: line.name,
      quantity: line.quantity,
      currentQuantity: line.currentQuantity,
      refundedQuantity: refunded.get(line.id) ?? 0,
      fulfillable: remaining.get(line.id) ?? 0,
      requiresShipping: line.requiresShipping,
      giftCard: line.isGiftCard,
      unitPrice: minor(line.originalUnitPriceSet),
      discount: total(line.discountAllocations.map((one) => one.allocatedAmountSet)),
      tax: total(line.taxLines.map((tax) => tax.priceSet)),
    })),
  };
}

/** NONE, Shopify has no opinion, is null. */
const verdicts: Record<string, FraudVerdict> = {
  ACCEPT: 'accept',
  INVESTIGATE: 'investigate',
  CANCEL: 'cancel',
};

/** Closed and cancelled fulfillment orders have nothing left to do, whatever their lines say. */
export const isOpen = ({ status }: FulfillmentOrder) => status !== 'CLOSED' && status !== 'CANCELLED';

function remainingByLine(fulfillmentOrders: FulfillmentOrder[]): Map<string, number> {
  const remaining = new Map<string, number>();
  for (const { lineItem: line, remainingQuantity } of fulfillmentOrders
    .filter(isOpen)
    .flatMap((one) => one.lines))
    remaining.set(line.id, (remaining.get(line.id) ?? 0) + remainingQuantity);
  return remaining;
}

/** Why some of what remains may not be sent yet: "awaiting payment". A person or an app put it on hold, or it is for later. */
export function holdsOf(fulfillmentOrders: FulfillmentOrder[]): string[] {
  const reasons = fulfillmentOrders
    .filter(({ lines }) => lines.some(({ remainingQuantity }) => remainingQuantity > 0))
    .flatMap(({ status, holds }) => {
      if (status === 'SCHEDULED') return ['scheduled for later'];
      if (status !== 'ON_HOLD') return [];
      return holds.length > 0
        ? holds.map((reason) => reason.toLowerCase().replaceAll('_', ' '))
        : ['on hold'];
    });
  return [...new Set(reasons)].toSorted(compareText);
}

/** Collected or handed over in a shop. NONE is what needs no delivery, PICKUP_POINT is shipped to. */
function isPickup(fulfillmentOrders: FulfillmentOrder[]): boolean {
  const delivered = fulfillmentOrders.filter(({ method }) => method !== null && method !== 'NONE');
  return delivered.length > 0 && delivered.every(({ method }) => method === 'PICK_UP' || method === 'RETAIL');
}

const address = (given: NonNullable<GraphqlOrder['shippingAddress']>) =>
  toAddress({
    name: given.name,
    company: given.company,
    line1: given.address1,
    line2: given.address2,
    city: given.city,
    region: given.provinceCode ?? given.province,
    postalCode: given.zip,
    country: given.countryCodeV2,
    phone: given.phone,
  });

const paymentKinds: Record<string, PaymentFact['kind']> = {
  SALE: 'capture',
  CAPTURE: 'capture',
  AUTHORIZATION: 'authorization',
  EMV_AUTHORIZATION: 'authorization',
};

/** Successful transactions only. Throws `InvalidMoney`. */
export function moneyFacts({ transactions, refunds }: OrderMoney): {
  payments: PaymentFact[];
  refunds: RefundFact[];
} {
  const done = transactions.filter(({ status }) => status === 'SUCCESS');
  const noteOf = new Map(
    refunds.flatMap((refund) => refund.transactions.nodes.map(({ id }) => [id, refund.note] as const)),
  );
  return {
    payments: done.flatMap((made) => {
      const kind = paymentKinds[made.kind];
      return kind ? [{ ...fact(made), kind }] : [];
    }),
    refunds: done
      .filter(({ kind }) => kind === 'REFUND')
      .map((made) => refundFact(made, noteOf.get(made.id) ?? null)),
  };
}

export function refundFact(made: Transaction, note: string | null): RefundFact {
  const key = refundKey(note);
  return { ...fact(made), ...(key !== null && { key }) };
}

function fact(made: Transaction) {
  const { amount, currencyCode } = made.amountSet.shopMoney;
  return {
    externalId: made.id,
    amount: parseMinor(amount, currencyCode),
    currency: currencyCode,
    provider: made.gateway ?? 'shopify',
    at: made.processedAt ?? made.createdAt,
  };
}
