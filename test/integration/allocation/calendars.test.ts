import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { reserve } from '../../../activities/reserve.ts';
import { allocate } from '../../../activities/stock.ts';
import { expectSoundStock } from '../db/invariants.ts';
import { createWorld, line, type World } from '../db/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ poolSize: 20 });
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.clear();
  await world.warehouse('B');
  await world.warehouse('M');
  await world.product('MUG');
});
afterEach(() => expectSoundStock(world));

const closed = (code: string, change: string) =>
  world.query(`update warehouse set ${change} where code = '${code}'`);

async function shipped(storeId: string, externalId = '1'): Promise<string> {
  const orderId = await world.order(storeId, { externalId, lines: [line('1', 'MUG', 1)] });
  await reserve(world.deps, { orderId, generation: 1 });
  await allocate(world.deps, { orderId, generation: 1 });
  const [row] = await world.query<{ way: string }>(
    `select warehouse || ' ' || ship_day as way from fulfillment where order_id = ?`,
    [orderId],
  );
  return row!.way;
}

it('the day of shipping is the first working day with room, by the clock of the warehouse', async () => {
  const storeId = await world.store();
  await world.receive('B', ['MUG', 9]);
  expect(await shipped(storeId, '1')).toBe('B 2026-11-24');
  await closed('B', `time_zone = 'Asia/Tokyo'`); // 21:00 there: after the cut-off
  expect(await shipped(storeId, '2')).toBe('B 2026-11-25');
  await closed('B', `holidays = '["2026-11-25", "2026-11-26"]'`);
  expect(await shipped(storeId, '3')).toBe('B 2026-11-27');
  await world.query(`update product set ships_from = '2026-12-05'`);
  expect(await shipped(storeId, '4')).toBe('B 2026-12-07');
});

it('a farther warehouse ships what the nearest would ship too late, where something was promised', async () => {
  await world.receive('B', ['MUG', 2]);
  await world.receive('M', ['MUG', 2]);
  const order = async (promiseDays: number | null) =>
    shipped(await world.store({ policy: { promiseDays, objective: 'priority' } }), String(promiseDays));
  await world.query(`update warehouse set priority = case code when 'B' then 1 else 2 end`);
  await closed('B', `holidays = '["2026-11-24", "2026-11-25"]'`);
  expect(await order(null)).toBe('B 2026-11-26');
  expect(await order(2)).toBe('M 2026-11-24');
});

it('one that never works ships nothing, and says so', async () => {
  const storeId = await world.store();
  await world.receive('B', ['MUG', 1]);
  await closed('B', `working_days = '[]'`);
  await expect(shipped(storeId)).rejects.toThrow('warehouses that do not ship there any more');
});

it('units that expire before they are there are left for who is nearer, and nobody gets them late', async () => {
  const storeId = await world.store({ policy: { promiseDays: 3 } });
  await world.receive('B', ['MUG', 1, 'soon', '2026-11-26'], ['MUG', 1, 'late', '2026-12-24']);
  expect(await shipped(storeId, '1')).toBe('B 2026-11-24');
  await expect(shipped(storeId, '2')).rejects.toThrow('1 of MUG in B are in lots past their expiry');
});

it('no day takes more than its capacity, however many come at once', async () => {
  const storeId = await world.store();
  await closed('B', 'daily_capacity = 3');
  for (const sku of ['A', 'C', 'D', 'E', 'F', 'G', 'H', 'I']) await world.product(sku);
  await world.receive(
    'B',
    ...['A', 'C', 'D', 'E', 'F', 'G', 'H', 'I'].map((sku): [string, number] => [sku, 1]),
  );
  const orders = await Promise.all(
    ['A', 'C', 'D', 'E', 'F', 'G', 'H', 'I'].map(async (sku) => {
      const orderId = await world.order(storeId, { externalId: sku, lines: [line('1', sku, 1)] });
      await reserve(world.deps, { orderId, generation: 1 });
      return orderId;
    }),
  );
  await Promise.all(orders.map((orderId) => allocate(world.deps, { orderId, generation: 1 })));
  expect(
    await world.query(
      `select ship_day::text as day, count(*)::int as count from fulfillment group by 1 order by 1`,
    ),
  ).toEqual([
    { day: '2026-11-24', count: 3 },
    { day: '2026-11-25', count: 3 },
    { day: '2026-11-26', count: 2 },
  ]);
});
