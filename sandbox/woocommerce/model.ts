import { createHmac } from 'node:crypto';
import type { State, Table } from '../state.ts';
import type { Deliveries } from '../webhooks/deliveries.ts';

/** Amounts are minor units of the order's currency; times ISO 8601 in UTC to the second. */

export interface Site {
  name: string;
  consumerKey: string;
  consumerSecret: string;
  permissions: 'read' | 'write' | 'read_write';
  currency: string;
  pricesIncludeTax: boolean;
  /** The site's time zone as an offset: local times carry no zone. */
  offset: string;
  version: string;
}

export interface Meta {
  id: number;
  key: string;
  value: unknown;
}

export interface WooAddress {
  first_name: string;
  last_name: string;
  company: string;
  address_1: string;
  address_2: string;
  city: string;
  state: string;
  postcode: string;
  country: string;
  phone: string;
}

export interface WooLine {
  id: number;
  name: string;
  productId: number;
  variationId: number;
  sku: string;
  quantity: number;
  /** Without tax, before and after discounts: WooCommerce keeps lines net whatever the prices include. */
  subtotal: number;
  total: number;
  subtotalTax: number;
  totalTax: number;
  meta: Meta[];
}

interface WooShippingLine {
  id: number;
  methodId: string;
  methodTitle: string;
  total: number;
  tax: number;
}

interface WooFeeLine {
  id: number;
  name: string;
  total: number;
  tax: number;
}

export interface WooRefund {
  id: number;
  amount: number;
  reason: string;
  refundedPayment: boolean;
  createdAt: string;
  lines: { id: number; lineId: number; quantity: number; total: number; tax: number }[];
  meta: Meta[];
}

export interface WooNote {
  id: number;
  author: string;
  note: string;
  customerNote: boolean;
  createdAt: string;
}

export const orderStatuses = [
  'pending',
  'processing',
  'on-hold',
  'completed',
  'cancelled',
  'refunded',
  'failed',
  'checkout-draft',
  'trash',
] as const;
export type OrderStatus = (typeof orderStatuses)[number];

export interface WooOrder {
  id: number;
  key: string;
  status: OrderStatus;
  currency: string;
  pricesIncludeTax: boolean;
  createdAt: string;
  modifiedAt: string;
  paidAt: string | null;
  completedAt: string | null;
  customerId: number;
  customerNote: string;
  billing: WooAddress & { email: string };
  shipping: WooAddress;
  paymentMethod: string;
  paymentMethodTitle: string;
  transactionId: string;
  taxRate: number;
  lines: WooLine[];
  shippingLines: WooShippingLine[];
  feeLines: WooFeeLine[];
  discount: number;
  discountTax: number;
  refunds: WooRefund[];
  notes: WooNote[];
  meta: Meta[];
  stockReduced: boolean;
}

export interface WooProduct {
  id: number;
  /** 0 unless it is a variation. */
  parentId: number;
  type: 'simple' | 'variable' | 'variation';
  name: string;
  sku: string;
  price: number;
  manageStock: boolean;
  stock: number;
  virtual: boolean;
  weight: string;
  modifiedAt: string;
  createdAt: string;
  meta: Meta[];
}

export interface WooWebhook {
  id: number;
  name: string;
  status: 'active' | 'paused' | 'disabled';
  topic: string;
  deliveryUrl: string;
  secret: string;
  failureCount: number;
  createdAt: string;
  modifiedAt: string;
}

export interface WooTables {
  sites: Table<Site>;
  /** These are grouped by site. */
  orders: Table<WooOrder>;
  products: Table<WooProduct>;
  webhooks: Table<WooWebhook>;
}

export interface WooWorld {
  state: State;
  tables: WooTables;
  deliveries: Deliveries;
  now: () => number;
}

export const wooTables = (state: State): WooTables => ({
  sites: state.table('woo-sites'),
  orders: state.table('woo-orders'),
  products: state.table('woo-products'),
  webhooks: state.table('woo-webhooks'),
});

/** Posts, orders and refunds of a site share one row of ids, as in WordPress. */
export const postId = (world: WooWorld, site: string): number => 700 + world.state.next(`woo-posts/${site}`);
export const rowId = (world: WooWorld, site: string): number => world.state.next(`woo-rows/${site}`);

/** wp_hash: HMAC-MD5 with the site's salt. */
export const wpHash = (site: string, data: string): string =>
  createHmac('md5', `salt of ${site}`).update(data).digest('hex');

/** Without a zone: the site's local time, or GMT. */
export function wooTime(at: string, offset: string): string;
export function wooTime(at: string | null, offset: string): string | null;
export function wooTime(at: string | null, offset: string): string | null {
  return at === null ? null : new Date(Date.parse(at) + offsetMs(offset)).toISOString().slice(0, 19);
}

export function offsetMs(offset: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(offset)!;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

export const wholeSecond = (now: number): string =>
  new Date(Math.floor(now / 1000) * 1000).toISOString().replace('.000', '');

/** Order totals as WooCommerce adds them up. */
export function totalsOf(order: WooOrder) {
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  const shipping = sum(order.shippingLines.map((line) => line.total));
  const shippingTax = sum(order.shippingLines.map((line) => line.tax));
  const cartTax = sum([
    ...order.lines.map((line) => line.totalTax),
    ...order.feeLines.map((line) => line.tax),
  ]);
  const net = sum([...order.lines.map((line) => line.total), ...order.feeLines.map((line) => line.total)]);
  return {
    shipping,
    shippingTax,
    cartTax,
    tax: cartTax + shippingTax,
    total: net + shipping + cartTax + shippingTax,
    refunded: sum(order.refunds.map((refund) => refund.amount)),
  };
}
