import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chooseLoopbackPort, freePort, isPortFree, requirePort } from '../../../scripts/embedded/ports.ts';

let folder: string;
let busy: Server;
let busyPort: number;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'orderloom-ports-'));
  busyPort = await freePort();
  busy = createServer();
  await new Promise<void>((resolve) => busy.listen(busyPort, '127.0.0.1', resolve));
});

afterEach(async () => {
  await new Promise((resolve) => busy.close(resolve));
  rmSync(folder, { recursive: true });
});

const remembered = () =>
  JSON.parse(readFileSync(path.join(folder, 'ports.json'), 'utf8')) as Record<string, number>;

it('names a busy port and how to take another one', async () => {
  expect(await isPortFree(busyPort, '127.0.0.1')).toBe(false);
  await expect(requirePort(busyPort)).rejects.toThrow(
    `Port ${busyPort} is in use by another program. Take another one: PORT=${busyPort + 1} npm start`,
  );
});

it('takes the usual port, and remembers it', async () => {
  const usual = await freePort();
  expect(await chooseLoopbackPort(folder, 'postgres', usual)).toBe(usual);
  expect(remembered()).toEqual({ postgres: usual });
});

it('takes another port when the usual one is busy, and the same one the next time', async () => {
  const port = await chooseLoopbackPort(folder, 'postgres', busyPort);
  expect(port).not.toBe(busyPort);
  expect(await chooseLoopbackPort(folder, 'postgres', busyPort)).toBe(port);
});

it('forgets no port when several parts choose at once', async () => {
  const [one, two] = await Promise.all([
    chooseLoopbackPort(folder, 'postgres', busyPort),
    chooseLoopbackPort(folder, 'temporal', busyPort),
  ]);
  expect(remembered()).toEqual({ postgres: one, temporal: two });
});

it('starts from the usual ports when the file was cut short', async () => {
  writeFileSync(path.join(folder, 'ports.json'), '{"postgres": 54');
  const usual = await freePort();
  expect(await chooseLoopbackPort(folder, 'postgres', usual)).toBe(usual);
});
