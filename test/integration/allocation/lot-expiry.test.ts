import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { allocate } from '../../../activities/stock.ts';
import { expireLots } from '../../../db/stock/lot-expiry.ts';
import { expireDueLots } from '../../../workers/loops/expiry.ts';
import { expectSoundStock } from '../db/invariants.ts';
import { createWorld, type World } from '../db/world.ts';
import { holdings, losses, wayOf } from './stages.ts';

let world: World;
let storeId: string;

beforeAll(async () => {
  world = await createWorld({ poolSize: 20 });
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.clear();
  storeId = await world.store({ policy: { objective: 'priority' } });
  await world.warehouse('B', { priority: 1 });
  await world.warehouse('M', { priority: 2 });
  await world.product('MUG');
});
afterEach(() => expectSoundStock(world));

const way = wayOf(
  () => world,
  () => storeId,
);

const states = async () =>
  (
    await world.query<{ lot: string }>(
      `select warehouse || ' ' || number || ' ' || state as lot from lot order by 1`,
    )
  ).map(({ lot }) => lot);

it('a lot leaves sale when its day is over where it lies', async () => {
  await world.query(`update warehouse set time_zone = case code when 'B' then 'Pacific/Auckland'
    else 'America/Los_Angeles' end`);
  for (const warehouse of ['B', 'M'])
    for (const day of ['2026-11-23', '2026-11-24', '2026-11-25'])
      await world.receive(warehouse, ['MUG', 1, day, day]);
  await world.receive('B', ['MUG', 1, 'never']);
  // In Auckland it is 01:00 on the 25th, in Los Angeles 04:00 on the 24th.
  expect(await expireLots(world.orm, new Date('2026-11-24T12:00:00Z'), 100)).toBe(3);
  expect(await states()).toEqual([
    'B 2026-11-23 expired',
    'B 2026-11-24 expired',
    'B 2026-11-25 sellable',
    'B never sellable',
    'M 2026-11-23 expired',
    'M 2026-11-24 sellable',
    'M 2026-11-25 sellable',
  ]);
  // 20 hours later both are on the next day.
  expect(await expireLots(world.orm, new Date('2026-11-25T08:00:00Z'), 100)).toBe(1);
  expect((await states()).filter((lot) => lot.endsWith('expired'))).toContain('M 2026-11-24 expired');
});

it('orders that were to get it go on with what is left', async () => {
  await world.receive('B', ['MUG', 2, 'old', '2026-11-24'], ['MUG', 2, 'new', '2027-01-01']);
  const { id, fulfillment } = await way.allocated('1', 2);
  expect(await holdings(world)).toEqual({ '#1': ['B old 2'] });
  await expireLots(world.orm, new Date('2026-11-25T12:00:00Z'), 100);
  expect(await losses(world)).toEqual({ '#1': { lost: [fulfillment], short: [] } });
  await allocate(world.deps, { orderId: id, generation: 1 });
  expect(await holdings(world)).toEqual({ '#1': ['B new 2'] });
});

it('several processes expire each lot once, a batch at a time', async () => {
  for (const sku of ['A', 'C', 'D']) {
    await world.product(sku);
    for (const day of ['2026-11-01', '2026-11-02']) await world.receive('B', [sku, 1, day, day]);
  }
  expect(await expireLots(world.orm, world.deps.clock(), 2)).toBe(2);
  const more = await Promise.all([1, 2, 3, 4].map(() => expireLots(world.orm, world.deps.clock(), 100)));
  expect(more.reduce((sum, expired) => sum + expired, 0)).toBe(4);
  expect(await expireDueLots(world.deps)).toBe(false);
  const told = await world.query(`select subject from audit where what = 'lot_expired'`);
  expect([told.length, new Set(told.map(({ subject }) => subject)).size]).toEqual([6, 6]);
});
