import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { allocate } from '../../../activities/stock.ts';
import { LotNotIn, quarantineLot, releaseLot } from '../../../db/stock/lot-state.ts';
import { inTransaction } from '../../../db/transaction.ts';
import { expectSoundStock } from '../db/invariants.ts';
import { createWorld, type World } from '../db/world.ts';
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

const by = { actor: 'ware', reason: 'smells' };
const quarantine = async (lot: string) => {
  const id = await lotId(world, lot);
  return inTransaction(world.orm, (em) => quarantineLot(em, { lotId: id, ...by }));
};
const release = async (lot: string) => {
  const id = await lotId(world, lot);
  return inTransaction(world.orm, (em) => releaseLot(em, { lotId: id, ...by }));
};

it('quarantine moves who can be served from other lots, releases the youngest, and asks about labels', async () => {
  await world.receive('B', ['MUG', 5, 'a', '2027-01-01'], ['MUG', 3, 'b', '2027-01-02']);
  const labelled = await way.labelled('1', 1);
  const older = await way.allocated('2', 2);
  const younger = await way.allocated('3', 2);
  const lost = await quarantine('a');
  expect(lost.map(({ orderId, quantity }) => [orderId, quantity])).toEqual([
    [labelled.id, 1],
    [younger.id, 1],
    [older.id, 0],
  ]);
  expect(await holdings(world)).toEqual({ '#2': ['B - 2'], '#3': ['B - 1'] });
  expect(await losses(world)).toEqual({
    '#1': { lost: [], short: [labelled.fulfillment] },
    '#2': { lost: [older.fulfillment], short: [] },
    '#3': { lost: [younger.fulfillment], short: [] },
  });
  await allocate(world.deps, { orderId: older.id, generation: 1 });
  expect((await holdings(world))['#2']).toEqual(['B b 2']);
});

it('released, it serves those who wait; each is told once and repeated without effect', async () => {
  await world.receive('B', ['MUG', 5, 'a']);
  await quarantine('a');
  await way.reserved('1', 3);
  expect(await holdings(world)).toEqual({});
  await release('a');
  expect(await holdings(world)).toEqual({ '#1': ['B - 3'] });
  const before = await world.contents();
  await release('a');
  expect(await world.contents()).toEqual(before);
});

it.each(['recalled', 'expired'])('one that is %s is neither put aside nor released', async (state) => {
  await world.receive('B', ['MUG', 5, 'a']);
  await world.query('update lot set state = ?', [state]);
  const before = await world.contents();
  await expect(release('a')).rejects.toThrow(LotNotIn);
  await expect(quarantine('a')).rejects.toThrow(LotNotIn);
  expect(await world.contents()).toEqual(before);
});

it('one past its day is not released', async () => {
  await world.receive('B', ['MUG', 5, 'a', '2020-01-01']);
  await quarantine('a');
  await expect(release('a')).rejects.toThrow('Its last day is over');
});

it('races with allocating and with itself: no claim stays on it', async () => {
  await world.receive('B', ['MUG', 12, 'a', '2027-01-01'], ['MUG', 12, 'b', '2027-01-02']);
  const ids: string[] = [];
  for (let n = 0; n < 8; n++) ids.push(await way.reserved(String(n), 2));
  const again = () => ids.map((orderId) => allocate(world.deps, { orderId, generation: 1 }));
  await Promise.all([...again(), quarantine('a'), quarantine('a'), ...again()]);
  await Promise.all(again());
  const [lot] = await world.query('select state, claimed from lot where number = ?', ['a']);
  expect(lot).toEqual({ state: 'quarantined', claimed: 0 });
  expect((await world.levels())['B/MUG']).toEqual([24, 12]);
});
