import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bury } from '../../../activities/lifecycle.ts';
import { reserve } from '../../../activities/reserve.ts';
import { allocate, handOver, release } from '../../../activities/stock.ts';
import { StepUndone } from '../../../db/steps.ts';
import { giveToQueue, lockQueue } from '../../../db/stock/queue.ts';
import { inTransaction } from '../../../db/transaction.ts';
import { expectSoundStock } from './invariants.ts';
import { createWorld, line, type World } from './world.ts';

const RUNS = 60;
const ORDERS = 5;

type Operation =
  | { kind: 'reserve' | 'allocate' | 'label' | 'handOver' | 'cancel'; order: number }
  | { kind: 'receive'; warehouse: string; sku: number; quantity: number };

/** Groups of operations: those of a group run beside each other. */
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: stepOf('reserve') },
  { weight: 2, arbitrary: stepOf('allocate') },
  { weight: 1, arbitrary: stepOf('label') },
  { weight: 2, arbitrary: stepOf('handOver') },
  { weight: 1, arbitrary: stepOf('cancel') },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('receive' as const),
      warehouse: fc.constantFrom('B', 'M', 'P'),
      sku: fc.nat(2),
      quantity: fc.integer({ min: 1, max: 4 }),
    }),
  },
);

function stepOf(kind: Exclude<Operation['kind'], 'receive'>): fc.Arbitrary<Operation> {
  return fc.record({ kind: fc.constant(kind), order: fc.nat(ORDERS - 1) });
}

const wanted = fc.record({
  quantities: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2)).filter((all) => all.some((one) => one > 0)),
  country: fc.constantFrom('DE', 'FR'),
  priority: fc.constantFrom(1, 100),
});

const scenario = fc.record({
  orders: fc.array(wanted, { minLength: ORDERS, maxLength: ORDERS }),
  groups: fc.array(fc.array(operation, { minLength: 1, maxLength: 8 }), { minLength: 3, maxLength: 6 }),
});

let world: World;
let storeId: string;
let run = 0;

beforeAll(async () => {
  world = await createWorld({ poolSize: 12 });
  storeId = await world.store();
  await world.warehouse('B', { countries: ['DE'] });
  await world.warehouse('M', { countries: ['*'] });
  await world.warehouse('P', { countries: ['FR'] });
});
afterAll(() => world.close());

it('holds every invariant of stock after any operations in any order, beside each other', async () => {
  await fc.assert(fc.asyncProperty(scenario, play), { numRuns: RUNS, seed: 20_261_124, endOnFailure: true });
});

async function play({ orders, groups }: { orders: Wanted[]; groups: Operation[][] }): Promise<void> {
  run++;
  const skus = [0, 1, 2].map((number) => `${run}-${number}`);
  for (const sku of skus) await world.product(sku);
  const ids: string[] = [];
  for (const [number, order] of orders.entries()) ids.push(await place(`${run}/${number}`, skus, order));
  for (const group of groups) {
    const outcomes = await Promise.allSettled(group.map((operation) => perform(operation, skus, ids)));
    const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(failed.filter((error) => !isRefusal(error))).toEqual([]);
    await expectSoundStock(world);
    await expectNobodyForgotten(skus);
  }
}

type Wanted = { quantities: [number, number, number]; country: string; priority: number };

function place(
  externalId: string,
  skus: string[],
  { quantities, country, priority }: Wanted,
): Promise<string> {
  return world.order(storeId, {
    externalId,
    priority,
    lines: quantities.flatMap((quantity, index) =>
      quantity > 0 ? [line(`${index}`, skus[index]!, quantity)] : [],
    ),
    shippingAddress: { name: 'Mina', line1: 'Weg 1', city: 'Ort', country },
  });
}

async function perform(operation: Operation, skus: string[], ids: string[]): Promise<unknown> {
  if (operation.kind === 'receive')
    return world.receive(operation.warehouse, [skus[operation.sku]!, operation.quantity]);
  const key = { orderId: ids[operation.order]!, generation: 1 };
  switch (operation.kind) {
    case 'reserve':
      return reserve(world.deps, key);
    case 'allocate':
      return allocate(world.deps, key);
    case 'label':
      return world.query(
        `update fulfillment set stage = 'labelled' where order_id = ? and stage = 'allocated'`,
        [key.orderId],
      );
    case 'handOver':
      return handOverAll(key.orderId);
    case 'cancel':
      await bury(world.deps, { ...key, ending: 'cancel' });
      return release(world.deps, { ...key, keep: [], next: 'cancel' });
  }
}

async function handOverAll(orderId: string): Promise<void> {
  const rows = await world.query<{ id: string }>('select id from fulfillment where order_id = ?', [orderId]);
  for (const { id } of rows)
    await handOver(world.deps, { orderId, fulfillmentId: id, actor: 'test', reason: 'left' });
}

/** What a step says when it does not apply; everything else (a deadlock, a broken constraint) is a defect. */
const isRefusal = (error: unknown) =>
  error instanceof StepUndone ||
  (error instanceof Error && /has no open reservation|only what has its labels/.test(error.message));

/** Nobody waits for what is there: serving the queue once more would serve nobody. */
async function expectNobodyForgotten(skus: string[]): Promise<void> {
  const before = await world.contents('stock_wait', 'claim');
  await inTransaction(world.orm, async (em) => giveToQueue(em, await lockQueue(em, skus)));
  expect(await world.contents('stock_wait', 'claim')).toEqual(before);
}
