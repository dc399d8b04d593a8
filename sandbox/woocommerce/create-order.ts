import { taxOf, toDecimal, toMinor } from '../money.ts';
import { postId, rowId, wholeSecond, type OrderStatus, type Site, type WooAddress } from './model.ts';
import type { WooLine, WooOrder, WooProduct, WooWorld } from './model.ts';
import { emit } from './webhooks.ts';

export interface SiteRequest {
  consumerKey?: string;
  consumerSecret?: string;
  permissions?: Site['permissions'];
  currency?: string;
  pricesIncludeTax?: boolean;
  offset?: string;
}

export function putSite(world: WooWorld, name: string, request: SiteRequest): Site {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) throw new RangeError(`"${name}" is no site name`);
  const known = world.tables.sites.get('', name);
  const site: Site = {
    name,
    consumerKey: request.consumerKey ?? known?.consumerKey ?? `ck_${name}`,
    consumerSecret: request.consumerSecret ?? known?.consumerSecret ?? `cs_${name}`,
    permissions: request.permissions ?? known?.permissions ?? 'read_write',
    currency: request.currency ?? known?.currency ?? 'EUR',
    pricesIncludeTax: request.pricesIncludeTax ?? known?.pricesIncludeTax ?? true,
    offset: request.offset ?? known?.offset ?? '+02:00',
    version: '10.3.0',
  };
  world.tables.sites.put('', name, site);
  return site;
}

export interface WooProductRequest {
  sku: string;
  name?: string;
  price: string;
  stock?: number;
  manageStock?: boolean;
  virtual?: boolean;
  /** Makes it a variation of a product of this name. */
  variationOf?: string;
}

export function putProduct(world: WooWorld, site: Site, request: WooProductRequest): WooProduct {
  const products = world.tables.products.all(site.name);
  const known = products.find((product) => product.sku === request.sku);
  const at = wholeSecond(world.now());
  const product: WooProduct = {
    id: known?.id ?? postId(world, site.name),
    parentId: request.variationOf === undefined ? 0 : parentOf(world, site, request.variationOf, at).id,
    type: request.variationOf === undefined ? 'simple' : 'variation',
    name: request.name ?? request.sku,
    sku: request.sku,
    price: toMinor(request.price, site.currency),
    manageStock: request.manageStock ?? true,
    stock: request.stock ?? known?.stock ?? 0,
    virtual: request.virtual ?? false,
    weight: '0.5',
    createdAt: known?.createdAt ?? at,
    modifiedAt: at,
    meta: [],
  };
  world.tables.products.put(site.name, String(product.id), product);
  return product;
}

function parentOf(world: WooWorld, site: Site, name: string, at: string): WooProduct {
  const known = world.tables.products
    .all(site.name)
    .find((product) => product.type === 'variable' && product.name === name);
  if (known !== undefined) return known;
  const parent: WooProduct = {
    id: postId(world, site.name),
    parentId: 0,
    type: 'variable',
    name,
    sku: '',
    price: 0,
    manageStock: false,
    stock: 0,
    virtual: false,
    weight: '',
    createdAt: at,
    modifiedAt: at,
    meta: [],
  };
  world.tables.products.put(site.name, String(parent.id), parent);
  return parent;
}

export interface WooAddressRequest {
  firstName?: string;
  lastName?: string;
  company?: string;
  address1: string;
  address2?: string;
  city: string;
  state?: string;
  postcode?: string;
  country: string;
  phone?: string;
}

export interface WooOrderRequest {
  lines: { sku: string; name?: string; quantity: number; price?: string; discount?: string }[];
  shippingAddress?: WooAddressRequest;
  email?: string;
  currency?: string;
  shippingPrice?: string;
  fee?: { name: string; amount: string };
  taxRate?: number;
  /** Whether the prices given here include tax. */
  pricesIncludeTax?: boolean;
  status?: OrderStatus;
  /** "stripe" can refund by itself; "bacs", "cheque" and "cod" cannot. */
  paymentMethod?: string;
  pickup?: boolean;
  customerNote?: string;
  createdAt?: string;
}

/** A checkout. Prices come as the shop shows them; WooCommerce keeps lines net of tax. */
export function createOrder(world: WooWorld, site: Site, base: string, request: WooOrderRequest): WooOrder {
  if (request.lines.length === 0) throw new RangeError('an order needs at least one line');
  const at = request.createdAt ?? wholeSecond(world.now());
  const currency = request.currency ?? site.currency;
  const taxRate = request.taxRate ?? 0;
  const included = request.pricesIncludeTax ?? site.pricesIncludeTax;
  const split = (amount: string) => netAndTax(toMinor(amount, currency), taxRate, included);
  const status = request.status ?? 'processing';
  const paid = status === 'processing' || status === 'completed';
  const method = request.paymentMethod ?? 'stripe';
  const lines = request.lines.map((line) => lineOf(world, site, line, split));
  const shipping = split(request.shippingPrice ?? '0');
  const fee = request.fee === undefined ? null : split(request.fee.amount);
  const id = postId(world, site.name);
  const address = addressOf(request.shippingAddress);
  const order: WooOrder = {
    id,
    key: `wc_order_${id}`,
    status,
    currency,
    pricesIncludeTax: included,
    createdAt: at,
    modifiedAt: at,
    paidAt: paid ? at : null,
    completedAt: status === 'completed' ? at : null,
    customerId: 0,
    customerNote: request.customerNote ?? '',
    billing: { ...address, email: request.email ?? 'customer@example.com' },
    shipping: address,
    paymentMethod: method,
    paymentMethodTitle: method,
    transactionId: paid && method === 'stripe' ? `ch_${site.name}_${id}` : '',
    taxRate,
    lines,
    shippingLines: [
      {
        id: rowId(world, site.name),
        methodId: request.pickup ? 'local_pickup' : 'flat_rate',
        methodTitle: request.pickup ? 'Local pickup' : 'Flat rate',
        total: shipping.net,
        tax: shipping.tax,
      },
    ],
    feeLines:
      fee === null
        ? []
        : [{ id: rowId(world, site.name), name: request.fee!.name, total: fee.net, tax: fee.tax }],
    discount: lines.reduce((sum, line) => sum + line.subtotal - line.total, 0),
    discountTax: lines.reduce((sum, line) => sum + line.subtotalTax - line.totalTax, 0),
    refunds: [],
    notes: [],
    meta: [],
    stockReduced: false,
  };
  const saved = settleStock(world, site, order, at);
  world.tables.orders.put(site.name, String(id), saved);
  emit(world, site, base, 'order.created', saved);
  // A checkout saves the order several times: the payment's save is told as an update.
  if (paid) emit(world, site, base, 'order.updated', saved);
  return saved;
}

function netAndTax(amount: number, rate: number, included: boolean): { net: number; tax: number } {
  const tax = taxOf(amount, rate, included);
  return { net: included ? amount - tax : amount, tax };
}

function lineOf(
  world: WooWorld,
  site: Site,
  line: WooOrderRequest['lines'][number],
  split: (amount: string) => { net: number; tax: number },
): WooLine {
  const product = world.tables.products.all(site.name).find((one) => one.sku === line.sku && line.sku !== '');
  if (product === undefined && line.price === undefined)
    throw new RangeError(`no price for ${line.sku}: the site has no such product`);
  const unit = line.price ?? toDecimal(product!.price, site.currency);
  const each = split(unit);
  const discount = split(line.discount ?? '0');
  return {
    id: rowId(world, site.name),
    name: line.name ?? product?.name ?? line.sku,
    productId: product === undefined ? 0 : product.parentId || product.id,
    variationId: product?.type === 'variation' ? product.id : 0,
    sku: line.sku,
    quantity: line.quantity,
    subtotal: each.net * line.quantity,
    total: each.net * line.quantity - discount.net,
    subtotalTax: each.tax * line.quantity,
    totalTax: each.tax * line.quantity - discount.tax,
    meta: [],
  };
}

export function addressOf(address: WooAddressRequest | undefined): WooAddress {
  return {
    first_name: address === undefined ? '' : (address.firstName ?? 'Sample'),
    last_name: address === undefined ? '' : (address.lastName ?? 'Customer'),
    company: address?.company ?? '',
    address_1: address?.address1 ?? '',
    address_2: address?.address2 ?? '',
    city: address?.city ?? '',
    state: address?.state ?? '',
    postcode: address?.postcode ?? '',
    country: address?.country ?? '',
    phone: address?.phone ?? '',
  };
}

/** Stock is reduced when an order is paid or on hold, and put back when it is cancelled or pending again. */
export function settleStock(world: WooWorld, site: Site, order: WooOrder, at: string): WooOrder {
  const reduce = ['processing', 'completed', 'on-hold'].includes(order.status);
  const restore = ['cancelled', 'pending'].includes(order.status);
  if ((reduce && order.stockReduced) || (restore && !order.stockReduced) || (!reduce && !restore))
    return order;
  for (const line of order.lines) {
    const id = String(line.variationId || line.productId);
    const product = world.tables.products.get(site.name, id);
    if (product === undefined || !product.manageStock) continue;
    const stock = product.stock + (reduce ? -line.quantity : line.quantity);
    world.tables.products.put(site.name, id, { ...product, stock, modifiedAt: at });
  }
  return { ...order, stockReduced: reduce };
}
