/** A database of its own for each test file, copied from the template that the global set-up migrated. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';

export interface TestDatabase {
  /** `postgresql://…`, of a superuser. */
  url: string;
  /** Also ends whatever is still connected. */
  drop(): Promise<void>;
}

export async function createTestDatabase(): Promise<TestDatabase> {
  const { TEST_DATABASE_ADMIN_URL: adminUrl, TEST_DATABASE_TEMPLATE: template } = process.env;
  if (!adminUrl || !template) {
    throw new Error(
      'No test database server: tests that use one belong outside of test/unit (see jest.config.mjs).',
    );
  }
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await execute(adminUrl, `create database ${name} template ${template}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => execute(adminUrl, `drop database if exists ${name} with (force)`) };
}

async function execute(adminUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
