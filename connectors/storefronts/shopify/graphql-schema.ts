import { z } from 'zod';
import { optionalText, utcTime } from '../webhook-body.ts';
import { gidNumber, page } from './graphql.ts';

/** What the order queries answer. */

export const shopMoney = z.object({ shopMoney: z.object({ amount: z.string(), currencyCode: z.string() }) });

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
  fulfillmentHolds: z.array(z.object({ reason: z.string() })),
  lineItems: page(fulfillmentOrderLine),
});

/** A fulfillment order with all its lines. */
export interface FulfillmentOrder {
  id: string;
  status: string;
  method: string | null;
  locationId: string | null;
  /** Codes of Shopify's FulfillmentHoldReason. */
  holds: string[];
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
export type Transaction = z.infer<typeof transaction>;

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
