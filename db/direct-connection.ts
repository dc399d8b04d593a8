import { type Dictionary, DriverException, type QueryResult, type RawQueryFragment } from '@mikro-orm/core';
import { isRaw, PostgreSqlConnection, PostgreSqlDriver, raw } from '@mikro-orm/postgresql';
import type { Pool, PoolClient, QueryResult as Answer } from 'pg';
import { bind, type Statement } from './bind.ts';

/** What MikroORM hands to its connection, and its connection back. */
type Given = typeof PostgreSqlConnection.prototype;
type Query = Parameters<Given['execute']>[0];
type Options = NonNullable<Parameters<Given['begin']>[0]>;
type Held = Awaited<ReturnType<Given['begin']>>;

/** One transaction on one connection, or a savepoint in it. */
interface Open {
  client: PoolClient;
  /** Not sent yet: it goes out with the first statement. */
  begin: string | null;
  /** Where it went out alone: what is asked meanwhile comes after the statement that waits for it. */
  beginning: Promise<unknown> | null;
  savepoint: number;
  /** The connection's prepared statements are of another schema than the database has now. */
  outdated: boolean;
  /** Writes that nobody waits for before the commit. */
  behind: Promise<unknown>[];
  /** Sent with the last statement, ahead of that one's answer. */
  commit: Promise<Answer> | null;
  /** Its connection is somebody else's by now. */
  ended: boolean;
}

/** "cached plan must not change result type" is one of these. */
const FEATURE_NOT_SUPPORTED = '0A000';
const IN_FAILED_TRANSACTION = '25P02';

const open = (held: unknown) => held as Open;

/**
 * Statements go straight to the driver, values beside them, each parsed and planned once by a connection; MikroORM's own
 * way writes the values into the text, so that PostgreSQL parses and plans every one anew. `begin` does not cost a round
 * trip of its own.
 */
export class DirectConnection extends PostgreSqlConnection {
  private pool: Pool | null = null;

  private async ready(): Promise<Pool> {
    return (this.pool ??= await this.getNativeClient());
  }

  override async close(force?: boolean): Promise<void> {
    const { pool } = this;
    this.pool = null;
    await super.close(force);
    // Ended with what stands above it, where that was used.
    if (pool && !pool.ending) await pool.end();
  }

  override async begin({ ctx, isolationLevel, readOnly }: Options = {}): Promise<Held> {
    if (ctx) return this.savepoint(open(ctx));
    const client = await (await this.ready()).connect();
    const level = isolationLevel ? ` isolation level ${isolationLevel}` : '';
    const transaction: Open = {
      client,
      begin: `begin${level}${readOnly ? ' read only' : ''}`,
      beginning: null,
      savepoint: 0,
      outdated: false,
      behind: [],
      commit: null,
      ended: false,
    };
    return transaction as unknown as Held;
  }

  private async savepoint(outer: Open): Promise<Held> {
    const inner: Open = {
      client: outer.client,
      begin: null,
      beginning: null,
      savepoint: outer.savepoint + 1,
      outdated: false,
      behind: [],
      commit: null,
      ended: false,
    };
    await begun(outer);
    await inner.client.query(`savepoint s${inner.savepoint}`);
    return inner as unknown as Held;
  }

  override async commit(held: Held): Promise<void> {
    const transaction = open(held);
    if (transaction.savepoint === 0) return end(transaction, 'commit');
    await Promise.all(transaction.behind);
    await transaction.client.query(`release savepoint s${transaction.savepoint}`);
  }

  /**
   * A write of which only its failure matters: it is on its way with what follows, up to the commit, which fails as it
   * does. What is read after it sees it.
   */
  async writeBehind(held: unknown, sql: string, params: readonly unknown[]): Promise<void> {
    const transaction = open(held);
    const written = this.converted(within(transaction, this.bound(sql, params)));
    written.catch(() => undefined);
    transaction.behind.push(written);
  }

  /**
   * The last statement of a transaction: the commit goes out with it, so that nothing which it answers can take anything
   * back. One that fails takes all back, as ever.
   */
  async executeLast<T>(held: unknown, sql: string, params: readonly unknown[]): Promise<T[]> {
    const transaction = open(held);
    const answer = this.converted(within(transaction, this.bound(sql, params)));
    if (transaction.savepoint === 0) {
      transaction.commit = begun(transaction).then(() => transaction.client.query('commit'));
      transaction.commit.catch(() => undefined);
    }
    return (await answer).rows as T[];
  }

  /** As MikroORM does with what goes through it. */
  private async converted(answer: Promise<Answer>): Promise<Answer> {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof DriverException) throw error;
      throw this.platform.getExceptionConverter().convertException(error as Error);
    }
  }

  private bound(sql: string, values: readonly unknown[]): Statement {
    return bind(sql, values, {
      inText: (fragment) => this.platform.quoteValue(fragment),
      identifier: (name) => this.platform.quoteIdentifier(name),
    });
  }

  override async rollback(held: Held): Promise<void> {
    const transaction = open(held);
    if (transaction.savepoint > 0)
      await transaction.client.query(`rollback to savepoint s${transaction.savepoint}`);
    else await end(transaction, 'rollback');
  }

  override async execute<T>(
    query: Query,
    params: readonly unknown[] | Dictionary = [],
    method: 'all' | 'get' | 'run' = 'all',
    held?: unknown,
  ): Promise<T> {
    const { sql, values } = asText(query, params);
    const statement = this.bound(sql, values);
    const answer = held ? await within(open(held), statement) : await (await this.ready()).query(statement);
    return shaped(answer, method) as T;
  }
}

export class DirectDriver extends PostgreSqlDriver {
  protected override readonly connection = new DirectConnection(this.config);
}

function asText(
  query: Query,
  params: readonly unknown[] | Dictionary,
): { sql: string; values: readonly unknown[] } {
  if (typeof query === 'string' && Array.isArray(params)) return { sql: query, values: params };
  let fragment: RawQueryFragment;
  if (typeof query === 'string') fragment = raw(query, params as Dictionary);
  else fragment = isRaw(query) ? query : query.toRaw();
  return { sql: fragment.sql, values: fragment.params };
}

async function within(transaction: Open, statement: Statement): Promise<Answer> {
  if (transaction.ended || transaction.commit)
    throw new Error('The transaction has ended: what is asked of it now can not be a part of it');
  try {
    return await send(transaction, statement);
  } catch (error) {
    const { code } = error as { code?: string };
    transaction.outdated ||= code === FEATURE_NOT_SUPPORTED;
    // What failed was written behind, and is why.
    if (code === IN_FAILED_TRANSACTION) await Promise.all(transaction.behind);
    throw error;
  }
}

/**
 * A statement that only reads goes out together with `begin`: if that should fail, nothing was done outside of a
 * transaction.
 */
async function send(transaction: Open, statement: Statement): Promise<Answer> {
  const { client, begin } = transaction;
  if (begin !== null && /^\s*select\b/i.test(statement.text)) {
    transaction.begin = null;
    const [, answer] = await Promise.all([client.query(begin), client.query(statement)]);
    return answer;
  }
  await begun(transaction);
  return client.query(statement);
}

/** All statements pass here, so that they go out in the order in which they were asked. */
async function begun(transaction: Open): Promise<void> {
  const { begin } = transaction;
  transaction.begin = null;
  if (begin !== null) transaction.beginning = transaction.client.query(begin);
  if (transaction.beginning) await transaction.beginning;
}

/** The connection is given back whatever happens, once; one that does not answer is given up. */
async function end(transaction: Open, how: 'commit' | 'rollback'): Promise<void> {
  if (transaction.ended) return;
  transaction.ended = true;
  const { client, begin, behind } = transaction;
  if (begin !== null) return client.release();
  let answer: Answer;
  try {
    await begun(transaction);
    answer = await (transaction.commit ?? client.query(how));
  } catch (error) {
    client.release(true);
    throw error;
  }
  client.release(transaction.outdated);
  if (how === 'rollback') return;
  await Promise.all(behind);
  // PostgreSQL answers the commit of what failed with a rollback, and that is no error to it.
  if (answer.command === 'ROLLBACK')
    throw new Error('The transaction was rolled back: a statement of it had failed');
}

/** As MikroORM expects it. Several statements in one text answer nothing. */
function shaped(answer: Answer | Answer[], method: 'all' | 'get' | 'run'): unknown {
  const { rows, rowCount } = Array.isArray(answer) ? { rows: [], rowCount: 0 } : answer;
  if (method === 'get') return rows[0];
  if (method === 'all') return rows;
  return {
    affectedRows: rowCount ?? rows.length,
    insertId: undefined,
    row: rows[0],
    rows,
  } as unknown as QueryResult;
}
