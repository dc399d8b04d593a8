/** One of our own processes (API, worker, sandbox), kept running until it is stopped. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { root } from '../embedded/paths.ts';
import { endProcess } from '../embedded/processes.ts';
import { describeExit, tail } from '../embedded/server-process.ts';
import { createRestarts } from './restarts.ts';

export interface ChildOptions {
  name: string;
  /** Relative to the checkout. */
  script: string;
  env: NodeJS.ProcessEnv;
  logFile: string;
  /** Milliseconds that it may take to end in order before it is forced to. */
  patience: number;
  /** Ends it also in the middle of its start. */
  stopping: AbortSignal;
  say: (line: string) => void;
  /** Called with its number each time that it is started. */
  onStart: (pid: number) => void;
}

export interface Child {
  stop(): Promise<void>;
}

const readyWithin = 60_000;

/** Resolves when the child has sent `{ ready: true }`. From then on it is started again whenever it ends. */
export async function superviseChild(options: ChildOptions): Promise<Child> {
  let child: ChildProcess | undefined;
  const restarts = createRestarts(options.name, launch, options.say);

  async function launch(): Promise<void> {
    const started = spawnChild(options);
    child = started;
    await untilReady(started, options);
    started.once('exit', (code, signal) => restarts.ended(describeExit(code, signal)));
  }

  await launch();
  return {
    async stop() {
      restarts.cancel();
      if (child) await endChild(child, options.patience);
    },
  };
}

/** In a session of its own, so that Ctrl-C reaches the supervisor alone, which then stops all in order. */
function spawnChild({ script, env, logFile, onStart }: ChildOptions): ChildProcess {
  const log = openSync(logFile, 'a', 0o600);
  try {
    const child = spawn(process.execPath, [path.join(root, script)], {
      cwd: root,
      env,
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    });
    if (child.pid) onStart(child.pid);
    return child;
  } finally {
    closeSync(log);
  }
}

async function untilReady(child: ChildProcess, options: ChildOptions): Promise<void> {
  const { name, logFile, stopping, patience } = options;
  const problem = await new Promise<string | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(`not ready within ${readyWithin / 1000} s`), readyWithin);
    const settle = (outcome?: string) => {
      clearTimeout(timer);
      stopping.removeEventListener('abort', onStop);
      resolve(outcome);
    };
    const onStop = () => settle('stopped');
    stopping.addEventListener('abort', onStop);
    child.on('message', (message) => (message as { ready?: boolean }).ready && settle());
    child.once('error', (error) => settle(error.message));
    child.once('exit', (code, signal) => settle(describeExit(code, signal)));
  });
  if (problem === undefined) return;
  await endChild(child, stopping.aborted ? patience : 0);
  throw new Error(`The ${name} did not start (${problem}). The end of ${logFile}:\n${tail(logFile)}`);
}

async function endChild(child: ChildProcess, patience: number): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  await endProcess(child.pid, 'SIGTERM', patience);
}
