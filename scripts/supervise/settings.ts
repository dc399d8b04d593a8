/** What `npm start` takes from its environment, and what it hands to its processes. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { dataDirectory, privateFolder } from '../embedded/paths.ts';
import { chooseLoopbackPort, freePort, requirePort } from '../embedded/ports.ts';

export interface Settings {
  dataDirectory: string;
  port: number;
  apiUrl: string;
  adminKey: string;
  secretsKey: string;
  sandboxPort: number;
  sandboxUrl: string;
  withDemo: boolean;
}

/** @throws Error when PORT is no port or in use. */
export async function readSettings(): Promise<Settings> {
  const folder = dataDirectory();
  const port = await portFor(process.env.PORT || '3000');
  const sandboxPort = await chooseLoopbackPort(folder, 'sandbox', Number(process.env.SANDBOX_PORT) || 3900);
  return {
    dataDirectory: folder,
    port,
    apiUrl: `http://localhost:${port}`,
    adminKey:
      process.env.ORDERLOOM_ADMIN_KEY ||
      kept(folder, 'admin-key', () => randomBytes(24).toString('base64url')),
    secretsKey:
      process.env.ORDERLOOM_SECRETS_KEY ||
      kept(folder, 'secrets-key', () => randomBytes(32).toString('base64')),
    sandboxPort,
    sandboxUrl: `http://127.0.0.1:${sandboxPort}`,
    withDemo: process.env.ORDERLOOM_DEMO !== '0',
  };
}

/** 0 means any free one. */
async function portFor(given: string): Promise<number> {
  const port = /^\d{1,5}$/.test(given) ? Number(given) : Number.NaN;
  if (!(port <= 65_535)) throw new Error(`PORT is "${given}": expected a number from 0 to 65535.`);
  return port === 0 ? freePort() : requirePort(port);
}

/** Made once, so that what people saved, and what was sealed, still works after a restart. */
function kept(folder: string, name: string, make: () => string): string {
  const file = path.join(folder, name);
  if (!existsSync(file)) writeFileSync(file, `${make()}\n`, { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

const rotateAt = 10_000_000;

/** `<data>/logs/<name>.log`; one that has grown large becomes `.log.1` first. */
export function logFile(name: string): string {
  const file = path.join(privateFolder('logs'), `${name}.log`);
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > rotateAt) renameSync(file, `${file}.1`);
  return file;
}
