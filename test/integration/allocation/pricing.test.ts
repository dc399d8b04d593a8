import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { reserve } from '../../../activities/reserve.ts';
import { allocate } from '../../../activities/stock.ts';
import { expectSoundStock } from '../db/invariants.ts';
import { createWorld, line, type World } from '../db/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());
afterEach(async () => {
  await expectSoundStock(world);
  await world.clear();
});

/** Rates of a warehouse: up to 5 kg, and up to 30 kg. */
async function rates(warehouse: string, light: number, heavy: number, transitDays = 1): Promise<void> {
  const brackets = [
    { upToGrams: 5_000, price: light },
    { upToGrams: 30_000, price: heavy },
  ];
  await world.query(
    `insert into rate_card (id, warehouse, carrier, service, name, countries, transit_days, brackets)
     values (gen_random_uuid(), ?, 'ups', '11', ?, '{DE}', ?, ?)`,
    [warehouse, `${light}/${transitDays}`, transitDays, JSON.stringify(brackets)],
  );
}

async function setUp(policy: object): Promise<string> {
  const storeId = await world.store({ policy });
  await world.warehouse('B');
  await world.warehouse('M');
  await world.product('MUG', { weightGrams: 2_000 });
  await world.product('ANVIL', { weightGrams: 20_000 });
  return storeId;
}

async function shipped(storeId: string, lines: ReturnType<typeof line>[]) {
  const orderId = await world.order(storeId, { externalId: '1', lines });
  await reserve(world.deps, { orderId, generation: 1 });
  const { fulfillments } = await allocate(world.deps, { orderId, generation: 1 });
  return fulfillments.map(({ warehouse, units }) => [warehouse, units]);
}

it('the cheapest way may be another than the nearest, or a split, and what it leaves goes to others', async () => {
  const storeId = await setUp({ objective: 'cheapest' });
  await world.receive('B', ['MUG', 5], ['ANVIL', 1]);
  await world.receive('M', ['MUG', 5]);
  await rates('B', 900, 1_000);
  await rates('M', 300, 2_000);
  // The mugs are 10 kg: from B together with the anvil they are two parcels.
  expect(await shipped(storeId, [line('1', 'MUG', 2)])).toEqual([['M', 2]]);
  expect(await world.levels()).toMatchObject({ 'B/MUG': [5, 0], 'M/MUG': [5, 2] });
});

it('a split that costs more than it saves is none', async () => {
  const storeId = await setUp({ objective: 'cheapest', splitCost: 1_000 });
  await world.receive('B', ['MUG', 2], ['ANVIL', 1]);
  await world.receive('M', ['MUG', 2]);
  await rates('B', 900, 1_000);
  await rates('M', 300, 2_000);
  expect(await shipped(storeId, [line('1', 'MUG', 1), line('2', 'ANVIL', 1)])).toEqual([['B', 2]]);
});

it('what would be late is taken last', async () => {
  const storeId = await setUp({ objective: 'cheapest', promiseDays: 2 });
  await world.receive('B', ['MUG', 2]);
  await world.receive('M', ['MUG', 2]);
  await rates('B', 900, 1_000, 2);
  await rates('M', 300, 2_000, 5);
  expect(await shipped(storeId, [line('1', 'MUG', 1)])).toEqual([['B', 1]]);
});

it('the fewest parcels: what fills one parcel is not split over two', async () => {
  const storeId = await setUp({ objective: 'fewest-parcels' });
  await world.receive('B', ['ANVIL', 1], ['MUG', 1]);
  await world.receive('M', ['ANVIL', 1], ['MUG', 9]);
  expect(await shipped(storeId, [line('1', 'ANVIL', 1), line('2', 'MUG', 5)])).toEqual([['M', 6]]);
});
