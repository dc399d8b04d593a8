/**
 * The whole of Orderloom for one test file: PostgreSQL and Temporal of its own, the sandbox, the API and a worker, as
 * processes on free loopback ports, with short intervals. Each can be killed and started again; what each says goes
 * to a file.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { Client, Connection } from '@temporalio/client';
import { migrate } from '../../db/migrate.ts';
import { type SandboxClient, sandboxClient } from '../../sandbox/client.ts';
import { type ApiClient, apiClient } from '../../scripts/api-client.ts';
import { freePort } from '../../scripts/embedded/ports.ts';
import { type Postgres, startPostgres } from '../../scripts/embedded/postgres.ts';
import { startTemporal } from '../../scripts/embedded/temporal.ts';
import { type Program, startProgram, type Victim } from './program.ts';
import { until } from './until.ts';

export interface System {
  api: ApiClient;
  sandbox: SandboxClient;
  victims: Record<'postgres' | 'temporal' | 'api' | 'worker', Victim>;
  databaseUrl: string;
  temporalAddress: string;
  /** PostgreSQL's data folder, and Temporal's file (and those beside it that begin with its name). */
  data: { postgres: string; temporal: string };
  sql<Row>(statement: string, parameters?: unknown[]): Promise<Row[]>;
  /** A client of the Temporal server, opened anew, for a look into histories. */
  temporal<T>(look: (client: Client) => Promise<T>): Promise<T>;
  /** Like `until`, and fails at once when a process ended that nobody asked to. */
  until<T>(what: string, check: () => Promise<T> | T, seconds?: number): Promise<NonNullable<T>>;
  /** What each process has said, by its name. */
  logs(): Record<string, string>;
  stop(): Promise<void>;
}

const intervals = {
  LABEL_SETTLE_SECONDS: '2',
  TRACKING_INTERVAL_SECONDS: '1',
  BACKFILL_INTERVAL_SECONDS: '5',
  STOCK_PUSH_INTERVAL_SECONDS: '1',
};

export async function startSystem(extra: NodeJS.ProcessEnv = {}): Promise<System> {
  const folder = mkdtempSync(path.join(tmpdir(), 'orderloom-system-'));
  const log = (name: string) => path.join(folder, `${name}.log`);
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of stops.reverse()) await end();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    // An answered commit must outlive a SIGKILL; fsync is for a crash of the machine and stays off.
    const postgres = await startPostgres({
      logFile: log('postgres'),
      settings: { synchronous_commit: 'on' },
    });
    stops.push(() => postgres.stop());
    const temporal = await startTemporal({
      dbFilename: path.join(folder, 'temporal.db'),
      logFile: log('temporal'),
    });
    stops.push(() => temporal.stop());
    await migrate(postgres.url);

    const [apiPort, sandboxPort] = [await freePort(), await freePort()];
    const key = randomBytes(24).toString('base64url');
    const env = {
      ...withoutTemporal(folder, temporal.address),
      ...intervals,
      DATABASE_URL: postgres.url,
      PORT: String(apiPort),
      ORDERLOOM_ADMIN_KEY: key,
      SANDBOX_PORT: String(sandboxPort),
      SANDBOX_STATE: path.join(folder, 'sandbox.jsonl'),
      ...extra,
    };
    const start = async (name: string, script: string) => {
      const program = await startProgram(name, script, env, log(name));
      stops.push(() => program.stop());
      return program;
    };
    const [sandbox, api, worker] = await Promise.all([
      start('sandbox', 'sandbox/main.ts'),
      start('api', 'api/main.ts'),
      start('worker', 'workers/main.ts'),
    ]);
    const programs: Program[] = [sandbox, api, worker];
    const sql = reader(postgres.url);
    return {
      api: apiClient(`http://127.0.0.1:${apiPort}`, key),
      sandbox: sandboxClient(`http://127.0.0.1:${sandboxPort}`),
      victims: { postgres: wholeGroup(postgres), temporal, api, worker },
      databaseUrl: postgres.url,
      temporalAddress: temporal.address,
      data: { postgres: postgres.dataFolder, temporal: path.join(folder, 'temporal.db') },
      sql,
      temporal: (look) => withTemporal(temporal.address, look),
      until: (what, check, seconds = 60) =>
        until(what, check, { seconds, giveUp: () => programs.map((one) => one.ended()).find(Boolean) }),
      logs: () => readLogs(folder),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The postmaster alone would leave its backends a moment to finish what they are at. */
const wholeGroup = (postgres: Postgres): Victim => ({
  async kill() {
    process.kill(-postgres.pid, 'SIGKILL');
    await postgres.kill();
  },
  restart: () => postgres.restart(),
});

/** One connection for each question: the server may be killed between any two. */
const reader =
  (url: string) =>
  async <Row>(statement: string, parameters: unknown[] = []): Promise<Row[]> => {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(statement, parameters)).rows as Row[];
    } finally {
      await client.end();
    }
  };

async function withTemporal<T>(address: string, look: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await look(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

/** Without the user's own Temporal profile, and without what Jest needs of Node. */
function withoutTemporal(folder: string, address: string): NodeJS.ProcessEnv {
  const configFile = path.join(folder, 'temporal.toml');
  writeFileSync(configFile, `[profile.default]\naddress = "${address}"\nnamespace = "default"\n`);
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(TEMPORAL_|JEST_|NODE_OPTIONS$|NODE_ENV$)/.test(name),
  );
  return { ...Object.fromEntries(own), TEMPORAL_CONFIG_FILE: configFile, TEMPORAL_ADDRESS: address };
}

function readLogs(folder: string): Record<string, string> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.log'));
  return Object.fromEntries(
    files.map((name) => [name.slice(0, -'.log'.length), readFileSync(path.join(folder, name), 'utf8')]),
  );
}
