/** One embedded server as a process: started until ready, killed, restarted, stopped. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { guardProcess, releaseProcess } from './guard.ts';
import { endProcess, isAlive, waitUntil } from './processes.ts';

export interface Launch {
  name: string;
  executable: string;
  parameters: string[];
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
  logFile: string;
  /** Before each start. */
  prepare: () => Promise<void>;
  isReady: (pid: number) => boolean | Promise<boolean>;
  /** What asks this server to end in order. */
  stopSignal: NodeJS.Signals;
  /** Deleted when the server is stopped for good. */
  temporaryFolder?: string;
  /** Called when the server ends although nobody asked for it. */
  onUnexpectedExit?: (reason: string) => void;
}

export interface ServerProcess {
  readonly pid: number;
  /** SIGKILL, as a crash of the machine would. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data, stopping it first if it still runs. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const readyWithin = 60_000;
/** A server that ends before it is ready met what another try does not, such as a port taken a moment before. */
const startAttempts = 3;

export async function startServer(launch: Launch): Promise<ServerProcess> {
  let child = await start(launch);
  const end = async (signal: NodeJS.Signals) => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.removeAllListeners('exit');
    await endProcess(child.pid, signal);
    releaseProcess(child.pid);
  };
  return {
    get pid() {
      return child.pid ?? 0;
    },
    kill: () => end('SIGKILL'),
    async restart() {
      await end(launch.stopSignal);
      child = await start(launch);
    },
    async stop() {
      await end(launch.stopSignal);
      if (launch.temporaryFolder) rmSync(launch.temporaryFolder, { recursive: true, force: true });
    },
  };
}

async function start(launch: Launch): Promise<ChildProcess> {
  for (let attempt = 1; ; attempt++)
    try {
      return await startOnce(launch);
    } catch (error) {
      if (!(error instanceof EndedAtOnce) || attempt === startAttempts) throw error;
    }
}

class EndedAtOnce extends Error {}

async function startOnce(launch: Launch): Promise<ChildProcess> {
  await launch.prepare();
  const child = spawnServer(launch);
  const pid = child.pid;
  let failure: string | undefined;
  child.once('error', (error) => (failure = error.message));
  child.once('exit', (code, signal) => (failure = describeExit(code, signal)));
  if (pid !== undefined) guardProcess({ pid, signal: launch.stopSignal, folder: launch.temporaryFolder });
  const ready = await waitUntil(
    async () => failure !== undefined || (pid !== undefined && (await launch.isReady(pid))),
    readyWithin,
  );
  if (failure === undefined && ready) {
    child.once('exit', (code, signal) => {
      releaseProcess(pid ?? 0);
      launch.onUnexpectedExit?.(describeExit(code, signal));
    });
    return child;
  }
  if (pid !== undefined && isAlive(pid)) await endProcess(pid, 'SIGKILL');
  if (pid !== undefined) releaseProcess(pid);
  const reason = failure ?? `not ready within ${readyWithin / 1000} s`;
  const Failure = failure === undefined ? Error : EndedAtOnce;
  throw new Failure(
    `${launch.name} did not start (${reason}). The end of ${launch.logFile}:\n${tail(launch.logFile)}`,
  );
}

/** Its own session (`detached`), so that Ctrl-C in the terminal reaches only who stops it in order. */
function spawnServer({ executable, parameters, env, uid, gid, logFile }: Launch): ChildProcess {
  mkdirSync(path.dirname(logFile), { recursive: true, mode: 0o700 });
  const log = openSync(logFile, 'a', 0o600);
  try {
    const child = spawn(executable, parameters, {
      env,
      uid,
      gid,
      detached: true,
      stdio: ['ignore', log, log],
    });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

export const describeExit = (code: number | null, signal: NodeJS.Signals | null) =>
  signal ? `ended by ${signal}` : `exit code ${code}`;

/** A frame of a stack trace as Node writes it, or Go, with a line for the function and one for its place. */
const stackFrame = /^\s+at |^\t\S+\.go:\d+|^(created by )?\S+\.\S+\(.*\)$/;

/** The last lines of a log, without the frames of stack traces, which would push out what they belong to. */
export function tail(logFile: string, lines = 15): string {
  try {
    const log = readFileSync(logFile, 'utf8').trimEnd().split('\n');
    return log
      .filter((line) => !stackFrame.test(line))
      .slice(-lines)
      .join('\n');
  } catch (error) {
    return `(can't read it: ${(error as Error).message})`;
  }
}
