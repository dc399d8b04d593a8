/**
 * Many orders through the whole in one run, at the rate that the machine gives: no error, and no memory that grows.
 *
 * `npm run bench:long [orders] [memory|file]`: 10,000 and a file, as `npm start` has it, unless given. Ends with 1 when an
 * order does not arrive or anything logs an error.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import Table from 'cli-table3';
import { residentMb } from './memory.ts';
import { connectShop, orderOfOne } from './shop.ts';
import { type Persistence, startBenchSystem } from './system.ts';
import { watchShop } from './watch.ts';

const orders = Number(process.argv[2] ?? 10_000);
if (!Number.isInteger(orders) || orders < 1) throw new RangeError('Give the number of orders: 1 or more');
const persistence = (process.argv[3] ?? 'file') as Persistence;

/** So many are sent at once, and at most twice as many are under way. */
const wave = 250;
const marks = [1_000, 5_000, 10_000].filter((mark) => mark < orders).concat(orders);

const system = await startBenchSystem(persistence);
try {
  const shop = await connectShop(system, orders + 1_000);
  const watch = watchShop(system.sandbox);
  const pids = await system.processes();
  const table = new Table({ head: ['orders', 'seconds', 'orders/s', 'api MB', 'worker MB'] });
  const rows: Record<string, number>[] = [];
  const begun = Date.now();
  let sent = 0;
  for (const mark of marks) {
    while (watch.told.size < mark) {
      if (sent < orders && sent - watch.told.size <= wave) {
        const count = Math.min(wave, orders - sent);
        await shop.createOrders(count, orderOfOne(sent));
        sent += count;
      }
      await watch.untilTold(Math.min(mark, watch.told.size + 1));
      await sleep(250);
    }
    const seconds = (Date.now() - begun) / 1_000;
    const told = watch.told.size;
    const api = await residentMb(pids['api/main.ts']!);
    const worker = await residentMb(pids['workers/main.ts']!);
    rows.push({ orders: told, seconds, perSecond: told / seconds, apiMb: api, workerMb: worker });
    table.push([told, Math.round(seconds), (told / seconds).toFixed(1), api, worker]);
  }
  const complaints = [...(await system.complaints()), ...watch.unanswered];
  for (const line of complaints.slice(0, 10)) console.error(line);
  console.log(table.toString());
  console.log(`${complaints.length} errors; Temporal in ${persistence}`);
  console.log(
    JSON.stringify({ persistence, rows, errors: complaints.length, machine: await system.describe() }),
  );
  if (complaints.length > 0) process.exitCode = 1;
} finally {
  await system.stop();
}
