/**
 * Ends the embedded servers when the process that started them dies without being able to (a crash, SIGKILL).
 * A small process of its own waits on a pipe from here, which the system closes when this process is gone.
 */
import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import path from 'node:path';

export interface Guarded {
  pid: number;
  /** What asks this process to end. */
  signal: NodeJS.Signals;
  /** Deleted once the process has ended. */
  folder?: string;
}

const guarded = new Set<number>();
let pipe: Writable | undefined;

export function guardProcess(process: Guarded): void {
  pipe ??= startGuard();
  guarded.add(process.pid);
  pipe.write(`${JSON.stringify(process)}\n`);
}

/** To be called once the process has ended in the ordinary way. */
export function releaseProcess(pid: number): void {
  if (!guarded.delete(pid)) return;
  pipe?.write(`${JSON.stringify({ released: pid })}\n`);
  if (guarded.size > 0) return;
  pipe?.end();
  pipe = undefined;
}

function startGuard(): Writable {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'guard-main.ts')], {
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true, // Ctrl-C in the terminal must not end the guard before its servers
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  child.unref();
  (child.stdin as Writable & { unref?(): void }).unref?.();
  return child.stdin;
}
