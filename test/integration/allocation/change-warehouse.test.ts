import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { reserve } from '../../../activities/reserve.ts';
import { allocate } from '../../../activities/stock.ts';
import { changeWarehouse } from '../../../db/stock/change-warehouse.ts';
import { inTransaction } from '../../../db/transaction.ts';
import { expectSoundStock } from '../db/invariants.ts';
import { createWorld, line, type World } from '../db/world.ts';
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
  await world.product('CUP');
});
afterEach(() => expectSoundStock(world));

const way = wayOf(
  () => world,
  () => storeId,
);

const change = (code: string, active: boolean) =>
  inTransaction(world.orm, (em) => changeWarehouse(em, code, { active }));
const close = async (code: string) => (await change(code, false))!.moved!;
const onceMore = (orderId: string) => reserve(world.deps, { orderId, generation: 1 });

it('moves what has no label, and nothing else', async () => {
  await world.receive('B', ['MUG', 9, 'b']);
  await world.receive('M', ['MUG', 3, 'm'], ['CUP', 2, 'c']);
  const labelled = await way.labelled('1', 2);
  const shipped = await way.shipped('2', 1);
  const allocated = await way.allocated('3', 2);
  const reserved = await way.reserved('4', 1);
  const elsewhere = await way.allocated('5', 1, 'CUP');
  const { lost, staying } = await close('B');
  expect(staying).toEqual([{ orderId: labelled.id, fulfillmentId: labelled.fulfillment }]);
  expect(lost.toSorted((a, b) => b.quantity - a.quantity)).toEqual([
    { orderId: allocated.id, fulfillmentId: allocated.fulfillment, labelled: false, quantity: 2 },
    { orderId: reserved, fulfillmentId: null, labelled: false, quantity: 1 },
  ]);
  expect(await holdings(world)).toEqual({ '#1': ['B b 2'], '#5': ['M c 1'] });
  expect(await losses(world)).toEqual({
    '#3': { lost: [allocated.fulfillment], short: [] },
    '#4': { lost: [], short: [] },
  });
  const stages = await world.query('select id, stage from fulfillment order by id');
  expect(stages).toEqual([
    { id: labelled.fulfillment, stage: 'labelled' },
    { id: shipped.fulfillment, stage: 'shipped' },
    { id: allocated.fulfillment, stage: 'cancelled' },
    { id: elsewhere.fulfillment, stage: 'allocated' },
  ]);
  // Told, they look elsewhere.
  for (const orderId of [allocated.id, reserved]) {
    await onceMore(orderId);
    await allocate(world.deps, { orderId, generation: 1 });
  }
  expect(await holdings(world)).toMatchObject({ '#3': ['M m 2'], '#4': ['M m 1'] });
});

it('of an order in two warehouses, the part in the other one stays', async () => {
  await world.receive('B', ['MUG', 2, 'b']);
  await world.receive('M', ['CUP', 2, 'c'], ['MUG', 1, 'm']);
  const lines = [line('1', 'MUG', 2), line('2', 'CUP', 1)];
  const orderId = await world.order(storeId, { externalId: '1', lines });
  await onceMore(orderId);
  await allocate(world.deps, { orderId, generation: 1 });
  expect(await holdings(world)).toEqual({ '#1': ['B b 2', 'M c 1'] });
  await close('B');
  expect(await holdings(world)).toEqual({ '#1': ['M c 1'] });
  // Only one of the two is elsewhere: it waits for both, and keeps what it has.
  await onceMore(orderId);
  expect(await holdings(world)).toEqual({ '#1': ['M c 1'] });
  await world.receive('M', ['MUG', 1, 'm']);
  await allocate(world.deps, { orderId, generation: 1 });
  expect(await holdings(world)).toEqual({ '#1': ['M c 1', 'M m 2'] });
});

it('opened again, it serves those who wait', async () => {
  await world.receive('B', ['MUG', 2, 'b']);
  const { id } = await way.allocated('1', 2);
  await close('B');
  await onceMore(id);
  expect(await holdings(world)).toEqual({});
  const before = await world.contents();
  // Closed already: nothing.
  expect((await change('B', false))!.moved).toBeNull();
  expect(await world.contents()).toEqual(before);
  await change('B', true);
  expect(await holdings(world)).toEqual({ '#1': ['B - 2'] });
});

it('races with reserving and allocating: nothing without a label is promised from there', async () => {
  await world.receive('B', ['MUG', 20, 'b'], ['CUP', 20, 'bc']);
  await world.receive('M', ['MUG', 20, 'm'], ['CUP', 20, 'mc']);
  const reserved: string[] = [];
  for (let n = 0; n < 6; n++) reserved.push(await way.reserved(`r${n}`, 2, n % 2 ? 'MUG' : 'CUP'));
  const coming: string[] = [];
  for (let n = 0; n < 6; n++)
    coming.push(await world.order(storeId, { externalId: `c${n}`, lines: [line('1', 'MUG', 1)] }));
  // Of one that was never there, some arrives at this moment, and is wanted.
  await world.product('POT');
  const waits = await way.reserved('w', 1, 'POT');
  await Promise.all([
    world.receive('B', ['POT', 5]),
    ...reserved.map((orderId) => allocate(world.deps, { orderId, generation: 1 })),
    ...coming.map(onceMore),
    change('B', false),
    change('B', false),
  ]);
  expect((await world.levels())['B/MUG']).toEqual([20, 0]);
  expect((await world.levels())['B/CUP']).toEqual([20, 0]);
  expect((await world.levels())['B/POT']).toEqual([5, 0]);
  await change('B', true);
  await onceMore(waits);
  expect((await world.levels())['B/POT']).toEqual([5, 1]);
  await close('B');
  for (const orderId of [...reserved, ...coming]) await onceMore(orderId);
  expect((await world.levels())['M/MUG']).toEqual([20, 12]);
  expect((await world.levels())['M/CUP']).toEqual([20, 6]);
});
