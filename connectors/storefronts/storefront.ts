import type { z } from 'zod';
import type { PartyFailure } from '../failure.ts';
import type { Address, OrderSnapshot, PaymentFact, RefundFact } from '../../domain/order.ts';

/** One connected store, as a connector needs it. Secrets arrive decrypted. */
export interface StoreConnection {
  id: string;
  url: string;
  currency: string;
  /** Parsed by the platform's own `credentials` schema. */
  credentials: unknown;
  /** The current secret first; after a rotation the old one too. */
  webhookSecrets: string[];
}

/** What a verified webhook says, in one shape whatever the platform. */
export type StorefrontEvent =
  | { kind: 'order'; snapshot: OrderSnapshot; payments: PaymentFact[]; refunds: RefundFact[] }
  /** Something changed, content unknown: fetch the order from the store. */
  | { kind: 'order-changed'; orderExternalId: string }
  | { kind: 'order-deleted'; orderExternalId: string }
  | { kind: 'refund'; orderExternalId: string; refund: RefundFact }
  /** Perhaps told to the shop by us: then it carries one of our tracking numbers. */
  | {
      kind: 'fulfilled';
      orderExternalId: string;
      fulfillmentExternalId: string;
      trackingNumbers: string[];
      at: string;
    }
  | { kind: 'privacy'; wish: PrivacyWish }
  /** Understood and of no concern to fulfillment. */
  | { kind: 'ignored'; reason: string };

/** What a platform asks in the name of a customer or shop; it names no one order. */
export type PrivacyWish =
  | { what: 'erase-customer'; customer: StoreCustomer; orderExternalIds: string[] }
  | { what: 'export-customer'; customer: StoreCustomer; orderExternalIds: string[]; requestId: string }
  | { what: 'erase-store' };

export interface StoreCustomer {
  externalId: string | null;
  email: string | null;
  phone: string | null;
}

/** Lower-cased header names. */
export type Headers = Record<string, string | undefined>;

export interface WebhookEnvelope {
  /** Unique per event within the store; duplicates of one delivery share it. */
  key: string;
  topic: string;
  /** The order that the event concerns, or null where the body names none. */
  orderExternalId: string | null;
}

export type WebhookVerdict =
  | { verdict: 'signed' }
  | { verdict: 'bad-signature' }
  /** The platform's own connection test: answer 200, keep nothing. */
  | { verdict: 'ping' };

/** Reading webhooks: pure, no network, no clock. */
export interface StorefrontWebhooks {
  /** Over the raw body, in constant time. */
  verify(rawBody: Buffer, headers: Headers, secrets: string[]): Promise<WebhookVerdict>;
  /** Throws `UnusableWebhook` when the signed body can't be used; the reason is shown to people. */
  envelope(rawBody: Buffer, headers: Headers): WebhookEnvelope;
  /** Throws `UnusableWebhook` likewise. */
  parse(topic: string, rawBody: Buffer): StorefrontEvent;
}

/** Signed, yet unusable: kept as refused with this reason (no personal data in it), answered 200. */
export class UnusableWebhook extends Error {
  override readonly name = 'UnusableWebhook';
}

export interface FulfillmentNotice {
  orderExternalId: string;
  /** Our id of the fulfillment: repeats are recognized by it or by the tracking number. */
  key: string;
  lines: { externalId: string; quantity: number }[];
  tracking: { number: string; carrier: string; url: string | null };
  /** True when nothing of the order remains after this one (WooCommerce then completes the order). */
  completesOrder: boolean;
  notifyCustomer: boolean;
}

/** One SKU in the shop's own inventory. `ref` is opaque to everyone but the connector. */
export interface StockItem {
  ref: string;
  quantity: number;
}

export interface ChangedOrders {
  orders: Extract<StorefrontEvent, { kind: 'order' }>[];
  /** Orders that can't be read, and why (no personal data): one such must not stop all the others. */
  refused: { orderExternalId: string; reason: string }[];
  /** Why one or more did not come this time, though the others did: they are to be read again. */
  failed?: PartyFailure;
  next?: string;
}

/**
 * The store's API. Every method throws `PartyFailure`; every write is idempotent under its key: it may be
 * repeated, run beside itself, or have acted before its answer was lost.
 */
export interface StorefrontClient {
  fetchOrder(externalId: string): Promise<Extract<StorefrontEvent, { kind: 'order' }> | null>;
  /** Orders changed at or after `since` (RFC 3339 UTC), oldest first; `cursor` continues a page. */
  ordersChangedSince(since: string, cursor?: string): Promise<ChangedOrders>;
  /** Payments and refunds freshly read. */
  readMoney(orderExternalId: string): Promise<{ payments: PaymentFact[]; refunds: RefundFact[] }>;
  createFulfillment(notice: FulfillmentNotice): Promise<{ externalId: string }>;
  /**
   * What `createFulfillment` made under this key or tracking number and is still live: how one whose answer was
   * lost is found. null where there is none.
   */
  findFulfillment(
    orderExternalId: string,
    known: { key: string; trackingNumber: string },
  ): Promise<{ externalId: string } | null>;
  /** Takes back what `createFulfillment` said, before hand-over. Already gone counts as done. */
  cancelFulfillment(orderExternalId: string, fulfillmentExternalId: string, key: string): Promise<void>;
  /** Marks the order cancelled in the shop; neither refunds nor restocks. Already cancelled counts as done. */
  cancelOrder(orderExternalId: string, reason: string, key: string): Promise<void>;
  /** Shows another shipping address in the shop. */
  changeAddress(orderExternalId: string, address: Address): Promise<void>;
  /** Says in the shop that these units are not shipped any more; gives no money back and restocks nothing. */
  dropLines(order: {
    orderExternalId: string;
    lines: { externalId: string; quantity: number }[];
    reason: string;
    key: string;
  }): Promise<void>;
  /** Gives money back through the shop. A refund under the same key is returned, not made again. */
  refund(order: {
    orderExternalId: string;
    /** The payment it gives back, as the store knows it. */
    paymentExternalId: string;
    amount: number;
    currency: string;
    reason: string;
    key: string;
  }): Promise<RefundFact>;
  /** null where the shop does not sell the SKU or does not track its stock. */
  findStockItem(sku: string): Promise<StockItem | null>;
  /**
   * Writes the number. `lastKnown` is what we last read or wrote: where the platform can compare
   * (Shopify's changeFromQuantity) a different number in the shop answers `conflict` and changes nothing.
   */
  setStock(
    ref: string,
    quantity: number,
    lastKnown: number,
    key: string,
  ): Promise<{ result: 'set' } | { result: 'conflict' }>;
}

/** A storefront platform: one folder and one line in the registry. */
export interface Storefront {
  platform: string;
  credentials: z.ZodType;
  /** null where the platform sends none (orders come by API). */
  webhooks: StorefrontWebhooks | null;
  /** null where there is no shop to call (platform `api`): steps towards the store have nothing to do. */
  connect: ((store: StoreConnection) => StorefrontClient) | null;
  /** Set where webhooks leave out what the review needs (the fraud verdict): the order is then fetched once. */
  fetchBeforeReview?: true;
}
