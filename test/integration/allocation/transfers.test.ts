import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { quarantineLot, releaseLot } from '../../../db/stock/lot-state.ts';
import { recallBatch } from '../../../db/stock/recall.ts';
import * as transfers from '../../../db/stock/transfers.ts';
import { inTransaction } from '../../../db/transaction.ts';
import { expectSoundStock } from '../db/invariants.ts';
import { createWorld, type World } from '../db/world.ts';
import { holdings, lotId, losses, wayOf } from './stages.ts';

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

const actor = 'ware';
const quarantine = async (lot: string, warehouse = 'B') => {
  const id = await lotId(world, lot, warehouse);
  return inTransaction(world.orm, (em) => quarantineLot(em, { lotId: id, actor, reason: 'smells' }));
};
const release = async (lot: string, warehouse = 'B') => {
  const id = await lotId(world, lot, warehouse);
  return inTransaction(world.orm, (em) => releaseLot(em, { lotId: id, actor, reason: 'is fine' }));
};
const recall = (lot: string) =>
  inTransaction(world.orm, (em) => recallBatch(em, { sku: 'MUG', lot, reason: 'glass', actor }));

async function draft(lot: string, quantity: number): Promise<string> {
  const lines = [{ sku: 'MUG', quantity, lotId: await lotId(world, lot) }];
  const transfer = { from: 'B', to: 'M', note: null, expectedAt: null, actor, lines };
  return (await inTransaction(world.orm, (em) => transfers.createTransfer(em, transfer))).id;
}
const send = (id: string) =>
  inTransaction(world.orm, async (em) =>
    transfers.sendTransfer(em, (await transfers.lockTransfer(em, id))!, actor),
  );
const receive = (id: string, quantity: number) =>
  inTransaction(world.orm, async (em) => {
    const transfer = (await transfers.lockTransfer(em, id))!;
    return transfers.receiveTransfer(em, transfer, [{ position: 1, quantity }], actor);
  });
async function onItsWay(lot: string, quantity: number): Promise<string> {
  const id = await draft(lot, quantity);
  await send(id);
  return id;
}

/** `{ 'M a': 'quarantined 3' }` */
async function lots(): Promise<Record<string, string>> {
  const rows = await world.query<{ at: string; is: string }>(
    `select warehouse || ' ' || number as at, state || ' ' || on_hand as is from lot order by 1`,
  );
  return Object.fromEntries(rows.map(({ at, is }) => [at, is]));
}

const lotAudits = () =>
  world.query(`select what, detail from audit where what like 'lot_%' and detail like '%in M%'`);

it('units in quarantine arrive in quarantine, where the batch never was', async () => {
  await world.receive('B', ['MUG', 5, 'a']);
  await quarantine('a');
  await receive(await onItsWay('a', 3), 3);
  expect(await lots()).toEqual({ 'B a': 'quarantined 2', 'M a': 'quarantined 3' });
  await way.reserved('1', 1);
  expect(await holdings(world)).toEqual({});
});

it('units in quarantine take the batch that is on sale where they arrive off sale, with what was promised of it', async () => {
  await world.receive('B', ['MUG', 5, 'a']);
  await quarantine('a');
  await world.receive('M', ['MUG', 4, 'a', '2027-01-01'], ['MUG', 2, 'b', '2027-02-01']);
  const labelled = await way.labelled('1', 1);
  const older = await way.allocated('2', 2);
  const younger = await way.allocated('3', 1);
  const id = await onItsWay('a', 3);
  const lost = await receive(id, 2);
  expect(lost.map(({ orderId, quantity }) => [orderId, quantity])).toEqual([
    [labelled.id, 1],
    [younger.id, 1],
    [older.id, 0],
  ]);
  expect(await lots()).toEqual({ 'B a': 'quarantined 2', 'M a': 'quarantined 6', 'M b': 'sellable 2' });
  expect(await holdings(world)).toEqual({ '#2': ['M - 2'] });
  expect(await losses(world)).toEqual({
    '#1': { lost: [], short: [labelled.fulfillment] },
    '#2': { lost: [older.fulfillment], short: [] },
    '#3': { lost: [younger.fulfillment], short: [] },
  });
  // The rest changes nothing more.
  expect(await receive(id, 1)).toEqual([]);
  expect(await lotAudits()).toEqual([
    {
      what: 'lot_quarantined',
      detail: expect.stringMatching(/^MUG in M, lot a: TR-\d+ brought units of it that are quarantined$/),
    },
  ]);
});

it('sellable units do not put on sale what is in quarantine where they arrive', async () => {
  await world.receive('B', ['MUG', 5, 'a']);
  await world.receive('M', ['MUG', 4, 'a']);
  await quarantine('a', 'M');
  await receive(await onItsWay('a', 3), 3);
  expect(await lots()).toEqual({ 'B a': 'sellable 2', 'M a': 'quarantined 7' });
});

it('what is decided about their lot holds for the units on their way', async () => {
  await world.receive('B', ['MUG', 5, 'a'], ['MUG', 5, 'b']);
  const bad = await onItsWay('a', 3);
  await quarantine('a');
  await quarantine('b');
  const good = await onItsWay('b', 3);
  await release('b');
  await receive(bad, 3);
  await receive(good, 3);
  expect(await lots()).toEqual({
    'B a': 'quarantined 2',
    'B b': 'sellable 2',
    'M a': 'quarantined 3',
    'M b': 'sellable 3',
  });
  // Once there, each warehouse decides about its own.
  await release('a', 'M');
  expect(await lots()).toMatchObject({ 'B a': 'quarantined 2', 'M a': 'sellable 3' });
});

it.each(['before they leave', 'on their way'])(
  'units of a batch that is called back %s arrive recalled, and stay so',
  async (moment) => {
    await world.receive('B', ['MUG', 5, 'a']);
    if (moment === 'before they leave') await recall('a');
    const id = await onItsWay('a', 5);
    if (moment === 'on their way') await recall('a');
    await receive(id, 2);
    await receive(id, 3);
    expect(await lots()).toEqual({ 'B a': 'recalled 0', 'M a': 'recalled 5' });
  },
);

it('units of a lot that was called back alone take the batch with them wherever they arrive', async () => {
  await world.receive('B', ['MUG', 5, 'a']);
  await world.receive('M', ['MUG', 4, 'a']);
  await quarantine('a', 'M');
  await world.query(`update lot set state = 'recalled' where warehouse = 'B'`);
  await receive(await onItsWay('a', 5), 5);
  expect(await lots()).toEqual({ 'B a': 'recalled 0', 'M a': 'recalled 9' });
});

it('units past their day serve nobody where they arrive', async () => {
  await world.receive('B', ['MUG', 5, 'a', '2026-01-01']);
  await world.query(`update lot set state = 'expired'`);
  const id = await onItsWay('a', 5);
  await way.reserved('1', 1);
  await receive(id, 5);
  expect(await lots()).toEqual({ 'B a': 'expired 0', 'M a': 'expired 5' });
  expect(await holdings(world)).toEqual({});
});

it.each([
  ['quarantine', () => quarantine('a'), 'quarantined'],
  ['recall', () => recall('a'), 'recalled'],
] as const)(
  'a %s at the moment of leaving and of arriving: nothing of it is promised anywhere after all of it came',
  async (_decision, decide, state) => {
    await world.receive('B', ['MUG', 12, 'a', '2027-01-01'], ['MUG', 4, 'b', '2027-02-01']);
    await world.receive('M', ['MUG', 4, 'a', '2027-01-01']);
    const orders = [];
    for (let n = 0; n < 6; n++) orders.push(await way.allocated(String(n), 2));
    const gone = await Promise.all([2, 2].map((quantity) => draft('a', quantity)));
    const coming = await onItsWay('a', 4);
    await Promise.all([decide(), ...gone.map(send), receive(coming, 2), receive(coming, 1), decide()]);
    await Promise.all([...gone.map((id) => receive(id, 2)), receive(coming, 1)]);
    expect(await lots()).toEqual({ 'B a': `${state} 4`, 'B b': 'sellable 4', 'M a': `${state} 12` });
    expect(await world.query('select number, claimed from lot where claimed > 0')).toEqual([]);
    const held = Object.values(await holdings(world)).flat();
    expect(held.toSorted()).toEqual(['B - 2', 'B - 2']);
    expect(orders).toHaveLength(6);
  },
);
