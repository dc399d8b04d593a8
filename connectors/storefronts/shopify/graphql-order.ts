import { z } from 'zod';
import { parseMinor } from '../../../domain/money.ts';
import type { FraudVerdict, PaymentFact, RefundFact } from '../../../domain/order.ts';
import { optionalText, utcTime } from '../webhook-body.ts';
import { gidNumber, page } from './graphql.ts';
import { refundKey } from './refund-note.ts';
import { toAddress } from './snapshot.ts';
import type { ShopifyLine, ShopifyOrder } from './snapshot.ts';

const shopMoney = z.object({ shopMoney: z.object({ amount: z.string(), currencyCode: z.string() }) });

export const lineItem = z.object({
  id: gidNumber,
  sku: optionalText,
  name: z.string(),
  quantity: z.int(),
  currentQuantity: z.int(),
  requiresShipping: z.boolean(),
  isGiftCard: z.boolean(),
  originalUnitPriceSet: shopMoney,
  discountAllocations: z.array(z.object({ allocatedAmountSet: shopMoney })),
  taxLines: z.array(z.object({ priceSet: shopMoney })),
});

export const fulfillmentOrderLine = z.object({
  id: z.string(),
  remainingQuantity: z.int(),
  lineItem: z.object({ id: gidNumber }),
});

export const fulfillmentOrder = z.object({
  id: z.string(),
  status: z.string(),
  deliveryMethod: z.object({ methodType: z.string() }).nullable(),
  assignedLocation: z.object({ location: z.object({ id: z.string() }).nullable() }),
  lineItems: page(fulfillmentOrderLine),
});

/** A fulfillment order with all its lines. */
export interface FulfillmentOrder {
  id: string;
  status: string;
  method: string | null;
  locationId: string | null;
  lines: z.infer<typeof fulfillmentOrderLine>[];
}

export const transaction = z.object({
  id: gidNumber,
  kind: z.string(),
  status: z.string(),
  gateway: optionalText,
  createdAt: utcTime,
  processedAt: utcTime.nullable(),
  amountSet: shopMoney,
});
type Transaction = z.infer<typeof transaction>;

export const money = z.object({
  transactions: z.array(transaction),
  refunds: z.array(
    z.object({
      id: z.string(),
      note: optionalText,
      transactions: z.object({ nodes: z.array(z.object({ id: gidNumber, status: z.string() })) }),
    }),
  ),
});
export type OrderMoney = z.infer<typeof money>;

export const graphqlOrder = money.extend({
  id: gidNumber,
  name: z.string(),
  createdAt: utcTime,
  processedAt: utcTime,
  updatedAt: utcTime,
  cancelledAt: utcTime.nullable(),
  currencyCode: z.string(),
  taxesIncluded: z.boolean(),
  test: z.boolean(),
  displayFinancialStatus: optionalText,
  paymentGatewayNames: z.array(z.string()),
  email: optionalText,
  phone: optionalText,
  totalPriceSet: shopMoney,
  totalTaxSet: shopMoney.nullable(),
  customer: z.object({ id: gidNumber }).nullable(),
  risk: z.object({ recommendation: z.string() }),
  shippingAddress: z
    .object({
      name: optionalText,
      company: optionalText,
      address1: optionalText,
      address2: optionalText,
      city: optionalText,
      province: optionalText,
      provinceCode: optionalText,
      zip: optionalText,
      countryCodeV2: optionalText,
      phone: optionalText,
    })
    .nullable(),
  shippingLines: z.object({ nodes: z.array(z.object({ discountedPriceSet: shopMoney })) }),
  lineItems: page(lineItem),
  fulfillmentOrders: page(fulfillmentOrder),
});
export type GraphqlOrder = z.infer<typeof graphqlOrder>;
export type GraphqlLine = z.infer<typeof lineItem>;

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
