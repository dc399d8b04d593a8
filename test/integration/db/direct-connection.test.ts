import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { UniqueConstraintViolationException } from '@mikro-orm/core';
import { type Database, type Em, openDatabase } from '../../../db/database.ts';
import { executeLast, insertBehind, inTransaction, writeBehind } from '../../../db/transaction.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
let orm: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  orm = await openDatabase(database.url, 1);
  await orm.em.fork().execute('create table thing (id int primary key, word text)');
});
beforeEach(() => orm.em.fork().execute('truncate thing'));
afterAll(async () => {
  await orm.close(true);
  await database.drop();
});

const things = () => orm.em.fork().execute<{ id: number; word: string }[]>('select * from thing order by id');
const put = (em: Em, id: number, word = 'w') => insertBehind(em, 'thing', [{ id, word }]);

describe('what is written behind', () => {
  it('is seen by what is read after it, and is there after the commit', async () => {
    const seen = await inTransaction(orm, async (em) => {
      await put(em, 1);
      await writeBehind(em, 'update thing set word = ? where id = ?', ['new', 1]);
      return em.execute('select word from thing');
    });
    expect(seen).toEqual([{ word: 'new' }]);
    expect(await things()).toEqual([{ id: 1, word: 'new' }]);
  });

  it.each([
    ['as the last of it', async () => undefined],
    ['with more behind it', (em: Em) => put(em, 2)],
  ])('fails its transaction when it fails, %s, and nothing of it is kept', async (_where, more) => {
    await put(orm.em.fork(), 1);
    const failing = inTransaction(orm, async (em) => {
      await put(em, 3);
      await put(em, 1);
      await more(em);
    });
    await expect(failing).rejects.toThrow(UniqueConstraintViolationException);
    expect(await things()).toEqual([{ id: 1, word: 'w' }]);
  });

  it('is taken back with the rest when the work itself fails', async () => {
    const failing = inTransaction(orm, async (em) => {
      await put(em, 1);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await things()).toEqual([]);
  });

  it('fails its transaction also from inside of a nested one', async () => {
    await put(orm.em.fork(), 1);
    const failing = inTransaction(orm, async (em) => {
      await put(em, 2);
      await em.transactional((inner) => put(inner, 1));
    });
    await expect(failing).rejects.toThrow(UniqueConstraintViolationException);
    expect(await things()).toEqual([{ id: 1, word: 'w' }]);
  });

  it('is waited for outside of a transaction', async () => {
    await put(orm.em.fork(), 1);
    await expect(put(orm.em.fork(), 1)).rejects.toThrow(UniqueConstraintViolationException);
  });
});

describe('what a transaction asks last', () => {
  const last = (em: Em, sql = 'select word from thing order by id') =>
    executeLast<{ word: string }>(em, sql, []);

  it('sees what was written behind, and all of it is there afterwards', async () => {
    const seen = await inTransaction(orm, async (em) => {
      await put(em, 1, 'a');
      return last(em);
    });
    expect(seen).toEqual([{ word: 'a' }]);
    expect(await things()).toEqual([{ id: 1, word: 'a' }]);
  });

  it.each([
    ['a read', 'select word from thing'],
    ['a write', `update thing set word = 'z' returning word`],
    [
      'a write that can not be told from its beginning',
      `with a as (select 1) update thing set word = 'z' returning word`,
    ],
  ])('may be all that it asks: %s', async (_what, sql) => {
    await put(orm.em.fork(), 1, 'z');
    expect(await inTransaction(orm, (em) => last(em, sql))).toEqual([{ word: 'z' }]);
    expect(await things()).toEqual([{ id: 1, word: 'z' }]);
  });

  it('takes all back where it fails', async () => {
    const failing = inTransaction(orm, async (em) => {
      await put(em, 1);
      await last(em, "insert into thing values (1, 'again') returning word");
    });
    await expect(failing).rejects.toThrow(UniqueConstraintViolationException);
    expect(await things()).toEqual([]);
  });

  it('fails for what was written behind and failed', async () => {
    await put(orm.em.fork(), 1);
    const failing = inTransaction(orm, async (em) => {
      await put(em, 2);
      await put(em, 1);
      return last(em);
    });
    await expect(failing).rejects.toThrow(UniqueConstraintViolationException);
    expect(await things()).toEqual([{ id: 1, word: 'w' }]);
  });

  it('fails with its connection, and the next one gets another', async () => {
    const failing = inTransaction(orm, async (em) => {
      await put(em, 1);
      return last(em, 'select pg_terminate_backend(pg_backend_pid())');
    });
    await expect(failing).rejects.toThrow();
    expect(await things()).toEqual([]);
  });

  it('is the last', async () => {
    const failing = inTransaction(orm, async (em) => {
      await last(em);
      await em.execute("insert into thing values (1, 'late')");
    });
    await expect(failing).rejects.toThrow('The transaction has ended');
    expect(await things()).toEqual([]);
  });

  it('does not end what a nested transaction is a part of', async () => {
    await orm.em.fork().transactional(async (em) => {
      await em.transactional((inner) => last(inner));
      await put(em, 1);
    });
    expect(await things()).toEqual([{ id: 1, word: 'w' }]);
  });

  it('gives the connection back', async () => {
    for (let round = 0; round < 3; round++) {
      await inTransaction(orm, (em) => last(em));
      await inTransaction(orm, (em) => last(em, 'select nothing')).catch(() => undefined);
    }
    expect(await things()).toEqual([]);
  });
});

describe('a transaction', () => {
  it('says of a statement that it fails for what was written behind before it', async () => {
    await put(orm.em.fork(), 1);
    const failing = inTransaction(orm, async (em) => {
      await put(em, 1);
      return em.execute('select word from thing');
    });
    await expect(failing).rejects.toThrow(UniqueConstraintViolationException);
  });

  it('runs what is asked together one after the other, also its first statement', async () => {
    await put(orm.em.fork(), 1);
    const [, before, , after] = await inTransaction(orm, (em) =>
      Promise.all([
        em.execute('select 1 from thing for update'),
        em.execute('select word from thing'),
        em.execute(`update thing set word = 'later'`),
        em.execute('select word from thing'),
      ]),
    );
    expect([before, after]).toEqual([[{ word: 'w' }], [{ word: 'later' }]]);
  });

  it('runs what is asked together one after the other, also where the first does not begin with "select"', async () => {
    const seen = await inTransaction(orm, (em) =>
      Promise.all([
        em.execute(
          `with a as (select 1 as id, 'first' as word) insert into thing select * from a returning id`,
        ),
        em.execute('select word from thing order by id'),
        put(em, 2, 'second'),
        em.execute('select word from thing order by id'),
      ]),
    );
    expect(seen).toEqual([
      [{ id: 1 }],
      [{ word: 'first' }],
      undefined,
      [{ word: 'first' }, { word: 'second' }],
    ]);
  });

  it('holds what begins with a write too', async () => {
    const failing = inTransaction(orm, async (em) => {
      await em.execute(`insert into thing values (1, 'a')`);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await things()).toEqual([]);
  });

  it('does not pass for done when its work goes on over a statement that failed', async () => {
    await put(orm.em.fork(), 1);
    const failing = inTransaction(orm, async (em) => {
      await put(em, 2);
      await em.execute("insert into thing values (1, 'again')").catch(() => undefined);
      return 'done';
    });
    await expect(failing).rejects.toThrow('The transaction was rolled back: a statement of it had failed');
    expect(await things()).toEqual([{ id: 1, word: 'w' }]);
  });

  it('nests: what fails inside is taken back alone', async () => {
    await orm.em.fork().transactional(async (em) => {
      await em.execute(`insert into thing values (1, 'a')`);
      const inner = em.transactional(async (nested) => {
        await nested.execute(`insert into thing values (2, 'b')`);
        throw new Error('no');
      });
      await expect(inner).rejects.toThrow('no');
      await em.transactional((nested) => nested.execute(`insert into thing values (3, 'c')`));
    });
    expect((await things()).map(({ id }) => id)).toEqual([1, 3]);
  });

  it('is read only where that is asked for', async () => {
    const writing = orm.em
      .fork()
      .transactional((em) => em.execute(`insert into thing values (1, 'a')`), { readOnly: true });
    await expect(writing).rejects.toThrow(/read-only/);
  });

  it('gets over a change of the schema under a prepared statement at its next attempt', async () => {
    const read = () => inTransaction(orm, (em) => em.execute('select * from thing where id = ?', [1]));
    await put(orm.em.fork(), 1);
    await read();
    await orm.em.fork().execute('alter table thing add column more int');
    await expect(read()).rejects.toThrow(/cached plan/);
    expect(await read()).toEqual([{ id: 1, word: 'w', more: null }]);
    await orm.em.fork().execute('alter table thing drop column more');
  });
});

it('gives back numbers of changed rows, single rows, and nothing for several statements in one text', async () => {
  const em = orm.em.fork();
  await put(em, 1);
  await put(em, 2);
  expect(await em.execute('update thing set word = ? where id > ?', ['x', 0], 'run')).toMatchObject({
    affectedRows: 2,
  });
  expect(await em.execute('select id from thing order by id', [], 'get')).toEqual({ id: 1 });
  expect(await em.execute('select 1; select 2')).toEqual([]);
});

it('plans once where that is asked for, from the first statement of each connection on', async () => {
  const once = await openDatabase(database.url, 1, { planOnce: true });
  const modeOf = async (one: Database) => one.em.fork().execute('show plan_cache_mode');
  try {
    expect(await modeOf(once)).toEqual([{ plan_cache_mode: 'force_generic_plan' }]);
    expect(await modeOf(orm)).toEqual([{ plan_cache_mode: 'auto' }]);
  } finally {
    await once.close(true);
  }
});
