import { DeadlockException, LockWaitTimeoutException } from '@mikro-orm/core';
import type { Database, Em } from './database.ts';

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
