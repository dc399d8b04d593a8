/** The real workflows over fake steps, on Temporal's time-skipping server or on its development server. */
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '../../activities/activities.ts';
import { startTemporal } from '../../scripts/embedded/temporal.ts';
import { orderQueue, partyQueue } from '../../workflows/contracts.ts';
import { searchAttributes } from '../../workflows/search-attributes.ts';

/** Neither a machine's name nor a process' number gets into a history. */
export const identity = 'orderloom-test';

export interface TestServer {
  address: string;
  connection: NativeConnection;
  client: Client;
  stop(): Promise<void>;
}

/** A whole server, whose time is the clock's. */
export async function startRealServer(executable: string): Promise<TestServer> {
  quiet();
  const temporal = await startTemporal({ executable });
  const { address } = temporal;
  const [connection, clientConnection] = await Promise.all([
    NativeConnection.connect({ address }),
    Connection.connect({ address }),
  ]);
  return {
    address,
    connection,
    client: new Client({ connection: clientConnection, identity }),
    async stop() {
      await Promise.all([connection.close(), clientConnection.close()]);
      await temporal.stop();
    },
  };
}

export interface TimeSkippingServer extends TestServer {
  /** Lets this much of the server's time pass; at once where nothing is under way. */
  pass(duration: `${number} ${'seconds' | 'minutes' | 'hours' | 'days'}`): Promise<void>;
}

const KEYWORD = 2;

/**
 * Skips time when told to. It loses a workflow's task now and then when an activity ends at the moment at which
 * the workflow is told something else; what tests such moments belongs on the whole server.
 */
export async function startTimeSkippingServer(executable: string): Promise<TimeSkippingServer> {
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
    // Not the environment's own: that one skips time whenever it waits for a result.
    client: new Client({ connection: environment.connection, identity }),
    pass: (duration) => environment.sleep(duration),
    stop: () => environment.teardown(),
  };
}

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
