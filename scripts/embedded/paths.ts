/** Where the embedded parts keep their files. */
import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';

export const root = path.dirname(path.dirname(import.meta.dirname));

/** `ORDERLOOM_DATA_DIR`, or `.orderloom` in the checkout; made on first use. */
export function dataDirectory(): string {
  const folder = path.resolve(root, process.env.ORDERLOOM_DATA_DIR || '.orderloom');
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  // PostgreSQL refuses to run as root, so under root its user passes through here (it can't list the folder).
  if (process.getuid?.() === 0) chmodSync(folder, 0o711);
  return folder;
}

/** A folder in the data directory that only this user reads. */
export function privateFolder(name: string): string {
  const folder = path.join(dataDirectory(), name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}
