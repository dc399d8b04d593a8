/** Only one Orderloom runs on a data directory, and what a killed one left running is ended by the next. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { commandLine, endProcess, isAlive } from '../embedded/processes.ts';

interface InstanceRecord {
  pid: number;
  children: { pid: number; script: string }[];
}

export interface Instance {
  addChild(pid: number, script: string): void;
  release(): void;
}

const ownScript = path.join('scripts', 'start.ts');

/** @throws Error when another one runs there. */
export async function claimInstance(dataDirectory: string): Promise<Instance> {
  const file = path.join(dataDirectory, 'instance.json');
  const former = readRecord(file);
  if (former && runs(former.pid, ownScript)) {
    throw new Error(
      `Orderloom already runs on ${dataDirectory} (process ${former.pid}). Stop it, or set ORDERLOOM_DATA_DIR to another folder.`,
    );
  }
  const leftovers = former?.children.filter(({ pid, script }) => runs(pid, script)) ?? [];
  await Promise.all(leftovers.map(({ pid }) => endProcess(pid, 'SIGTERM', 15_000)));
  const record: InstanceRecord = { pid: process.pid, children: [] };
  const write = () => writeFileSync(file, JSON.stringify(record));
  write();
  return {
    addChild(pid, script) {
      record.children = [...record.children.filter((child) => child.script !== script), { pid, script }];
      write();
    },
    release: () => rmSync(file, { force: true }),
  };
}

const runs = (pid: number, script: string) => isAlive(pid) && Boolean(commandLine(pid)?.includes(script));

function readRecord(file: string): InstanceRecord | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as InstanceRecord;
  } catch {
    return undefined; // cut short by a crash
  }
}
