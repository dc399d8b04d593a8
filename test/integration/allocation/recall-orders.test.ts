import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Refusal } from '../../../activities/failure.ts';
import { bury, end } from '../../../activities/lifecycle.ts';
import { reserve } from '../../../activities/reserve.ts';
import { allocate, handOver, release } from '../../../activities/stock.ts';
import { listRecalls } from '../../../db/read/recalls.ts';
import { proveStock } from '../../../db/stock/proof.ts';
import { markReturned, recallBatch } from '../../../db/stock/recall.ts';
import { StepUndone } from '../../../db/steps.ts';
import { inTransaction } from '../../../db/transaction.ts';
import { createFakeCarrier } from '../activities/fake-carrier.ts';
import { expectSoundStock } from '../db/invariants.ts';
import { createWorld, line, type World } from '../db/world.ts';
import { holdings, label, losses } from './stages.ts';

let world: World;
let storeId: string;

beforeAll(async () => {
  world = await createWorld({ poolSize: 20, carriers: [createFakeCarrier('fast').carrier] });
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.clear();
  storeId = await world.store({ policy: { objective: 'priority' } });
  await world.warehouse('B');
  await world.carrierAccount('fast');
  await world.product('MUG');
  await world.product('TEA');
});
afterEach(() => expectSoundStock(world));

const expiry = { early: '2027-01-01', bad: '2027-02-01', late: '2027-03-01' };
type Lot = keyof typeof expiry;
type Units = Partial<Record<Lot, number>>;

/** What an order draws on, and how far it then comes. The second of each kind is split over lots. */
const draws: Units[] = [
  { early: 2 },
  { bad: 2 },
  { late: 2 },
  { early: 1, bad: 1 },
  { bad: 2, late: 1 },
  { early: 1, bad: 1, late: 1 },
];
const ways = ['allocated', 'labelled', 'shipped', 'delivered', 'closed', 'cancelled'] as const;

interface Made {
  number: string;
  id: string;
  /** null: no lot was chosen for it. */
  fulfillment: string | null;
  way: (typeof ways)[number] | 'received' | 'waiting' | 'reserved';
  units: Units;
}

const receive = (units: Units) =>
  world.receive(
    'B',
    ...Object.entries(units).map(([lot, quantity]): [string, number, string, string] => [
      'MUG',
      quantity,
      lot,
      expiry[lot as Lot],
    ]),
  );
const total = (units: Units) => Object.values(units).reduce((sum, quantity) => sum + quantity, 0);

let placed = 0;
function place(lines: ReturnType<typeof line>[]): Promise<string> {
  placed += 1;
  const placedAt = new Date(Date.UTC(2026, 10, 1, 0, placed)).toISOString();
  return world.order(storeId, { externalId: String(placed), placedAt, lines });
}

/** Of an order without a lot. */
async function unallocated(way: 'received' | 'waiting' | 'reserved'): Promise<Made> {
  const lines = way === 'waiting' ? [line('1', 'MUG', 1), line('2', 'TEA', 1)] : [line('1', 'MUG', 1)];
  const id = await place(lines);
  if (way === 'received') await world.query(`update orders set stage = 'received' where id = ?`, [id]);
  else await reserve(world.deps, { orderId: id, generation: 1 });
  return { number: `#${placed}`, id, fulfillment: null, way, units: {} };
}

/** There is just what it is to draw on, so it does; then it goes its way. */
async function drawing(units: Units, way: (typeof ways)[number]): Promise<Made> {
  await receive(units);
  const id = await place([line('1', 'MUG', total(units))]);
  await reserve(world.deps, { orderId: id, generation: 1 });
  const { fulfillments } = await allocate(world.deps, { orderId: id, generation: 1 });
  const fulfillment = fulfillments[0]!.id;
  const made = { number: `#${placed}`, id, fulfillment, way, units };
  if (way === 'allocated' || way === 'cancelled') return made;
  await label(world.deps, made);
  if (way === 'labelled') return made;
  await leave(made);
  if (way !== 'shipped')
    await world.query(`update fulfillment set stage = 'delivered' where id = ?`, [fulfillment]);
  if (way === 'closed')
    await end(world.deps, { orderId: id, stage: 'closed', detail: 'done', actor: 'engine' });
  return made;
}

const leave = ({ id, fulfillment }: { id: string; fulfillment: string }) =>
  handOver(world.deps, { orderId: id, fulfillmentId: fulfillment, actor: 'test', reason: 'left' });

async function cancel({ id: orderId }: Made): Promise<void> {
  await bury(world.deps, { orderId, generation: 1, ending: 'cancel' });
  await world.query(`update fulfillment set stage = 'cancelled' where order_id = ?`, [orderId]);
  await release(world.deps, { orderId, generation: 1, keep: [], next: 'cancel' });
  await end(world.deps, { orderId, stage: 'cancelled', detail: 'gone', actor: 'engine' });
}

const recall = () =>
  inTransaction(world.orm, (em) =>
    recallBatch(em, { sku: 'MUG', lot: 'bad', reason: 'glass', actor: 'ops' }),
  );

/** `{ '#1': ['to_return', 2] }` */
async function items(): Promise<Record<string, [string, number]>> {
  const rows = await world.query<{ number: string; outcome: string; quantity: number }>(
    `select o.number, i.outcome, i.quantity from recall_item i join orders o on o.id = i.order_id`,
  );
  return Object.fromEntries(rows.map(({ number, outcome, quantity }) => [number, [outcome, quantity]]));
}

/** All that an order is, has and was told, as text. */
async function states(): Promise<Record<string, string>> {
  const rows = await world.query<{ number: string; state: string }>(
    `select o.number, jsonb_build_array(to_jsonb(o),
       (select jsonb_agg(to_jsonb(f) order by f.id) from fulfillment f where f.order_id = o.id),
       (select jsonb_agg(to_jsonb(r) order by r.id) from reservation r where r.order_id = o.id),
       (select jsonb_agg(to_jsonb(c) order by c.id) from claim c join reservation r on r.id = c.reservation_id
        where r.order_id = o.id),
       (select jsonb_agg(to_jsonb(w) order by w.sku) from stock_wait w where w.order_id = o.id),
       (select jsonb_agg(to_jsonb(b) order by b.seq) from outbox b where b.workflow_id = o.workflow_id),
       (select jsonb_agg(to_jsonb(a) order by a.seq) from audit a where a.order_id = o.id),
       (select jsonb_agg(to_jsonb(a) order by a.id) from attention a where a.order_id = o.id))::text as state
     from orders o`,
  );
  return Object.fromEntries(rows.map(({ number, state }) => [number, state]));
}

const numbersOf = (made: readonly Made[]) => made.map(({ number }) => number).toSorted();
const differences = async () => (await proveStock(world.orm, 'test')).differences;

async function twoHundred(): Promise<Made[]> {
  const made: Made[] = [];
  for (let n = 0; n < 14; n++) made.push(await unallocated('received'));
  // They want tea too, so they wait, and the mugs that they want are nobody else's.
  await receive({ late: 50 });
  for (let n = 0; n < 14; n++) made.push(await unallocated('waiting'));
  for (let n = 0; n < 28; n++) made.push(await unallocated('reserved'));
  for (let round = 0; round < 4; round++)
    for (const way of ways) for (const units of draws) made.push(await drawing(units, way));
  for (const one of made.filter(({ way }) => way === 'cancelled')) await cancel(one);
  return made;
}

it('of 200 orders in all stages, those with units of the lot are concerned, and no other', async () => {
  const made = await twoHundred();
  expect(made).toHaveLength(200);
  const drawn = await world.query(
    `select o.number, jsonb_object_agg(lot.number, c.quantity) as units
     from claim c join lot on lot.id = c.lot_id join reservation r on r.id = c.reservation_id
     join orders o on o.id = r.order_id group by o.number`,
  );
  expect(Object.fromEntries(drawn.map(({ number, units }) => [number, units]))).toEqual(
    Object.fromEntries(
      made.flatMap(({ number, fulfillment, units }) => (fulfillment ? [[number, units]] : [])),
    ),
  );
  const withBad = made.filter(({ units, way }) => units.bad && way !== 'cancelled');
  const moving = withBad.filter(({ way }) => way === 'allocated');
  const toCheck = withBad.filter(({ way }) => way === 'labelled');
  const gone = withBad.filter(({ way }) => ['shipped', 'delivered', 'closed'].includes(way));
  expect([moving.length, toCheck.length, gone.length]).toEqual([16, 16, 48]);
  const before = await states();

  const { id: recallId } = (await recall())!;

  const listed = (some: Made[], outcome: string) =>
    some.map(({ number, units }) => [number, [outcome, units.bad]]);
  expect(await items()).toEqual(
    Object.fromEntries([
      ...listed(moving, 'reallocated'),
      ...listed(toCheck, 'to_check'),
      ...listed(gone, 'to_return'),
    ]),
  );
  const after = await states();
  const changed = made.filter(({ number }) => after[number] !== before[number]);
  expect(numbersOf(changed)).toEqual(numbersOf([...moving, ...toCheck]));
  expect(await losses(world)).toEqual({
    ...Object.fromEntries(
      moving.map(({ number, fulfillment }) => [number, { lost: [fulfillment], short: [] }]),
    ),
    ...Object.fromEntries(
      toCheck.map(({ number, fulfillment }) => [number, { lost: [], short: [fulfillment] }]),
    ),
  });
  expect(await differences()).toEqual([]);

  for (const { id } of moving) await allocate(world.deps, { orderId: id, generation: 1 });
  const held = await holdings(world);
  for (const { number, units } of moving) {
    const lots = held[number]!.map((text) => text.split(' '));
    expect(lots.every(([, lot]) => lot === 'early' || lot === 'late')).toBe(true);
    expect(lots.reduce((sum, [, , quantity]) => sum + Number(quantity), 0)).toBe(total(units));
  }
  for (const { number, units } of toCheck) {
    const rest = Object.entries(units).filter(([lot]) => lot !== 'bad');
    expect(held[number] ?? []).toEqual(rest.map(([lot, quantity]) => `B ${lot} ${quantity}`));
  }
  for (const one of toCheck)
    await expect(leave({ ...one, fulfillment: one.fulfillment! })).rejects.toThrow('is not in B any more');
  const settled = await states();
  const moved = made.filter(({ number }) => settled[number] !== after[number]);
  expect(numbersOf(moved)).toEqual(numbersOf(moving));

  for (const { fulfillment } of gone) {
    const item = { recallId, fulfillmentId: fulfillment!, actor: 'ware', reason: 'came back' };
    expect(await inTransaction(world.orm, (em) => markReturned(em, item))).toBe('returned');
  }
  const [found] = await listRecalls(world.orm.em.fork(), { id: recallId, limit: 1 });
  expect(found!.counts).toEqual({ reallocated: 16, to_check: 16, to_return: 48, returned: 48 });
  expect(await differences()).toEqual([]);
});

/** As its workflow does: on a loss it is allocated anew, of one with a label a person is asked. */
async function goOn(id: string, fulfillment: string | null, labelled = false): Promise<'left' | 'short'> {
  const { fulfillments } = fulfillment
    ? { fulfillments: [{ id: fulfillment }] }
    : await allocate(world.deps, { orderId: id, generation: 1 });
  const own = { id, fulfillment: fulfillments[0]!.id };
  try {
    if (!labelled) await label(world.deps, own);
    await leave(own);
    return 'left';
  } catch (error) {
    if (error instanceof StepUndone) return goOn(id, null);
    if (error instanceof Refusal && error.reason === 'stock_gone') return 'short';
    throw error;
  }
}

it('races with orders that are allocated, labelled and leave: each unit of the lot is accounted for', async () => {
  await receive({ early: 10, bad: 60, late: 100 });
  const orders: { number: string; id: string; fulfillment: string | null; labelled: boolean }[] = [];
  for (let n = 0; n < 36; n++) {
    const id = await place([line('1', 'MUG', 2)]);
    await reserve(world.deps, { orderId: id, generation: 1 });
    const { fulfillments } =
      n % 3 === 0 ? { fulfillments: [] } : await allocate(world.deps, { orderId: id, generation: 1 });
    const fulfillment = fulfillments[0]?.id ?? null;
    const labelled = n % 3 === 2;
    if (labelled) await label(world.deps, { id, fulfillment: fulfillment! });
    orders.push({ number: `#${placed}`, id, fulfillment, labelled });
  }
  const ends: Record<string, string> = {};
  const go = async ({ number, id, fulfillment, labelled }: (typeof orders)[number]) => {
    ends[number] = await goOn(id, fulfillment, labelled);
  };
  await Promise.all([...orders.slice(0, 18).map(go), recall(), recall(), ...orders.slice(18).map(go)]);
  const listed = Object.entries(await items());
  const by = (outcome: string) => listed.filter(([, [of]]) => of === outcome);
  const shippedBad = await world.query<{ number: string; quantity: number }>(
    `select o.number, sum(c.quantity)::int as quantity from claim c join lot on lot.id = c.lot_id
     join reservation r on r.id = c.reservation_id join orders o on o.id = r.order_id
     where lot.number = 'bad' and c.state = 'shipped' group by o.number`,
  );
  expect(Object.fromEntries(by('to_return'))).toEqual(
    Object.fromEntries(shippedBad.map(({ number, quantity }) => [number, ['to_return', quantity]])),
  );
  const short = Object.keys(ends).filter((number) => ends[number] === 'short');
  expect(short.toSorted()).toEqual(
    by('to_check')
      .map(([number]) => number)
      .toSorted(),
  );
  expect(Object.keys(await losses(world)).toSorted()).toEqual(
    [...by('to_check'), ...by('reallocated')].map(([number]) => number).toSorted(),
  );
  expect(Object.keys(ends)).toHaveLength(36);
  const [rest] = await world.query(
    `select (select claimed from lot where number = 'bad') as claimed,
            (select count(*)::int from recall) as recalls,
            (select count(*)::int from orders where stage = 'shipped') as shipped`,
  );
  expect(rest).toEqual({ claimed: 0, recalls: 1, shipped: 36 - short.length });
  expect(await differences()).toEqual([]);
});
