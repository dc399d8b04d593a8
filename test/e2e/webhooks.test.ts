import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { OrderSnapshot } from '../../domain/order.ts';
import {
  connectShop,
  connectSite,
  person,
  product,
  receive,
  shopifyAddress,
  warehouse,
  wooAddress,
} from '../support/commerce.ts';
import { show } from '../support/orders.ts';
import { startSystem, type System } from '../support/system.ts';

jest.setTimeout(200_000);

const shopOrders = 110;
const siteOrders = 95;
const oldOrders = 5;
/** So that three of ten deliveries are a repeat of another. */
const duplicates = 3 / 7;
const longAgo = '2024-05-01T10:00:00Z';

/** What the newest content says, in one shape for the shop's side and for ours. */
interface Content {
  name: string;
  street: string;
  quantity: number;
  total: number;
  paid: boolean;
}

/** Webhooks as badly as they travel: twice, shuffled, updates before creates. No backfill helps out. */
describe('webhooks', () => {
  let system: System;
  let shop: Awaited<ReturnType<typeof connectShop>>;
  let site: Awaited<ReturnType<typeof connectSite>>;
  beforeAll(async () => {
    system = await startSystem({ BACKFILL_INTERVAL_SECONDS: '86400', STOCK_PUSH_INTERVAL_SECONDS: '3600' });
    shop = await connectShop(system, 'omega');
    site = await connectSite(system, 'psi');
    await warehouse(system, 'BER', ['DE']);
    await product(system, 'BOOK');
    await product(system, 'ALBUM');
    await receive(system, 'BER', { ALBUM: 10 * oldOrders });
    for (const sku of ['BOOK', 'ALBUM']) {
      await shop.createProduct({ sku, title: sku, price: '10.00', stock: 9999, grams: 300 });
      await site.createProduct({ sku, price: '10.00', stock: 9999 });
    }
    await system.until('the first backfill', async () => {
      const done = await system.sql('select 1 from store where backfill_succeeded_at is not null');
      return done.length === 2;
    });
  });
  afterAll(() => system?.stop());

  async function sellInShop(n: number): Promise<void> {
    const { id, lines } = await shop.createOrder({
      lines: [{ sku: 'BOOK', quantity: 3 }],
      shippingAddress: shopifyAddress(person(n)),
      email: person(n).email,
      financialStatus: 'pending',
    });
    await shop.edit(id, { shippingAddress: shopifyAddress(person(n + 300)) });
    if (n % 5 === 0) await shop.edit(id, { quantities: { [lines[0]!.id]: 2 } });
    if (n % 2 === 0) await shop.pay(id);
    await shop.edit(id, { shippingAddress: shopifyAddress(person(n + 600)) });
  }

  async function sellAtSite(n: number): Promise<void> {
    const { id } = await site.createOrder({
      lines: [{ sku: 'BOOK', quantity: 1 + (n % 3) }],
      shippingAddress: wooAddress(person(n)),
      email: person(n).email,
      status: 'pending',
    });
    await site.edit(id, { shippingAddress: wooAddress(person(n + 300)) });
    await site.edit(id, {
      shippingAddress: wooAddress(person(n + 600)),
      ...(n % 2 === 0 && { status: 'processing' }),
    });
  }

  async function sellLongAgo(n: number): Promise<void> {
    const sale = { lines: [{ sku: 'ALBUM', quantity: 1 }], email: person(n).email, createdAt: longAgo };
    await shop.touch((await shop.createOrder({ ...sale, shippingAddress: shopifyAddress(person(n)) })).id);
    await site.touch((await site.createOrder({ ...sale, shippingAddress: wooAddress(person(n)) })).id);
  }

  it('leads to exactly the distinct orders, each with its newest content', async () => {
    await system.sandbox.clearDeliveries();
    await system.sandbox.deliveryRules({ paused: true, seed: 20260401, duplicates, concurrency: 16 });
    for (let n = 0; n < shopOrders; n++) await sellInShop(n);
    for (let n = 0; n < siteOrders; n++) await sellAtSite(n);
    for (let n = 0; n < oldOrders; n++) await sellLongAgo(n);
    await system.sandbox.releaseDeliveries(7);
    await system.sandbox.deliveriesIdle();

    await expectBadTravel();
    await allRead(120);
    expect(await captured('shopify')).toEqual(byId([...(await inShop()), ...oldOnes(await shop.orders())]));
    expect(await captured('woocommerce')).toEqual(
      byId([...(await atSite()), ...oldOnes(await site.orders())]),
    );
  });

  it('ships nothing for an update of an order from before fulfillFrom', async () => {
    const old = (await shop.orders()).filter(({ createdAt }) => createdAt === longAgo);
    const oldAtSite = (await site.orders()).filter(({ createdAt }) => createdAt === longAgo);
    for (const { id } of old) await shop.edit(id, { note: 'tagged again' });
    for (const { id } of oldAtSite) await site.edit(id, { customerNote: 'tagged again' });
    await system.sandbox.deliveriesIdle();
    await allRead();
    const refs = [
      ...old.map(({ id }) => ({ storeId: shop.storeId, externalId: id })),
      ...oldAtSite.map(({ id }) => ({ storeId: site.storeId, externalId: id })),
    ];
    expect(refs).toHaveLength(2 * oldOrders);
    for (const ref of refs) {
      const { stage, disposition, recordReason, fulfillments, attention } = await show(system, ref);
      expect({ stage, disposition, recordReason, fulfillments, attention }).toEqual({
        stage: 'closed',
        disposition: 'record',
        recordReason: expect.stringContaining('placed-before-start'),
        fulfillments: [],
        attention: [],
      });
    }
    expect(await system.sql(`select on_hand, claimed from stock_level where sku = 'ALBUM'`)).toEqual([
      { on_hand: 10 * oldOrders, claimed: 0 },
    ]);
  });

  /** 1,000 and more, three of ten a repeat; all taken; updates before creates; orders that share a delivery id. */
  async function expectBadTravel(): Promise<void> {
    const sent = (await system.sandbox.deliveries()).filter(({ topic }) => topic !== 'ping');
    expect(sent.length).toBeGreaterThanOrEqual(1000);
    const repeats = sent.filter(({ duplicate }) => duplicate).length / sent.length;
    expect(Math.round(repeats * 20) / 20).toBe(0.3);
    expect(sent.filter(({ status }) => status !== 200)).toEqual([]);
    const first = (topic: RegExp) => {
      const firsts = new Map<string, number>();
      for (const [index, one] of sent.entries())
        if (topic.test(one.topic) && !firsts.has(one.resource)) firsts.set(one.resource, index);
      return firsts;
    };
    const creates = first(/created?$/);
    const early = [...first(/updated$/)].filter(([resource, index]) => index < creates.get(resource)!);
    expect(early.length).toBeGreaterThan(50);
    const byDeliveryId = Map.groupBy(
      sent.filter(({ party }) => party === 'woocommerce'),
      ({ deliveryId }) => deliveryId,
    );
    const shared = [...byDeliveryId.values()].filter(
      (group) => new Set(group.map(({ resource }) => resource)).size > 1,
    );
    expect(shared.length).toBeGreaterThan(0);
  }

  const allRead = (seconds?: number) =>
    system.until(
      'all mail is read',
      async () => {
        const unread = await system.sql(
          `select topic, state, reason, count(*)::int from inbox where state <> 'applied' group by 1, 2, 3`,
        );
        expect(unread).toEqual([]);
        return true;
      },
      seconds,
    );

  const byId = (contents: [string, Content | 'old'][]) => Object.fromEntries(contents);

  /** Our newest content of each order of the platform, by the shop's id. */
  async function captured(platform: string) {
    const rows = await system.sql<{ id: string; snapshot: OrderSnapshot; disposition: string }>(
      `select o.external_id as id, v.snapshot, o.disposition from orders o join store s on s.id = o.store_id
       join order_version v on v.order_id = o.id and v.version = o.version where s.platform = $1`,
      [platform],
    );
    return byId(
      rows.map(({ id, snapshot, disposition }) => [
        id,
        disposition === 'record' ? 'old' : contentOf(snapshot),
      ]),
    );
  }

  const contentOf = ({ shippingAddress, lines, totals, payment }: OrderSnapshot): Content => ({
    name: shippingAddress!.name,
    street: shippingAddress!.line1,
    quantity: lines.reduce((sum, { quantity }) => sum + quantity, 0),
    total: totals.total,
    paid: payment.state === 'paid',
  });

  const oldOnes = (all: { id: number; createdAt: string }[]): [string, 'old'][] =>
    all.filter(({ createdAt }) => createdAt === longAgo).map(({ id }) => [String(id), 'old']);

  async function inShop(): Promise<[string, Content][]> {
    const all = (await shop.orders()).filter(({ createdAt }) => createdAt !== longAgo);
    return all.map(({ id, shippingAddress: to, lines, financialStatus }) => [
      String(id),
      {
        name: `${to!.firstName} ${to!.lastName}`,
        street: to!.address1,
        quantity: lines.reduce((sum, { currentQuantity }) => sum + currentQuantity, 0),
        total: lines.reduce((sum, { currentQuantity, price }) => sum + currentQuantity * price, 0),
        paid: financialStatus === 'PAID',
      },
    ]);
  }

  async function atSite(): Promise<[string, Content][]> {
    const all = (await site.orders()).filter(({ createdAt }) => createdAt !== longAgo);
    return all.map(({ id, shipping: to, lines, status, total }) => [
      String(id),
      {
        name: `${to.first_name} ${to.last_name}`,
        street: to.address_1,
        quantity: lines.reduce((sum, { quantity }) => sum + quantity, 0),
        total,
        paid: status === 'processing',
      },
    ]);
  }
});
