/** Server, workers and orders in memory, together: what a file of workflow tests opens once. */
import { bundleWorkflows } from '../../workers/workers.ts';
import { fakeActivities } from './workflow-activities.ts';
import { type FakeOrder, letGo } from './workflow-order.ts';
import { type Scene, start } from './workflow-scene.ts';
import { startTestServer, startWorkers, type TestServer } from './workflow-server.ts';

export interface Workshop extends Pick<TestServer, 'client' | 'pass'> {
  start(name: string, given?: Partial<FakeOrder>): Promise<Scene>;
  close(): Promise<void>;
}

export async function openWorkshop(executable = process.env.TEST_SERVER_PATH): Promise<Workshop> {
  if (!executable) throw new Error('No time-skipping server: see test/support/global-setup.ts');
  const orders = new Map<string, FakeOrder>();
  const [server, bundle] = await Promise.all([startTestServer(executable), bundleWorkflows()]);
  const workers = await startWorkers(server.connection, bundle, fakeActivities(orders));
  return {
    client: server.client,
    pass: server.pass,
    start: (name, given) => start(server.client, orders, name, given),
    async close() {
      // A call that still hangs would keep its worker.
      for (const order of orders.values()) for (const step of order.hanging.keys()) letGo(order, step);
      await workers.stop();
      await server.stop();
    },
  };
}
