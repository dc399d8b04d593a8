/** The real workflows over fake steps, on Temporal's time-skipping server. */
import { Client } from '@temporalio/client';
import {
  DefaultLogger,
  type NativeConnection,
  Runtime,
  Worker,
  type WorkflowBundle,
} from '@temporalio/worker';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '../../activities/activities.ts';
import { orderQueue, partyQueue } from '../../workflows/contracts.ts';
import { searchAttributes } from '../../workflows/search-attributes.ts';

/** Neither a machine's name nor a process' number gets into a history. */
export const identity = 'orderloom-test';

export interface TestServer {
  address: string;
  connection: NativeConnection;
  /** Its waiting for a result skips no time. */
  client: Client;
  /** Lets this much of the server's time pass; at once where nothing is under way. */
  pass(duration: `${number} ${'seconds' | 'minutes' | 'hours' | 'days'}`): Promise<void>;
  stop(): Promise<void>;
}

export async function startTestServer(executable: string): Promise<TestServer> {
  quiet();
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: executable } },
  });
  // Else a workflow that sets one would try for ever. This server can't list them, so they are added unasked.
  await environment.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: Object.fromEntries(Object.values(searchAttributes).map((name) => [name, KEYWORD])),
  });
  return {
    address: environment.address,
    connection: environment.nativeConnection,
    client: new Client({ connection: environment.connection, identity }),
    pass: (duration) => environment.sleep(duration),
    stop: () => environment.teardown(),
  };
}

const KEYWORD = 2;

let isQuiet = false;
/** What goes wrong here is meant to. */
export function quiet(): void {
  if (!isQuiet)
    Runtime.install({
      logger: new DefaultLogger('ERROR'),
      telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
      shutdownSignals: [],
    });
  isQuiet = true;
}

/** One worker for each queue, as in production. */
export async function startWorkers(
  connection: NativeConnection,
  workflowBundle: WorkflowBundle | { codePath: string },
  activities: Activities,
): Promise<{ stop(): Promise<void> }> {
  const common = { connection, identity, activities, shutdownForceTime: '1s' } as const;
  const workers = await Promise.all([
    Worker.create({ ...common, taskQueue: orderQueue, workflowBundle }),
    ...['shopify', 'api', 'ups', 'fedex'].map((party) =>
      Worker.create({ ...common, taskQueue: partyQueue(party) }),
    ),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  return {
    async stop() {
      workers.forEach((worker) => worker.shutdown());
      await running;
    },
  };
}
