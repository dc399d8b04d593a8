import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { allocate } from '../../../activities/stock.ts';
import { type Adjustment, adjustStock } from '../../../db/stock/adjust.ts';
import { bookShortPick } from '../../../db/stock/short-pick.ts';
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
  await world.product('MUG');
});
afterEach(() => expectSoundStock(world));

const way = wayOf(
  () => world,
  () => storeId,
);

const adjust = (reason: Adjustment['reason'], ...lines: Adjustment['lines']) =>
  inTransaction(world.orm, (em) =>
    adjustStock(em, { warehouse: 'B', reason, note: 'seen', actor: 'ware', lines }),
  );

const pickShort = (fulfillmentId: string, quantity: number) =>
  inTransaction(world.orm, (em) =>
    bookShortPick(em, { fulfillmentId, reason: 'empty', actor: 'ware', lines: [{ sku: 'MUG', quantity }] }),
  );

const movements = () =>
  world.query(
    `select lot.number as lot, m.quantity, m.reason, m.note, m.actor from stock_movement m join lot on lot.id = m.lot_id
     where m.reason <> 'receipt' order by m.reference`,
  );

describe('an adjustment', () => {
  it('takes what nobody has claimed first, over several lots, each a movement', async () => {
    await world.receive('B', ['MUG', 3, 'a', '2027-01-01'], ['MUG', 3, 'b', '2027-01-02']);
    await way.allocated('1', 2);
    const { moved, lost } = await adjust('damage', { sku: 'MUG', quantity: -4 });
    expect([moved, lost]).toEqual([
      [
        { sku: 'MUG', lot: 'a', quantity: -1 },
        { sku: 'MUG', lot: 'b', quantity: -3 },
      ],
      [],
    ]);
    const said = { reason: 'damage', note: 'seen', actor: 'ware' };
    expect(await movements()).toEqual([
      { lot: 'a', quantity: -1, ...said },
      { lot: 'b', quantity: -3, ...said },
    ]);
    expect(await holdings(world)).toEqual({ '#1': ['B a 2'] });
  });

  it('releases what is promised beyond what stays', async () => {
    await world.receive('B', ['MUG', 4, 'a']);
    await way.allocated('1', 2);
    const younger = await way.allocated('2', 2);
    const { lost } = await adjust('write_off', { sku: 'MUG', lot: 'a', quantity: -1 });
    expect(lost).toEqual([
      { orderId: younger.id, fulfillmentId: younger.fulfillment, labelled: false, quantity: 1 },
    ]);
    expect(await holdings(world)).toEqual({ '#1': ['B a 2'], '#2': ['B - 1'] });
    expect(await losses(world)).toEqual({ '#2': { lost: [younger.fulfillment], short: [] } });
  });

  it('gives what was found to who waits for it', async () => {
    await world.receive('B', ['MUG', 1, 'a']);
    await way.reserved('1', 3);
    expect(await holdings(world)).toEqual({});
    await adjust('adjustment', { sku: 'MUG', quantity: 2 });
    expect(await holdings(world)).toEqual({ '#1': ['B - 3'] });
  });

  it.each([
    ['more than there is', { sku: 'MUG', quantity: -4 }, 'is more than the 3 that are sellable in B'],
    [
      'more of a lot than it has',
      { sku: 'MUG', lot: 'a', quantity: -4 },
      'is more than the 3 that lot a has in B',
    ],
    ['an unknown lot', { sku: 'MUG', lot: 'z', quantity: 1 }, 'is no lot in B'],
  ])('of %s changes nothing', async (_case, line, message) => {
    await world.receive('B', ['MUG', 2, 'a'], ['MUG', 5, 'q']);
    await world.query(`update lot set state = 'quarantined' where number = 'q'`);
    const before = await world.contents();
    await expect(adjust('adjustment', { sku: 'MUG', quantity: 1 }, line)).rejects.toThrow(message);
    expect(await world.contents()).toEqual(before);
  });

  it('races with itself: never more than there is', async () => {
    await world.receive('B', ['MUG', 5, 'a']);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, () => adjust('damage', { sku: 'MUG', quantity: -1 })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    expect(await world.levels()).toEqual({ 'B/MUG': [0, 0] });
  });
});

describe('a short pick', () => {
  it('takes from the lots of this fulfillment, which alone loses it', async () => {
    await world.receive('B', ['MUG', 4, 'a', '2027-01-01'], ['MUG', 3, 'b', '2027-01-02']);
    await way.allocated('1', 3);
    const { id, fulfillment } = await way.allocated('2', 3);
    await way.allocated('3', 1);
    const picked = await pickShort(fulfillment, 2);
    expect(picked).toMatchObject({
      outcome: 'booked',
      lost: [{ orderId: id, fulfillmentId: fulfillment, labelled: false, quantity: 2 }],
    });
    expect(await holdings(world)).toEqual({ '#1': ['B a 3'], '#2': ['B - 1'], '#3': ['B b 1'] });
    expect(await losses(world)).toEqual({ '#2': { lost: [fulfillment], short: [] } });
    expect((await movements()).map(({ quantity, reason }) => ({ quantity, reason }))).toEqual([
      { quantity: -2, reason: 'adjustment' },
    ]);
  });

  it('with its label it is kept, and its workflow told', async () => {
    await world.receive('B', ['MUG', 2, 'a']);
    const { fulfillment } = await way.labelled('1', 2);
    await pickShort(fulfillment, 1);
    expect(await holdings(world)).toEqual({ '#1': ['B a 1'] });
    expect(await losses(world)).toEqual({ '#1': { lost: [], short: [fulfillment] } });
  });

  it('of more than it holds, or of what has left, changes nothing', async () => {
    await world.receive('B', ['MUG', 9, 'a']);
    const { fulfillment } = await way.allocated('1', 2);
    const left = await way.shipped('2', 2);
    const before = await world.contents();
    expect(await pickShort(fulfillment, 3)).toEqual({ outcome: 'more_than_held', line: 0, held: 2 });
    expect(await pickShort(left.fulfillment, 1)).toEqual({ outcome: 'not_possible', stage: 'shipped' });
    expect(await pickShort(storeId, 1)).toBeNull();
    expect(await world.contents()).toEqual(before);
  });

  it('races with the hand-over and with allocating anew: booked once or refused', async () => {
    await world.receive('B', ['MUG', 6, 'a']);
    const { id, fulfillment } = await way.allocated('1', 3);
    const again = () => allocate(world.deps, { orderId: id, generation: 1 });
    const [one, two] = await Promise.all([
      pickShort(fulfillment, 2),
      pickShort(fulfillment, 2),
      again(),
      again(),
    ]);
    expect([one!.outcome, two!.outcome].sort()).toEqual(['booked', 'not_possible']);
    expect((await world.levels())['B/MUG']![0]).toBe(4);
  });
});
