/** Resident memory of processes, as the system's `ps` says. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export async function residentMb(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Math.round(Number(stdout) / 1024);
}

export interface MemoryWatch {
  /** The most of each that was seen until now, in MB. */
  peak(): Record<string, number>;
  stop(): void;
}

/** Looks every half second. */
export function watchMemory(pids: Record<string, number>): MemoryWatch {
  const most: Record<string, number> = {};
  const timer = setInterval(() => {
    for (const [name, pid] of Object.entries(pids))
      residentMb(pid).then(
        (mb) => (most[name] = Math.max(mb, most[name] ?? 0)),
        () => clearInterval(timer), // it has ended
      );
  }, 500);
  return { peak: () => ({ ...most }), stop: () => clearInterval(timer) };
}
