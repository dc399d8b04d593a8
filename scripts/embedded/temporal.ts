/** A Temporal server of our own: the development server of Temporal's CLI, in memory or on a file. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { searchAttributes } from '../../workflows/search-attributes.ts';
import { freePort } from './ports.ts';
import { commandLine, endProcess, isAlive } from './processes.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { temporalCli } from './temporal-binaries.ts';

export interface TemporalOptions {
  /** Kept from run to run. Without it everything is in memory, and gone after `kill`, `restart` and `stop`. */
  dbFilename?: string;
  /** A free one by default. */
  port?: number;
  /** Without it there is no web UI. */
  uiPort?: number;
  /** Made beside `default`. */
  namespace?: string;
  /** The `temporal` program; found or fetched by default. */
  executable?: string;
  logFile?: string;
  onUnexpectedExit?: (reason: string) => void;
}

export interface Temporal extends ServerProcess {
  /** `host:port` of the gRPC service. */
  readonly address: string;
}

/**
 * The server has one shard, and its task queues' readers ask the database at most 20 times a second per shard
 * by default: after a burst each next step of a workflow would wait 50 ms.
 */
const dynamicConfig = ['history.transferProcessorMaxPollRPS=500', 'history.timerProcessorMaxPollRPS=500'];

export async function startTemporal(options: TemporalOptions = {}): Promise<Temporal> {
  const executable = options.executable ?? (await temporalCli());
  const port = options.port ?? (await freePort());
  const address = `127.0.0.1:${port}`;
  const temporaryFolder = options.logFile
    ? undefined
    : mkdtempSync(path.join(tmpdir(), 'orderloom-temporal-'));
  const server = await startServer({
    name: 'Temporal',
    executable,
    parameters: parametersFor(options, port),
    env: environmentWithoutTemporal(),
    logFile: options.logFile ?? path.join(temporaryFolder ?? '', 'temporal.log'),
    prepare: () => endLeftover(options.dbFilename),
    isReady: async (pid) => {
      if (options.dbFilename) writeFileSync(pidFileOf(options.dbFilename), String(pid));
      return isReady(executable, address);
    },
    stopSignal: 'SIGTERM',
    temporaryFolder,
    onUnexpectedExit: options.onUnexpectedExit,
  });
  return Object.defineProperties(server, { address: { value: address } }) as Temporal;
}

function parametersFor({ dbFilename, uiPort, namespace }: TemporalOptions, port: number): string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'warn'],
    ...(uiPort ? ['--ui-port', String(uiPort), '--ui-disable-news-fetch'] : ['--headless']),
    ...(dbFilename ? ['--db-filename', dbFilename] : []),
    ...(namespace && namespace !== 'default' ? ['--namespace', namespace] : []),
    ...dynamicConfig.flatMap((setting) => ['--dynamic-config-value', setting]),
    ...Object.values(searchAttributes).flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ];
}

/** What the user's shell says about another Temporal server must not reach this one or what asks after it. */
function environmentWithoutTemporal(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

/** Ready when it lists our search attributes, which it registers after it begins to answer. */
async function isReady(executable: string, address: string): Promise<boolean> {
  try {
    const command = ['operator', 'search-attribute', 'list', '--address', address, '--output', 'json'];
    const options = { env: environmentWithoutTemporal(), timeout: 5_000 };
    const { stdout } = await promisify(execFile)(executable, [...command, '--disable-config-file'], options);
    return Object.values(searchAttributes).every((name) => stdout.includes(`"${name}"`));
  } catch {
    return false; // not up yet
  }
}

const pidFileOf = (dbFilename: string) => `${dbFilename}.pid`;

/** Ends the server that an earlier run left behind on this file. */
async function endLeftover(dbFilename: string | undefined): Promise<void> {
  if (!dbFilename) return;
  const pidFile = pidFileOf(dbFilename);
  const pid = readPid(pidFile);
  if (pid && isAlive(pid) && commandLine(pid)?.includes(dbFilename)) await endProcess(pid, 'SIGTERM');
  rmSync(pidFile, { force: true });
}

function readPid(pidFile: string): number | undefined {
  try {
    return Number(readFileSync(pidFile, 'utf8')) || undefined;
  } catch {
    return undefined; // absent
  }
}
