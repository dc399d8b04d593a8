import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type Leaving, takeLots } from '../../../db/stock/lots.ts';
import { readOrder } from '../../../db/read/order.ts';
import { receiveStock } from '../../../db/stock/receive.ts';
import { inTransaction } from '../../../db/transaction.ts';
import { createWorld, type World } from '../db/world.ts';
import { wayOf } from './stages.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.clear();
  await world.warehouse('B');
  await world.product('MUG');
});

async function taken(quantity: number, leaving: Partial<Leaving> = {}): Promise<string[]> {
  const how = { now: new Date('2026-11-24T12:00:00Z'), promiseDays: null, ...leaving };
  const share = { warehouse: 'B', sku: 'MUG', quantity };
  const lots = await takeLots(world.orm.em.fork(), share, how);
  const names = await world.query<{ id: string; number: string }>('select id, number from lot');
  return lots.map(({ lotId, quantity: units }) => `${names.find(({ id }) => id === lotId)!.number} ${units}`);
}

it('what expires first goes first, over several lots, and before what never does', async () => {
  await world.receive(
    'B',
    ['MUG', 1, 'never'],
    ['MUG', 2, 'march', '2027-03-01'],
    ['MUG', 3, 'may', '2027-05-01'],
  );
  expect(await taken(4)).toEqual(['march 2', 'may 2']);
  expect(await taken(6)).toEqual(['march 2', 'may 3', 'never 1']);
});

it('none is taken that expires before the promised day', async () => {
  const days = ['2026-11-24', '2026-11-26', '2026-11-27', '2026-12-01'];
  for (const day of days) await world.receive('B', ['MUG', 1, day, day]);
  expect(await taken(1)).toEqual(['2026-11-24 1']);
  expect(await taken(1, { promiseDays: 3 })).toEqual(['2026-11-27 1']);
  expect(await taken(1, { promiseDays: 4 })).toEqual(['2026-12-01 1']);
  expect(await taken(1, { promiseDays: 1, shipDay: '2026-11-25' })).toEqual(['2026-11-26 1']);
  await expect(taken(2, { promiseDays: 4 })).rejects.toThrow('1 of MUG in B are in lots past their expiry');
});

it.each([
  ['Pacific/Auckland', '2026-11-25 1'],
  ['America/Los_Angeles', '2026-11-24 1'],
])('the day is that of the warehouse: %s', async (timeZone, lot) => {
  await world.query('update warehouse set time_zone = ?', [timeZone]);
  for (const day of ['2026-11-24', '2026-11-25']) await world.receive('B', ['MUG', 1, day, day]);
  expect(await taken(1)).toEqual([lot]);
});

it('what each lot cost goes with what leaves of it: the goods of an order cost what its own units did', async () => {
  const way = wayOf(
    () => world,
    () => storeId,
  );
  const storeId = await world.store();
  const bought: [string, string, number][] = [
    ['march', '2027-03-01', 320],
    ['may', '2027-05-01', 455],
  ];
  for (const [lot, expiresAt, minor] of bought)
    await inTransaction(world.orm, (em) =>
      receiveStock(em, {
        ...{ warehouse: 'B', actor: 'test' },
        lines: [{ sku: 'MUG', quantity: 2, lot, expiresAt, unitCost: { minor, currency: 'EUR' } }],
      }),
    );
  const { id } = await way.shipped('1', 3);
  const waiting = await way.allocated('2', 1);
  const costOf = async (order: string) => (await readOrder(world.orm.em.fork(), order))!.costOfGoods;
  expect(await costOf(id)).toEqual([{ minor: 2 * 320 + 455, currency: 'EUR' }]);
  expect(await costOf(waiting.id)).toEqual([]);
  const left = await world.query(
    `select lot.number, m.quantity, m.unit_cost::int as cost from stock_movement m join lot on lot.id = m.lot_id
     where m.reason = 'shipment' order by 1`,
  );
  expect(left).toEqual([
    { number: 'march', quantity: -2, cost: 320 },
    { number: 'may', quantity: -1, cost: 455 },
  ]);
});
