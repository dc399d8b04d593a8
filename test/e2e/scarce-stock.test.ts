import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { apiAddress, connectManual, person, product, receive, warehouse } from '../support/commerce.ts';
import { expectStockAddsUp } from '../support/invariants.ts';
import { startSystem, type System } from '../support/system.ts';

jest.setTimeout(200_000);

const orders = 300;
const serving = 60;
const foreign = 40;
const received = 50;

/** 300 orders at once for 100 units, of which 40 lie in a warehouse that does not serve their destination. */
describe('scarce stock', () => {
  let system: System;
  let storeId: string;
  beforeAll(async () => {
    system = await startSystem();
    await connectManual(system);
    await warehouse(system, 'BER', ['DE']);
    await warehouse(system, 'NYC', ['US']);
    await product(system, 'LAMP');
    await receive(system, 'BER', { LAMP: serving });
    await receive(system, 'NYC', { LAMP: foreign });
    const store = { name: 'Counter', platform: 'api', currency: 'EUR', fulfillFrom: '2026-01-01T00:00:00Z' };
    ({ id: storeId } = await system.api.post<{ id: string }>('/v1/stores', store));
  });
  afterAll(() => system?.stop());

  const begun = Date.parse('2026-03-01T08:00:00Z');
  /** The n-th was placed n seconds after the first. */
  const place = (n: number) =>
    system.api.post('/v1/orders', {
      store: storeId,
      externalId: String(n),
      currency: 'EUR',
      lines: [{ sku: 'LAMP', quantity: 1, unitPrice: '30.00' }],
      shippingAddress: apiAddress(person(n)),
      payment: { state: 'paid' },
      customer: { email: person(n).email },
      placedAt: new Date(begun + n * 1000).toISOString(),
    });
  const labelled = async () =>
    (
      await system.sql<{ n: number }>(
        `select external_id::int as n from orders where stage = 'labelled' and conditions = '{}' order by 1`,
      )
    ).map(({ n }) => n);
  /** The orders that wait, in the order of the queue. */
  const waiting = async () =>
    (
      await system.sql<{ n: number }>(
        `select o.external_id::int as n from orders o join stock_wait w on w.order_id = o.id
         where o.conditions = '{awaiting_stock}' order by w.priority, w.placed_at`,
      )
    ).map(({ n }) => n);
  const settled = (units: number) =>
    system.until(
      `${units} labelled, the rest waiting`,
      async () => {
        const [some, others] = [await labelled(), await waiting()];
        const seen = { labelled: some.length, waiting: others.length };
        expect(seen).toEqual({ labelled: units, waiting: orders - units });
        return { labelled: some, waiting: others };
      },
      150,
    );
  const levels = () => system.sql('select warehouse, on_hand, claimed from stock_level order by warehouse');
  const without = (all: readonly number[], gone: readonly number[]) => all.filter((n) => !gone.includes(n));

  it('promises exactly what the serving warehouse holds, and the rest waits in order', async () => {
    const all = Array.from({ length: orders }, (_, index) => index + 1);
    const shuffled = all.map((n) => (n * 113) % (orders + 1));
    await Promise.all(shuffled.map(place));
    const { labelled: served, waiting: queue } = await settled(serving);
    expect(await levels()).toEqual([
      { warehouse: 'BER', on_hand: serving, claimed: serving },
      { warehouse: 'NYC', on_hand: foreign, claimed: 0 },
    ]);
    expect(queue).toEqual(without(all, served));
    await expectStockAddsUp(system);
  });

  it('gives a receipt to those who wait longest, and one for another country to nobody', async () => {
    const { labelled: before, waiting: queue } = await settled(serving);
    await receive(system, 'NYC', { LAMP: 7 });
    await receive(system, 'BER', { LAMP: received });
    const { labelled: after, waiting: left } = await settled(serving + received);
    expect(without(after, before)).toEqual(queue.slice(0, received));
    expect(left).toEqual(queue.slice(received));
    expect(await levels()).toEqual([
      { warehouse: 'BER', on_hand: serving + received, claimed: serving + received },
      { warehouse: 'NYC', on_hand: foreign + 7, claimed: 0 },
    ]);
    await expectStockAddsUp(system);
  });

  it('gives what a cancelled order frees to the next in the queue', async () => {
    const { labelled: before, waiting: queue } = await settled(serving + received);
    const [row] = await system.sql<{ id: string }>('select id from orders where external_id = $1', [
      String(before[0]),
    ]);
    await system.api.post(`/v1/orders/${row!.id}/cancel`, { reason: 'as agreed' });
    await system.until('the next one is served', async () => (await labelled()).includes(queue[0]!));
    expect(await waiting()).toEqual(queue.slice(1));
    await expectStockAddsUp(system);
  });
});
