import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createActivities } from '../../../activities/activities.ts';
import { bury } from '../../../activities/lifecycle.ts';
import { reserve } from '../../../activities/reserve.ts';
import { allocate, handOver, release } from '../../../activities/stock.ts';
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
  storeId = await world.store({ policy: { objective: 'priority' } });
  await world.warehouse('B', { priority: 1, countries: ['DE'] });
  await world.warehouse('M', { priority: 2 });
  await world.product('MUG');
  await world.product('TEA');
});
afterEach(() => expectSoundStock(world));

const step = (orderId: string) => ({ orderId, generation: 1 });

async function reserved(externalId: string, lines: ReturnType<typeof line>[], country = 'DE') {
  const orderId = await world.order(storeId, {
    externalId,
    lines,
    shippingAddress: { name: 'Mina', line1: 'Weg 1', city: 'Ort', country },
  });
  await reserve(world.deps, step(orderId));
  return orderId;
}

/** What an order's open claims take of which lot. */
const lotsOf = async (orderId: string) =>
  (
    await world.query<{ lot: string }>(
      `select c.warehouse || ' ' || lot.number || ' ' || c.quantity as lot
       from claim c join reservation r on r.id = c.reservation_id join lot on lot.id = c.lot_id
       where r.order_id = ? and c.state = 'open' order by 1`,
      [orderId],
    )
  ).map(({ lot }) => lot);

describe('lots', () => {
  it('go by expiry, then by arrival; none is taken past its day', async () => {
    await world.receive('B', ['MUG', 5, 'later, no expiry']);
    await world.receive('B', ['MUG', 2, 'last of year', '2026-12-31']);
    await world.receive('B', ['MUG', 2, 'today', '2026-11-24']);
    await world.receive('B', ['MUG', 9, 'yesterday', '2026-11-23']);
    const orderId = await reserved('1', [line('1', 'MUG', 6)]);
    await allocate(world.deps, step(orderId));
    expect(await lotsOf(orderId)).toEqual(['B last of year 2', 'B later, no expiry 2', 'B today 2']);
  });

  it('of equal expiry go first in, first out', async () => {
    for (const lot of ['third', 'first', 'second']) await world.receive('B', ['MUG', 1, lot, '2027-01-01']);
    await world.query(`update lot set received_at = timestamptz '2026-01-01' + interval '1 day' *
      array_position(array['first', 'second', 'third'], number)`);
    const orderId = await reserved('1', [line('1', 'MUG', 2)]);
    await allocate(world.deps, step(orderId));
    expect(await lotsOf(orderId)).toEqual(['B first 1', 'B second 1']);
  });

  it('are left alone where another order has taken them, or they are quarantined', async () => {
    await world.receive('B', ['MUG', 2, 'a', '2026-12-01'], ['MUG', 3, 'b', '2026-12-02'], ['MUG', 5, 'q']);
    await world.query(`update lot set state = 'quarantined' where number = 'q'`);
    const first = await reserved('1', [line('1', 'MUG', 3)]);
    const second = await reserved('2', [line('1', 'MUG', 2)]);
    await Promise.all([first, second].map((orderId) => allocate(world.deps, step(orderId))));
    const taken = [...(await lotsOf(first)), ...(await lotsOf(second))];
    expect(taken.filter((lot) => lot.startsWith('B a')).map((lot) => lot.split(' ')[2])).toEqual(['2']);
    expect(taken.some((lot) => lot.includes('q'))).toBe(false);
  });

  it('that are all past their day refuse it for a person to decide, and nothing changes', async () => {
    await world.receive('B', ['MUG', 9, 'old', '2026-11-23']);
    const orderId = await reserved('1', [line('1', 'MUG', 2)]);
    const before = await world.contents();
    await expect(createActivities(world.deps).allocate(step(orderId))).rejects.toMatchObject({
      type: 'Refused',
      nonRetryable: true,
      message:
        '2 of MUG in B are in lots past their expiry on the day of delivery: count or write them off, then retry',
      details: [{ reason: 'lots_expired', effectUnknown: false }],
    });
    expect(await world.contents()).toEqual(before);
  });

  it('serve a line from several, exactly', async () => {
    await world.receive('B', ['MUG', 1, 'a', '2026-12-01'], ['MUG', 1, 'b', '2026-12-02'], ['MUG', 8, 'c']);
    const orderId = await reserved('1', [line('1', 'MUG', 4)]);
    await allocate(world.deps, step(orderId));
    expect(await lotsOf(orderId)).toEqual(['B a 1', 'B b 1', 'B c 2']);
  });
});

describe('allocating', () => {
  it('splits lines over warehouses to the unit, with their parcels', async () => {
    await world.receive('B', ['MUG', 4]);
    await world.receive('M', ['MUG', 1], ['TEA', 1]);
    const orderId = await reserved('1', [line('1', 'MUG', 3), line('2', 'TEA', 1), line('3', 'MUG', 2)]);
    const { fulfillments } = await allocate(world.deps, step(orderId));
    expect(fulfillments.map(({ position, warehouse, units }) => [position, warehouse, units])).toEqual([
      [1, 'B', 4],
      [2, 'M', 2],
    ]);
    expect(
      await world.query(
        `select f.warehouse, l.line_external_id as line, l.sku, l.quantity from fulfillment_line l
         join fulfillment f on f.id = l.fulfillment_id order by 1, 2`,
      ),
    ).toEqual([
      { warehouse: 'B', line: '1', sku: 'MUG', quantity: 3 },
      { warehouse: 'B', line: '3', sku: 'MUG', quantity: 1 },
      { warehouse: 'M', line: '2', sku: 'TEA', quantity: 1 },
      { warehouse: 'M', line: '3', sku: 'MUG', quantity: 1 },
    ]);
    expect(
      await world.query(
        `select f.warehouse, c.weight_grams, c.items from parcel c join fulfillment f on f.id = c.fulfillment_id order by 1`,
      ),
    ).toEqual([
      { warehouse: 'B', weight_grams: 1700, items: [{ sku: 'MUG', quantity: 4 }] },
      {
        warehouse: 'M',
        weight_grams: 900,
        items: [
          { sku: 'MUG', quantity: 1 },
          { sku: 'TEA', quantity: 1 },
        ],
      },
    ]);
    expect(await world.query('select stage from orders')).toEqual([{ stage: 'allocated' }]);
  });

  it('packs what is too heavy for one parcel into several', async () => {
    await world.product('ANVIL', { weightGrams: 12_000 });
    await world.receive('B', ['ANVIL', 5]);
    const {
      fulfillments: [fulfillment],
    } = await allocate(world.deps, step(await reserved('1', [line('1', 'ANVIL', 5)])));
    const parcels = await world.query('select id, position, weight_grams as weight from parcel order by 2');
    expect(parcels.map(({ position, weight }) => [position, weight])).toEqual([
      [1, 24_100],
      [2, 24_100],
      [3, 12_100],
    ]);
    expect(fulfillment!.parcels).toEqual(parcels.map(({ id }) => id));
  });

  it('answers with its decision however often it runs, also many at once', async () => {
    await world.receive('B', ['MUG', 9]);
    const orderId = await reserved('1', [line('1', 'MUG', 2)]);
    const [first, ...others] = await Promise.all(
      Array.from({ length: 10 }, () => allocate(world.deps, step(orderId))),
    );
    for (const other of others) expect(other).toEqual(first);
    expect(await world.query('select count(*)::int as n from fulfillment')).toEqual([{ n: 1 }]);
    expect(await world.levels()).toEqual({ 'B/MUG': [9, 2] });
    await world.receive('M', ['MUG', 9]);
    expect(await allocate(world.deps, step(orderId))).toEqual(first);
  });

  it('moves the claims to a better warehouse, and what it leaves goes to who waits for that', async () => {
    await world.receive('M', ['MUG', 1]);
    const orderId = await reserved('1', [line('1', 'MUG', 1)], 'DE');
    await reserved('2', [line('1', 'MUG', 1)], 'FR');
    await world.receive('B', ['MUG', 1]);
    expect(await world.levels()).toEqual({ 'B/MUG': [1, 0], 'M/MUG': [1, 1] });
    const {
      fulfillments: [fulfillment],
    } = await allocate(world.deps, step(orderId));
    expect(fulfillment!.warehouse).toBe('B');
    expect(await world.query('select count(*)::int as waiting from stock_wait')).toEqual([{ waiting: 0 }]);
    expect(await world.levels()).toEqual({ 'B/MUG': [1, 1], 'M/MUG': [1, 1] });
    expect(await world.query('select workflow_id, signal from outbox')).toEqual([
      { workflow_id: `order:${storeId}:2`, signal: 'stock' },
    ]);
  });

  it('changes nothing without a reservation, nor under a tombstone', async () => {
    await world.receive('B', ['MUG', 9]);
    const never = await world.order(storeId, { externalId: '1' });
    const buried = await reserved('2', [line('1', 'MUG', 1)]);
    await bury(world.deps, { ...step(buried), ending: 'cancel' });
    const before = await world.contents();
    expect(await allocate(world.deps, step(never))).toEqual({ fulfillments: [], missing: 2 });
    await expect(allocate(world.deps, step(buried))).rejects.toThrow(StepUndone);
    expect(await world.contents()).toEqual(before);
  });
});

describe('the hand-over', () => {
  const said = { actor: 'test', reason: 'at the counter' };

  async function labelled(externalId: string, lines: ReturnType<typeof line>[]) {
    const orderId = await reserved(externalId, lines);
    const { fulfillments } = await allocate(world.deps, step(orderId));
    await world.query(`update fulfillment set stage = 'labelled' where order_id = ?`, [orderId]);
    return { orderId, fulfillments: fulfillments.map(({ id }) => id) };
  }
  const movements = () =>
    world.query(
      `select m.warehouse, lot.number as lot, m.quantity, m.reason from stock_movement m join lot on lot.id = m.lot_id
       where m.reason <> 'receipt' order by 2`,
    );

  it('writes one movement per claim, however often and beside itself it is said', async () => {
    await world.receive('B', ['MUG', 2, 'a', '2026-12-01'], ['MUG', 8, 'b']);
    const { orderId, fulfillments } = await labelled('1', [line('1', 'MUG', 3)]);
    const [fulfillmentId] = fulfillments as [string];
    await Promise.all(
      Array.from({ length: 20 }, () =>
        handOver(world.deps, { orderId, fulfillmentId, ...said, trackingNumber: 'T1', carrier: 'manual' }),
      ),
    );
    await handOver(world.deps, { orderId, fulfillmentId, ...said, trackingNumber: 'T2' });
    expect(await movements()).toEqual([
      { warehouse: 'B', lot: 'a', quantity: -2, reason: 'shipment' },
      { warehouse: 'B', lot: 'b', quantity: -1, reason: 'shipment' },
    ]);
    expect(await world.levels()).toEqual({ 'B/MUG': [7, 0] });
    expect(await world.query('select stage, tracking_number as number, carrier from fulfillment')).toEqual([
      { stage: 'shipped', number: 'T1', carrier: 'manual' },
    ]);
    expect(await world.query(`select actor, detail from audit where what = 'shipped'`)).toEqual([
      { actor: 'test', detail: 'at the counter' },
    ]);
  });

  it('of all orders of a hot SKU at once books each once', async () => {
    await world.receive('B', ['MUG', 40]);
    const orders: Awaited<ReturnType<typeof labelled>>[] = [];
    for (let number = 0; number < 30; number++)
      orders.push(await labelled(`${number}`, [line('1', 'MUG', 1)]));
    await Promise.all(
      [...orders, ...orders].map(({ orderId, fulfillments }) =>
        handOver(world.deps, { orderId, fulfillmentId: fulfillments[0]!, ...said }),
      ),
    );
    expect(await world.levels()).toEqual({ 'B/MUG': [10, 0] });
    expect(await movements()).toHaveLength(30);
  });

  it('moves the order on with its least advanced fulfillment', async () => {
    await world.receive('B', ['MUG', 1]);
    await world.receive('M', ['TEA', 1]);
    const { orderId, fulfillments } = await labelled('1', [line('1', 'MUG', 1), line('2', 'TEA', 1)]);
    const stage = async () => (await world.query<{ stage: string }>('select stage from orders'))[0]!.stage;
    await handOver(world.deps, { orderId, fulfillmentId: fulfillments[0]!, ...said });
    expect(await stage()).toBe('labelled');
    await handOver(world.deps, { orderId, fulfillmentId: fulfillments[1]!, ...said });
    expect(await stage()).toBe('shipped');
  });

  it.each(['allocated', 'cancelled'])(
    'of a fulfillment that is %s is refused, and nothing changes',
    async (stage) => {
      await world.receive('B', ['MUG', 2]);
      const { orderId, fulfillments } = await labelled('1', [line('1', 'MUG', 1)]);
      await world.query('update fulfillment set stage = ?', [stage]);
      const before = await world.contents();
      await expect(
        handOver(world.deps, { orderId, fulfillmentId: fulfillments[0]!, ...said }),
      ).rejects.toThrow(`is ${stage}: only what has its labels is handed over`);
      expect(await world.contents()).toEqual(before);
    },
  );

  it('that came before the cancel keeps its stock; what had not left is given back', async () => {
    await world.receive('B', ['MUG', 1]);
    await world.receive('M', ['TEA', 1]);
    const { orderId, fulfillments } = await labelled('1', [line('1', 'MUG', 1), line('2', 'TEA', 1)]);
    await handOver(world.deps, { orderId, fulfillmentId: fulfillments[0]!, ...said });
    const { fulfillments: toUndo } = await bury(world.deps, { ...step(orderId), ending: 'cancel' });
    expect(toUndo.map(({ id }) => id)).toEqual([fulfillments[1]]);
    await release(world.deps, { ...step(orderId), keep: [], next: 'cancel' });
    expect(await world.levels()).toEqual({ 'B/MUG': [0, 0], 'M/TEA': [1, 0] });
    expect(await world.query('select warehouse, stage from fulfillment order by 1')).toEqual([
      { warehouse: 'B', stage: 'shipped' },
      { warehouse: 'M', stage: 'cancelled' },
    ]);
  });

  it('of a parcel that left although it was cancelled takes the stock that was kept for it', async () => {
    await world.receive('B', ['MUG', 3]);
    const { orderId, fulfillments } = await labelled('1', [line('1', 'MUG', 2)]);
    await bury(world.deps, { ...step(orderId), ending: 'cancel' });
    await release(world.deps, { ...step(orderId), keep: fulfillments, next: 'cancel' });
    expect(await world.levels()).toEqual({ 'B/MUG': [3, 2] });
    await handOver(world.deps, { orderId, fulfillmentId: fulfillments[0]!, ...said });
    expect(await world.levels()).toEqual({ 'B/MUG': [1, 0] });
  });

  it('beside a release: either the parcel left or its stock is free, never both', async () => {
    await world.receive('B', ['MUG', 20]);
    const orders: Awaited<ReturnType<typeof labelled>>[] = [];
    for (let number = 0; number < 10; number++)
      orders.push(await labelled(`${number}`, [line('1', 'MUG', 1)]));
    const outcomes = await Promise.all(
      orders.map(async ({ orderId, fulfillments }, index) => {
        const leave = () =>
          handOver(world.deps, { orderId, fulfillmentId: fulfillments[0]!, ...said }).then(
            () => true,
            () => false,
          );
        const free = () => release(world.deps, { ...step(orderId), keep: [], next: 'cancel' });
        const [left] = await Promise.all(index % 2 ? [leave(), free()] : [free().then(leave), free()]);
        return left as boolean;
      }),
    );
    const left = outcomes.filter(Boolean).length;
    expect(await world.levels()).toEqual({ 'B/MUG': [20 - left, 0] });
    expect(await movements()).toHaveLength(left);
    expect(await world.query(`select count(*)::int as n from fulfillment where stage = 'shipped'`)).toEqual([
      { n: left },
    ]);
  });
});

it('a generation that a lost task had begun is undone with the one before it', async () => {
  await world.receive('B', ['MUG', 5]);
  const orderId = await reserved('1', [line('1', 'MUG', 2)]);
  await allocate(world.deps, step(orderId));
  await bury(world.deps, { ...step(orderId), ending: 'redo' });
  await release(world.deps, { ...step(orderId), keep: [], next: 'redo' });
  const second = { orderId, generation: 2 };
  await reserve(world.deps, second);
  const { fulfillments } = await allocate(world.deps, second);
  const buried = await bury(world.deps, { ...step(orderId), ending: 'cancel' });
  expect(buried).toMatchObject({ newest: 2, live: [fulfillments[0]!.id] });
  expect(buried.fulfillments.map(({ id }) => id)).toEqual([fulfillments[0]!.id]);
  await expect(allocate(world.deps, second)).rejects.toThrow('undone');
  for (const generation of [1, 2])
    await release(world.deps, { orderId, generation, keep: [], next: 'cancel' });
  expect(await world.levels()).toEqual({ 'B/MUG': [5, 0] });
  expect(await world.query('select distinct stage from fulfillment')).toEqual([{ stage: 'cancelled' }]);
});

it('what has left is not shipped again by the next generation', async () => {
  await world.receive('B', ['MUG', 1]);
  await world.receive('M', ['TEA', 5], ['MUG', 5]);
  const orderId = await reserved('1', [line('1', 'TEA', 5), line('2', 'MUG', 6)]);
  const {
    fulfillments: [fromB],
  } = await allocate(world.deps, step(orderId));
  await world.query(`update fulfillment set stage = 'labelled' where id = ?`, [fromB!.id]);
  await handOver(world.deps, { orderId, fulfillmentId: fromB!.id, actor: 'test', reason: 'left' });
  await bury(world.deps, { ...step(orderId), ending: 'cancel' });
  await release(world.deps, { ...step(orderId), keep: [], next: 'redo' });
  await reserve(world.deps, { orderId, generation: 2 });
  const { fulfillments: again } = await allocate(world.deps, { orderId, generation: 2 });
  expect(again.map(({ warehouse, units }) => [warehouse, units])).toEqual([['M', 10]]);
});
