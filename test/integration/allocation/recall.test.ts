import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { allocate, handOver } from '../../../activities/stock.ts';
import { markReturned, recallBatch } from '../../../db/stock/recall.ts';
import { inTransaction } from '../../../db/transaction.ts';
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

const recall = () =>
  inTransaction(world.orm, (em) =>
    recallBatch(em, { sku: 'MUG', lot: 'bad', reason: 'glass', actor: 'ops' }),
  );

const items = () =>
  world.query(
    `select o.number, i.quantity, i.outcome from recall_item i join orders o on o.id = i.order_id order by 1`,
  );

it('each order with units of the batch becomes an item, in every warehouse', async () => {
  await world.receive('B', ['MUG', 6, 'bad', '2027-01-01'], ['MUG', 4, 'good', '2027-02-01']);
  const left = await way.shipped('1', 2);
  const labelled = await way.labelled('2', 2);
  const open = await way.allocated('3', 2);
  await way.allocated('4', 2);
  await world.receive('M', ['MUG', 2, 'bad', '2027-01-01']);
  await way.reserved('5', 2);
  await way.reserved('6', 2);
  expect(await recall()).toMatchObject({ added: true });
  expect(await items()).toEqual([
    { number: '#1', quantity: 2, outcome: 'to_return' },
    { number: '#2', quantity: 2, outcome: 'to_check' },
    { number: '#3', quantity: 2, outcome: 'reallocated' },
  ]);
  // The label's place and the youngest's are gone; #3 keeps a place before #5, whose units were not chosen yet.
  expect(await holdings(world)).toEqual({ '#3': ['B - 2'], '#4': ['B good 2'] });
  const told = await losses(world);
  expect(Object.keys(told).toSorted()).toEqual(['#2', '#3', '#5', '#6'].filter((number) => number in told));
  expect(told['#2']).toEqual({ lost: [], short: [labelled.fulfillment] });
  expect(told['#3']).toEqual({ lost: [open.fulfillment], short: [] });
  expect(told['#1']).toBeUndefined();
  await allocate(world.deps, { orderId: open.id, generation: 1 });
  expect((await holdings(world))['#3']).toEqual(['B good 2']);
  expect(left.fulfillment).toBeDefined();
});

it('again it adds nothing; what comes later of the batch is never on sale', async () => {
  await world.receive('B', ['MUG', 3, 'bad']);
  await way.shipped('1', 1);
  const first = await recall();
  const before = await world.contents();
  expect(await recall()).toEqual({ id: first!.id, added: false });
  expect(await world.contents()).toEqual(before);
  await world.receive('B', ['MUG', 1, 'bad']);
  await world.receive('M', ['MUG', 5, 'bad']);
  const later = await world.query('select state from lot');
  expect(later.map(({ state }) => state)).toEqual(['recalled', 'recalled']);
  expect(await recall()).toEqual({ id: first!.id, added: false });
});

it('of a batch that nobody ever had changes nothing', async () => {
  await world.receive('B', ['MUG', 3, 'good']);
  const before = await world.contents();
  expect(await recall()).toBeNull();
  expect(await world.contents()).toEqual(before);
});

it('goods come back once; what never left can not', async () => {
  await world.receive('B', ['MUG', 4, 'bad']);
  const left = await way.shipped('1', 1);
  const open = await way.allocated('2', 1);
  const { id } = (await recall())!;
  const back = (fulfillmentId: string) =>
    inTransaction(world.orm, (em) =>
      markReturned(em, { recallId: id, fulfillmentId, actor: 'ware', reason: 'unopened' }),
    );
  expect(await Promise.all([back(left.fulfillment), back(left.fulfillment)])).toEqual([
    'returned',
    'returned',
  ]);
  const told = await world.query(`select order_id from audit where what = 'recall_returned'`);
  expect(told).toEqual([{ order_id: left.id }]);
  expect(await back(open.fulfillment)).toBe('not_out');
  expect(await back(id)).toBeNull();
});

it('races with shipping, allocating and itself: each unit that left is an item, and no claim stays', async () => {
  await world.receive('B', ['MUG', 16, 'bad', '2027-01-01'], ['MUG', 30, 'good', '2027-02-01']);
  const labelled = [];
  const reserved: string[] = [];
  for (let n = 0; n < 4; n++) {
    labelled.push(await way.labelled(`l${n}`, 2));
    reserved.push(await way.reserved(`r${n}`, 2));
  }
  const outcomes = await Promise.allSettled([
    ...labelled.map(({ id, fulfillment }) =>
      handOver(world.deps, { orderId: id, fulfillmentId: fulfillment, actor: 'test', reason: 'left' }),
    ),
    recall(),
    recall(),
    ...reserved.map((orderId) => allocate(world.deps, { orderId, generation: 1 })),
  ]);
  const failed = outcomes.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
  expect(failed.filter((one) => !one.includes('is not in B any more'))).toEqual([]);
  const [wrong] = await world.query(
    `select (select count(*)::int from recall) as recalls,
       (select coalesce(sum(quantity), 0)::int from recall_item where outcome = 'to_return')
         + (select coalesce(sum(m.quantity), 0)::int from stock_movement m join lot on lot.id = m.lot_id
            where lot.number = 'bad' and m.reason = 'shipment') as unlisted,
       (select claimed from lot where number = 'bad') as claimed`,
  );
  expect(wrong).toEqual({ recalls: 1, unlisted: 0, claimed: 0 });
});
