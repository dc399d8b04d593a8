import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { keepHistory } from '../../support/histories.ts';
import { fakeActivities } from '../../support/workflow-activities.ts';
import { effectsOf, type FakeOrder, letGo, openAttentions, partyOf } from '../../support/workflow-order.ts';
import { startWorkerProcess, type WorkerProcess } from '../../support/workflow-process.ts';
import { hangs, type Scene, start } from '../../support/workflow-scene.ts';
import { startRealServer, type TestServer } from '../../support/workflow-server.ts';
import { named } from '../../support/workflow-workshop.ts';
import { callsOf, finish, lead, leftOf, resultOf, type Row, table } from '../../support/workflow-table.ts';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { bundleWorkflows } from '../../../workers/workers.ts';

// A call to an outside party is given up 45 seconds after its worker died.
jest.setTimeout(170_000);

/**
 * A worker is killed while an order of each row is in the middle of its step. What the step did lands, but
 * nobody hears of it; a second worker finishes all orders.
 */
let server: TestServer;
let folder: string;
let workflowBundle: WorkflowBundle & { code: string };
let second: WorkerProcess;
const scenes = new Map<Row, Scene>();

beforeAll(async () => {
  const orders = new Map<string, FakeOrder>();
  const activities = fakeActivities(orders);
  server = await startRealServer(named('TEST_TEMPORAL_CLI'));
  folder = mkdtempSync(path.join(tmpdir(), 'orderloom-bundle-'));
  const codePath = path.join(folder, 'workflows.js');
  workflowBundle = await bundleWorkflows();
  writeFileSync(codePath, workflowBundle.code);

  const first = await startWorkerProcess(server.address, codePath, activities);
  await Promise.all(table.map((row) => bringTo(row, orders)));
  await first.kill();
  for (const [{ step }, scene] of scenes) letGo(scene, step);
  second = await startWorkerProcess(server.address, codePath, activities);
});
afterAll(async () => {
  for (const [{ step }, { handle }] of scenes) await keepHistory(handle, step, 'killed');
  await second?.kill();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function bringTo(row: Row, orders: Map<string, FakeOrder>): Promise<void> {
  const always = new Map([[row.step, 'hang'] as const]);
  const name = `${row.name.replaceAll(' ', '-')}-killed`;
  const scene = await start(server.client, orders, name, { ...row.given, always });
  scenes.set(row, scene);
  // A cancel's own answer is lost with the worker that was to give it.
  lead(scene, row).catch(() => undefined);
  await hangs(scene, row.step);
}

describe.each(table)('$name', (row) => {
  it('goes on where its worker was killed', async () => {
    const scene = scenes.get(row)!;
    expect(await finish(scene, row)).toBe(resultOf(row));
    expect(distinctSteps(scene)).toEqual(distinctCallsOf(row));
    expect(effectsOf(scene)).toEqual(leftOf(row));
    expect(openAttentions(scene)).toEqual([]);
    // Tried once more, with the very same input: it can tell that it was done.
    const calls = scene.calls.filter(({ step }) => step === row.step);
    expect(calls.length).toBeGreaterThanOrEqual(2);
    if (partyOf(row.step)) expect(calls).toEqual([calls[0], calls[0]]);
    await Worker.runReplayHistory({ workflowBundle }, await scene.handle.fetchHistory(), scene.workflowId);
  });
});

/** After the store's answer the very same is asked again. */
const distinctCallsOf = (row: Row) =>
  row.step === 'fetchOrder' ? callsOf(row).toSpliced(2, 1) : callsOf(row);

/** Each call once, in the order of the first: a killed worker's database steps may all be asked again. */
function distinctSteps(scene: Scene): string[] {
  const told = ['setStanding', 'openAttention', 'resolveAttention', 'note'];
  const seen = new Set(scene.calls.map((call) => JSON.stringify(call)));
  return [...seen].map((call) => JSON.parse(call).step as string).filter((step) => !told.includes(step));
}
