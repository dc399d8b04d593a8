import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { seededRandom } from '../../sandbox/random.ts';
import {
  connectShop,
  connectSite,
  connectUps,
  person,
  product,
  receive,
  shopifyAddress,
  warehouse,
  wooAddress,
} from '../support/commerce.ts';
import { expectLabelsPaidOnce, expectNoWebhookMissing, expectStockAddsUp } from '../support/invariants.ts';
import { startSystem, type System } from '../support/system.ts';

jest.setTimeout(300_000);

const seed = Number(process.env['KILL_SEED'] ?? 20_261_124);
const shopOrders = 30;
const siteOrders = 14;
const total = shopOrders + siteOrders;
const stock = 1000;

/** Retries that outlast any restart: an order that parks because a process was killed is a failure of the test. */
const patient = { retries: { attempts: 60, firstSeconds: 1, lastSeconds: 2 } };

const victims = ['worker', 'api', 'postgres', 'temporal'] as const;

/** Whichever process dies in the middle, every order ends where it should be, and nothing is done twice. */
describe(`a SIGKILL in the middle (KILL_SEED=${seed})`, () => {
  const random = seededRandom(seed);
  let system: System;
  let shop: Awaited<ReturnType<typeof connectShop>>;
  let site: Awaited<ReturnType<typeof connectSite>>;
  let ups: Awaited<ReturnType<typeof connectUps>>;
  let expected = 0;

  beforeAll(async () => {
    system = await startSystem();
    ups = await connectUps(system);
    shop = await connectShop(system, 'sigma', {
      policy: patient,
      retryDelaysMs: [500, 1000, 2000, 4000, 8000],
    });
    site = await connectSite(system, 'tau', { policy: patient });
    await warehouse(system, 'BER', ['DE']);
    await product(system, 'CUP');
    await receive(system, 'BER', { CUP: stock });
    await shop.createProduct({ sku: 'CUP', title: 'Cup', price: '9.00', stock, grams: 300 });
    await site.createProduct({ sku: 'CUP', price: '9.00', stock });
  });
  afterAll(() => system?.stop());

  const patiently = <T>(what: string, check: () => Promise<T>) => system.until(what, check, 120);

  const count = async (where: string): Promise<number> => {
    const [row] = await system.sql<{ n: number }>(`select count(*)::int as n from orders where ${where}`);
    return row!.n;
  };
  const labelled = () => count(`stage in ('labelled', 'shipped', 'delivered', 'closed')`);

  const events = async () => (await system.sql<{ n: number }>(`select count(*)::int as n from inbox`))[0]!.n;

  async function sell(): Promise<void> {
    const someone = person(Math.floor(random() * 40));
    await shop.createOrders(shopOrders, {
      lines: [{ sku: 'CUP', quantity: 1 }],
      shippingAddress: shopifyAddress(someone),
      email: someone.email,
    });
    await site.createOrders(siteOrders, {
      lines: [{ sku: 'CUP', quantity: 1 }],
      shippingAddress: wooAddress(someone),
      email: someone.email,
    });
  }

  it.each(victims)('of %s', async (name) => {
    const before = await labelled();
    // The API is done long before the orders are: it is killed while their webhooks still come.
    const [done, most] = name === 'api' ? ([events, 40] as const) : ([labelled, 12] as const);
    const moment = (await done()) + Math.floor(random() * most);
    await sell();
    expected += total;
    await patiently(`${name} is at ${moment}`, async () => (await done()) >= moment);
    const unfinished = total - ((await labelled()) - before);
    const victim = system.victims[name];
    await victim.kill();
    expect(unfinished).toBeGreaterThanOrEqual(30);
    await sleep(random() * 500);
    await victim.restart();
    // A site gives up on a webhook that failed five times; the backfill brings what it did not send.
    await site.subscribe();
    await patiently(`all ${expected} orders labelled and told`, async () => {
      expect(await untold()).toEqual([]);
      return (await count('true')) === expected;
    });
    await patiently('all mail read', async () => {
      const left = await system.sql(`select 1 from inbox where state in ('received', 'delivered')`);
      return left.length === 0;
    });
    await nothingTwiceNothingLost();
    if (name === 'api')
      expect((await system.sandbox.deliveries()).some(({ status }) => status !== 200)).toBe(true);
  });

  /** Orders that are not yet where they belong, and what they are at. */
  const untold = () =>
    system.sql(
      `select o.external_id as id, o.workflow_id as workflow, o.stage, o.conditions, f.stage as fulfillment,
              f.store_external_id as told
       from orders o left join fulfillment f on f.order_id = o.id and f.stage <> 'cancelled'
       where f.stage is distinct from 'labelled' or f.store_external_id is null limit 5`,
    );

  async function nothingTwiceNothingLost(): Promise<void> {
    expect(await system.sql(`select sentence from attention`)).toEqual([]);
    expect(await count(`conditions <> '{}' or stage <> 'labelled'`)).toBe(0);
    expect(await count('true')).toBe(expected);
    await expectLabelsPaidOnce(system);
    await expectStockAddsUp(system);
    expect(await system.sql(`select on_hand, claimed, unavailable from stock_level`)).toEqual([
      { on_hand: stock, claimed: expected, unavailable: 0 },
    ]);
    await expectEachToldOnce();
    await expectNoWebhookMissing(system);
  }

  /** Every order in both shops shows exactly one shipment: the number on the label that was paid for it. */
  async function expectEachToldOnce(): Promise<void> {
    const labels = await system.sql<{ order: string; number: string }>(
      `select o.external_id as order, l.tracking_number as number from label l
       join label_purchase p on p.id = l.purchase_id join parcel c on c.id = p.parcel_id
       join fulfillment f on f.id = c.fulfillment_id join orders o on o.id = f.order_id
       where l.voided_at is null and f.stage <> 'cancelled'`,
    );
    const inShop = (await shop.orders()).map(({ id, fulfillments }) => {
      const live = fulfillments.filter(({ status }) => status === 'SUCCESS');
      return [String(id), live.flatMap(({ tracking }) => tracking.numbers)] as const;
    });
    const atSite = (await site.orders()).map(({ id, meta, notes, status }) => {
      const items = meta.flatMap(({ key, value }) =>
        key === '_wc_shipment_tracking_items' ? (value as { tracking_number: string }[]) : [],
      );
      expect([status, notes.filter(({ customerNote }) => customerNote).length]).toEqual(['completed', 1]);
      return [String(id), items.map((item) => item.tracking_number)] as const;
    });
    const told = Object.fromEntries([...inShop, ...atSite]);
    expect(told).toEqual(Object.fromEntries(labels.map(({ order, number }) => [order, [number]])));
  }

  it('and all of them arrive and are closed', async () => {
    for (const { trackingNumber } of await ups.labels()) await ups.advance(trackingNumber, 'delivered');
    await patiently('all orders closed', async () => (await count(`stage = 'closed'`)) === expected);
    expect(await system.sql(`select on_hand, claimed from stock_level`)).toEqual([
      { on_hand: stock - expected, claimed: 0 },
    ]);
    expect(
      await system.sql(
        `select count(*)::int as shipments, sum(quantity)::int as units from stock_movement where reason = 'shipment'`,
      ),
    ).toEqual([{ shipments: expected, units: -expected }]);
    await expectStockAddsUp(system);
    await expectLabelsPaidOnce(system);
  });
});
