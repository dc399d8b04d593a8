import { fileURLToPath } from 'node:url';
import { Migrator } from '@mikro-orm/migrations';
import { defineConfig, type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { Pool } from 'pg';
import { DirectDriver } from './direct-connection.ts';
import { entities } from './entities/registry.ts';
import { type StatementWatch, watchStatements } from './watch-statements.ts';

export type Em = EntityManager;
export type Database = MikroORM;

const here = (folder: string) => fileURLToPath(new URL(folder, import.meta.url));

/** Times are UTC whatever the machine's zone; each unit of work forks its own entity manager. */
export function databaseOptions(url: string, poolSize = 10, watch?: StatementWatch) {
  return defineConfig({
    driver: DirectDriver,
    clientUrl: url,
    entities,
    extensions: [Migrator],
    migrations: { path: here('./migrations'), snapshot: false, allOrNothing: true },
    // Migrations are told by whoever runs them.
    logger: () => undefined,
    pool: { min: 0, max: poolSize },
    driverOptions: {
      pipeline: true,
      onPoolCreated: (pool: Pool) => watch && watchStatements(pool, watch),
    },
    forceUtcTimezone: true,
    allowGlobalContext: false,
  });
}

export async function openDatabase(url: string, poolSize = 10, watch?: StatementWatch): Promise<Database> {
  return MikroORM.init(databaseOptions(url, poolSize, watch));
}
