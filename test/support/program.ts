/** One of our processes in a test: started until ready, killed, started again on the same port. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/embedded/paths.ts';
import { endProcess } from '../../scripts/embedded/processes.ts';
import { describeExit, tail } from '../../scripts/embedded/server-process.ts';

/** Whatever can be killed without warning and started again. */
export interface Victim {
  /** SIGKILL. Resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port. Resolves when it is ready. */
  restart(): Promise<void>;
}

export interface Program extends Victim {
  /** Why it ended although nobody asked for it, or null. */
  ended(): string | null;
  stop(): Promise<void>;
}

export async function startProgram(
  name: string,
  script: string,
  env: NodeJS.ProcessEnv,
  logFile: string,
): Promise<Program> {
  let child = await launch();
  let unasked: string | null = null;
  watch(child);

  async function launch(): Promise<ChildProcess> {
    const log = openSync(logFile, 'a');
    const started = spawn(process.execPath, [path.join(root, script)], {
      cwd: root,
      env,
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    const problem = await new Promise<string | null>((resolve) => {
      started.on('message', (message) => (message as { ready?: boolean }).ready && resolve(null));
      started.once('error', (error) => resolve(error.message));
      started.once('exit', (code, signal) => resolve(describeExit(code, signal)));
    });
    if (problem) throw new Error(`${name} did not start (${problem}):\n${tail(logFile, 30)}`);
    return started;
  }

  function watch(started: ChildProcess): void {
    started.once('exit', (code, signal) => {
      if (started === child) unasked = `${name}: ${describeExit(code, signal)}\n${tail(logFile, 30)}`;
    });
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = child;
    ending.removeAllListeners('exit');
    if (ending.exitCode === null && ending.signalCode === null) await endProcess(ending.pid!, signal, 25_000);
  }

  return {
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGKILL');
      child = await launch();
      watch(child);
    },
    ended: () => unasked,
    stop: () => end('SIGTERM'),
  };
}
