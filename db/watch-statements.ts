import type { Pool, PoolClient } from 'pg';

/** Runs around each statement, which it knows by its first word alone: `SELECT`. */
export type StatementWatch = <T>(operation: string, run: () => Promise<T>) => Promise<T>;

/** Of statements that are answered by a promise, which is how MikroORM runs all but streamed ones. */
export function watchStatements(pool: Pool, watch: StatementWatch): void {
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...given: unknown[]) => Promise<unknown>;
    const watched = (...given: unknown[]) => {
      const operation = operationOf(given[0]);
      const byCallback = typeof given.at(-1) === 'function';
      return operation === null || byCallback ? query(...given) : watch(operation, () => query(...given));
    };
    client.query = watched as PoolClient['query'];
  });
}

/** null: no text to be run as it is (a cursor). */
function operationOf(statement: unknown): string | null {
  const text = typeof statement === 'string' ? statement : (statement as { text?: unknown } | null)?.text;
  if (typeof text !== 'string') return null;
  return /^[\s(]*([a-z]+)/i.exec(text)?.[1]?.toUpperCase() ?? 'OTHER';
}
