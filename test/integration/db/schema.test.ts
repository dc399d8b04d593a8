import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { v7 as uuid } from 'uuid';
import { recordAudit } from '../../../db/audit.ts';
import { migrate } from '../../../db/migrate.ts';
import { inTransaction } from '../../../db/transaction.ts';
import { reserve } from '../../../activities/reserve.ts';
import { openDatabase } from '../../../db/database.ts';
import { createTestDatabase } from '../../support/database.ts';
import { createWorld, type World } from './world.ts';

let world: World;
let storeId: string;

beforeAll(async () => {
  world = await createWorld();
  storeId = await world.store();
  await world.warehouse('B');
  await world.warehouse('M');
  await world.product('MUG');
  await world.receive('B', ['MUG', 5, 'L1']);
  const orderId = await world.order(storeId, {});
  await reserve(world.deps, { orderId, generation: 1 });
  await recordAudit(world.orm.em.fork(), { actor: 'test', what: 'looked', orderId, detail: 'kept' });
});
afterAll(() => world.close());

const triggers = [
  'audit.audit_append_only',
  'claim.claim_deleted',
  'claim.claim_inserted',
  'claim.claim_updated',
  'lot.lot_guard',
  'lot.lot_recalled',
  'lot.lot_state_apply',
  'order_line.order_line_append_only',
  'order_version.order_version_append_only',
  'policy_change.policy_change_append_only',
  'stock_level.stock_level_guard',
  'stock_movement.stock_movement_append_only',
  'stock_movement.stock_movement_apply',
  'stock_movement.stock_movement_cost',
  'stock_recount.stock_recount_append_only',
  'stock_recount.stock_recount_apply',
];

describe('the migrated database', () => {
  it('is what the entities say, but for what is written by hand', async () => {
    const difference = await world.orm.schema.getUpdateSchemaSQL({ wrap: false });
    const statements = difference.split('\n').map((text) => text.trim());
    // MikroORM would drop what no entity names; a trigger's function it calls by a name of its own.
    const byHand = triggers.flatMap((trigger) => {
      const [table, name] = trigger.split('.');
      const triggerFunction = `${table}_${name}_fn`;
      return [
        `drop trigger if exists "${name}" on "${table}";`,
        `drop function if exists "${triggerFunction}"();`,
      ];
    });
    const functions = ['kept_by_erasure', 'person_marks'].map(
      (name) => `drop function if exists "${name}"(jsonb);`,
    );
    // The same checks: PostgreSQL keeps `between` in other words.
    const sameChecks = ['latitude between -90 and 90', 'longitude between -180 and 180'].flatMap((check) => {
      const constraint = `alter table "warehouse" %s constraint "warehouse_${check.split(' ')[0]}_check"`;
      return [`${constraint.replace('%s', 'drop')};`, `${constraint.replace('%s', 'add')} check (${check});`];
    });
    const levelExists = 'alter table "claim" drop constraint "claim_level_exists";';
    expect(statements.filter(Boolean).sort()).toEqual(
      [levelExists, ...byHand, ...functions, ...sameChecks].sort(),
    );
  });

  it('has the triggers that keep the ledger', async () => {
    const rows = await world.query<{ name: string }>(
      `select tgrelid::regclass || '.' || tgname as name from pg_trigger where not tgisinternal order by 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual(triggers);
  });

  it('migrates once, however many processes begin at the same time, and again without an effect', async () => {
    const empty = await createTestDatabase();
    const client = new pg.Client({ connectionString: empty.url });
    await client.connect();
    try {
      await client.query('drop schema public cascade; create schema public');
      await Promise.all(Array.from({ length: 4 }, () => migrate(empty.url)));
      await migrate(empty.url);
      const { rows } = await client.query('select name from mikro_orm_migrations order by name');
      const orm = await openDatabase(empty.url, 1);
      const pending = await orm.migrator.getPending();
      const all = await orm.migrator.getExecuted();
      await orm.close(true);
      expect(pending).toEqual([]);
      expect(rows.map(({ name }) => name as string)).toEqual(all.map(({ name }) => name).sort());
      expect(new Set(rows.map(({ name }) => name as string)).size).toBe(rows.length);
    } finally {
      await client.end();
      await empty.drop();
    }
  });
});

describe('what the database refuses by itself', () => {
  const refusals: [what: string, sql: string, message: RegExp][] = [
    ['a movement changed', 'update stock_movement set quantity = 9', /stock_movement is kept by/],
    ['a movement deleted', 'delete from stock_movement', /stock_movement is kept by/],
    ['content of an order changed', `update order_version set snapshot = '{}'`, /order_version is kept by/],
    ['content of an order deleted', 'delete from order_version', /order_version is kept by/],
    ['a line changed', 'update order_line set quantity = 9', /order_line is kept by/],
    ['a line deleted', 'delete from order_line', /order_line is kept by/],
    ['the audit changed', `update audit set detail = ''`, /audit is kept by/],
    ['the audit deleted', 'delete from audit', /audit is kept by/],
    ...[
      ['an amount', `update order_version set snapshot = jsonb_set(snapshot, '{totals,total}', '1')`],
      [
        'a country',
        `update order_version set snapshot = jsonb_set(snapshot, '{shippingAddress,country}', '"FR"')`,
      ],
      [
        'a line’s quantity',
        `update order_version set snapshot = jsonb_set(snapshot, '{lines,0,quantity}', '9')`,
      ],
      ['a line', `update order_version set snapshot = jsonb_set(snapshot, '{lines}', '[]')`],
      ['a price', 'update order_line set unit_price = 1'],
      ['who did it', `update audit set actor = 'nobody'`],
      ['all of it', 'delete from audit'],
    ].map(([what, sql]): [string, string, RegExp] => [
      `${what} changed by an erasure`,
      `do $$ begin perform set_config('orderloom.erasing', 'on', true); ${sql!.replaceAll('$$', '')}; end $$`,
      /(order_version|order_line|audit) is kept by/,
    ]),
    ['on-hand written', 'update stock_level set on_hand = 100', /stock_level is kept by/],
    ['claimed written', 'update stock_level set claimed = 0', /stock_level is kept by/],
    ['unavailable written', 'update stock_level set unavailable = 1', /stock_level is kept by/],
    ['what a lot promised written', 'update lot set claimed = 1', /lot is kept by/],
    ['a lot’s on-hand written', 'update lot set on_hand = 100', /lot is kept by/],
    ['more claimed than is there', 'update claim set quantity = 6', /stock_level_never_oversold/],
    ['more taken from sale than is unclaimed', `update lot set state = 'quarantined'`, /never_oversold/],
    ['a claim of nothing', 'update claim set quantity = 0', /claim_quantity_check/],
    ['a claim where there is no level', `update claim set warehouse = 'M'`, /claim_level_exists/],
    [
      'a second movement of one cause and reason',
      `insert into stock_movement (id, warehouse, sku, lot_id, quantity, reason, reference, actor)
       select gen_random_uuid(), warehouse, sku, lot_id, quantity, reason, reference, actor from stock_movement`,
      /stock_movement_reference_reason_unique/,
    ],
    [
      'a lot below zero',
      `insert into stock_movement (id, warehouse, sku, lot_id, quantity, reason, reference, actor)
       select gen_random_uuid(), warehouse, sku, id, -6, 'damage', 'x', 'test' from lot`,
      /lot_on_hand_check|stock_level_never_oversold/,
    ],
    [
      'a count that leaves less than is claimed',
      `insert into stock_movement (id, warehouse, sku, lot_id, quantity, reason, reference, actor)
       select gen_random_uuid(), warehouse, sku, id, -4, 'count', 'x', 'test' from lot`,
      /stock_level_never_oversold/,
    ],
    ['a second reservation of one generation', duplicate('reservation'), /reservation_order_id_generation/],
    ['a second row for one order', duplicate('orders'), /orders_workflow_id_unique|orders_store_id_external/],
  ];

  it.each(refusals)('%s', async (_, sql, message) => {
    const before = await world.contents();
    await expect(world.query(sql)).rejects.toThrow(message);
    expect(await world.contents()).toEqual(before);
  });

  it('more claims than stock, however many come at once', async () => {
    const [reservation] = await world.query<{ id: string }>('select id from reservation');
    const attempts = await Promise.allSettled(
      Array.from({ length: 10 }, () =>
        inTransaction(world.orm, (em) =>
          em.execute(
            'insert into claim (id, reservation_id, warehouse, sku, quantity) values (?, ?, ?, ?, 1)',
            [uuid(), reservation!.id, 'B', 'MUG'],
          ),
        ),
      ),
    );
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(await world.levels()).toEqual({ 'B/MUG': [5, 5] });
    await world.query('delete from claim where quantity = 1');
    expect(await world.levels()).toEqual({ 'B/MUG': [5, 2] });
  });
});

/** The same row under another id. */
function duplicate(table: string): string {
  return `insert into ${table} select (jsonb_populate_record(row, jsonb_build_object('id', gen_random_uuid()))).*
          from ${table} row`;
}
