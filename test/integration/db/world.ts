import { jest } from '@jest/globals';
import { pino } from 'pino';
import { v7 as uuid } from 'uuid';
import type { ActivityDeps } from '../../../activities/deps.ts';
import { applySnapshot, readStoreAndKnown } from '../../../activities/snapshot.ts';
import { customerKey } from '../../../db/customer-key.ts';
import type { Carrier } from '../../../connectors/carriers/carrier.ts';
import { createCarrierRegistry } from '../../../connectors/carriers/registry.ts';
import { payments } from '../../../connectors/payments/registry.ts';
import { api } from '../../../connectors/storefronts/api/storefront.ts';
import { createStorefrontRegistry } from '../../../connectors/storefronts/registry.ts';
import type { Storefront } from '../../../connectors/storefronts/storefront.ts';
import { type Database, openDatabase } from '../../../db/database.ts';
import { ProductSchema, WarehouseSchema } from '../../../db/entities/stock.ts';
import { CarrierAccountSchema, StoreSchema } from '../../../db/entities/stores.ts';
import { orderIdOf } from '../../../db/order-id.ts';
import { createSecrets, places as secretPlaces } from '../../../db/secrets.ts';
import { receiveStock } from '../../../db/stock/receive.ts';
import { lockOrder } from '../../../db/locks.ts';
import { inTransaction } from '../../../db/transaction.ts';
import type { OrderLine, OrderSnapshot } from '../../../domain/order.ts';
import { createTestDatabase } from '../../support/database.ts';

jest.setTimeout(60_000);

/** A database of its own with the steps over it, and short ways to fill and to look at it. */
export interface World {
  orm: Database;
  /** Of its database. */
  url: string;
  deps: ActivityDeps;
  query<T extends object = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<T[]>;
  store(change?: { platform?: string; policy?: object; fulfillFrom?: string }): Promise<string>;
  warehouse(code: string, change?: { countries?: string[]; priority?: number }): Promise<void>;
  product(sku: string, change?: { weightGrams?: number }): Promise<void>;
  receive(warehouse: string, ...lines: ReceivedLine[]): Promise<void>;
  /** Captured by the code that captures, then put to `reviewed`. Returns its id. */
  order(storeId: string, change: Partial<OrderSnapshot> & { priority?: number }): Promise<string>;
  carrierAccount(carrier: string): Promise<string>;
  /** Until some transaction waits for a lock. */
  lockAwaited(): Promise<void>;
  /** `{ 'B/MUG': [onHand, claimed] }` */
  levels(): Promise<Record<string, [number, number]>>;
  /** Every table as text, or only these: equal means that nothing changed. */
  contents(...tables: string[]): Promise<Record<string, string>>;
  /** Empties every table: quicker than another database. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

const secrets = createSecrets([Buffer.alloc(32, 'test')]);

export type ReceivedLine = [sku: string, quantity: number, lot?: string, expiresAt?: string];

export async function createWorld(
  parts: { poolSize?: number; storefronts?: Storefront[]; carriers?: Carrier[]; labelSettleMs?: number } = {},
): Promise<World> {
  const database = await createTestDatabase();
  const orm = await openDatabase(database.url, parts.poolSize ?? 10, { planOnce: true });
  const query = <T extends object>(sql: string, values: unknown[] = []) =>
    orm.em.fork().execute<T[]>(sql, values);
  return {
    orm,
    url: database.url,
    deps: {
      orm,
      secrets,
      storefronts: createStorefrontRegistry([...(parts.storefronts ?? []), api]),
      carriers: createCarrierRegistry(parts.carriers ?? []),
      payments,
      clock: () => new Date('2026-11-24T12:00:00Z'),
      log: pino({ level: 'silent' }),
      labelSettleMs: parts.labelSettleMs ?? 0,
      trackingIntervalSeconds: 0,
    },
    query,
    store: (change = {}) => addStore(orm, change),
    warehouse: (code, change = {}) => addWarehouse(orm, code, change),
    product: (sku, change = {}) => addProduct(orm, sku, change),
    async receive(warehouse, ...given) {
      const lines = given.map(([sku, quantity, lot, expiresAt]) => ({
        ...{ sku, quantity },
        ...(lot !== undefined && { lot }),
        ...(expiresAt !== undefined && { expiresAt }),
        unitCost: { minor: 320, currency: 'EUR' },
      }));
      await inTransaction(orm, (em) => receiveStock(em, { warehouse, actor: 'test', lines }));
    },
    order: (storeId, change) => addOrder(orm, storeId, change),
    carrierAccount: (carrier) => addCarrierAccount(orm, carrier),
    async lockAwaited() {
      for (;;) {
        const [row] = await query<{ waiting: boolean }>(
          `select exists (select 1 from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock') as waiting`,
        );
        if (row!.waiting) return;
      }
    },
    async levels() {
      const rows = await query<{ at: string; onHand: number; claimed: number }>(
        `select warehouse || '/' || sku as at, on_hand as "onHand", claimed from stock_level order by 1`,
      );
      return Object.fromEntries(rows.map(({ at, onHand, claimed }) => [at, [onHand, claimed]]));
    },
    contents: (...tables) => readContents(orm, tables),
    async clear() {
      const deletions = (await tableNames(orm)).map((name) => `delete from "${name}";`).join(' ');
      // Without triggers and references: the ledgers refuse deletion, rightly.
      await query(`do $$ begin set local session_replication_role = replica; ${deletions} end $$`);
    },
    async close() {
      await orm.close(true);
      await database.drop();
    },
  };
}

async function addStore(
  orm: Database,
  change: { platform?: string; policy?: object; fulfillFrom?: string },
): Promise<string> {
  const id = uuid();
  await orm.em.fork().insert(StoreSchema, {
    id,
    name: id,
    platform: change.platform ?? 'api',
    url: 'https://shop.example.com',
    currency: 'EUR',
    webhookSecrets: secrets.seal([], secretPlaces.storeWebhooks(id)),
    credentials: secrets.seal({}, secretPlaces.storeCredentials(id)),
    fulfillFrom: new Date(change.fulfillFrom ?? '2026-01-01T00:00:00Z'),
    policy: { ...change.policy },
    backfillWatermark: new Date('2026-11-24T10:00:00Z'),
  });
  return id;
}

const places: Record<string, { country: string; latitude: number; longitude: number }> = {
  B: { country: 'DE', latitude: 52.5, longitude: 13.4 },
  M: { country: 'DE', latitude: 48.1, longitude: 11.6 },
  P: { country: 'FR', latitude: 48.9, longitude: 2.3 },
};

async function addWarehouse(
  orm: Database,
  code: string,
  change: { countries?: string[]; priority?: number },
): Promise<void> {
  const { country, latitude, longitude } = places[code]!;
  await orm.em.fork().insert(WarehouseSchema, {
    ...{ code, name: code, latitude, longitude },
    address: { name: 'Loom', line1: 'Lagerweg 1', city: code, postalCode: '10115', country },
    countries: change.countries ?? ['DE', 'FR'],
    priority: change.priority ?? 100,
  });
}

async function addProduct(orm: Database, sku: string, change: { weightGrams?: number }): Promise<void> {
  await orm.em.fork().insert(ProductSchema, {
    ...{ sku, name: sku, weightGrams: change.weightGrams ?? 400 },
    dimensionsMm: { length: 120, width: 100, height: 90 },
    hsCode: '691200',
    originCountry: 'DE',
  });
}

async function addCarrierAccount(orm: Database, carrier: string): Promise<string> {
  const id = uuid();
  const account = { id, carrier, name: `${carrier} ${id}`, url: 'https://carrier.example.com' };
  await orm.em.fork().insert(CarrierAccountSchema, {
    ...account,
    credentials: secrets.seal({}, secretPlaces.carrierCredentials(id)),
  });
  return id;
}

async function addOrder(
  orm: Database,
  storeId: string,
  { priority, ...change }: Partial<OrderSnapshot> & { priority?: number },
): Promise<string> {
  const content = snapshot(change);
  const orderId = orderIdOf(storeId, content.externalId);
  await inTransaction(orm, async (em) => {
    const store = { id: storeId, platform: 'api', policy: {}, fulfillFrom: '2026-01-01T00:00:00Z' };
    const event = { kind: 'order' as const, snapshot: content, payments: [], refunds: [] };
    const key = customerKey(content.customer.email);
    await lockOrder(em, orderId);
    const { known } = await readStoreAndKnown(em, storeId, orderId);
    await applySnapshot(em, store, event, { authoritative: false, vague: false, customerKey: key }, known);
    await em.execute(`update orders set stage = 'reviewed', priority = coalesce(?, priority) where id = ?`, [
      priority ?? null,
      orderId,
    ]);
  });
  return orderId;
}

export const snapshot = (change: Partial<OrderSnapshot> = {}): OrderSnapshot => ({
  externalId: '1001',
  number: `#${change.externalId ?? '1001'}`,
  placedAt: '2026-11-20T09:00:00Z',
  updatedAt: '2026-11-20T09:00:00Z',
  currency: 'EUR',
  taxesIncluded: true,
  totals: { shipping: 490, tax: 0, discount: 0, other: 0, total: 2990 },
  test: false,
  cancelledAt: null,
  pickup: false,
  payment: { state: 'paid', provider: 'stripe' },
  fraud: null,
  customer: { externalId: null, email: 'mina@example.com', phone: '+1 555 0100' },
  shippingAddress: {
    name: 'Mina Muster',
    line1: 'Beispielweg 7',
    city: 'Hamburg',
    postalCode: '20095',
    country: 'DE',
  },
  lines: [line('1', 'MUG', 2)],
  ...change,
});

export const line = (
  externalId: string,
  sku: string | null,
  quantity: number,
  change: Partial<OrderLine> = {},
): OrderLine => ({
  externalId,
  sku,
  title: sku ?? 'Line',
  quantity,
  fulfillable: quantity,
  ships: true,
  unitPrice: 1250,
  total: 1250 * quantity,
  tax: 0,
  ...change,
});

async function tableNames(orm: Database): Promise<string[]> {
  const rows = await orm.em.fork().execute<{ name: string }[]>(
    `select table_name as name from information_schema.tables
     where table_schema = 'public' and table_name <> 'mikro_orm_migrations' order by 1`,
  );
  return rows.map(({ name }) => name);
}

async function readContents(orm: Database, only: string[]): Promise<Record<string, string>> {
  const em = orm.em.fork();
  const contents: Record<string, string> = {};
  for (const name of (await tableNames(orm)).filter((table) => only.length === 0 || only.includes(table))) {
    const [row] = await em.execute<{ text: string | null }[]>(
      `select string_agg(t::text, E'\n' order by t::text) as text from "${name}" t`,
    );
    contents[name] = row!.text ?? '';
  }
  return contents;
}
