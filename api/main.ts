import type { AddressInfo } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import type { Logger } from 'pino';
import { type Config, InvalidConfiguration, readConfig } from '../config/environment.ts';
import { temporalSettings } from '../config/temporal.ts';
import { startTracing, traceStatements, type Tracing } from '../config/tracing.ts';
import { carriers } from '../connectors/carriers/registry.ts';
import { payments } from '../connectors/payments/registry.ts';
import { storefronts } from '../connectors/storefronts/registry.ts';
import { ANSWER_MS, openDatabase } from '../db/database.ts';
import { createSecrets } from '../db/secrets.ts';
import { continueTraces } from '../workflows/client.ts';
import { createBackground } from './background.ts';
import { createEngine } from './engine.ts';
import { ensureAdminKey } from './first-key.ts';
import { createLog } from './http/log.ts';
import { createHttpServer } from './http/listen.ts';
import { createMetrics } from './http/metrics.ts';
import { createApi } from './server.ts';
import { keepSweeping } from './sweep.ts';

/** The API process: environment in, a listening server out, until it is told to stop. */

const STOP_WITHIN_MS = 10_000;

try {
  const config = readConfig(process.env);
  if (config.environment === 'production' && config.adminKey === undefined)
    throw new InvalidConfiguration([
      'ORDERLOOM_ADMIN_KEY is missing: expected at least 24 random characters',
    ]);
  await start(config);
} catch (error) {
  console.error(error instanceof InvalidConfiguration ? error.message : error);
  process.exit(1);
}

async function start(config: Config): Promise<void> {
  const log = createLog(config.logLevel);
  const tracing = await tracingOf(config, log);
  const watch = tracing && traceStatements(tracing);
  const orm = await openDatabase(config.databaseUrl, config.databasePoolSize, {
    watch,
    answersWithinMs: ANSWER_MS,
  });
  const temporal = temporalSettings(process.env);
  // Lazy: webhooks are taken, and kept, while Temporal is away.
  const connection = Connection.lazy(temporal.connectionOptions);
  const interceptors = tracing && { workflow: [continueTraces(tracing.carrier)] };
  const client = new Client({ connection, namespace: temporal.namespace, interceptors });
  const background = createBackground(log);
  if (config.adminKey !== undefined) await ensureAdminKey(orm, config.adminKey);
  const app = createApi({
    orm,
    engine: createEngine(client),
    secrets: createSecrets(config.secretsKeys),
    storefronts,
    carriers,
    payments,
    config,
    temporalNamespace: temporal.namespace,
    log,
    clock: () => new Date(),
    background,
    metrics: createMetrics(orm, log),
    tracing,
  });
  const server = createHttpServer(app, config.requestTimeoutSeconds * 1000);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(config.port, config.host, resolve);
  });
  const sweeping = keepSweeping(orm, log);
  onStop(log, async () => {
    sweeping.stop();
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    await closed;
    await background.settled();
    await orm.close();
    await tracing?.stop();
    // The connection to Temporal ends with the process: closed by hand, it throws out of its timers for retries.
  });
  const url = addressOf(config.host, server.address() as AddressInfo);
  log.info({ url }, 'listening');
  process.send?.({ ready: true, url });
}

async function tracingOf({ otlpEndpoint, traceRatio }: Config, log: Logger): Promise<Tracing | undefined> {
  if (otlpEndpoint === undefined) return undefined;
  return startTracing({ service: 'orderloom-api', ratio: traceRatio, warn: (message) => log.warn(message) });
}

function addressOf(host: string, { port }: AddressInfo): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

/** Once, on the first of: a signal, or the end of the process that started this one. */
function onStop(log: Logger, stop: () => Promise<void>): void {
  let stopping = false;
  const begin = (cause: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ cause }, 'stopping');
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'the stop was not clean');
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => begin(signal));
  process.on('disconnect', () => begin('disconnect'));
}
