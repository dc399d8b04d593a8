import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { bury } from '../../../activities/lifecycle.ts';
import { reserve } from '../../../activities/reserve.ts';
import { release } from '../../../activities/stock.ts';
import { inTransaction } from '../../../db/transaction.ts';
import { lockSkus } from '../../../db/locks.ts';
import { expectSoundStock } from '../db/invariants.ts';
import { createWorld, line, type World } from '../db/world.ts';

let world: World;
let storeId: string;

beforeAll(async () => {
  world = await createWorld({ poolSize: 20 });
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.clear();
  storeId = await world.store();
  await world.warehouse('B');
  for (const sku of ['A', 'C', 'D', 'MUG']) await world.product(sku);
});
afterEach(() => expectSoundStock(world));

/** Each SKU and how many of it, then how the order differs from the usual one. */
async function waiting(
  externalId: string,
  demand: Record<string, number>,
  change: { placedAt?: string; priority?: number; country?: string } = {},
): Promise<string> {
  const orderId = await world.order(storeId, {
    externalId,
    lines: Object.entries(demand).map(([sku, quantity]) => line(sku, sku, quantity)),
    placedAt: change.placedAt ?? `2026-11-20T09:00:0${externalId}Z`,
    shippingAddress: { name: 'Mina', line1: 'Weg 1', city: 'Ort', country: change.country ?? 'DE' },
    ...(change.priority !== undefined && { priority: change.priority }),
  });
  await reserve(world.deps, { orderId, generation: 1 });
  return orderId;
}

/** External ids of the orders that hold a reservation, and of those in the queue. */
async function standing(): Promise<{ held: string[]; queued: string[] }> {
  const held = await world.query<{ id: string }>(
    `select o.external_id as id from reservation r join orders o on o.id = r.order_id where r.state = 'open' order by 1`,
  );
  const queued = await world.query<{ id: string }>(
    `select distinct o.external_id as id from stock_wait w join orders o on o.id = w.order_id order by 1`,
  );
  return { held: held.map(({ id }) => id), queued: queued.map(({ id }) => id) };
}

async function cancel(orderId: string): Promise<void> {
  await bury(world.deps, { orderId, generation: 1, ending: 'cancel' });
  await release(world.deps, { orderId, generation: 1, keep: [], next: 'cancel' });
}

describe('a receipt', () => {
  it('serves by priority, then by age, and never more than fit', async () => {
    await waiting('1', { MUG: 2 });
    await waiting('2', { MUG: 2 });
    await waiting('3', { MUG: 2 }, { priority: 1 });
    await waiting('4', { MUG: 1 });
    await world.receive('B', ['MUG', 4]);
    expect(await standing()).toEqual({ held: ['1', '3'], queued: ['2', '4'] });
    await world.receive('B', ['MUG', 3]);
    expect(await standing()).toEqual({ held: ['1', '2', '3', '4'], queued: [] });
  });

  it('goes by when the orders were placed, not by when they came to wait', async () => {
    await waiting('1', { MUG: 1 }, { placedAt: '2026-11-22T00:00:00Z' });
    await waiting('2', { MUG: 1 }, { placedAt: '2026-11-21T00:00:00+02:00' });
    await world.receive('B', ['MUG', 1]);
    expect(await standing()).toEqual({ held: ['2'], queued: ['1'] });
  });

  it('tells each served workflow in the same transaction, and nobody else', async () => {
    await waiting('1', { MUG: 1 });
    await waiting('2', { MUG: 5 });
    await world.receive('B', ['MUG', 1]);
    expect(await world.query('select workflow_id, signal, payload from outbox')).toEqual([
      { workflow_id: `order:${storeId}:1`, signal: 'stock', payload: { generation: 1 } },
    ]);
  });

  it('lets the order go on when it asks again', async () => {
    const orderId = await waiting('1', { MUG: 1 });
    await world.receive('B', ['MUG', 1]);
    expect(await reserve(world.deps, { orderId, generation: 1 })).toEqual({ reserved: true });
    expect(await world.query('select stage from orders')).toEqual([{ stage: 'reserved' }]);
    expect(await world.levels()).toEqual({ 'B/MUG': [1, 1] });
  });

  it('is kept for an order that wants much: later ones of the SKU wait behind it', async () => {
    await waiting('1', { MUG: 10 });
    await waiting('2', { MUG: 1 });
    await world.receive('B', ['MUG', 9]);
    expect(await standing()).toEqual({ held: [], queued: ['1', '2'] });
    await world.receive('B', ['MUG', 1]);
    expect(await standing()).toEqual({ held: ['1'], queued: ['2'] });
  });

  it('completes an order that waits for several SKUs, and only then', async () => {
    await waiting('1', { A: 1, C: 2 });
    await world.receive('B', ['A', 5]);
    expect(await standing()).toEqual({ held: [], queued: ['1'] });
    await world.receive('B', ['C', 1]);
    expect(await standing()).toEqual({ held: [], queued: ['1'] });
    await world.receive('B', ['C', 1]);
    expect(await standing()).toEqual({ held: ['1'], queued: [] });
    expect(await world.levels()).toEqual({ 'B/A': [5, 1], 'B/C': [2, 2] });
  });

  it('of a warehouse that does not serve an order passes it by', async () => {
    await world.warehouse('P', { countries: ['FR'] });
    await waiting('1', { MUG: 1 }, { country: 'DE' });
    await waiting('2', { MUG: 1 }, { country: 'FR' });
    await world.receive('P', ['MUG', 1]);
    expect(await standing()).toEqual({ held: ['2'], queued: ['1'] });
  });

  it('leaves a served order alone that was buried meanwhile: its release gives the stock on', async () => {
    const orderId = await waiting('1', { MUG: 1 });
    await waiting('2', { MUG: 1 });
    await bury(world.deps, { orderId, generation: 1, ending: 'cancel' });
    await world.receive('B', ['MUG', 1]);
    await release(world.deps, { orderId, generation: 1, keep: [], next: 'cancel' });
    expect(await standing()).toEqual({ held: ['2'], queued: [] });
  });
});

describe('a newcomer', () => {
  it('never overtakes, but takes what nobody before it wants', async () => {
    await world.receive('B', ['MUG', 4]);
    await waiting('1', { MUG: 5 });
    await waiting('2', { MUG: 1 });
    expect(await standing()).toEqual({ held: [], queued: ['1', '2'] });
    await world.receive('B', ['MUG', 3]);
    await waiting('3', { MUG: 1 });
    await waiting('4', { MUG: 1 });
    expect(await standing()).toEqual({ held: ['1', '2', '3'], queued: ['4'] });
  });

  it('of more urgency goes before those who wait', async () => {
    await world.receive('B', ['MUG', 4]);
    await waiting('1', { MUG: 5 });
    await waiting('2', { MUG: 3 }, { priority: 1 });
    expect(await standing()).toEqual({ held: ['2'], queued: ['1'] });
  });

  it('does not take one SKU of an order that waits for another', async () => {
    await world.receive('B', ['A', 1]);
    await waiting('1', { A: 1, C: 1 });
    await waiting('2', { A: 1 });
    expect(await standing()).toEqual({ held: [], queued: ['1', '2'] });
  });
});

describe('a release', () => {
  it('serves the queue with what becomes free', async () => {
    await world.receive('B', ['MUG', 3]);
    const first = await waiting('1', { MUG: 3 });
    await waiting('2', { MUG: 2 });
    await waiting('3', { MUG: 1 });
    await cancel(first);
    expect(await standing()).toEqual({ held: ['2', '3'], queued: [] });
  });

  it('of a place in the queue lets those behind it go on', async () => {
    await world.receive('B', ['MUG', 3]);
    const first = await waiting('1', { MUG: 5 });
    await waiting('2', { MUG: 2 });
    await cancel(first);
    expect(await standing()).toEqual({ held: ['2'], queued: [] });
  });

  it('changes nothing the second time, nor where nothing was reserved', async () => {
    await world.receive('B', ['MUG', 3]);
    const first = await waiting('1', { MUG: 1 });
    await cancel(first);
    const never = await world.order(storeId, { externalId: '2' });
    const before = await world.contents('claim', 'reservation', 'stock_level', 'stock_wait', 'outbox');
    await release(world.deps, { orderId: first, generation: 1, keep: [], next: 'cancel' });
    await release(world.deps, { orderId: never, generation: 1, keep: [], next: 'cancel' });
    expect(await world.contents('claim', 'reservation', 'stock_level', 'stock_wait', 'outbox')).toEqual(
      before,
    );
  });

  it('for a redo opens the next generation, once', async () => {
    await world.receive('B', ['MUG', 3]);
    const orderId = await waiting('1', { MUG: 2 });
    await bury(world.deps, { orderId, generation: 1, ending: 'cancel' });
    for (let time = 0; time < 2; time++)
      await release(world.deps, { orderId, generation: 1, keep: [], next: 'redo' });
    expect(await world.query('select stage, generation from orders')).toEqual([
      { stage: 'received', generation: 2 },
    ]);
    expect(await reserve(world.deps, { orderId, generation: 2 })).toEqual({ reserved: true });
    expect(await world.levels()).toEqual({ 'B/MUG': [3, 2] });
  });
});

describe('locks', () => {
  it('reach every SKU that orders in the queue link, however long the chain', async () => {
    await waiting('1', { A: 1, C: 1 });
    await waiting('2', { C: 1, D: 1 });
    const orderId = await world.order(storeId, { externalId: '3', lines: [line('1', 'A', 1)] });
    let reserving: Promise<unknown> = Promise.resolve();
    await inTransaction(world.orm, async (em) => {
      await lockSkus(em, ['D']);
      reserving = reserve(world.deps, { orderId, generation: 1 });
      await world.lockAwaited();
    });
    await reserving;
    expect(await standing()).toEqual({ held: [], queued: ['1', '2', '3'] });
  });

  it('are taken in one order: who waits for the first holds none of the later', async () => {
    await waiting('1', { A: 1, C: 1 });
    const orderId = await world.order(storeId, { externalId: '2', lines: [line('1', 'C', 1)] });
    let reserving: Promise<unknown> = Promise.resolve();
    await inTransaction(world.orm, async (em) => {
      await lockSkus(em, ['A']);
      reserving = reserve(world.deps, { orderId, generation: 1 });
      await world.lockAwaited();
      await em.execute(`select 1 from product where sku = 'C' for no key update nowait`);
    });
    await reserving;
    expect(await standing()).toEqual({ held: [], queued: ['1', '2'] });
  });
});

describe('races', () => {
  it('an order that is queued while its stock arrives is served, once', async () => {
    for (let round = 0; round < 15; round++) {
      const orders = [];
      for (let number = 0; number < 4; number++)
        orders.push(
          await world.order(storeId, {
            externalId: `${round}/${number}`,
            lines: [line('1', 'MUG', 1), line('2', 'A', 1)],
          }),
        );
      await Promise.all([
        world.receive('B', ['MUG', 4]),
        ...orders.map((orderId) => reserve(world.deps, { orderId, generation: 1 })),
        world.receive('B', ['A', 2]),
        world.receive('B', ['A', 2]),
      ]);
      const { held, queued } = await standing();
      expect([held.length, queued]).toEqual([(round + 1) * 4, []]);
    }
    expect(await world.levels()).toEqual({ 'B/A': [60, 60], 'B/MUG': [60, 60] });
  });

  it('a release beside receipts and newcomers loses nobody', async () => {
    await world.receive('B', ['MUG', 10]);
    const holders = [];
    for (let number = 0; number < 10; number++) holders.push(await waiting(`${number}`, { MUG: 1 }));
    const newcomers = [];
    for (let number = 10; number < 30; number++)
      newcomers.push(await world.order(storeId, { externalId: `${number}`, lines: [line('1', 'MUG', 1)] }));
    await Promise.all([
      ...newcomers.map((orderId) => reserve(world.deps, { orderId, generation: 1 })),
      ...holders.map(cancel),
      world.receive('B', ['MUG', 5]),
      world.receive('B', ['MUG', 5]),
    ]);
    const { held, queued } = await standing();
    expect([held.length, queued]).toEqual([20, []]);
    expect(await world.levels()).toEqual({ 'B/MUG': [20, 20] });
  });
});
