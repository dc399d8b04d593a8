/** All that `npm run bench` measures, on one system. */
import { setTimeout as sleep } from 'node:timers/promises';
import { acknowledge } from './acknowledge.ts';
import { watchMemory } from './memory.ts';
import { startNoOp } from './no-op/driver.ts';
import type { Plan } from './no-op/plan.ts';
import { ascending, quantile } from './quantile.ts';
import { type BenchShop, connectShop, orderOfOne } from './shop.ts';
import { type BenchSystem, type Persistence, startBenchSystem } from './system.ts';
import { type Watch, watchShop } from './watch.ts';

export interface Figures {
  persistence: Persistence;
  orders: number;
  counts: Plan['counts'];
  /** A second, by round; the two take turns. */
  rounds: { orders: number; noOp: number }[];
  ordersPerSecond: number;
  noOpPerSecond: number;
  ratio: number;
  emptyPerSecond: number;
  latencyMs: { p50: number; p99: number; orders: number };
  acknowledgedMs: { p50: number; p99: number; webhooks: number; refused: number };
  peakMb: { api: number; worker: number };
  complaints: number;
  machine: Record<string, string | number>;
}

const rounds = 4;
const warmUp = 40;
/** For what follows an order (its echoes from the shop) to end before something else is measured. */
const settle = () => sleep(3_000);
const steady = { perSecond: 5, seconds: 20 };
const storm = { perSecond: 200, seconds: 5 };

export async function measureOrders(orders: number, persistence: Persistence): Promise<Figures> {
  const system = await startBenchSystem(persistence);
  try {
    const shop = await connectShop(system, orders + 10_000);
    const machine = await system.describe();
    const watch = watchShop(system.sandbox);
    const models = await warm(shop, watch);
    const pids = await system.processes();
    const memory = watchMemory({ api: pids['api/main.ts']!, worker: pids['workers/main.ts']! });
    try {
      const figures = await measure(system, shop, watch, orders, models);
      const { api = 0, worker = 0 } = memory.peak();
      const complaints = await system.complaints();
      for (const line of [...complaints, ...watch.unanswered].slice(0, 10)) console.error(line);
      return {
        ...figures,
        persistence,
        orders,
        peakMb: { api, worker },
        complaints: complaints.length + watch.unanswered.length,
        machine,
      };
    } finally {
      memory.stop();
    }
  } finally {
    await system.stop();
  }
}

/** Connections are opened, code is compiled. The no-op is made after one of the orders that came together. */
async function warm(shop: BenchShop, watch: Watch): Promise<number[]> {
  await shop.createOrder(orderOfOne(0));
  await watch.untilTold(1);
  const { ids } = await shop.createOrders(warmUp, orderOfOne(1));
  await watch.untilTold(1 + warmUp);
  await settle();
  return ids;
}

async function measure(
  system: BenchSystem,
  shop: BenchShop,
  watch: Watch,
  orders: number,
  models: readonly number[],
) {
  const noOp = await startNoOp(system.temporalAddress, shop.storeId, models);
  try {
    await noOp.round(warmUp);
    const each = Math.ceil(orders / rounds);
    const pairs: Figures['rounds'] = [];
    for (let n = 0; n < rounds; n++) {
      const pair = { orders: await round(shop, watch, each), noOp: 0 };
      await settle();
      pair.noOp = await noOp.round(each);
      await settle();
      pairs.push(pair);
    }
    const emptyPerSecond = await noOp.empty(each);
    const latencyMs = await latencyAt(shop, watch);
    await settle();
    const acknowledgedMs = await acknowledgement(shop);
    const ordersPerSecond = overall(pairs.map((pair) => pair.orders));
    const noOpPerSecond = overall(pairs.map((pair) => pair.noOp));
    const ratio = ordersPerSecond / noOpPerSecond;
    const { counts } = noOp.plan;
    return {
      counts,
      rounds: pairs,
      ordersPerSecond,
      noOpPerSecond,
      ratio,
      emptyPerSecond,
      latencyMs,
      acknowledgedMs,
    };
  } finally {
    await noOp.stop();
  }
}

/** Of rounds of the same size: all orders by all the time. */
const overall = (perSecond: number[]) =>
  perSecond.length / perSecond.reduce((seconds, rate) => seconds + 1 / rate, 0);

async function round(shop: BenchShop, watch: Watch, count: number): Promise<number> {
  const before = watch.told.size;
  const { ids } = await shop.createOrders(count, orderOfOne(before));
  await watch.untilTold(before + count);
  const first = Math.min(...ids.map((id) => watch.sent.get(String(id))!));
  const last = Math.max(...ids.map((id) => watch.told.get(String(id))!));
  return (count * 1_000) / (last - first);
}

async function latencyAt(shop: BenchShop, watch: Watch): Promise<Figures['latencyMs']> {
  const before = watch.told.size;
  const count = steady.perSecond * steady.seconds;
  const begun = performance.now();
  const made = Array.from({ length: count }, async (_, n) => {
    await sleep(Math.max(0, begun + (n * 1_000) / steady.perSecond - performance.now()));
    return (await shop.createOrder(orderOfOne(before + n))).id;
  });
  const ids = (await Promise.all(made)).map(String);
  await watch.untilTold(before + count);
  const times = ascending(ids.map((id) => watch.told.get(id)! - watch.sent.get(id)!));
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), orders: count };
}

async function acknowledgement(shop: BenchShop): Promise<Figures['acknowledgedMs']> {
  const answers = await acknowledge(shop, storm.perSecond, storm.seconds);
  const times = ascending(answers.map(({ ms }) => ms));
  const refused = answers.filter(({ status }) => status !== 200).length;
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), webhooks: answers.length, refused };
}
