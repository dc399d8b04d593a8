import { request } from 'undici';
import type { StripeAccountRequest, StripePaymentRequest } from './control/stripe.ts';
import type { UpsAccountRequest } from './control/ups.ts';
import type { Fault, FaultHit, FaultRequest } from './faults.ts';
import type { OrderRequest } from './shopify/create-order.ts';
import type { ProductRequest, ShopRequest } from './shopify/create-shop.ts';
import type { EditRequest } from './shopify/edit.ts';
import type { Shop, ShopOrder, ShopProduct } from './shopify/model.ts';
import type {
  Charge,
  Dispute,
  BalanceTransaction,
  PaymentIntent,
  Refund,
  StripeAccount,
} from './stripe/model.ts';
import type { Label, ParcelStatus, Scan, UpsAccount } from './ups/model.ts';
import type { Delivery, DeliveryRules } from './webhooks/deliveries.ts';
import type {
  SiteRequest,
  WooAddressRequest,
  WooOrderRequest,
  WooProductRequest,
} from './woocommerce/create-order.ts';
import type { Site, WooOrder, WooProduct, WooWebhook } from './woocommerce/model.ts';

/** An order in a shop with what follows from its facts; amounts in minor units. */
export type ShopOrderView = ShopOrder & {
  shop: string;
  financialStatus: string;
  fulfillmentStatus: string;
  total: number;
  received: number;
  refunded: number;
};
export type WooOrderView = WooOrder & { site: string; total: number; refunded: number };
export type LabelView = Omit<Label, 'image' | 'form'> & {
  image?: string;
  form?: string | null;
  status: ParcelStatus;
};

export interface SendRequest {
  topic: string;
  /** All orders unless named. */
  orderIds?: number[];
  /** The subscribed address unless given. */
  url?: string;
  copies?: number;
  /** A seed: sends in shuffled order. */
  shuffle?: number;
  /** Answers only once every delivery was answered. */
  wait?: boolean;
}

/** Talks to the control API of a running sandbox. Throws with its words where it refuses. */
export function sandboxClient(url: string) {
  const base = `${url.replace(/\/$/, '')}/_sandbox`;

  async function ask<Result>(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<Result> {
    const answer = await request(base + path, {
      method,
      headersTimeout: 0,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`sandbox ${answer.statusCode}: ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as Result;
  }

  return {
    url,
    health: () => ask<{ ok: true }>('GET', '/health'),
    /** Forgets everything but the counters, so that ids never come again. */
    reset: () => ask<void>('POST', '/reset'),

    fault: (fault: FaultRequest) => ask<Fault>('POST', '/faults', fault),
    faults: () => ask<Fault[]>('GET', '/faults'),
    faultHits: () => ask<FaultHit[]>('GET', '/faults/hits'),
    clearFaults: (id?: number) => ask<void>('DELETE', id === undefined ? '/faults' : `/faults/${id}`),

    /** Each attempt of each webhook; filtered by equality: `{ party: 'shopify', topic: 'orders/create' }`; `after` an id. */
    deliveries: (filter: Record<string, string> = {}) =>
      ask<Delivery[]>('GET', `/deliveries?${new URLSearchParams(filter)}`),
    clearDeliveries: () => ask<void>('DELETE', '/deliveries'),
    deliveryRules: (rules: Partial<DeliveryRules>) => ask<DeliveryRules>('PATCH', '/deliveries/rules', rules),
    releaseDeliveries: (shuffle?: number) =>
      ask<{ released: number }>('POST', '/deliveries/release', { shuffle }),
    deliveriesIdle: () => ask<void>('POST', '/deliveries/idle'),

    shopify: (shop: string) => shopifyClient(ask, shop),
    woocommerce: (site: string) => wooClient(ask, site),
    ups: (account: string) => upsClient(ask, account),
    stripe: (account: string) => stripeClient(ask, account),
  };
}

export type SandboxClient = ReturnType<typeof sandboxClient>;

type Ask = <Result>(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
) => Promise<Result>;

function shopifyClient(ask: Ask, shop: string) {
  const path = `/shopify/${shop}`;
  const order = (id: number) => `${path}/orders/${id}`;
  return {
    /** Makes the shop or changes it. */
    create: (request: ShopRequest = {}) => ask<Shop & { url: string }>('PUT', path, request),
    get: () => ask<Shop & { url: string }>('GET', path),
    remove: () => ask<void>('DELETE', path),
    /** Topics: those of orders, refunds and fulfillments unless given. */
    subscribe: (url: string, topics?: string[]) =>
      ask<Shop>('PUT', path, { webhooks: { url, ...(topics === undefined ? {} : { topics }) } }),
    createProduct: (request: ProductRequest) => ask<ShopProduct>('POST', `${path}/products`, request),
    products: () => ask<ShopProduct[]>('GET', `${path}/products`),
    /** A sale outside the shop's orders: available falls. */
    sell: (sku: string, quantity = 1) =>
      ask<ShopProduct>('POST', `${path}/products/${encodeURIComponent(sku)}/sell`, { quantity }),
    createOrder: (request: OrderRequest) => ask<ShopOrderView>('POST', `${path}/orders`, request),
    createOrders: (count: number, request: OrderRequest, wait = false) =>
      ask<{ ids: number[] }>('POST', `${path}/orders/bulk`, { count, order: request, wait }),
    sendWebhooks: (request: SendRequest) => ask<{ sent: number }>('POST', `${path}/webhooks/send`, request),
    orders: () => ask<ShopOrderView[]>('GET', `${path}/orders`),
    order: (id: number) => ask<ShopOrderView>('GET', order(id)),
    /** The REST order, as webhooks carry it. */
    restOrder: (id: number) => ask<Record<string, unknown>>('GET', `${order(id)}/rest`),
    pay: (id: number, amount?: string) => ask<ShopOrderView>('POST', `${order(id)}/pay`, { amount }),
    edit: (id: number, request: EditRequest) => ask<ShopOrderView>('POST', `${order(id)}/edit`, request),
    /** A change of nothing but updated_at, told as orders/updated. */
    touch: (id: number) => ask<ShopOrderView>('POST', `${order(id)}/touch`),
    cancel: (id: number, request: { reason?: string; refund?: boolean; restock?: boolean } = {}) =>
      ask<ShopOrderView>('POST', `${order(id)}/cancel`, request),
    refund: (
      id: number,
      request: {
        amount?: string;
        note?: string;
        quantities?: Record<string, number>;
        restockType?: string;
      } = {},
    ) => ask<ShopOrderView>('POST', `${order(id)}/refund`, request),
    fulfill: (id: number, request: { trackingNumber?: string; company?: string } = {}) =>
      ask<ShopOrderView>('POST', `${order(id)}/fulfill`, request),
    cancelFulfillment: (id: number, fulfillmentId: number) =>
      ask<ShopOrderView>('POST', `${order(id)}/fulfillments/${fulfillmentId}/cancel`),
  };
}

function wooClient(ask: Ask, site: string) {
  const path = `/woocommerce/${site}`;
  const order = (id: number) => `${path}/orders/${id}`;
  return {
    create: (request: SiteRequest = {}) => ask<Site & { url: string }>('PUT', path, request),
    get: () => ask<Site & { url: string }>('GET', path),
    remove: () => ask<void>('DELETE', path),
    /** Replaces the site's webhooks; each is pinged at once. */
    subscribe: (url: string, secret?: string, topics?: string[]) =>
      ask<WooWebhook[]>('POST', `${path}/webhooks`, { url, secret, topics }),
    webhooks: () => ask<WooWebhook[]>('GET', `${path}/webhooks`),
    createProduct: (request: WooProductRequest) => ask<WooProduct>('POST', `${path}/products`, request),
    products: () => ask<WooProduct[]>('GET', `${path}/products`),
    sell: (sku: string, quantity = 1) =>
      ask<WooProduct>('POST', `${path}/products/${encodeURIComponent(sku)}/sell`, { quantity }),
    createOrder: (request: WooOrderRequest) => ask<WooOrderView>('POST', `${path}/orders`, request),
    createOrders: (count: number, request: WooOrderRequest, wait = false) =>
      ask<{ ids: number[] }>('POST', `${path}/orders/bulk`, { count, order: request, wait }),
    sendWebhooks: (request: SendRequest) => ask<{ sent: number }>('POST', `${path}/webhooks/send`, request),
    orders: () => ask<WooOrderView[]>('GET', `${path}/orders`),
    order: (id: number) => ask<WooOrderView>('GET', order(id)),
    restOrder: (id: number) => ask<Record<string, unknown>>('GET', `${order(id)}/rest`),
    pay: (id: number) => ask<WooOrderView>('POST', `${order(id)}/pay`),
    edit: (
      id: number,
      request: {
        shippingAddress?: WooAddressRequest;
        status?: string;
        customerNote?: string;
        email?: string;
      },
    ) => ask<WooOrderView>('POST', `${order(id)}/edit`, request),
    touch: (id: number) => ask<WooOrderView>('POST', `${order(id)}/touch`),
    cancel: (id: number) => ask<WooOrderView>('POST', `${order(id)}/cancel`),
    /** By hand in the shop's admin: no gateway is asked. */
    refund: (id: number, request: { amount: string; reason?: string }) =>
      ask<WooOrderView>('POST', `${order(id)}/refund`, request),
    removeOrder: (id: number) => ask<void>('DELETE', order(id)),
  };
}

function upsClient(ask: Ask, account: string) {
  const path = `/ups/${account}`;
  return {
    create: (request: UpsAccountRequest = {}) => ask<UpsAccount & { url: string }>('PUT', path, request),
    get: () => ask<UpsAccount & { url: string }>('GET', path),
    /** Every label that was paid for, voided ones included. */
    labels: (images = false) => ask<LabelView[]>('GET', `${path}/labels${images ? '?images=1' : ''}`),
    labelsTo: (name: string) =>
      ask<LabelView[]>('GET', `${path}/labels?${new URLSearchParams({ to: name })}`),
    advance: (trackingNumber: string, status: ParcelStatus, at?: string) =>
      ask<Scan>('POST', `${path}/parcels/${trackingNumber}/advance`, { status, at }),
  };
}

function stripeClient(ask: Ask, account: string) {
  const path = `/stripe/${account}`;
  const payment = (id: string) => `${path}/payments/${id}`;
  const ofIntent = (id?: string) => (id === undefined ? '' : `?${new URLSearchParams({ intent: id })}`);
  return {
    create: (request: StripeAccountRequest = {}) =>
      ask<StripeAccount & { url: string }>('PUT', path, request),
    get: () => ask<StripeAccount & { url: string }>('GET', path),
    /** A customer's checkout. */
    pay: (request: StripePaymentRequest) => ask<PaymentIntent>('POST', `${path}/payments`, request),
    confirm: (id: string, paymentMethod?: string) =>
      ask<PaymentIntent>('POST', `${payment(id)}/confirm`, { paymentMethod }),
    cancel: (id: string) => ask<PaymentIntent>('POST', `${payment(id)}/cancel`),
    dispute: (id: string, reason?: string) => ask<Dispute>('POST', `${payment(id)}/dispute`, { reason }),
    closeDispute: (id: string, status: 'won' | 'lost') =>
      ask<Dispute>('POST', `${path}/disputes/${id}/close`, { status }),
    failRefund: (id: string) => ask<Refund>('POST', `${path}/refunds/${id}/fail`),
    intents: () => ask<PaymentIntent[]>('GET', `${path}/intents`),
    /** All of the account's, or those of one PaymentIntent. */
    charges: (intent?: string) => ask<Charge[]>('GET', `${path}/charges${ofIntent(intent)}`),
    refunds: (intent?: string) => ask<Refund[]>('GET', `${path}/refunds${ofIntent(intent)}`),
    balance: () => ask<BalanceTransaction[]>('GET', `${path}/balance`),
  };
}
