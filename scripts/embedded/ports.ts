/** Finds ports for the embedded servers. Only PORT, which people type, is never changed silently. */
import { randomInt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';

const loopback = '127.0.0.1';

export function isPortFree(port: number, host?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/**
 * Below the ports that the system gives to outgoing connections: none of those takes a server's port between
 * the look and the start, or while the server is down and about to come back.
 */
const serverPorts = { first: 12_000, last: 32_000 };

/** A port that was free a moment ago on the loopback address. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(serverPorts.first, serverPorts.last);
    if (await isPortFree(port, loopback)) return port;
  }
  throw new Error(`No free port between ${serverPorts.first} and ${serverPorts.last} on ${loopback}`);
}

/** @throws Error that names the port and how to take another one. */
export async function requirePort(port: number): Promise<number> {
  if ((await isPortFree(port)) && (await isPortFree(port, loopback))) return port;
  throw new Error(`Port ${port} is in use by another program. Take another one: PORT=${port + 1} npm start`);
}

/**
 * The port that this part had last time, or its usual one; when that is busy, any free one, kept for next time
 * in `ports.json` so that addresses stay the same from run to run.
 */
export async function chooseLoopbackPort(folder: string, part: string, usual: number): Promise<number> {
  const file = path.join(folder, 'ports.json');
  const wanted = readPorts(file)[part] ?? usual;
  const port = (await isPortFree(wanted, loopback)) ? wanted : await freePort();
  writeFileSync(file, `${JSON.stringify({ ...readPorts(file), [part]: port }, null, 2)}\n`);
  return port;
}

function readPorts(file: string): Record<string, number> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>;
  } catch {
    return {}; // absent, or cut short by a crash: the usual ports are as good
  }
}
