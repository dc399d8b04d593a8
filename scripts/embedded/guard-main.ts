/** The process behind guard.ts: when its input ends, so do the processes that it was told of. */
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Guarded } from './guard.ts';
import { endProcess } from './processes.ts';

const guarded = new Map<number, Guarded>();

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line) as Guarded | { released: number };
  if ('released' in message) guarded.delete(message.released);
  else guarded.set(message.pid, message);
}

await Promise.all(
  [...guarded.values()].map(async ({ pid, signal, folder }) => {
    await endProcess(pid, signal);
    if (folder) await rm(folder, { recursive: true, force: true });
  }),
);
