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
import { startSystem, type System } from '../support/system.ts';
import { until } from '../support/until.ts';

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

  const patiently = <T>(what: string, check: () => Promise<T>, seconds = 120) =>
    until(what, check, { seconds });

  const count = async (where: string): Promise<number> => {
    const [row] = await system.sql<{ n: number }>(`select count(*)::int as n from orders where ${where}`);
    return row!.n;
  };
  const labelled = () => count(`stage in ('labelled', 'shipped', 'delivered', 'closed')`);

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
    await sell();
    expected += total;
    const moment = Math.floor(random() * 12);
    await patiently(`${moment} orders labelled`, async () => (await labelled()) - before >= moment);
    const unfinished = total - ((await labelled()) - before);
    const victim = system.victims[name];
    await victim.kill();
    expect(unfinished).toBeGreaterThanOrEqual(30);
    await sleep(random() * 500);
    await victim.restart();
    // A site gives up on a webhook that failed five times; the backfill brings what it did not send.
    await site.subscribe();
    await patiently(`all ${expected} orders labelled and told`, async () => {
      const told = await system.sql<{ n: number }>(
        `select count(*)::int as n from fulfillment where stage = 'labelled' and store_external_id is not null`,
      );
      return told[0]!.n === expected;
    });
    await patiently('all mail read', async () => {
      const left = await system.sql(`select 1 from inbox where state in ('received', 'delivered')`);
      return left.length === 0;
    });
    await nothingTwiceNothingLost();
  });

  async function nothingTwiceNothingLost(): Promise<void> {
    expect(await system.sql(`select sentence from attention`)).toEqual([]);
    expect(await count(`conditions <> '{}' or stage <> 'labelled'`)).toBe(0);
    expect(await count('true')).toBe(expected);

    const paid = (await ups.labels()).filter(({ voided }) => !voided).map((one) => one.trackingNumber);
    const ours = await system.sql<{ number: string }>(
      'select tracking_number as number from label where voided_at is null',
    );
    expect(paid.toSorted()).toEqual(ours.map(({ number }) => number).toSorted());
    expect(paid).toHaveLength(expected);

    const [level] = await system.sql(`select on_hand, claimed, unavailable from stock_level`);
    expect(level).toEqual({ on_hand: stock, claimed: expected, unavailable: 0 });
    const [sums] = await system.sql(
      `select (select sum(quantity)::int from stock_movement) as moved,
              (select sum(quantity)::int from claim where state = 'open') as open`,
    );
    expect(sums).toEqual({ moved: stock, open: expected });

    const fulfillments = (await shop.orders()).map((order) =>
      order.fulfillments
        .filter(({ status }) => status === 'SUCCESS')
        .map(({ tracking }) => tracking.numbers[0]),
    );
    expect(fulfillments.filter((numbers) => numbers.length !== 1)).toEqual([]);
    expect(paid).toEqual(expect.arrayContaining(fulfillments.flat()));

    const taken = await system.sandbox.deliveries({ party: 'shopify', status: '200' });
    const kept = await system.sql<{ key: string }>(`select key from inbox where state = 'applied'`);
    const keys = new Set(kept.map(({ key }) => key));
    expect(taken.filter(({ deliveryId }) => !keys.has(deliveryId))).toEqual([]);
  }

  it('and all of them arrive and are closed', async () => {
    for (const { trackingNumber } of await ups.labels()) await ups.advance(trackingNumber, 'delivered');
    await patiently('all orders closed', async () => (await count(`stage = 'closed'`)) === expected);
    const [level] = await system.sql(`select on_hand, claimed from stock_level`);
    expect(level).toEqual({ on_hand: stock - expected, claimed: 0 });
    const [moved] = await system.sql(
      `select count(*)::int as shipments, sum(quantity)::int as units from stock_movement where reason = 'shipment'`,
    );
    expect(moved).toEqual({ shipments: expected, units: -expected });
  });
});
