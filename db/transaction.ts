import { DeadlockException, LockWaitTimeoutException } from '@mikro-orm/core';
import type { Database, Em } from './database.ts';
import type { DirectConnection } from './direct-connection.ts';

/** Thrown inside a transaction whose locks turned out not to cover what it must change: begin again with more. */
export class LocksTooFew extends Error {
  override readonly name = 'LocksTooFew';
}

const ATTEMPTS = 8;

const mayBeRepeated = (error: unknown) =>
  error instanceof LocksTooFew ||
  error instanceof DeadlockException ||
  error instanceof LockWaitTimeoutException;

/** One unit of work in one transaction of its own, repeated when the database asks for it. */
export async function inTransaction<T>(orm: Database, work: (em: Em) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await oneTransaction(orm.em.fork(), work);
    } catch (error) {
      if (attempt >= ATTEMPTS || !mayBeRepeated(error)) throw error;
    }
  }
}

/**
 * A write whose answer nobody needs: it goes out with what follows, and where it fails, the transaction's commit does.
 * Outside of a transaction it is waited for.
 */
export async function writeBehind(em: Em, sql: string, params: readonly unknown[]): Promise<void> {
  const transaction = em.getTransactionContext();
  if (transaction === undefined) await em.execute(sql, [...params]);
  else await (em.getConnection() as DirectConnection).writeBehind(transaction, sql, params);
}

/**
 * What a transaction asks last, which its commit goes out with: whatever comes of the answer, nothing is taken back any
 * more. Outside of a transaction it is a statement like any other.
 */
export async function executeLast<T extends object>(
  em: Em,
  sql: string,
  params: readonly unknown[],
): Promise<T[]> {
  const transaction = em.getTransactionContext();
  if (transaction === undefined) return em.execute<T[]>(sql, [...params]);
  return (em.getConnection() as DirectConnection).executeLast<T>(transaction, sql, params);
}

/** One of the two ways: `how` says that the transaction asks nothing after it. */
export const ask = <T extends object>(
  em: Em,
  sql: string,
  params: readonly unknown[],
  how?: 'last',
): Promise<T[]> => (how === 'last' ? executeLast<T>(em, sql, params) : em.execute<T[]>(sql, [...params]));

/** Rows of a table, by its columns' names, written behind; all rows have the same columns. Lists must be JSON already. */
export async function insertBehind(
  em: Em,
  table: string,
  rows: readonly Record<string, unknown>[],
): Promise<void> {
  if (rows.length === 0) return;
  const columns = Object.keys(rows[0]!);
  const places = `(${columns.map(() => '?').join(', ')})`;
  await writeBehind(
    em,
    `insert into ${table} (${columns.join(', ')}) values ${rows.map(() => places).join(', ')}`,
    rows.flatMap((row) => columns.map((column) => row[column])),
  );
}

/** Without what `em.transactional` does for entities that are held in memory: here there are none. */
async function oneTransaction<T>(em: Em, work: (em: Em) => Promise<T>): Promise<T> {
  await em.begin();
  let result: T;
  try {
    result = await work(em);
  } catch (error) {
    // Why it failed is what matters.
    await em.rollback().catch(() => undefined);
    throw error;
  }
  await em.commit();
  return result;
}
