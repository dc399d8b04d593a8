/**
 * How long one order takes when nothing else is going on: from the moment when the shop sends its webhook until
 * the label is bought and until the shop was told of the shipment. All three times are taken by the sandbox, which
 * stands for the shop and the carrier, so nothing of Orderloom's own is believed.
 *
 * `npm run bench:latency [orders]`, 30 unless given. Ends with 1 when an order does not arrive; the figures are
 * reported, whatever they are.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type BenchSystem, startBenchSystem } from './system.ts';

const orders = Number(process.argv[2] ?? 30);
if (!Number.isInteger(orders) || orders < 1) throw new RangeError('Give the number of orders: 1 or more');

/** Before the measure: connections are opened and code is compiled. */
const warmUp = 5;
/** Milliseconds for what follows an order (its echoes from the shop, the stock push) to settle. */
const pause = 700;
const patience = 30_000;
const sku = 'MUG';

type Shop = Awaited<ReturnType<typeof connect>>;

interface Sample {
  /** Milliseconds since the webhook was sent. */
  label: number;
  told: number;
}

const system = await startBenchSystem();
try {
  const shop = await connect(system);
  const machine = await system.describe();
  for (let n = 0; n < warmUp; n++) await measure(system, shop, n);
  const samples: Sample[] = [];
  for (let n = 0; n < orders; n++) samples.push(await measure(system, shop, warmUp + n));
  report(samples, machine);
} finally {
  await system.stop();
}

async function connect({ api, sandbox }: BenchSystem) {
  const shop = sandbox.shopify('bench');
  const made = await shop.create({ currency: 'EUR' });
  const store = await api.post<{ webhookPath: string }>('/v1/stores', {
    name: 'Bench',
    platform: 'shopify',
    url: made.url,
    webhookSecret: made.secret,
    credentials: { accessToken: made.accessToken },
    currency: 'EUR',
  });
  await shop.subscribe(api.url + store.webhookPath);
  const address = { line1: 'Beispielstraße 1', city: 'Berlin', postalCode: '10115', country: 'DE' };
  await api.post('/v1/warehouses', {
    code: 'BER',
    name: 'Berlin',
    address: { ...address, phone: '+49 30 23125 100' },
    latitude: 52.5,
    longitude: 13.4,
    countries: ['DE'],
  });
  const dimensionsMm = { length: 120, width: 100, height: 100 };
  await api.post('/v1/products', { sku, name: 'Mug', weightGrams: 400, dimensionsMm });
  const lines = [{ sku, quantity: 10_000, unitCost: { amount: '3.00', currency: 'EUR' } }];
  await api.post('/v1/receipts', { warehouse: 'BER', lines });
  await shop.createProduct({ sku, title: 'Mug', price: '12.00', stock: 10_000, grams: 400 });
  return shop;
}

async function measure(all: BenchSystem, shop: Shop, n: number): Promise<Sample> {
  const { id } = await shop.createOrder({
    lines: [{ sku, quantity: 1 }],
    email: `customer.${n}@example.com`,
    shippingAddress: {
      firstName: 'Greta',
      lastName: 'Probe',
      address1: `Musterweg ${n + 1}`,
      city: 'Hamburg',
      zip: '20095',
      countryCode: 'DE',
      phone: '+49 40 66969 100',
    },
    taxRate: 0.19,
  });
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

async function labelBoughtAt({ sandbox }: BenchSystem, shop: Shop, id: number): Promise<number> {
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

/** Nearest rank. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
}
