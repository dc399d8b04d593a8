/**
 * How long one order takes when nothing else is going on: from the moment when the shop sends its webhook until
 * the label is bought and until the shop was told of the shipment. All three times are taken by the sandbox, which
 * stands for the shop and the carrier, so nothing of Orderloom's own is believed.
 *
 * `npm run bench:latency [orders]`, 30 unless given. Ends with 1 when an order does not arrive; the figures are
 * reported, whatever they are.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from './quantile.ts';
import { type BenchShop, connectShop, orderOfOne } from './shop.ts';
import { type BenchSystem, startBenchSystem } from './system.ts';

const orders = Number(process.argv[2] ?? 30);
if (!Number.isInteger(orders) || orders < 1) throw new RangeError('Give the number of orders: 1 or more');

/** Before the measure: connections are opened and code is compiled. */
const warmUp = 5;
/** Milliseconds for what follows an order (its echoes from the shop, the stock push) to settle. */
const pause = 700;
const patience = 30_000;

interface Sample {
  /** Milliseconds since the webhook was sent. */
  label: number;
  told: number;
}

const system = await startBenchSystem();
try {
  const shop = await connectShop(system, 10_000);
  const machine = await system.describe();
  for (let n = 0; n < warmUp; n++) await measure(system, shop, n);
  const samples: Sample[] = [];
  for (let n = 0; n < orders; n++) samples.push(await measure(system, shop, warmUp + n));
  report(samples, machine);
} finally {
  await system.stop();
}

async function measure(all: BenchSystem, shop: BenchShop, n: number): Promise<Sample> {
  const { id } = await shop.createOrder(orderOfOne(n));
  const told = await untilTold(all, id);
  const sent = Math.min(
    ...(await sentAt(all, id, 'orders/create')),
    ...(await sentAt(all, id, 'orders/paid')),
  );
  const label = await labelBoughtAt(all, shop, id);
  await sleep(pause);
  return { label: label - sent, told: told - sent };
}

/** The shop tells at once of every fulfillment that it was given. */
async function untilTold(all: BenchSystem, id: number): Promise<number> {
  for (const until = Date.now() + patience; Date.now() < until; await sleep(40)) {
    const [told] = await sentAt(all, id, 'fulfillments/create');
    if (told !== undefined) return told;
  }
  throw new Error(`The shop heard nothing of order ${id} for ${patience / 1000} s`);
}

/** When the shop's webhooks of this topic left it: each is logged when it was answered, with how long that took. */
async function sentAt({ sandbox }: BenchSystem, id: number, topic: string): Promise<number[]> {
  const sent = await sandbox.deliveries({ topic, resource: String(id) });
  return sent.map(({ at, ms }) => Date.parse(at) - ms);
}

async function labelBoughtAt({ sandbox }: BenchSystem, shop: BenchShop, id: number): Promise<number> {
  const numbers = (await shop.order(id)).fulfillments.flatMap(({ tracking }) => tracking.numbers);
  const label = (await sandbox.ups('demo').labels()).find(({ trackingNumber }) =>
    numbers.includes(trackingNumber),
  );
  if (!label) throw new Error(`Nobody bought the label that the shop was told of for order ${id}`);
  return Date.parse(label.boughtAt);
}

function report(samples: readonly Sample[], machine: Record<string, string | number>): void {
  const of = (part: keyof Sample) => {
    const sorted = samples.map((sample) => sample[part]).sort((a, b) => a - b);
    return { median: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), most: sorted.at(-1) };
  };
  const label = of('label');
  const told = of('told');
  console.log(
    `${samples.length} orders, one after the other, after ${warmUp} that are not counted; milliseconds`,
  );
  console.table({ 'webhook to label': label, 'webhook to shop told': told });
  for (const [name, value] of Object.entries(machine)) console.log(`${name.padEnd(17)} ${value}`);
  console.log(`\n${JSON.stringify({ orders: samples.length, unit: 'ms', label, told, machine, samples })}`);
}
