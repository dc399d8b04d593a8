/**
 * Starts what the tests with an environment share, once: PostgreSQL with a migrated template database (so that
 * each test file copies it instead of migrating), and a Temporal server in memory. Tests find them by the
 * variables set here. Loopback ports, temporary data, and gone at the end, also when Jest crashes.
 */
import { migrate } from '../../db/migrate.ts';
import { type Postgres, startPostgres } from '../../scripts/embedded/postgres.ts';
import { temporalCli, temporalTestServer } from '../../scripts/embedded/temporal-binaries.ts';
import { startTemporal, type Temporal } from '../../scripts/embedded/temporal.ts';

export interface Environment {
  postgres: Postgres;
  temporal: Temporal;
}

declare global {
  var orderloomTestEnvironment: Environment | undefined;
}

const templateDatabase = 'orderloom_template';

export default async function globalSetup(): Promise<void> {
  const say = (line: string) => console.log(line);
  const [postgres, temporal, testServerPath] = await Promise.all([
    startPostgres({ database: templateDatabase }),
    startTemporal({ executable: await temporalCli(say) }),
    temporalTestServer(say),
  ]);
  globalThis.orderloomTestEnvironment = { postgres, temporal };
  await migrate(postgres.url);
  const adminUrl = new URL(postgres.url);
  adminUrl.pathname = '/postgres';
  Object.assign(process.env, {
    TEST_DATABASE_ADMIN_URL: adminUrl.href,
    TEST_DATABASE_TEMPLATE: templateDatabase,
    TEST_TEMPORAL_ADDRESS: temporal.address,
    TEST_TEMPORAL_CLI: await temporalCli(),
    TEST_SERVER_PATH: testServerPath,
  });
}
