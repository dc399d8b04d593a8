import { toMinor } from '../money.ts';
import { totalsOf } from './figures.ts';
import { holdOpen } from './hold.ts';
import { newId, second, type Shop, type ShopAddress, type ShopFulfillmentOrder } from './model.ts';
import type { ShopLine, ShopOrder, ShopTransaction } from './model.ts';
import { moveStock, productBySku } from './stock.ts';
import { saveOrder, type ShopWorld } from './world.ts';

export interface AddressRequest {
  firstName?: string;
  lastName?: string;
  company?: string;
  address1: string;
  address2?: string;
  city: string;
  province?: string;
  provinceCode?: string;
  zip?: string;
  countryCode: string;
  phone?: string;
}

export interface LineRequest {
  sku: string | null;
  title?: string;
  quantity: number;
  /** Decimal; the product's price unless given. */
  price?: string;
  /** Of the whole line, decimal. */
  discount?: string;
  requiresShipping?: boolean;
  giftCard?: boolean;
  grams?: number;
}

export interface OrderRequest {
  lines: LineRequest[];
  shippingAddress?: AddressRequest | null;
  billingAddress?: AddressRequest | null;
  email?: string | null;
  phone?: string | null;
  /** The shop's own unless given. */
  currency?: string;
  /** What the customer saw: another currency, and what one unit of the shop's is in it. */
  presentment?: { currency: string; rate: number };
  shippingPrice?: string;
  shippingTitle?: string;
  /** 0.19 for 19 %; none unless given. */
  taxRate?: number;
  taxesIncluded?: boolean;
  tip?: string;
  financialStatus?: 'paid' | 'pending' | 'authorized' | 'partially_paid';
  gateway?: string;
  pickup?: boolean;
  test?: boolean;
  note?: string;
  tags?: string[];
  /** It is put on hold at once, for a FulfillmentHoldReason. */
  hold?: string;
  fraud?: 'ACCEPT' | 'INVESTIGATE' | 'CANCEL';
  /** ISO time; now unless given. */
  createdAt?: string;
  /** Kept as the customer. */
  customer?: { firstName: string; lastName: string } | null;
}

/** A sale: stock is committed, the order is open, and orders/create and orders/paid are told. */
export function createOrder(world: ShopWorld, shop: Shop, request: OrderRequest): ShopOrder {
  if (request.lines.length === 0) throw new RangeError('an order needs at least one line');
  const createdAt = request.createdAt ?? second(world.now());
  const number = 1000 + world.state.next(`shopify-order-number/${shop.name}`);
  const currency = request.currency ?? shop.currency;
  const lines = request.lines.map((line) => lineOf(world, shop, line, currency, request.taxRate ?? 0));
  const shippingAddress = request.pickup ? null : addressOf(request.shippingAddress);
  const draft: ShopOrder = {
    id: newId(world.state),
    number,
    name: `#${number}`,
    email: request.email === undefined ? 'customer@example.com' : request.email,
    phone: request.phone ?? null,
    note: request.note ?? null,
    tags: request.tags ?? [],
    test: request.test ?? false,
    createdAt,
    updatedAt: createdAt,
    cancelledAt: null,
    cancelReason: null,
    closedAt: null,
    currency,
    presentment: request.presentment ?? { currency, rate: 1 },
    taxesIncluded: request.taxesIncluded ?? shop.taxesIncluded,
    gateway: request.gateway ?? 'shopify_payments',
    customer: customerOf(world, request, shippingAddress),
    shippingAddress,
    billingAddress: addressOf(request.billingAddress) ?? shippingAddress,
    pickup: request.pickup ?? false,
    shipping: shippingOf(world, shop, request, currency, lines),
    tip: toMinor(request.tip ?? '0', currency),
    lines,
    transactions: [],
    fulfillmentOrders: [],
    fulfillments: [],
    refunds: [],
    edited: false,
    recommendation: request.fraud ?? 'NONE',
  };
  draft.fulfillmentOrders = route(world, shop, draft, createdAt);
  if (request.hold !== undefined) holdOpen(draft, request.hold, createdAt);
  draft.transactions = payment(world, draft, request.financialStatus ?? 'paid');
  commit(world, shop, draft, createdAt);
  const paid = draft.transactions.some(
    (made) => made.kind === 'SALE' && made.amount >= totalsOf(draft).total,
  );
  return saveOrder(world, shop, draft, ['orders/create', ...(paid ? ['orders/paid'] : [])]);
}

function lineOf(
  world: ShopWorld,
  shop: Shop,
  line: LineRequest,
  currency: string,
  taxRate: number,
): ShopLine {
  if (!Number.isInteger(line.quantity) || line.quantity < 1)
    throw new RangeError('a line needs a whole quantity above zero');
  const product = line.sku === null ? undefined : productBySku(world.tables, shop.name, line.sku);
  if (line.price === undefined && product === undefined)
    throw new RangeError(`no price for ${line.sku}: the shop has no such product`);
  const giftCard = line.giftCard ?? product?.giftCard ?? false;
  return {
    id: newId(world.state),
    sku: line.sku,
    title: line.title ?? product?.title ?? line.sku ?? 'Custom item',
    variantId: product?.variantId ?? null,
    productId: product?.productId ?? null,
    inventoryItemId: product?.inventoryItemId ?? null,
    quantity: line.quantity,
    currentQuantity: line.quantity,
    price: line.price === undefined ? product!.price : toMinor(line.price, currency),
    discount: toMinor(line.discount ?? '0', currency),
    // Gift cards are never taxed when they are sold.
    taxRate: giftCard ? 0 : taxRate,
    requiresShipping: line.requiresShipping ?? product?.requiresShipping ?? !giftCard,
    giftCard,
    grams: line.grams ?? product?.grams ?? 500,
  };
}

export function addressOf(address: AddressRequest | null | undefined): ShopAddress | null {
  if (address === null || address === undefined) return null;
  return {
    firstName: address.firstName ?? 'Sample',
    lastName: address.lastName ?? 'Customer',
    company: address.company ?? null,
    address1: address.address1,
    address2: address.address2 ?? null,
    city: address.city,
    province: address.province ?? address.provinceCode ?? null,
    provinceCode: address.provinceCode ?? null,
    zip: address.zip ?? null,
    countryCode: address.countryCode,
    phone: address.phone ?? null,
  };
}

function customerOf(
  world: ShopWorld,
  request: OrderRequest,
  address: ShopAddress | null,
): ShopOrder['customer'] {
  if (request.customer === null) return null;
  const { firstName, lastName } = request.customer ??
    address ?? { firstName: 'Sample', lastName: 'Customer' };
  return { id: newId(world.state), firstName, lastName };
}

function shippingOf(
  world: ShopWorld,
  shop: Shop,
  request: OrderRequest,
  currency: string,
  lines: ShopLine[],
): ShopOrder['shipping'] {
  if (!lines.some((line) => line.requiresShipping)) return null;
  const title = request.shippingTitle ?? (request.pickup ? shop.locations[0]!.name : 'Standard');
  const price = toMinor(request.shippingPrice ?? '0', currency);
  return { id: newId(world.state), title, price, taxRate: request.taxRate ?? 0 };
}

/** One fulfillment order for each location and way of delivery, as Shopify's order routing makes them. */
export function route(world: ShopWorld, shop: Shop, order: ShopOrder, at: string): ShopFulfillmentOrder[] {
  const groups = new Map<string, ShopFulfillmentOrder>();
  for (const line of order.lines) {
    const product = line.sku === null ? undefined : productBySku(world.tables, shop.name, line.sku);
    const stocked =
      product?.levels.find((level) => level.available >= line.quantity) ?? product?.levels[0] ?? undefined;
    const locationId = stocked?.locationId ?? shop.locations[0]!.id;
    const method = !line.requiresShipping ? 'NONE' : order.pickup ? 'PICK_UP' : 'SHIPPING';
    const key = `${locationId}/${method}`;
    const group: ShopFulfillmentOrder = groups.get(key) ?? {
      id: newId(world.state),
      status: 'OPEN',
      locationId,
      method,
      lines: [],
      createdAt: at,
      updatedAt: at,
    };
    groups.set(key, group);
    group.lines.push({
      id: newId(world.state),
      lineId: line.id,
      total: line.quantity,
      remaining: line.quantity,
    });
  }
  return [...groups.values()];
}

function payment(
  world: ShopWorld,
  order: ShopOrder,
  status: NonNullable<OrderRequest['financialStatus']>,
): ShopTransaction[] {
  const { total } = totalsOf(order);
  if (status === 'pending' || total === 0) return [];
  const amount = status === 'partially_paid' ? Math.floor(total / 2) : total;
  const kind = status === 'authorized' ? 'AUTHORIZATION' : 'SALE';
  return [
    {
      id: newId(world.state),
      kind,
      status: 'SUCCESS',
      gateway: order.gateway,
      amount,
      parentId: null,
      at: order.createdAt,
    },
  ];
}

function commit(world: ShopWorld, shop: Shop, order: ShopOrder, at: string): void {
  for (const group of order.fulfillmentOrders)
    for (const part of group.lines) {
      const { sku } = order.lines.find((line) => line.id === part.lineId)!;
      const delta = { available: -part.total, committed: part.total };
      moveStock(world.tables, shop.name, sku, group.locationId, delta, at);
    }
}
