import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { giveToQueue, lockQueue } from '../../../db/stock/queue.ts';
import { readDifferences } from '../../../db/read/proof.ts';
import { inTransaction } from '../../../db/transaction.ts';
import { type StockActors, startStockActors } from '../../support/stock-actors.ts';
import type { OrderOperation, StockOperation } from '../../support/stock-operations.ts';
import { expectSoundStock } from './invariants.ts';
import { createWorld, line, type World } from './world.ts';

/** The long version: STOCK_SEQUENCES=5000 STOCK_SEED=7 npm test -- stock-property. */
const RUNS = Number(process.env['STOCK_SEQUENCES'] ?? 200);
const SEED = Number(process.env['STOCK_SEED'] ?? 20_261_124);
const ORDERS = 5;
/** Sixteen connections in three processes. */
const CONNECTIONS = [6, 5, 5];

/** Numbers stand for the orders, SKUs and lots of a run. */
type Planned =
  | { kind: OrderOperation; order: number }
  | { kind: 'receive' | 'damage'; warehouse: string; sku: number; lot: number; quantity: number }
  | { kind: 'transfer'; from: string; to: string; sku: number; quantity: number; lot: number | null }
  | { kind: 'count'; warehouse: string; sku: number; found: number }
  | { kind: 'quarantine' | 'releaseLot'; warehouse: string; sku: number; lot: number }
  | { kind: 'recall'; sku: number; lot: number }
  | { kind: 'open' | 'close'; warehouse: string }
  | { kind: 'expire'; now: string };

/** The last days of the lots, by number: far off for any clock, or over for any; one lot has none. */
const LAST_DAYS = [undefined, '2099-01-01', '2099-02-01', '2020-01-01'];
/** Moments after none, one or both of the days that are far off. */
const MOMENTS = ['2026-11-24', '2099-01-15', '2099-02-15'].map((day) => `${day}T12:00:00Z`);

const warehouse = fc.constantFrom('B', 'M', 'P');
const sku = fc.nat(2);
const lot = fc.constantFrom(0, 0, 1, 1, 2, 2, 3);
const quantity = fc.integer({ min: 1, max: 4 });
const ofOrder = (kind: OrderOperation, weight: number) => ({
  weight,
  arbitrary: fc.record({ kind: fc.constant(kind), order: fc.nat(ORDERS - 1) }),
});

/** Groups of operations: those of a group run beside each other. */
const operation: fc.Arbitrary<Planned> = fc.oneof(
  ofOrder('reserve', 6),
  ofOrder('allocate', 4),
  ofOrder('label', 2),
  ofOrder('handOver', 2),
  ofOrder('cancel', 1),
  ofOrder('reroute', 1),
  ofOrder('giveBack', 1),
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('receive' as const), warehouse, sku, lot, quantity }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('damage' as const), warehouse, sku, lot, quantity }),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({
        ...{ kind: fc.constant('transfer' as const), from: warehouse, to: warehouse, sku, quantity },
        lot: fc.option(lot),
      })
      .filter(({ from, to }) => from !== to),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('count' as const),
      warehouse,
      sku,
      found: fc.integer({ min: -2, max: 2 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('quarantine' as const, 'releaseLot' as const),
      warehouse,
      sku,
      lot,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('recall' as const), sku, lot }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('open' as const, 'open' as const, 'close' as const),
      warehouse,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('expire' as const), now: fc.constantFrom(...MOMENTS) }),
  },
);

const wanted = fc.record({
  quantities: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2)).filter((all) => all.some((one) => one > 0)),
  country: fc.constantFrom('DE', 'FR'),
  priority: fc.constantFrom(1, 100),
});

const scenario = fc.record({
  orders: fc.array(wanted, { minLength: ORDERS, maxLength: ORDERS }),
  groups: fc.array(fc.array(operation, { minLength: 3, maxLength: 16 }), { minLength: 2, maxLength: 4 }),
});

let world: World;
let actors: StockActors;
let storeId: string;
let run = 0;

beforeAll(async () => {
  world = await createWorld({ poolSize: 4 });
  actors = await startStockActors(world.url, CONNECTIONS);
  await setUp();
});
afterAll(async () => {
  actors.stop();
  await world.close();
});

async function setUp(): Promise<void> {
  storeId = await world.store();
  await world.warehouse('B', { countries: ['DE'] });
  await world.warehouse('M', { countries: ['*'] });
  await world.warehouse('P', { countries: ['FR'] });
}

it('holds every invariant of stock after any operations in any order, beside each other', async () => {
  await fc.assert(fc.asyncProperty(scenario, play), { numRuns: RUNS, seed: SEED, endOnFailure: true });
}, 3_600_000);

async function play({ orders, groups }: { orders: Wanted[]; groups: Planned[][] }): Promise<void> {
  run++;
  // What is looked at after each group stays small.
  if (run % 5 === 0) {
    await world.clear();
    await setUp();
  }
  await world.query('update warehouse set active = true');
  const skus = [0, 1, 2].map((number) => `${run}-${number}`);
  for (const one of skus) await world.product(one);
  const ids = await Promise.all(orders.map((order, number) => place(`${run}/${number}`, skus, order)));
  for (const group of groups) {
    const defects = await actors.perform(group.map((planned) => toOperation(planned, skus, ids)));
    expect(defects).toEqual([]);
    await expectSoundStock(world);
    await expectNobodyForgotten(skus);
    await expectNothingFromClosed();
  }
  expect(await readDifferences(world.orm.em.fork())).toEqual([]);
}

function toOperation(planned: Planned, skus: string[], ids: string[]): StockOperation {
  if ('order' in planned) return { kind: planned.kind, orderId: ids[planned.order]! };
  if (!('sku' in planned)) return planned;
  const sku = skus[planned.sku]!;
  if (!('lot' in planned)) return { ...planned, sku };
  if (planned.kind === 'transfer')
    return { ...planned, sku, lot: planned.lot === null ? null : `L${planned.lot}` };
  const named = { ...planned, sku, lot: `L${planned.lot}` };
  return named.kind === 'receive' ? { ...named, expiresAt: LAST_DAYS[planned.lot] } : named;
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
    lines: quantities.flatMap((wants, index) => (wants > 0 ? [line(`${index}`, skus[index]!, wants)] : [])),
    shippingAddress: { name: 'Mina', line1: 'Weg 1', city: 'Ort', country },
  });
}

/** Nobody waits for what is there: serving the queue once more serves nobody. */
async function expectNobodyForgotten(skus: string[]): Promise<void> {
  const counts = `select (select count(*)::int from claim) as claims, (select sum(quantity)::int from stock_wait) as waiting`;
  await inTransaction(world.orm, async (em) => {
    const before = await em.execute(counts);
    await giveToQueue(em, await lockQueue(em, skus));
    expect(await em.execute(counts)).toEqual(before);
  });
}

/** What a closed warehouse has promised has its label. */
async function expectNothingFromClosed(): Promise<void> {
  const promised = await world.query(
    `select c.* from claim c join warehouse w on w.code = c.warehouse left join fulfillment f on f.id = c.fulfillment_id
     where not w.active and c.state = 'open' and f.stage is distinct from 'labelled'`,
  );
  expect(promised).toEqual([]);
}
