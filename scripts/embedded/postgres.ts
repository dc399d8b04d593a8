/** A PostgreSQL of our own: the real server, on the loopback address, with its data in one folder. */
import path from 'node:path';
import pg from 'pg';
import { freePort } from './ports.ts';
import { postgresPrograms } from './postgres-binaries.ts';
import {
  endLeftover,
  initialize,
  placeFor,
  postmasterStatus,
  superuser,
  temporaryFolder,
} from './postgres-data.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { unprivilegedUser } from './unprivileged.ts';

export interface PostgresOptions {
  /** Kept from run to run. Without it the data is in a temporary folder and gone after `stop`, and fsync is off. */
  dataFolder?: string;
  /** A free one by default. */
  port?: number;
  /** Made when absent; `orderloom` by default. */
  database?: string;
  /** Server settings beyond ours, named as in postgresql.conf. */
  settings?: Record<string, string>;
  logFile?: string;
  onUnexpectedExit?: (reason: string) => void;
}

export interface Postgres extends ServerProcess {
  /** `postgresql://…/<database>`, of a superuser. */
  readonly url: string;
  /** Where the data really is: elsewhere than asked when root's PostgreSQL could not reach that. */
  readonly dataFolder: string;
}

const usualSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  max_wal_size: '2GB',
  // Tables that were empty a moment ago are planned for as if they were: the sooner they are looked at, the better.
  autovacuum_naptime: '5s',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // A statement that fails, and the row that it failed for, hold names and addresses: neither is for the log.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

/** A crash of the machine (not of PostgreSQL alone) may damage such data. */
const throwawaySettings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const user = unprivilegedUser();
  const programs = postgresPrograms(user);
  const temporary = options.dataFolder === undefined ? temporaryFolder(user) : undefined;
  const dataFolder = placeFor(options.dataFolder ?? path.join(temporary ?? '', 'data'), user);
  const password = await initialize(programs.initdb, dataFolder, user, temporary !== undefined);
  const port = options.port ?? (await freePort());
  const settings = { ...usualSettings, ...(temporary ? throwawaySettings : {}), ...options.settings, port };
  const server = await startServer({
    name: 'PostgreSQL',
    executable: programs.postgres,
    parameters: [
      '-D',
      dataFolder,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
    ...user,
    logFile: options.logFile ?? `${dataFolder}.log`,
    prepare: () => endLeftover(dataFolder),
    isReady: (pid) => isReady(dataFolder, pid),
    stopSignal: 'SIGINT', // "fast": ends the sessions instead of waiting for them
    temporaryFolder: temporary,
    onUnexpectedExit: options.onUnexpectedExit,
  });
  const urlOf = (database: string) => `postgresql://${superuser}:${password}@127.0.0.1:${port}/${database}`;
  await ensureDatabase(urlOf('postgres'), options.database ?? 'orderloom');
  return Object.defineProperties(server, {
    url: { value: urlOf(options.database ?? 'orderloom') },
    dataFolder: { value: dataFolder },
  }) as Postgres;
}

function isReady(dataFolder: string, pid: number): boolean {
  const status = postmasterStatus(dataFolder);
  return status.ready && status.pid === pid;
}

async function ensureDatabase(adminUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}
