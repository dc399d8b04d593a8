/** Server, workers and orders in memory, together: what a file of workflow tests opens once. */
import type { Client } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { bundleWorkflows } from '../../workers/workers.ts';
import { fakeActivities } from './workflow-activities.ts';
import { type FakeOrder, letGo } from './workflow-order.ts';
import { type Scene, start } from './workflow-scene.ts';
import {
  startRealServer,
  startTimeSkippingServer,
  startWorkers,
  type TestServer,
  type TimeSkippingServer,
} from './workflow-server.ts';

export interface Workshop {
  client: Client;
  start(name: string, given?: Partial<FakeOrder>): Promise<Scene>;
  /** Throws when the workflow as it is would not do again what it did. */
  replay(scene: Scene): Promise<void>;
  close(): Promise<void>;
}

export type TimelessWorkshop = Workshop & Pick<TimeSkippingServer, 'pass'>;

/** With a clock that skips. */
export async function openWorkshop(): Promise<TimelessWorkshop> {
  const server = await startTimeSkippingServer(named('TEST_SERVER_PATH'));
  return { ...(await furnish(server)), pass: server.pass };
}

/** On a whole server, by the clock. */
export const openRealWorkshop = async (): Promise<Workshop> =>
  furnish(await startRealServer(named('TEST_TEMPORAL_CLI')));

async function furnish(server: TestServer): Promise<Workshop> {
  const orders = new Map<string, FakeOrder>();
  const workflowBundle = await bundleWorkflows();
  const workers = await startWorkers(server.connection, workflowBundle, fakeActivities(orders));
  return {
    client: server.client,
    start: (name, given) => start(server.client, orders, name, given),
    replay: async ({ handle }) =>
      Worker.runReplayHistory({ workflowBundle }, await handle.fetchHistory(), handle.workflowId),
    async close() {
      // A call that still hangs would keep its worker.
      for (const order of orders.values()) for (const step of order.hanging.keys()) letGo(order, step);
      await workers.stop();
      await server.stop();
    },
  };
}

/** Set by test/support/global-setup.ts. */
export function named(variable: 'TEST_SERVER_PATH' | 'TEST_TEMPORAL_CLI'): string {
  const value = process.env[variable];
  if (!value) throw new Error(`${variable} is not set`);
  return value;
}
