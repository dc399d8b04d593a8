import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { reserve } from '../../../activities/reserve.ts';
import { allocate, handOver } from '../../../activities/stock.ts';
import { giveToQueue, lockQueue } from '../../../db/stock/queue.ts';
import { type Lost, releaseFor } from '../../../db/stock/shrink.ts';
import { inTransaction } from '../../../db/transaction.ts';
import { expectSoundStock } from '../db/invariants.ts';
import { createWorld, line, type World } from '../db/world.ts';
import { holdings, losses, lotId, wayOf } from './stages.ts';

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
  await world.product('MUG');
});
afterEach(() => expectSoundStock(world));

const way = wayOf(
  () => world,
  () => storeId,
);

/** Units of a lot go, after room was made. */
async function lose(lot: string, quantity: number): Promise<Lost[]> {
  const id = await lotId(world, lot);
  return inTransaction(world.orm, async (em) => {
    const skus = await lockQueue(em, ['MUG']);
    const lost = await releaseFor(em, { warehouse: 'B', sku: 'MUG', lotId: id, quantity, cause: 'dropped' });
    await em.execute(
      `insert into stock_movement (id, warehouse, sku, lot_id, quantity, reason, reference, actor)
       values (gen_random_uuid(), 'B', 'MUG', ?, ?, 'damage', gen_random_uuid()::text, 'test')`,
      [id, -quantity],
    );
    await giveToQueue(em, skus);
    return lost;
  });
}

it('nothing is released where what is free covers the loss', async () => {
  await world.receive('B', ['MUG', 5, 'a']);
  await way.allocated('1', 3);
  const before = await world.contents('claim', 'fulfillment', 'outbox', 'audit');
  expect(await lose('a', 2)).toEqual([]);
  expect(await world.contents('claim', 'fulfillment', 'outbox', 'audit')).toEqual(before);
});

it('the youngest without a label lose first, only as many as needed, then those with one', async () => {
  await world.receive('B', ['MUG', 8, 'a']);
  const labelled = await way.labelled('1', 2);
  const older = await way.allocated('2', 3);
  const waiting = await way.reserved('3', 3);
  expect(await lose('a', 4)).toEqual([
    { orderId: waiting, fulfillmentId: null, labelled: false, quantity: 3 },
    { orderId: older.id, fulfillmentId: older.fulfillment, labelled: false, quantity: 1 },
  ]);
  expect(await holdings(world)).toEqual({ '#1': ['B a 2'], '#2': ['B - 2'] });
  expect(await losses(world)).toEqual({
    '#2': { lost: [older.fulfillment], short: [] },
    '#3': { lost: [], short: [] },
  });
  expect(await lose('a', 3)).toEqual([
    { orderId: labelled.id, fulfillmentId: labelled.fulfillment, labelled: true, quantity: 1 },
    { orderId: older.id, fulfillmentId: null, labelled: false, quantity: 2 },
  ]);
  expect(await holdings(world)).toEqual({ '#1': ['B a 1'] });
  const stages = await world.query('select id, stage from fulfillment order by created_at');
  expect(stages).toEqual([
    { id: labelled.fulfillment, stage: 'labelled' },
    { id: older.fulfillment, stage: 'cancelled' },
  ]);
});

it('of a lot whose units others replace, the order keeps its stock and chooses its lot anew', async () => {
  await world.receive('B', ['MUG', 2, 'a', '2026-12-01'], ['MUG', 2, 'b', '2026-12-02']);
  const { id, fulfillment } = await way.allocated('1', 2);
  const lost = { orderId: id, fulfillmentId: fulfillment, labelled: false, quantity: 0 };
  expect(await lose('a', 2)).toEqual([lost]);
  expect(await holdings(world)).toEqual({ '#1': ['B - 2'] });
  await allocate(world.deps, { orderId: id, generation: 1 });
  expect(await holdings(world)).toEqual({ '#1': ['B b 2'] });
});

it('a label that is being asked for counts as one', async () => {
  await world.receive('B', ['MUG', 2, 'a']);
  const { id, fulfillment } = await way.allocated('1', 2);
  const account = await world.carrierAccount('ups');
  await world.query(
    `insert into label_purchase (id, parcel_id, generation, key, carrier_account_id, service, order_version, request, sent_at)
     select gen_random_uuid(), id, 1, id, ?, '11', 1, '{}', now() from parcel where fulfillment_id = ?`,
    [account, fulfillment],
  );
  expect(await lose('a', 1)).toEqual([
    { orderId: id, fulfillmentId: fulfillment, labelled: true, quantity: 1 },
  ]);
  expect(await losses(world)).toEqual({ '#1': { lost: [], short: [fulfillment] } });
});

it('losses race with reserving, allocating and shipping: nothing is promised twice, and all is told', async () => {
  await world.receive('B', ['MUG', 30, 'a'], ['MUG', 30, 'b']);
  const orders: { id: string; fulfillment?: string }[] = [];
  for (let n = 0; n < 4; n++) {
    orders.push(await way.labelled(`l${n}`, 4), await way.allocated(`a${n}`, 4));
    orders.push({ id: await way.reserved(`r${n}`, 4) });
  }
  const late = await Promise.all(
    [1, 2, 3].map((n) => world.order(storeId, { externalId: `n${n}`, lines: [line('1', 'MUG', 4)] })),
  );
  const left = orders.filter(({ fulfillment }) => fulfillment).slice(0, 4);
  const outcomes = await Promise.allSettled([
    ...left.map(({ id, fulfillment }) =>
      handOver(world.deps, { orderId: id, fulfillmentId: fulfillment!, actor: 'test', reason: 'left' }),
    ),
    ...[9, 9, 9].map(() => lose('b', 9)),
    ...orders.map(({ id }) => allocate(world.deps, { orderId: id, generation: 1 })),
    ...late.map((orderId) => reserve(world.deps, { orderId, generation: 1 })),
  ]);
  const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
  expect(refused.filter((one) => !/only what has its labels|is not in B any more/.test(one))).toEqual([]);
  await expectSoundStock(world);
  // Whoever wants more than it holds was told, or waits in the queue.
  const forgotten = await world.query(
    `select o.number from orders o join order_line l on l.order_id = o.id
     left join reservation r on r.order_id = o.id
     left join claim c on c.reservation_id = r.id and c.state in ('open', 'shipped')
     where not exists (select 1 from outbox b where b.workflow_id = o.workflow_id)
       and not exists (select 1 from stock_wait w where w.order_id = o.id)
     group by o.number, l.to_ship having l.to_ship > coalesce(sum(c.quantity), 0)`,
  );
  expect(forgotten).toEqual([]);
});
