import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { type Database, type Em, openDatabase } from '../../../db/database.ts';
import { inTransaction } from '../../../db/transaction.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

const poolSize = 3;
let database: TestDatabase;
let orm: Database;
let operator: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  orm = await openDatabase(database.url, poolSize);
  operator = new pg.Client({ connectionString: database.url });
  await operator.connect();
});
afterAll(async () => {
  await operator.end();
  await orm.close(true);
  await database.drop();
});

const endAllConnections = () =>
  operator.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where pid <> pg_backend_pid() and datname = current_database()`,
  );
const ask = () => orm.em.fork().execute('select 1 as one');

/** Once a backend is in the middle of a statement. */
async function endWhenBusy(): Promise<void> {
  const busy = `select 1 from pg_stat_activity where query like 'select pg_sleep%' and state = 'active'`;
  while ((await operator.query(busy)).rowCount === 0);
  await endAllConnections();
}

it.each<[string, (em: Em) => Promise<unknown>]>([
  ['between two statements', endAllConnections],
  ['during a statement', (em) => Promise.all([em.execute('select pg_sleep(60)'), endWhenBusy()])],
])('loses no place in the pool when the server ends connections %s', async (_when, meanwhile) => {
  for (let round = 0; round < 2 * poolSize; round++) {
    const broken = inTransaction(orm, async (em) => {
      await em.execute('select 1');
      await meanwhile(em);
      await em.execute('select 2');
    });
    await expect(broken).rejects.toThrow(/terminat|connection/i);
  }
  const answers = await Promise.all(Array.from({ length: 4 * poolSize }, ask));
  expect(answers).toEqual(answers.map(() => [{ one: 1 }]));
});

it('loses none when a connection ended while it was idle, or just as a transaction begins', async () => {
  // A single statement may still meet a connection that has just been ended, and then it is gone from the pool.
  const askAnyway = () => ask().catch(() => null);
  for (let round = 0; round < 4 * poolSize; round++) {
    await askAnyway();
    await Promise.allSettled([
      endAllConnections(),
      ...Array.from({ length: poolSize }, () => inTransaction(orm, (em) => em.execute('select 1'))),
    ]);
  }
  for (let dead = 0; dead < poolSize; dead++) await askAnyway();
  expect(await ask()).toEqual([{ one: 1 }]);
  const work = Array.from({ length: 4 * poolSize }, () =>
    inTransaction(orm, (em) => em.execute('select 1 as one')),
  );
  expect(await Promise.all(work)).toEqual(work.map(() => [{ one: 1 }]));
});
