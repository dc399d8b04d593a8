import type { Database } from './database.ts';
import { openDatabase } from './database.ts';

/** Two processes that start together migrate one after the other. */
const MIGRATION_LOCK = 728_316;

/** Brings the database to the newest schema; does nothing when it is there already. */
export async function migrate(databaseUrl: string): Promise<void> {
  const orm = await openDatabase(databaseUrl, 2);
  try {
    await withMigrationLock(orm, () => orm.migrator.up());
  } finally {
    await orm.close(true);
  }
}

async function withMigrationLock(orm: Database, work: () => Promise<unknown>): Promise<void> {
  await orm.em.fork().transactional(async (em) => {
    await em.execute('select pg_advisory_xact_lock(?)', [MIGRATION_LOCK]);
    await work();
  });
}
