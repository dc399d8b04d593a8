import { fileURLToPath } from 'node:url';
import { Migrator } from '@mikro-orm/migrations';
import { defineConfig, type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { Pool, PoolClient } from 'pg';
import { DirectDriver } from './direct-connection.ts';
import { entities } from './entities/registry.ts';
import { joinWrites } from './joined-writes.ts';
import { type StatementWatch, watchStatements } from './watch-statements.ts';

export type Em = EntityManager;
export type Database = MikroORM;

const here = (folder: string) => fileURLToPath(new URL(folder, import.meta.url));

export interface More {
  watch?: StatementWatch | undefined;
  /**
   * Each connection plans a statement once, without a look at its values. For those who find rows by their keys: a
   * plan anew costs more than the statement. Not for lists with filters that may be left out.
   */
  planOnce?: boolean;
  /** A statement that was not answered by then has failed, and its connection is closed. */
  answersWithinMs?: number;
}

/** For processes whose statements are all short; what they do not cover is a migration. */
export const ANSWER_MS = 5 * 60_000;

/** A connection knows its statements and their plans, which takes a new one as long as the first orders do. */
const IDLE_MS = 10 * 60_000;

/** Times are UTC whatever the machine's zone; each unit of work forks its own entity manager. */
export function databaseOptions(url: string, poolSize = 10, { watch, planOnce, answersWithinMs }: More = {}) {
  return defineConfig({
    driver: DirectDriver,
    clientUrl: url,
    entities,
    extensions: [Migrator],
    migrations: { path: here('./migrations'), snapshot: false, allOrNothing: true },
    // Migrations are told by whoever runs them.
    logger: () => undefined,
    pool: { min: 0, max: poolSize, idleTimeoutMillis: IDLE_MS },
    driverOptions: {
      pipeline: true,
      // A server that vanished without a word is noticed, and what waits for it fails and is tried again.
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      ...(answersWithinMs !== undefined && { query_timeout: answersWithinMs }),
      onPoolCreated(pool: Pool) {
        pool.on('connect', joinWrites);
        if (watch) watchStatements(pool, watch);
        if (planOnce) pool.on('connect', onlyGenericPlans);
      },
    },
    forceUtcTimezone: true,
    allowGlobalContext: false,
  });
}

export async function openDatabase(url: string, poolSize = 10, more: More = {}): Promise<Database> {
  return MikroORM.init(databaseOptions(url, poolSize, more));
}

/** Ahead of the connection's first statement, and not waited for: a connection that breaks fails that one too. */
function onlyGenericPlans(client: PoolClient): void {
  client.query('set plan_cache_mode = force_generic_plan').catch(() => undefined);
}
