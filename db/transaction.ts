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
      return await orm.em.fork().transactional(work);
    } catch (error) {
      if (attempt >= ATTEMPTS || !mayBeRepeated(error)) throw error;
    }
  }
}
