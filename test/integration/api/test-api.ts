import { randomUUID } from 'node:crypto';
import type { Express } from 'express';
import { pino } from 'pino';
import supertest from 'supertest';
import { createBackground } from '../../../api/background.ts';
import type { ApiDeps } from '../../../api/deps.ts';
import { type Engine, EngineUnavailable } from '../../../api/engine.ts';
import { hashKey } from '../../../api/http/authenticate.ts';
import { createMetrics } from '../../../api/http/metrics.ts';
import { createApi } from '../../../api/server.ts';
import { carriers } from '../../../connectors/carriers/registry.ts';
import { payments } from '../../../connectors/payments/registry.ts';
import { storefronts } from '../../../connectors/storefronts/registry.ts';
import { type Database, openDatabase } from '../../../db/database.ts';
import { createSecrets } from '../../../db/secrets.ts';
import { ApiKeySchema, type Role, roles } from '../../../db/entities/access.ts';
import type { ActionOutcome } from '../../../workflows/client.ts';
import type { Standing } from '../../../workflows/client.ts';
import type { OrderInput } from '../../../workflows/contracts.ts';
import { createTestDatabase } from '../../support/database.ts';

/** The real API on a database of its own; only the workflows are a fake that remembers what it was told. */
export interface TestApi {
  app: Express;
  orm: Database;
  engine: FakeEngine;
  deps: ApiDeps;
  /** A key of each role. */
  keys: Record<Role, string>;
  /** As the admin unless told otherwise; a string or Buffer body is sent as it is. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): supertest.Test;
  /** Contents of every table in one text per table: equal means that nothing changed. */
  contents(): Promise<Record<string, string>>;
  close(): Promise<void>;
}

export interface FakeEngine extends Engine {
  delivered: { input: OrderInput; standing: Standing }[];
  acted: { workflowId: string; update: string; args: unknown; updateId: string }[];
  /** Away: every call throws. */
  away: boolean;
  outcome: ActionOutcome;
  /** Runs when an order is delivered: what its workflow would do. */
  onDeliver: (input: OrderInput) => Promise<void>;
}

function createFakeEngine(): FakeEngine {
  const reachable = () => {
    if (fake.away) throw new EngineUnavailable('away');
  };
  const fake: FakeEngine = {
    delivered: [],
    acted: [],
    away: false,
    outcome: { outcome: 'accepted' },
    onDeliver: async () => undefined,
    async deliver(input, standing) {
      reachable();
      fake.delivered.push({ input, standing });
      await fake.onDeliver(input);
    },
    async act(workflowId, update, args, updateId) {
      reachable();
      fake.acted.push({ workflowId, update, args, updateId });
      return fake.outcome;
    },
    async actAfterEnd({ storeId, externalId }, update, args, updateId) {
      reachable();
      fake.acted.push({ workflowId: `after:order:${storeId}:${externalId}`, update, args, updateId });
      return fake.outcome;
    },
    async pendingSteps() {
      return fake.away ? null : [];
    },
    async ping() {
      reachable();
    },
  };
  return fake;
}

/** `way` may lead to the database by another address. */
export async function startApi(
  change: Partial<ApiDeps> = {},
  way: (database: URL) => Promise<URL> = async (database) => database,
): Promise<TestApi> {
  const database = await createTestDatabase();
  const { href } = await way(new URL(database.url));
  const orm = await openDatabase(href, 6);
  const log = pino({ level: 'silent' });
  const engine = createFakeEngine();
  const deps: ApiDeps = {
    orm,
    engine,
    secrets: createSecrets([Buffer.alloc(32, 'test')]),
    storefronts,
    carriers,
    payments,
    config: {
      ...{ temporalUiUrl: 'http://temporal.example.com', trustedProxies: 0, booksCurrency: 'EUR' },
      mail: null,
      ...{ wrongKeysPerMinute: 200, costlyAtOnce: 4 },
    },
    temporalNamespace: 'default',
    log,
    clock: () => new Date(),
    background: createBackground(log),
    metrics: createMetrics(orm, log),
    checkAnswers: true,
    ...change,
  };
  const app = createApi(deps);
  const keys = await makeKeys(orm);
  return {
    app,
    orm,
    engine,
    deps,
    keys,
    send(method, path, body, headers = {}) {
      const request = supertest(app)
        [method.toLowerCase() as 'get'](path)
        .set({ Authorization: `Bearer ${keys.admin}`, ...headers });
      if (body === undefined) return request;
      const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
      const asIs = (given: unknown) => given as string; // a Buffer under a JSON content type would be serialized
      return request
        .type(headers['Content-Type'] ?? 'application/json')
        .serialize(asIs)
        .send(bytes);
    },
    contents: () => readContents(orm),
    async close() {
      await deps.background.settled();
      await orm.close(true);
      await database.drop();
    },
  };
}

async function makeKeys(orm: Database): Promise<Record<Role, string>> {
  const keys = Object.fromEntries(roles.map((role) => [role, `${role}-key-${randomUUID()}`])) as Record<
    Role,
    string
  >;
  const em = orm.em.fork();
  await em.insertMany(
    ApiKeySchema,
    roles.map((role) => ({ id: randomUUID(), name: role, role, hash: hashKey(keys[role]) })),
  );
  return keys;
}

async function readContents(orm: Database): Promise<Record<string, string>> {
  const em = orm.em.fork();
  const tables = await em.execute<{ name: string }[]>(
    `select tablename as name from pg_tables where schemaname = 'public'`,
  );
  const parts = tables.map(
    ({ name }) => `select '${name}' as name,
      count(*) || ' ' || md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as text from "${name}" t`,
  );
  const contents = await em.execute<{ name: string; text: string }[]>(parts.join(' union all '));
  return Object.fromEntries(contents.map(({ name, text }) => [name, text]));
}
