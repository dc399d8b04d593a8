import { expect, it } from '@jest/globals';
import { Connection } from '@temporalio/client';
import pg from 'pg';
import { createTestDatabase } from '../../support/database.ts';

it('gives each caller a migrated database of its own', async () => {
  const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  const client = new pg.Client({ connectionString: one.url });
  await client.connect();
  const found = await client.query(
    `select current_setting('TimeZone') zone, count(*)::int tables from information_schema.tables where table_name = 'orders'`,
  );
  await client.end();
  expect(found.rows).toEqual([{ zone: 'UTC', tables: 1 }]);
  expect(one.url).not.toBe(other.url);
  await Promise.all([one.drop(), other.drop()]);
});

it('offers a Temporal server with the search attributes of orders', async () => {
  const connection = await Connection.connect({ address: process.env.TEST_TEMPORAL_ADDRESS });
  const { customAttributes } = await connection.operatorService.listSearchAttributes({
    namespace: 'default',
  });
  await connection.close();
  expect(Object.keys(customAttributes ?? {})).toEqual(
    expect.arrayContaining(['OrderloomStore', 'OrderloomStage', 'OrderloomCarrier']),
  );
});
