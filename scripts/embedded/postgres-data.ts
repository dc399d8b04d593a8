/** The data folder of an embedded PostgreSQL: where it lies, made once, freed from what an earlier run left. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { commandLine, endProcess, isAlive, waitUntil } from './processes.ts';
import { isReachable, reachableFolder, type User } from './unprivileged.ts';

export const superuser = 'orderloom';

export function temporaryFolder(user: User | undefined): string {
  const parent = !user || isReachable(tmpdir(), user) ? tmpdir() : reachableFolder(tmpdir(), user);
  const folder = mkdtempSync(path.join(parent, 'orderloom-postgres-'));
  if (user) chownSync(folder, user.uid, user.gid);
  return folder;
}

/** The wanted folder, or under root one elsewhere when the server's user can't get there. */
export function placeFor(wanted: string, user: User | undefined): string {
  if (!user || isReachable(path.dirname(wanted), user)) return wanted;
  return path.join(reachableFolder(wanted, user), path.basename(wanted));
}

/**
 * Ends the server that an earlier run left behind. One that was killed leaves its `postmaster.pid`, at which
 * PostgreSQL refuses to start when the number belongs to another program by now, or to a zombie: it is removed,
 * once no process of the old server is attached to its memory any more, which is what the file protects.
 */
export async function endLeftover(dataFolder: string): Promise<void> {
  const { pid, memory } = postmasterStatus(dataFolder);
  if (pid === undefined) return;
  if (isAlive(pid) && commandLine(pid)?.includes(dataFolder)) await endProcess(pid, 'SIGINT');
  if (memory !== undefined && !(await waitUntil(() => attachedTo(memory) === 0, 10_000))) {
    throw new Error(`Processes of an earlier PostgreSQL (${pid}) are still at work on ${dataFolder}.`);
  }
  rmSync(path.join(dataFolder, 'postmaster.pid'), { force: true });
}

/** The number of processes attached to a piece of System V shared memory; 0 where the system doesn't say. */
function attachedTo(memory: number): number {
  const file = '/proc/sysvipc/shm'; // columns: key, shmid, perms, size, cpid, lpid, nattch, …
  const rows = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').slice(1) : [];
  const row = rows.map((line) => line.trim().split(/\s+/).map(Number)).find(([, id]) => id === memory);
  return row?.[6] ?? 0;
}

/** `postmaster.pid` by its lines: 1 is the process, 7 the key and id of its shared memory, 8 its state. */
export function postmasterStatus(dataFolder: string): { pid?: number; memory?: number; ready: boolean } {
  const file = path.join(dataFolder, 'postmaster.pid');
  if (!existsSync(file)) return { ready: false };
  const lines = readFileSync(file, 'utf8').split('\n');
  const memory = Number(lines[6]?.trim().split(/\s+/)[1]);
  return {
    pid: Number(lines[0]) || undefined,
    memory: Number.isNaN(memory) ? undefined : memory,
    ready: lines[7]?.trim() === 'ready',
  };
}

/**
 * Makes the data folder unless it is there.
 * @param quick leaves out the flush to disk, for data that may be lost.
 * @returns the superuser's password, kept beside the folder in a file that only this user reads.
 */
export async function initialize(
  initdb: string,
  dataFolder: string,
  user: User | undefined,
  quick: boolean,
): Promise<string> {
  const passwordFile = `${dataFolder}.password`;
  if (existsSync(path.join(dataFolder, 'PG_VERSION'))) return readFileSync(passwordFile, 'utf8').trim();
  const password = randomBytes(18).toString('base64url');
  const unfinished = `${dataFolder}.new`; // an initdb cut short must never be taken for a whole database
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(path.dirname(unfinished), { recursive: true, mode: 0o711 });
  mkdirSync(unfinished, { mode: 0o700 });
  rmSync(passwordFile, { force: true });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (user) for (const file of [unfinished, passwordFile]) chownSync(file, user.uid, user.gid);
  await runInitdb(initdb, unfinished, passwordFile, user, quick);
  if (user) chownSync(passwordFile, 0, 0);
  renameSync(unfinished, dataFolder);
  return password;
}

/** PostgreSQL's own C.UTF-8 sorts the same on every machine, whatever locales that has. */
async function runInitdb(
  initdb: string,
  folder: string,
  passwordFile: string,
  user: User | undefined,
  quick: boolean,
): Promise<void> {
  const flags = [
    `--pgdata=${folder}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(quick ? ['--no-sync'] : []),
  ];
  await promisify(execFile)(initdb, flags, {
    ...user,
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
    cwd: '/',
  });
}
