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
import { commandLine, endProcess, isAlive } from './processes.ts';
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
 * Ends the server that an earlier run left behind, and removes a `postmaster.pid` whose number belongs to
 * another program by now, at which PostgreSQL would refuse to start.
 */
export async function endLeftover(dataFolder: string): Promise<void> {
  const { pid } = postmasterStatus(dataFolder);
  if (pid === undefined || !isAlive(pid)) return;
  if (commandLine(pid)?.includes(dataFolder)) await endProcess(pid, 'SIGINT');
  else rmSync(path.join(dataFolder, 'postmaster.pid'), { force: true });
}

/** `postmaster.pid` as PostgreSQL documents it: the first line is its number, the eighth its state. */
export function postmasterStatus(dataFolder: string): { pid?: number; ready: boolean } {
  const file = path.join(dataFolder, 'postmaster.pid');
  if (!existsSync(file)) return { ready: false };
  const lines = readFileSync(file, 'utf8').split('\n');
  return { pid: Number(lines[0]) || undefined, ready: lines[7]?.trim() === 'ready' };
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
