import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { readConfig } from '../config/environment.ts';
import { temporalSettings } from '../config/temporal.ts';
import { startTracing, traceStatements } from '../config/tracing.ts';
import { carriers } from '../connectors/carriers/registry.ts';
import { payments } from '../connectors/payments/registry.ts';
import { storefronts } from '../connectors/storefronts/registry.ts';
import { ANSWER_MS, openDatabase } from '../db/database.ts';
import { createSecrets } from '../db/secrets.ts';
import { actOnOrder } from '../workflows/client.ts';
import { createLog, useLogForTemporal } from './logging.ts';
import { runLoops } from './loops.ts';
import { createWorkerMetrics } from './metrics.ts';
import { registerSearchAttributes } from './search-attributes.ts';
import { serveStatus } from './status-server.ts';
import { traceSteps } from './trace-steps.ts';
import { watchSteps } from './watch-steps.ts';
import { createWorkers } from './workers.ts';

/** In which an order must have answered a bulk. */
const BULK_ANSWER_MS = 10_000;

/** The worker process: configuration in, workers and background loops running, until it is told to stop. */
const config = readConfig(process.env);
const log = createLog(config.logLevel);
const { host, workerMetricsPort, workerSdkMetricsPort } = config;
useLogForTemporal(log, workerSdkMetricsPort ? addressOf(host, workerSdkMetricsPort) : null);

const { connectionOptions, namespace } = temporalSettings(process.env);
const connection = await NativeConnection.connect(connectionOptions);
const clientConnection = await Connection.connect(connectionOptions);
await registerSearchAttributes(clientConnection, namespace);

const tracing =
  config.otlpEndpoint === undefined
    ? undefined
    : await startTracing({
        service: 'orderloom-worker',
        ratio: config.traceRatio,
        warn: (message) => log.warn(message),
      });
// Half of the connections for the steps, half for the parties' workers and the loops.
const orm = await openDatabase(config.databaseUrl, config.databasePoolSize * 2, {
  watch: tracing && traceStatements(tracing),
  planOnce: true,
  answersWithinMs: ANSWER_MS,
});
const deps = {
  orm,
  secrets: createSecrets(config.secretsKeys),
  storefronts,
  carriers,
  payments,
  clock: () => new Date(),
  log,
  labelSettleMs: config.labelSettleSeconds * 1000,
  trackingIntervalSeconds: config.trackingIntervalSeconds,
};
const metrics = createWorkerMetrics(orm);
const client = new Client({ connection: clientConnection, namespace });
const workers = await createWorkers(deps, {
  connection,
  namespace,
  stepInterceptors: [watchSteps(log, metrics), ...(tracing ? [traceSteps(tracing)] : [])],
  traced: tracing !== undefined,
  databasePoolSize: config.databasePoolSize,
  bulk: {
    ordersPerSecond: config.bulkOrdersPerSecond,
    act: (...told) => client.withDeadline(Date.now() + BULK_ANSWER_MS, () => actOnOrder(client, ...told)),
  },
});

const stopping = new AbortController();
const stop = () => stopping.abort();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
process.once('disconnect', stop);

const loops = runLoops(deps, client, config, stopping.signal, metrics.countLoopFailure);
const running = Promise.all(workers.map((worker) => worker.run()));
stopping.signal.addEventListener('abort', () => workers.forEach((worker) => worker.shutdown()));
const status = workerMetricsPort
  ? await serveStatus({ host, port: workerMetricsPort }, workers, metrics)
  : null;
process.send?.({ ready: true });
log.info({ queues: workers.map((worker) => worker.options.taskQueue) }, 'worker ready');

await running;
stop();
await loops;
status?.close();
status?.closeAllConnections();
await orm.close(true);
await tracing?.stop();
await clientConnection.close();
await connection.close();
log.info('worker stopped');
process.disconnect?.();

function addressOf(name: string, port: number): string {
  return `${name.includes(':') ? `[${name}]` : name}:${port}`;
}
