/** Looking at and ending processes by their number, never one that is not known to be ours. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that has ended but that its parent never asked about (a zombie) counts as gone. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The command line of a running process, or undefined when there is none that this user may see. */
export function commandLine(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || undefined;
    }
    return (
      execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined
    );
  } catch {
    return undefined; // no such process
  }
}

/** @returns whether the condition held before the time (milliseconds) was up. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  timeout: number,
): Promise<boolean> {
  for (const deadline = Date.now() + timeout; ; await sleep(20)) {
    if (await condition()) return true;
    if (Date.now() > deadline) return false;
  }
}

/** Asks by `signal`, then forces after `patience` milliseconds. Resolves when the process is gone. */
export async function endProcess(pid: number, signal: NodeJS.Signals, patience = 10_000): Promise<void> {
  if (!send(pid, signal) || (await waitUntil(() => !isAlive(pid), patience))) return;
  send(pid, 'SIGKILL');
  if (!(await waitUntil(() => !isAlive(pid), 5_000))) throw new Error(`Process ${pid} can't be stopped.`);
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
