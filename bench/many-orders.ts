import { randomUUID } from 'node:crypto';
import type { Database } from '../db/database.ts';

/** Reviewed orders of a store, one line each, made by the database in one go. `sku(n)` is what the n-th one wants. */
export async function makeOrders(
  orm: Database,
  storeId: string,
  count: number,
  skus: readonly string[],
): Promise<string[]> {
  const em = orm.em.fork();
  const name = randomUUID().slice(0, 8);
  await em.execute(
    `insert into orders (id, store_id, external_id, number, workflow_id, disposition, stage, generation, version, placed_at,
       source_updated_at, currency, total, country, payment_state, conditions)
     select gen_random_uuid(), ?, ? || '-' || n, '#' || n, 'order:' || ? || '-' || n, 'fulfill', 'reviewed', 1, 1,
            timestamptz '2026-11-01' + n * interval '1 second', now(), 'EUR', 1000, 'DE', 'paid', '{}'
     from generate_series(1, ?) n`,
    [storeId, name, name, count],
  );
  const snapshot = JSON.stringify({ totals: { total: 1000 }, lines: [] });
  await em.execute(
    `insert into order_version (order_id, version, snapshot)
     select id, 1, ?::jsonb from orders where external_id like ?`,
    [snapshot, `${name}-%`],
  );
  await em.execute(
    `insert into order_line (order_id, version, position, external_id, sku, title, quantity, to_ship, unit_price, total, tax)
     select o.id, 1, 0, '1', (select jsonb_array_elements_text(?::jsonb) offset o.n % ? limit 1), 'Line', 1, 1, 1000, 1000, 0
     from (select id, split_part(external_id, '-', 2)::int as n from orders where external_id like ?) o`,
    [JSON.stringify(skus), skus.length, `${name}-%`],
  );
  const rows = await em.execute<{ id: string }[]>(
    'select id from orders where external_id like ? order by placed_at, id',
    [`${name}-%`],
  );
  return rows.map(({ id }) => id);
}
