import { fileURLToPath } from 'node:url';
import {
  type ActivityInterceptorsFactory,
  bundleWorkflowCode,
  type NativeConnection,
  Worker,
} from '@temporalio/worker';
import { createActivities } from '../activities/activities.ts';
import { type BulkDeps, createBulkActivities } from '../activities/bulk.ts';
import type { ActivityDeps } from '../activities/deps.ts';
import { orderWorkerOptions, partyWorkerOptions } from '../config/worker-options.ts';
import { orderQueue, partyQueue } from '../workflows/contracts.ts';

export interface WorkerOptions {
  connection: NativeConnection;
  namespace: string;
  /** Around each attempt of each step. */
  stepInterceptors: ActivityInterceptorsFactory[];
  /** Whether workflows hand on the trace that they were started in. */
  traced: boolean;
  bulk: Pick<BulkDeps, 'act' | 'ordersPerSecond'>;
  /** Database connections that local steps may hold at once. */
  databasePoolSize: number;
}

/**
 * One worker for the workflows and their database steps, and one for each outside party's queue, so that a party
 * that is slow or limited holds up nobody else. All share one connection.
 */
export async function createWorkers(deps: ActivityDeps, options: WorkerOptions): Promise<Worker[]> {
  const activities = createActivities(deps);
  const { connection, namespace } = options;
  const common = {
    connection,
    namespace,
    activities,
    interceptors: { activity: options.stepInterceptors },
    shutdownGraceTime: '10s',
    shutdownForceTime: '20s',
  } as const;
  const orders = await Worker.create({
    ...common,
    activities: { ...activities, ...createBulkActivities({ orm: deps.orm, ...options.bulk }) },
    taskQueue: orderQueue,
    workflowBundle: await bundleWorkflows(options.traced),
    ...orderWorkerOptions(options.databasePoolSize),
  });
  const parties = [
    ...deps.carriers.all.map(({ name }) => name),
    ...deps.storefronts.all.map(({ platform }) => platform),
    ...deps.payments.all.map(({ name }) => name),
  ];
  const partyWorkers = await Promise.all(
    parties.map((party) =>
      Worker.create({
        ...common,
        taskQueue: partyQueue(party),
        ...partyWorkerOptions,
      }),
    ),
  );
  return [orders, ...partyWorkers];
}

/** Without the SDK's own log lines: it would tell each module that it leaves out. */
const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

export async function bundleWorkflows(traced = false) {
  return bundleWorkflowCode({
    workflowsPath: here('../workflows/registry.ts'),
    workflowInterceptorModules: traced ? [here('../workflows/trace.ts')] : [],
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} },
  });
}
