/**
 * PostgreSQL refuses to run as root. Under root it runs as `postgres` where the machine has that user, else as
 * `nobody`, and its files lie where that user can reach them, which a checkout under a closed home folder is not.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface User {
  uid: number;
  gid: number;
}

/** Undefined when this process is not root and needs no other user. */
export function unprivilegedUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const user = lookUp('postgres') ?? lookUp('nobody');
  if (user) return user;
  throw new Error(
    'PostgreSQL refuses to run as root, and this machine has neither a user `postgres` nor `nobody` to run it as.',
  );
}

function lookUp(name: string): User | undefined {
  try {
    const [uid, gid] = ['-u', '-g'].map((flag) =>
      Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })),
    );
    return uid && gid ? { uid, gid } : undefined;
  } catch {
    return undefined; // no such user
  }
}

/** Whether the user may pass through every folder that leads to `target`, and `target` itself. */
export function isReachable(target: string, user: User): boolean {
  const parent = path.dirname(target);
  return mayPass(target, user) && (parent === target || isReachable(parent, user));
}

/** The permission that decides is the owner's, else the group's, else everyone's. What is not there yet is open. */
function mayPass(target: string, { uid, gid }: User): boolean {
  const found = statSync(target, { throwIfNoEntry: false });
  if (!found) return true;
  const bit = found.uid === uid ? 0o100 : found.gid === gid ? 0o010 : 0o001;
  return Boolean(found.mode & bit);
}

/** A folder outside of the checkout that is the same in every run for the same `original`. */
export function reachableFolder(original: string, user: User): string {
  const name = `orderloom-${createHash('sha256').update(original).digest('hex').slice(0, 12)}`;
  for (const parent of ['/var/lib', tmpdir(), '/tmp']) {
    const folder = path.join(parent, name);
    if (
      statSync(parent, { throwIfNoEntry: false })?.isDirectory() &&
      isReachable(parent, user) &&
      claim(folder)
    ) {
      return folder;
    }
  }
  throw new Error(
    `No folder found for PostgreSQL's files that its user can reach: ${original} lies under a closed folder. ` +
      'Set ORDERLOOM_DATA_DIR to a folder that everyone may pass through.',
  );
}

/** Makes the folder; false when it can't be, or when someone else made one of that name. */
function claim(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    if (statSync(folder).uid !== 0) return false;
    chmodSync(folder, 0o711);
    return true;
  } catch {
    return false; // a read-only place: the next one is tried
  }
}
