import { z } from 'zod';
import { PartyFailure } from '../../../connectors/failure.ts';
import {
  type ChangedOrders,
  type FulfillmentNotice,
  type Storefront,
  type StorefrontClient,
  type StorefrontEvent,
  UnusableWebhook,
} from '../../../connectors/storefronts/storefront.ts';
import type { Address, PaymentFact, RefundFact } from '../../../domain/order.ts';

type OrderEvent = Extract<StorefrontEvent, { kind: 'order' }>;
type Method = keyof StorefrontClient;

/** A shop in memory that keeps the promises of `StorefrontClient`. Its webhooks' bodies are the events themselves. */
export interface FakeShop {
  storefront: Storefront;
  orders: Map<string, OrderEvent>;
  /** Answers to `ordersChangedSince`, page by page; `asked` is what it was asked for. */
  pages: ChangedOrders[];
  asked: { since: string; cursor: string | undefined }[];
  payments: PaymentFact[];
  refunds: RefundFact[];
  fulfillments: Map<string, FulfillmentNotice & { externalId: string }>;
  cancelled: { externalId: string; reason: string }[];
  addresses: Map<string, Address>;
  dropped: Map<string, { externalId: string; quantity: number }[]>;
  stock: Map<string, number>;
  written: { sku: string; quantity: number; lastKnown: number }[];
  calls: Method[];
  /** The next calls of this method fail; `after` its effect: then only the answer is lost. */
  fail(method: Method, failure: Error, when?: 'before' | 'after'): void;
  /** Runs inside the next call of this method, after its effect. */
  meanwhile(method: Method, work: () => Promise<unknown>): void;
}

export const unavailable = (effect: 'none' | 'unknown' = 'none') =>
  new PartyFailure('the shop is away', { party: 'shop', kind: 'retry', effect, code: 'http-503' });

export function createFakeShop(): FakeShop {
  const failures: { method: Method; failure: Error; when: 'before' | 'after' }[] = [];
  const works: { method: Method; work: () => Promise<unknown> }[] = [];
  const take = <T extends { method: Method }>(list: T[], method: Method, also = (_: T) => true) => {
    const index = list.findIndex((one) => one.method === method && also(one));
    return index < 0 ? undefined : list.splice(index, 1)[0];
  };
  async function call<T>(method: Method, effect: () => T): Promise<T> {
    shop.calls.push(method);
    const before = take(failures, method, ({ when }) => when === 'before');
    if (before) throw before.failure;
    await new Promise(setImmediate);
    const answer = effect();
    await take(works, method)?.work();
    const after = take(failures, method, ({ when }) => when === 'after');
    if (after) throw after.failure;
    return answer;
  }
  const shop: FakeShop = {
    storefront: { platform: 'shop', credentials: z.object({}), webhooks, connect: () => client },
    orders: new Map(),
    pages: [],
    asked: [],
    payments: [],
    refunds: [],
    fulfillments: new Map(),
    cancelled: [],
    addresses: new Map(),
    dropped: new Map(),
    stock: new Map(),
    written: [],
    calls: [],
    fail: (method, failure, when = 'before') => void failures.push({ method, failure, when }),
    meanwhile: (method, work) => void works.push({ method, work }),
  };
  const client: StorefrontClient = {
    fetchOrder: (externalId) => call('fetchOrder', () => shop.orders.get(externalId) ?? null),
    ordersChangedSince: (since, cursor) =>
      call('ordersChangedSince', () => {
        shop.asked.push({ since, cursor });
        return shop.pages.shift() ?? { orders: [], refused: [] };
      }),
    readMoney: () => call('readMoney', () => ({ payments: [...shop.payments], refunds: [...shop.refunds] })),
    createFulfillment: (notice) =>
      call('createFulfillment', () => {
        const made = shop.fulfillments.get(notice.key) ?? {
          ...notice,
          externalId: `f${shop.fulfillments.size + 1}`,
        };
        shop.fulfillments.set(notice.key, made);
        return { externalId: made.externalId };
      }),
    findFulfillment: (_, { key }) =>
      call('findFulfillment', () => {
        const made = shop.fulfillments.get(key);
        return made ? { externalId: made.externalId } : null;
      }),
    cancelFulfillment: (_, externalId) =>
      call('cancelFulfillment', () => {
        for (const [key, made] of shop.fulfillments)
          if (made.externalId === externalId) shop.fulfillments.delete(key);
      }),
    cancelOrder: (externalId, reason) =>
      call('cancelOrder', () => {
        if (!shop.cancelled.some((one) => one.externalId === externalId))
          shop.cancelled.push({ externalId, reason });
      }),
    changeAddress: (externalId, address) =>
      call('changeAddress', () => void shop.addresses.set(externalId, address)),
    dropLines: ({ lines, key }) => call('dropLines', () => void shop.dropped.set(key, lines)),
    refund: ({ amount, currency, key }) =>
      call('refund', () => {
        const made = shop.refunds.find((refund) => refund.key === key);
        if (made) return made;
        const externalId = `r${shop.refunds.length + 1}`;
        const at = '2026-11-24T12:00:00Z';
        const refund = { externalId, amount, currency, provider: 'stripe', at, key };
        shop.refunds.push(refund);
        return refund;
      }),
    findStockItem: (sku) =>
      call('findStockItem', () => {
        const quantity = shop.stock.get(sku);
        return quantity === undefined ? null : { ref: `item/${sku}`, quantity };
      }),
    setStock: (ref, quantity, lastKnown) =>
      call('setStock', () => {
        const sku = ref.slice('item/'.length);
        if (shop.stock.get(sku) !== lastKnown) return { result: 'conflict' as const };
        shop.stock.set(sku, quantity);
        shop.written.push({ sku, quantity, lastKnown });
        return { result: 'set' as const };
      }),
  };
  return shop;
}

const webhooks: Storefront['webhooks'] = {
  verify: async () => ({ verdict: 'signed' }),
  envelope: () => ({ key: '', topic: '', orderExternalId: null }),
  parse(topic, rawBody) {
    if (topic === 'unusable') throw new UnusableWebhook('It has no lines');
    return JSON.parse(rawBody.toString()) as StorefrontEvent;
  },
};
