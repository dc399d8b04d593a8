import { setTimeout as sleep } from 'node:timers/promises';
import { type SandboxClient, sandboxClient } from '../sandbox/client.ts';
import { type ApiClient, apiClient } from './api-client.ts';
import { connectShops, connectSandboxCarriers as connectCarriers } from './demo/connect.ts';
import { moveOn } from './demo/move.ts';
import { type Placed, placeOrders } from './demo/place.ts';
import { drawTable } from './demo/table.ts';
import { isWhereItShouldBe, look, type Row, sayStanding } from './demo/watch.ts';
import { took } from './supervise/steps.ts';

export interface DemoOptions {
  apiUrl: string;
  adminKey: string;
  sandboxUrl: string;
  /** Prints a line that stays. */
  log: (text: string) => void;
  /** Shows a block that the next one replaces; undefined where the output is no terminal. */
  show?: (block: string) => void;
  /** Characters. */
  width: number;
  signal: AbortSignal;
}

const every = 800;

/** So that orders can be shipped without any account; also without the demo. */
export async function connectSandboxCarriers(
  options: Pick<DemoOptions, 'apiUrl' | 'adminKey' | 'sandboxUrl'>,
) {
  await connectCarriers(apiClient(options.apiUrl, options.adminKey), sandboxClient(options.sandboxUrl));
}

/**
 * Three shops, three warehouses and their orders, sent by the sandbox's signed webhooks, followed until each is
 * where it should be, and watched from then on. Safe to call on what an earlier call left, finished or not.
 */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { log, show, width } = options;
  const api = apiClient(options.apiUrl, options.adminKey);
  const sandbox = sandboxClient(options.sandboxUrl);
  const started = performance.now();
  const placed = await placeOrders(sandbox, await connectShops(api, sandbox));
  const rows = await untilAllArrived(api, sandbox, placed, options).finally(() => show?.(''));
  log(`${drawTable(rows, width)}\n`);
  log(`demo: all ${rows.length} orders are where they should be (${took(started)})\n`);
  log(links(rows));
  await watch(api, placed, rows, options);
}

async function untilAllArrived(
  api: ApiClient,
  sandbox: SandboxClient,
  placed: readonly Placed[],
  { log, show, width, signal }: DemoOptions,
): Promise<Row[]> {
  for (let before: Row[] = []; ;) {
    const rows = await look(api, placed, before);
    const arrived = rows.filter(isWhereItShouldBe).length;
    if (arrived === rows.length) return rows;
    if (show) show(`${drawTable(rows, width)}\n\n${arrived} of ${rows.length} are where they should be\n`);
    else sayChanges(log, before, rows);
    await moveOn(api, sandbox, rows);
    await sleep(every, undefined, { signal });
    before = rows;
  }
}

/** What people do to the orders from here on is told line by line. */
async function watch(
  api: ApiClient,
  placed: readonly Placed[],
  rows: Row[],
  { log, signal }: DemoOptions,
): Promise<void> {
  for (let before = rows; !signal.aborted; before = rows) {
    await sleep(2 * every, undefined, { signal });
    rows = await look(api, placed, before).catch(() => before); // a part is being started again
    sayChanges(log, before, rows);
  }
}

function sayChanges(log: DemoOptions['log'], before: readonly Row[], rows: readonly Row[]): void {
  for (const [index, { seen, at, order }] of rows.entries()) {
    const was = before[index]?.seen;
    if (!seen || (was && sayStanding(was) === sayStanding(seen))) continue;
    log(`  ${seen.number.padEnd(6)} ${at.plan.name.padEnd(14)} ${order.to.country}  ${sayStanding(seen)}`);
  }
}

function links(rows: readonly Row[]): string {
  const example = (condition: string) => rows.find(({ seen }) => seen?.condition === condition)?.seen;
  const split = rows.find(({ seen }) => (seen?.fulfillments.length ?? 0) > 1)?.seen;
  const shown = [
    ['One order’s story', split?.workflowUrl],
    ['One that needs a person', example('needs_attention')?.workflowUrl],
  ].filter(([, url]) => url);
  return shown.map(([name, url]) => `  ${name?.padEnd(24)} ${url}`).join('\n');
}
