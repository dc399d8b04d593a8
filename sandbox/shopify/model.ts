import type { State, Table } from '../state.ts';

/** Amounts are minor units of the shop's currency, times ISO 8601 in UTC to the second. */

export interface Shop {
  name: string;
  domain: string;
  accessToken: string;
  /** The app's client secret: signs webhooks. */
  secret: string;
  currency: string;
  taxesIncluded: boolean;
  /** How the shop writes times: "-05:00". */
  offset: string;
  apiVersion: string;
  locations: ShopLocation[];
  webhooks: { url: string; topics: string[] } | null;
  retryDelaysMs: number[];
  /** How long an orderCancel job runs. */
  jobMs: number;
  throttle: { maximumAvailable: number; restoreRate: number };
}

export interface ShopLocation {
  id: number;
  name: string;
  address1: string;
  city: string;
  provinceCode: string | null;
  zip: string;
  countryCode: string;
}

/** One variant with its inventory item. */
export interface ShopProduct {
  sku: string;
  title: string;
  productId: number;
  variantId: number;
  inventoryItemId: number;
  price: number;
  requiresShipping: boolean;
  giftCard: boolean;
  tracked: boolean;
  grams: number;
  levels: { locationId: number; available: number; committed: number }[];
  updatedAt: string;
}

export interface ShopAddress {
  firstName: string;
  lastName: string;
  company: string | null;
  address1: string;
  address2: string | null;
  city: string;
  province: string | null;
  provinceCode: string | null;
  zip: string | null;
  countryCode: string;
  phone: string | null;
}

export interface ShopLine {
  id: number;
  sku: string | null;
  title: string;
  variantId: number | null;
  productId: number | null;
  inventoryItemId: number | null;
  /** As ordered and added since; removals do not lower it. */
  quantity: number;
  /** After removals. */
  currentQuantity: number;
  price: number;
  /** Of the whole line. */
  discount: number;
  taxRate: number;
  requiresShipping: boolean;
  giftCard: boolean;
  grams: number;
}

export interface ShopTransaction {
  id: number;
  kind: 'SALE' | 'CAPTURE' | 'AUTHORIZATION' | 'VOID' | 'REFUND';
  status: 'SUCCESS' | 'FAILURE' | 'PENDING';
  gateway: string;
  amount: number;
  parentId: number | null;
  at: string;
}

export interface ShopFulfillmentOrder {
  id: number;
  status: 'OPEN' | 'IN_PROGRESS' | 'CLOSED' | 'CANCELLED' | 'ON_HOLD';
  locationId: number;
  method: 'SHIPPING' | 'PICK_UP' | 'NONE';
  /** Why it is ON_HOLD: a FulfillmentHoldReason. */
  holdReason?: string;
  lines: { id: number; lineId: number; total: number; remaining: number }[];
  createdAt: string;
  updatedAt: string;
}

export interface ShopFulfillment {
  id: number;
  number: number;
  status: 'SUCCESS' | 'CANCELLED';
  locationId: number;
  lines: { id: number; lineId: number; fulfillmentOrderId: number; quantity: number }[];
  tracking: { company: string | null; numbers: string[]; urls: string[] };
  notifiedCustomer: boolean;
  events: ShopFulfillmentEvent[];
  createdAt: string;
  updatedAt: string;
}

interface ShopFulfillmentEvent {
  id: number;
  status: string;
  message: string | null;
  city: string | null;
  country: string | null;
  province: string | null;
  zip: string | null;
  happenedAt: string;
  createdAt: string;
}

export interface ShopRefund {
  id: number;
  note: string | null;
  createdAt: string;
  lines: {
    id: number;
    lineId: number;
    quantity: number;
    restockType: 'NO_RESTOCK' | 'CANCEL' | 'RETURN' | 'LEGACY_RESTOCK';
    locationId: number | null;
    subtotal: number;
    tax: number;
  }[];
  shipping: number;
  /** Ids of the order's transactions. */
  transactions: number[];
}

export interface ShopOrder {
  id: number;
  number: number;
  name: string;
  email: string | null;
  phone: string | null;
  note: string | null;
  tags: string[];
  test: boolean;
  createdAt: string;
  updatedAt: string;
  cancelledAt: string | null;
  cancelReason: string | null;
  closedAt: string | null;
  currency: string;
  /** `rate`: units of it for one of the shop's currency. */
  presentment: { currency: string; rate: number };
  taxesIncluded: boolean;
  gateway: string;
  customer: { id: number; firstName: string; lastName: string } | null;
  shippingAddress: ShopAddress | null;
  billingAddress: ShopAddress | null;
  pickup: boolean;
  shipping: { id: number; title: string; price: number; taxRate: number } | null;
  tip: number;
  lines: ShopLine[];
  transactions: ShopTransaction[];
  fulfillmentOrders: ShopFulfillmentOrder[];
  fulfillments: ShopFulfillment[];
  refunds: ShopRefund[];
  edited: boolean;
  recommendation: 'ACCEPT' | 'INVESTIGATE' | 'CANCEL' | 'NONE';
}

/** What a mutation under an idempotency key did. `result` is an id, or null where it was refused. */
interface IdempotentCall {
  mutation: string;
  fingerprint: string;
  result: string | null;
}

export interface AdjustmentGroup {
  id: number;
  reason: string;
  referenceDocumentUri: string | null;
  createdAt: string;
  changes: { name: string; delta: number; after: number; inventoryItemId: number; locationId: number }[];
}

export interface ShopTables {
  shops: Table<Shop>;
  /** These are grouped by shop. */
  orders: Table<ShopOrder>;
  products: Table<ShopProduct>;
  idempotent: Table<IdempotentCall>;
  adjustments: Table<AdjustmentGroup>;
  jobs: Table<{ id: string; orderId: number; doneAt: string | null }>;
}

export const shopTables = (state: State): ShopTables => ({
  shops: state.table('shopify-shops'),
  orders: state.table('shopify-orders'),
  products: state.table('shopify-products'),
  idempotent: state.table('shopify-idempotent'),
  adjustments: state.table('shopify-adjustments'),
  jobs: state.table('shopify-jobs'),
});

/** Numeric ids look like Shopify's: long, unique over all shops. */
export const newId = (state: State): number => 5_100_000_000_000 + state.next('shopify-ids') * 97;

export const gid = (type: string, id: number | string): string => `gid://shopify/${type}/${id}`;

/** The number of a gid of this type, or null. A gid may carry a query, as inventory levels' do. */
export function idOf(type: string, value: string): number | null {
  const match = new RegExp(`^gid://shopify/${type}/(\\d+)(\\?.*)?$`).exec(value);
  return match === null ? null : Number(match[1]);
}

/** Shopify keeps whole seconds. */
export const second = (now: number): string =>
  new Date(Math.floor(now / 1000) * 1000).toISOString().replace('.000', '');
