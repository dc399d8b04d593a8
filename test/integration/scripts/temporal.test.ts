import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isAlive } from '../../../scripts/embedded/processes.ts';
import { startTemporal, type Temporal } from '../../../scripts/embedded/temporal.ts';

let parent: string;
let temporal: Temporal;

const start = () =>
  startTemporal({
    dbFilename: path.join(parent, 'temporal.db'),
    logFile: path.join(parent, 'temporal.log'),
    executable: process.env.TEST_TEMPORAL_CLI,
  });

beforeAll(async () => {
  parent = mkdtempSync(path.join(tmpdir(), 'orderloom-kept-'));
  temporal = await start();
});

afterAll(async () => {
  await temporal.stop();
  rmSync(parent, { recursive: true, force: true });
});

async function withClient<T>(use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: temporal.address });
  try {
    return await use(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

const stateOf = (workflowId: string) =>
  withClient(async (client) => (await client.workflow.getHandle(workflowId).describe()).status.name);

it('keeps running workflows through a kill, at the same address', async () => {
  await withClient((client) => client.workflow.start('waiting', { taskQueue: 'nobody', workflowId: 'kept' }));
  const { address, pid } = temporal;
  await temporal.kill();
  expect(isAlive(pid)).toBe(false);
  await temporal.restart();
  expect(temporal.address).toBe(address);
  expect(await stateOf('kept')).toBe('RUNNING');
});

it('ends a server that an earlier run left behind, and starts on its file', async () => {
  const { pid } = temporal;
  temporal = await start();
  expect(isAlive(pid)).toBe(false);
  expect(await stateOf('kept')).toBe('RUNNING');
});
