/**
 * How many orders a second go from the shop's signed webhook to the shop knowing of the shipment, and what part that is
 * of a workflow that does nothing in as many steps of the same kinds, on the same server in the same run.
 *
 * `npm run bench [orders] [memory|file]`: 1000 orders and, one after the other, both ways in which Temporal's server
 * may keep its state, unless given. Ends with 1 when an order does not arrive or anything logs an error; the figures are
 * reported, whatever they are.
 */
import Table from 'cli-table3';
import { type Figures, measureOrders } from './measure-orders.ts';
import type { Persistence } from './system.ts';

const orders = Number(process.argv[2] ?? 1_000);
if (!Number.isInteger(orders) || orders < 4) throw new RangeError('Give the number of orders: 4 or more');
const asked = process.argv[3];
if (asked !== undefined && asked !== 'memory' && asked !== 'file')
  throw new RangeError('Give "memory" or "file", or neither for both');
const ways: Persistence[] = asked ? [asked] : ['memory', 'file'];

const all: Figures[] = [];
for (const way of ways) all.push(await measureOrders(orders, way));
report(all);
if (all.some(({ complaints, acknowledgedMs }) => complaints + acknowledgedMs.refused > 0))
  process.exitCode = 1;

function report(figures: readonly Figures[]): void {
  const table = new Table({ head: ['', ...figures.map(({ persistence }) => `Temporal in ${persistence}`)] });
  const row = (name: string, of: (one: Figures) => string) => table.push([name, ...figures.map(of)]);
  const rate = (value: number) => `${value.toFixed(1)}/s`;
  const ms = ({ p50, p99 }: { p50: number; p99: number }) => `${Math.round(p50)} / ${Math.round(p99)} ms`;
  row('orders, webhook to shop told', (one) => rate(one.ordersPerSecond));
  row('no-op of the same shape', (one) => rate(one.noOpPerSecond));
  row('ratio', (one) => one.ratio.toFixed(2));
  row('ratio by round', ({ rounds }) => rounds.map((pair) => (pair.orders / pair.noOp).toFixed(2)).join(' '));
  row('empty workflow', (one) => rate(one.emptyPerSecond));
  row('webhook acknowledged at 200/s, p50 / p99', (one) => ms(one.acknowledgedMs));
  row('order at 5/s, p50 / p99', (one) => ms(one.latencyMs));
  row('peak memory of api, worker', ({ peakMb }) => `${peakMb.api}, ${peakMb.worker} MB`);
  row('errors', (one) => String(one.complaints + one.acknowledgedMs.refused));
  console.log(`${orders} unsplit orders in 4 rounds, by turns with as many no-ops`);
  console.log(table.toString());
  const [{ counts, machine }] = figures as [Figures];
  console.log(
    `one order: ${Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ')}`,
  );
  for (const [name, value] of Object.entries(machine)) console.log(`${name.padEnd(17)} ${value}`);
  console.log(`\n${JSON.stringify(figures)}`);
}
