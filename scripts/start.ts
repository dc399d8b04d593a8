/**
 * `npm start`: everything on one machine. PostgreSQL and Temporal (embedded unless the environment names others),
 * the sandbox with its stand-ins for shops and carriers, the worker, and the API; then the demo. It goes on until
 * Ctrl-C, starts again what ends by itself, and leaves nothing running.
 */
import path from 'node:path';
import { readSecretsKeys } from '../config/environment.ts';
import { openDatabase } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import { resealSecrets } from '../db/reseal.ts';
import { createSecrets } from '../db/secrets.ts';
import { connectSandboxCarriers, runDemo } from './demo.ts';
import { dataDirectory } from './embedded/paths.ts';
import { type Child, superviseChild } from './supervise/child.ts';
import { database, type Part, temporal } from './supervise/infrastructure.ts';
import { claimInstance, type Instance } from './supervise/instance.ts';
import { createParts } from './supervise/parts.ts';
import { logFile, readSettings, type Settings } from './supervise/settings.ts';
import { createSteps, took } from './supervise/steps.ts';

const started = performance.now();
const steps = createSteps(process.stdout);
const parts = createParts(['API', 'worker', 'sandbox', 'Temporal', 'PostgreSQL'], steps.say);
process.umask(0o077); // what the parts write is for this user alone
let instance: Instance | undefined;
let stopRequestedAt: number | undefined;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, requestStop);
process.on('disconnect', requestStop); // whoever ran this is gone
process.stdout.on('error', requestStop); // the terminal is gone

try {
  instance = await claimInstance(dataDirectory());
  await startAll(await readSettings());
} catch (error) {
  if (stopRequestedAt === undefined) {
    console.error(`\n${(error as Error).message}`);
    await stopAll(1);
  }
}

async function startAll(settings: Settings): Promise<void> {
  const [databasePart, temporalPart] = await Promise.all([
    parts.start('PostgreSQL', () => database(settings.dataDirectory, steps)),
    parts.start('Temporal', () => temporal(settings.dataDirectory, steps)),
  ]);
  const env = environmentFor(settings, databasePart, temporalPart);
  parts.throwIfStopping();
  await steps.step('Database schema', () => prepareDatabase(env.DATABASE_URL ?? '', settings));
  const startChild = (name: string, script: string, patience: number) =>
    parts.start(name, () => steps.step(name, () => child(name, script, patience, env)));
  await Promise.all([
    startChild('sandbox', 'sandbox/main.ts', 5_000),
    startChild('worker', 'workers/main.ts', 15_000),
    startChild('API', 'api/main.ts', 12_000),
  ]);
  parts.throwIfStopping();
  await steps.step('Carriers of the sandbox', () => connectSandboxCarriers(settings));
  sayReady(settings, env);
  if (settings.withDemo) await demo(settings);
}

async function prepareDatabase(url: string, { secretsKey }: Settings): Promise<void> {
  await migrate(url);
  const orm = await openDatabase(url, 1);
  try {
    await resealSecrets(orm, createSecrets(readSecretsKeys(secretsKey)));
  } finally {
    await orm.close(true);
  }
}

function child(name: string, script: string, patience: number, env: NodeJS.ProcessEnv): Promise<Child> {
  return superviseChild({
    name,
    script,
    env,
    patience,
    stopping: parts.stopping,
    logFile: logFile(name.toLowerCase()),
    say: steps.say,
    onStart: (pid) => instance?.addChild(pid, script),
  });
}

function environmentFor(settings: Settings, ...given: Part[]): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...Object.assign({}, ...given.map(({ env }) => env)),
    PORT: String(settings.port),
    ORDERLOOM_ENV: process.env.ORDERLOOM_ENV || 'development',
    ORDERLOOM_DATA_DIR: settings.dataDirectory,
    ORDERLOOM_ADMIN_KEY: settings.adminKey,
    ORDERLOOM_SECRETS_KEY: settings.secretsKey,
    ORDERLOOM_DEMO: settings.withDemo ? '1' : '0',
    SANDBOX_PORT: String(settings.sandboxPort),
    SANDBOX_URL: settings.sandboxUrl,
    SANDBOX_STATE: path.join(settings.dataDirectory, 'sandbox.jsonl'),
    // Nobody pays for asking a stand-in often.
    TRACKING_INTERVAL_SECONDS: process.env.TRACKING_INTERVAL_SECONDS || '5',
  };
}

function sayReady(settings: Settings, env: NodeJS.ProcessEnv): void {
  const rows = [
    ['API', settings.apiUrl],
    ['API documentation', `${settings.apiUrl}/docs`],
    ['Temporal UI', env.TEMPORAL_UI_URL],
    ['Admin key', settings.adminKey],
    ['Logs', path.join(settings.dataDirectory, 'logs')],
  ].filter(([, value]) => value);
  steps.say(`\nready in ${took(started)}\n`);
  for (const [name, value] of rows) steps.say(`  ${name?.padEnd(18)} ${value}`);
  steps.say('\nCtrl-C stops everything. The data is kept.\n');
}

/** A demo that goes wrong says so; what it would have shown still runs. */
async function demo(settings: Settings): Promise<void> {
  const isTerminal = process.stdout.isTTY;
  try {
    await runDemo({
      ...settings,
      log: steps.say,
      show: isTerminal ? steps.show : undefined,
      width: isTerminal ? process.stdout.columns : 200,
      signal: parts.stopping,
    });
  } catch (error) {
    if (stopRequestedAt === undefined) steps.say(`The demo could not go on: ${(error as Error).stack}`);
  }
}

/** One Ctrl-C arrives up to three times (terminal, npm, run.mjs); a second one, later, ends it at once. */
function requestStop(): void {
  if (stopRequestedAt === undefined) {
    stopRequestedAt = performance.now();
    steps.say('\nStopping …');
    void stopAll(0);
  } else if (performance.now() - stopRequestedAt > 1_000) {
    process.exit(130);
  }
}

async function stopAll(exitCode: number): Promise<never> {
  await parts.stop();
  instance?.release();
  if (stopRequestedAt !== undefined) steps.say('Stopped.');
  process.exit(exitCode);
}
