import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { guarded } from '../../../activities/failure.ts';
import { PartyFailure } from '../../../connectors/failure.ts';
import { openDatabase } from '../../../db/database.ts';
import { createWorld, type World } from '../db/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const secret = 'Mina-Muster-of-Beispielweg';

it.each<[string, string, unknown[], string]>([
  [
    'a broken unique key',
    `insert into audit (actor, what, detail, key) values ('a', 'b', ?, 'k'), ('a', 'b', 'c', 'k')`,
    [secret],
    'UniqueConstraintViolationException',
  ],
  [
    'a broken check',
    `insert into product (sku, name, weight_grams, dimensions_mm) values (?, ?, 0, '{}')`,
    [secret, secret],
    'CheckConstraintViolationException',
  ],
  [
    'a broken reference',
    `insert into lot (id, warehouse, sku, number, received_at, unit_cost, currency) values (gen_random_uuid(), ?, 'x', 'y', now(), 1, 'EUR')`,
    [secret],
    'ForeignKeyConstraintViolationException',
  ],
  ['a value of another kind', 'select ?::uuid', [secret], 'DriverException'],
  ['a statement that is none', `select '${secret}' from`, [], 'SyntaxErrorException'],
])('%s tells its kind and none of its values', async (_, sql, values, kind) => {
  const { step } = guarded(world.deps, {
    step: async (_: object): Promise<void> => {
      await world.query(sql, values);
    },
  });
  const failure = (await step({}).catch((error: unknown) => error)) as Error;
  expect(failure).toMatchObject({ type: 'Internal', nonRetryable: false, message: `database: ${kind}` });
  expect(`${JSON.stringify(failure)} ${failure.stack ?? ''}`).not.toContain('Muster');
});

it('a database that can’t be reached tells no more than that', async () => {
  const url = new URL('postgresql://someone:s3cret@127.0.0.1:1/none');
  const away = await openDatabase(url.href, 1).catch((error: unknown) => error);
  const { step } = guarded(world.deps, {
    step: async (_: object): Promise<void> => {
      if (away instanceof Error) throw away;
      await (away as World['orm']).em.fork().execute('select 1');
    },
  });
  const failure = (await step({}).catch((error: unknown) => error)) as Error;
  if (!(away instanceof Error)) await (away as World['orm']).close(true);
  expect(failure).toMatchObject({ type: 'Internal', nonRetryable: false });
  expect(failure.message).not.toContain('s3cret');
});

it('what a party said is told by its code alone while nobody can be asked whom it names', async () => {
  const orm = {
    em: { fork: () => ({ execute: () => Promise.reject(new Error('away')) }) },
  } as unknown as World['orm'];
  const { step } = guarded(
    { ...world.deps, orm },
    {
      step: async (_: { orderId: string }): Promise<void> => {
        const facts = { party: 'ups', kind: 'refuse', effect: 'none', code: '120100' } as const;
        throw new PartyFailure(`No such street: ${secret}`, facts);
      },
    },
  );
  const failure = await step({ orderId: uuid() }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ type: 'Refused', nonRetryable: true, message: 'ups: 120100' });
});
