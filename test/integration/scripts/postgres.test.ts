import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { type Postgres, startPostgres } from '../../../scripts/embedded/postgres.ts';
import { isAlive } from '../../../scripts/embedded/processes.ts';

let parent: string;
let postgres: Postgres;

beforeAll(async () => {
  parent = mkdtempSync(path.join(tmpdir(), 'orderloom-kept-'));
  chmodSync(parent, 0o711);
  postgres = await startPostgres({ dataFolder: path.join(parent, 'postgres') });
});

afterAll(async () => {
  await postgres.stop();
  rmSync(parent, { recursive: true, force: true });
});

async function query(statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

it('runs with UTC, room for 200 connections, and flushes to disk', async () => {
  const settings = ['TimeZone', 'max_connections', 'fsync', 'synchronous_commit'].map(
    (name) => `current_setting('${name}')`,
  );
  expect(await query(`select array[${settings.join(', ')}] as settings`)).toEqual([
    { settings: ['UTC', '200', 'on', 'on'] },
  ]);
});

it('keeps what was committed before a kill, at the same address', async () => {
  await query('create table kept as select 1 as number');
  const { url, pid } = postgres;
  await postgres.kill();
  expect(isAlive(pid)).toBe(false);
  await expect(query('select 1')).rejects.toThrow('ECONNREFUSED');
  await postgres.restart();
  expect(postgres.url).toBe(url);
  expect(postgres.pid).not.toBe(pid);
  expect(await query('select number from kept')).toEqual([{ number: 1 }]);
});

it('ends a server that an earlier run left behind, and starts on its data', async () => {
  const { pid } = postgres;
  postgres = await startPostgres({ dataFolder: path.join(parent, 'postgres') });
  expect(isAlive(pid)).toBe(false);
  expect(await query('select number from kept')).toEqual([{ number: 1 }]);
});

it('starts although postmaster.pid names a process that is another one by now, and leaves that alone', async () => {
  await postgres.kill();
  writeFileSync(path.join(postgres.dataFolder, 'postmaster.pid'), `${process.pid}\n${postgres.dataFolder}\n`);
  await postgres.restart();
  expect(await query('select number from kept')).toEqual([{ number: 1 }]);
});
