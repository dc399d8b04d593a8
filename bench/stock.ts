/**
 * How many reservations a second one process makes, on one hot SKU and spread over 200, against the same database:
 * (a) one transaction per order, (b) Orderloom's way, which gathers those that come together. And what one reservation
 * takes when nothing else is going on. Ratios to limits measured in the same run.
 *
 * `npm run bench:stock [orders]`, 6000 unless given. Ends with 1 when a reservation fails; the figures are reported,
 * whatever they are.
 */
import { cpus, totalmem } from 'node:os';
import Table from 'cli-table3';
import { v7 as uuid } from 'uuid';
import { reserve } from '../activities/reserve.ts';
import { type Database, openDatabase } from '../db/database.ts';
import { ProductSchema, WarehouseSchema } from '../db/entities/stock.ts';
import { StoreSchema } from '../db/entities/stores.ts';
import { migrate } from '../db/migrate.ts';
import { receiveStock } from '../db/stock/receive.ts';
import { type Holder, reserveOrders } from '../db/stock/reserve.ts';
import { inTransaction } from '../db/transaction.ts';
import { startPostgres } from '../scripts/embedded/postgres.ts';
import { makeOrders } from './many-orders.ts';

const orders = Number(process.argv[2] ?? 6_000);
if (!Number.isInteger(orders) || orders < 100) throw new RangeError('Give the number of orders: 100 or more');

/** As many callers at once as a worker has activity slots; connections as a worker has by default. */
const callers = 400;
const connections = 20;
/** Of the slower way fewer are enough. */
const ordersOneByOne = Math.ceil(orders / 4);
const spread = Array.from({ length: 200 }, (_, n) => `SKU-${n}`);
const hot = ['HOT'];
const gatheringWindowMs = 3;

type Way = (holder: Holder) => Promise<unknown>;

const postgres = await startPostgres();
try {
  await migrate(postgres.url);
  const orm = await openDatabase(postgres.url, connections);
  try {
    await run(orm);
  } finally {
    await orm.close(true);
  }
} finally {
  await postgres.stop();
}

async function run(orm: Database): Promise<void> {
  const storeId = await prepare(orm);
  const oneByOne: Way = async (holder) => {
    const [outcome] = await inTransaction(orm, (em) => reserveOrders(em, [holder]));
    if (outcome?.kind !== 'claimed') throw new Error(`Not reserved: ${outcome?.kind}`);
  };
  const gathered: Way = (holder) => reserve({ orm }, holder);
  const make = (count: number, skus: string[]) => makeOrders(orm, storeId, count, skus);
  // Connections are opened, code is compiled.
  for (const way of [oneByOne, gathered]) await perSecond(way, await make(400, spread), callers);
  const figures = {
    hot: {
      oneByOne: await perSecond(oneByOne, await make(ordersOneByOne, hot), callers),
      gathered: await perSecond(gathered, await make(orders, hot), callers),
    },
    spread: {
      oneByOne: await perSecond(oneByOne, await make(ordersOneByOne, spread), callers),
      gathered: await perSecond(gathered, await make(orders, spread), callers),
    },
    unloadedMs: {
      oneByOne: await median(oneByOne, await make(200, spread)),
      gathered: await median(gathered, await make(200, spread)),
    },
  };
  report(figures);
}

async function prepare(orm: Database): Promise<string> {
  const em = orm.em.fork();
  const storeId = uuid();
  const address = { name: 'B', line1: 'Way 1', city: 'Berlin', postalCode: '10115', country: 'DE' };
  await em.insert(StoreSchema, {
    ...{
      id: storeId,
      name: 'Bench',
      platform: 'api',
      url: '',
      currency: 'EUR',
      webhookSecrets: '',
      credentials: '',
    },
    ...{ fulfillFrom: new Date(0), backfillWatermark: new Date(), policy: {} },
  });
  for (const code of ['B', 'M'])
    await em.insert(WarehouseSchema, {
      ...{ code, name: code, address, latitude: 52, longitude: 13, countries: ['DE'] },
    });
  const skus = [...hot, ...spread];
  await em.insertMany(
    ProductSchema,
    skus.map((sku) => ({ sku, name: sku, weightGrams: 1, dimensionsMm: { length: 1, width: 1, height: 1 } })),
  );
  const lines = skus.map((sku) => ({ sku, quantity: 1_000_000, unitCost: { minor: 1, currency: 'EUR' } }));
  for (const warehouse of ['B', 'M'])
    await inTransaction(orm, (tx) => receiveStock(tx, { warehouse, actor: 'bench', lines }));
  return storeId;
}

async function perSecond(way: Way, ids: readonly string[], beside: number): Promise<number> {
  const left = ids.values();
  const caller = async () => {
    for (const orderId of left) await way({ orderId, generation: 1 });
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: beside }, caller));
  return (ids.length * 1_000) / (performance.now() - begun);
}

async function median(way: Way, ids: readonly string[]): Promise<number> {
  const times: number[] = [];
  for (const orderId of ids) {
    const begun = performance.now();
    await way({ orderId, generation: 1 });
    times.push(performance.now() - begun);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!;
}

function report(
  figures: Record<'hot' | 'spread' | 'unloadedMs', { oneByOne: number; gathered: number }>,
): void {
  const { hot: onHot, spread: onSpread, unloadedMs } = figures;
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;
  const limitMs = 1.5 * unloadedMs.oneByOne + gatheringWindowMs;
  const table = new Table({ head: ['', 'one transaction each', 'gathered', 'ratio', 'aim'] });
  const rate = (value: number) => `${Math.round(value)}/s`;
  const times = (pair: { oneByOne: number; gathered: number }) =>
    `${(pair.gathered / pair.oneByOne).toFixed(1)} ×`;
  table.push(
    ['one hot SKU', rate(onHot.oneByOne), rate(onHot.gathered), times(onHot), '15 ×'],
    ['200 SKUs', rate(onSpread.oneByOne), rate(onSpread.gathered), times(onSpread), '3 ×'],
    [
      'alone, median',
      `${unloadedMs.oneByOne.toFixed(2)} ms`,
      `${unloadedMs.gathered.toFixed(2)} ms`,
      `${(unloadedMs.gathered / limitMs).toFixed(2)} of the limit`,
      `at most ${limitMs.toFixed(2)} ms`,
    ],
  );
  console.log(
    `${orders} orders by ${callers} callers over ${connections} connections; ${machine}\n${table.toString()}`,
  );
  console.log(JSON.stringify({ machine, orders, callers, connections, ...figures, limitMs }));
}
