import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { bury } from '../../../activities/lifecycle.ts';
import { reserve } from '../../../activities/reserve.ts';
import { release } from '../../../activities/stock.ts';
import { StepUndone } from '../../../db/steps.ts';
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
  await world.product('MUG');
  await world.product('TEA');
});
afterEach(() => expectSoundStock(world));

const reserveOf = (orderId: string) => reserve(world.deps, { orderId, generation: 1 });
const order = (externalId: string, lines: ReturnType<typeof line>[], country = 'DE') =>
  world.order(storeId, {
    externalId,
    lines,
    shippingAddress: { name: 'Mina', line1: 'Weg 1', city: 'Ort', country },
  });
const stageOf = async (orderId: string) =>
  (await world.query<{ stage: string }>('select stage from orders where id = ?', [orderId]))[0]!.stage;

describe('reserving', () => {
  it('claims the sum of the lines of each SKU, and moves the order on', async () => {
    await world.receive('B', ['MUG', 6], ['TEA', 1]);
    const orderId = await order('1', [line('1', 'MUG', 2), line('2', 'TEA', 1), line('3', 'MUG', 3)]);
    expect(await reserveOf(orderId)).toEqual({ reserved: true });
    expect(await world.levels()).toEqual({ 'B/MUG': [6, 5], 'B/TEA': [1, 1] });
    expect(await stageOf(orderId)).toBe('reserved');
  });

  it('takes all or nothing, also where lines would fit one by one', async () => {
    await world.receive('B', ['MUG', 4], ['TEA', 9]);
    const orderId = await order('1', [line('1', 'MUG', 2), line('2', 'TEA', 1), line('3', 'MUG', 3)]);
    expect(await reserveOf(orderId)).toEqual({ reserved: false, short: [{ sku: 'MUG', missing: 1 }] });
    expect(await world.levels()).toEqual({ 'B/MUG': [4, 0], 'B/TEA': [9, 0] });
    expect(await stageOf(orderId)).toBe('reviewed');
    expect(await world.query('select sku, quantity from stock_wait order by sku')).toEqual([
      { sku: 'MUG', quantity: 5 },
      { sku: 'TEA', quantity: 1 },
    ]);
  });

  it('is the same reservation however often it is asked for', async () => {
    await world.receive('B', ['MUG', 5]);
    const orderId = await order('1', [line('1', 'MUG', 2)]);
    await reserveOf(orderId);
    const before = await world.contents('claim', 'reservation', 'step_decision', 'stock_level');
    const answers = await Promise.all(Array.from({ length: 10 }, () => reserveOf(orderId)));
    expect(answers).toEqual(Array.from({ length: 10 }, () => ({ reserved: true })));
    expect(await world.contents('claim', 'reservation', 'step_decision', 'stock_level')).toEqual(before);
  });

  it('is one reservation when first asked for many times at once', async () => {
    await world.receive('B', ['MUG', 50]);
    const orderId = await order('1', [line('1', 'MUG', 2)]);
    const answers = await Promise.all(Array.from({ length: 20 }, () => reserveOf(orderId)));
    expect(answers).toEqual(Array.from({ length: 20 }, () => ({ reserved: true })));
    expect(await world.levels()).toEqual({ 'B/MUG': [50, 2] });
  });

  it('keeps its one place in the queue however often it is asked for', async () => {
    const orderId = await order('1', [line('1', 'MUG', 2)]);
    await reserveOf(orderId);
    const before = await world.contents();
    const answers = await Promise.all(Array.from({ length: 5 }, () => reserveOf(orderId)));
    expect(answers.every(({ reserved }) => !reserved)).toBe(true);
    expect(await world.contents()).toEqual(before);
  });

  it('refuses a SKU that is no product, and changes nothing', async () => {
    await world.receive('B', ['MUG', 5]);
    const orderId = await order('1', [line('1', 'MUG', 2), line('2', 'NOPE', 1)]);
    const before = await world.contents();
    await expect(reserveOf(orderId)).rejects.toMatchObject({
      name: 'Refusal',
      reason: 'unknown_sku',
      message: 'No product has the SKU NOPE: create it, then retry',
    });
    expect(await world.contents()).toEqual(before);
  });

  it('promises nothing from a warehouse that does not serve the destination, or is closed', async () => {
    await world.warehouse('P', { countries: ['FR'] });
    await world.warehouse('M', { countries: ['*'] });
    await world.query(`update warehouse set active = false where code = 'M'`);
    await world.receive('P', ['MUG', 9]);
    await world.receive('M', ['MUG', 9]);
    await world.receive('B', ['MUG', 1]);
    expect(await reserveOf(await order('1', [line('1', 'MUG', 2)], 'DE'))).toEqual({
      reserved: false,
      short: [{ sku: 'MUG', missing: 1 }],
    });
    expect(await reserveOf(await order('2', [line('1', 'MUG', 2)], 'FR'))).toEqual({ reserved: true });
    expect(await reserveOf(await order('3', [line('1', 'MUG', 1)], 'JP'))).toMatchObject({ reserved: false });
    expect(await world.levels()).toEqual({ 'B/MUG': [1, 0], 'M/MUG': [9, 0], 'P/MUG': [9, 2] });
  });

  it('has nothing to do where earlier parcels took all that was to ship', async () => {
    const orderId = await order('1', [line('1', 'MUG', 1, { fulfillable: 0 })]);
    expect(await reserveOf(orderId)).toEqual({ reserved: true });
    expect(await world.levels()).toEqual({});
  });

  it('changes nothing under a tombstone', async () => {
    await world.receive('B', ['MUG', 5]);
    const orderId = await order('1', [line('1', 'MUG', 2)]);
    await bury(world.deps, { orderId, generation: 1, ending: 'cancel' });
    const before = await world.contents();
    await expect(reserveOf(orderId)).rejects.toThrow(StepUndone);
    expect(await world.contents()).toEqual(before);
    expect(await reserve(world.deps, { orderId, generation: 2 })).toEqual({ reserved: true });
  });
});

describe('races', () => {
  it('gives 100 units to exactly 100 of 300 orders', async () => {
    await world.receive('B', ['MUG', 60]);
    await world.warehouse('M');
    await world.receive('M', ['MUG', 40]);
    const orders = [];
    for (let number = 0; number < 300; number++) orders.push(await order(`${number}`, [line('1', 'MUG', 1)]));
    const answers = await Promise.all(orders.map(reserveOf));
    expect(answers.filter(({ reserved }) => reserved)).toHaveLength(100);
    expect(await world.levels()).toEqual({ 'B/MUG': [60, 60], 'M/MUG': [40, 40] });
    expect(await world.query('select count(*)::int as waiting from stock_wait')).toEqual([{ waiting: 200 }]);
  });

  it('takes several SKUs in every order of the lines without standing in its own way', async () => {
    for (const sku of ['A', 'C', 'D']) await world.product(sku);
    const skus = ['A', 'C', 'D', 'MUG', 'TEA'];
    await world.receive('B', ...skus.map((sku): [string, number] => [sku, 30]));
    const orders = [];
    for (let number = 0; number < 60; number++) {
      const turned = skus.map((_, index) => skus[(index * 2 + number) % skus.length]!).slice(0, 3);
      orders.push(
        await order(
          `${number}`,
          turned.map((sku, index) => line(`${index}`, sku, 1)),
        ),
      );
    }
    const answers = await Promise.all(orders.map(reserveOf));
    const claimed = answers.filter(({ reserved }) => reserved).length * 3;
    expect(Object.values(await world.levels()).reduce((sum, [, own]) => sum + own, 0)).toBe(claimed);
    const deadlocks = await world.query<{ deadlocks: number }>(
      'select deadlocks::int from pg_stat_database where datname = current_database()',
    );
    expect(deadlocks).toEqual([{ deadlocks: 0 }]);
  });

  it('never leaves stock with an order that is cancelled while it reserves', async () => {
    await world.receive('B', ['MUG', 10]);
    const orders = [];
    for (let number = 0; number < 10; number++) orders.push(await order(`${number}`, [line('1', 'MUG', 1)]));
    const late: unknown[] = [];
    await Promise.all(
      orders.flatMap((orderId) => [
        reserveOf(orderId).catch((error: unknown) => late.push(error)),
        bury(world.deps, { orderId, generation: 1, ending: 'cancel' }).then(() =>
          release(world.deps, { orderId, generation: 1, keep: [], next: 'cancel' }),
        ),
      ]),
    );
    expect(late.filter((error) => !(error instanceof StepUndone))).toEqual([]);
    expect(await world.levels()).toEqual({ 'B/MUG': [10, 0] });
  });
});
