import { v7 } from 'uuid';
import { recordAudit } from '../audit.ts';
import type { Em } from '../database.ts';
import type { bulkActions } from '../entities/bulk.ts';
import { conditionsOf, type OrderFilter } from '../read/orders.ts';

export type BulkAction = (typeof bulkActions)[number];
export type Selection = { ids: string[] } | { filter: Omit<OrderFilter, 'after' | 'limit'> };

/** Orders in one bulk: more are to be split, so that a slip of the hand stays within bounds. */
export const MOST_ORDERS = 10_000;

/** A cancelled or closed order can be told nothing of these, so a filter leaves it out; ids are taken as given. */
function chosen(action: BulkAction, selection: Selection): { sql: string; values: unknown[] } {
  if ('ids' in selection) return { sql: 'where o.id in (?)', values: [selection.ids] };
  const { sql, values } = conditionsOf(selection.filter);
  const more = action === 'retry' ? parked : 'o.ended_at is null';
  return { sql: sql === '' ? `where ${more}` : `${sql} and ${more}`, values };
}

const parked = 'exists (select 1 from attention a where a.order_id = o.id and a.resolved_at is null)';

/** How many orders it would be about, and the oldest of them. */
export async function previewBulk(
  em: Em,
  action: BulkAction,
  selection: Selection,
): Promise<{ total: number; sample: { id: string; number: string; stage: string }[] }> {
  const { sql, values } = chosen(action, selection);
  const [count] = await em.execute<{ total: number }[]>(
    `select count(*)::int as total from orders o ${sql}`,
    values,
  );
  const sample = await em.execute<{ id: string; number: string; stage: string }[]>(
    `select o.id, o.number, o.stage from orders o ${sql} order by o.placed_at, o.id limit 10`,
    values,
  );
  return { total: count!.total, sample };
}

/** Ids that are no orders, as they were given. */
export async function unknownOrders(em: Em, ids: readonly string[]): Promise<Set<string>> {
  const found = await em.execute<{ id: string }[]>('select id from orders where id in (?)', [ids]);
  const known = new Set(found.map(({ id }) => id));
  return new Set(ids.filter((id) => !known.has(id.toLowerCase())));
}

/** Writes the bulk and, in one statement, which orders it is about: what is parked or placed later is not. */
export async function beginBulk(
  em: Em,
  bulk: { action: BulkAction; selection: Selection; actor: string; reason: string },
): Promise<{ id: string; total: number }> {
  const { action, selection, actor, reason } = bulk;
  const id = v7();
  await em.execute('insert into bulk (id, action, actor, reason) values (?, ?, ?, ?)', [
    id,
    action,
    actor,
    reason,
  ]);
  const { sql, values } = chosen(action, selection);
  const rows = await em.execute<unknown[]>(
    `insert into bulk_order (bulk_id, position, order_id, attention_ids)
     select ?, row_number() over (order by o.placed_at, o.id), o.id,
            case when ? then array(select a.id::text from attention a
              where a.order_id = o.id and a.resolved_at is null order by a.id) else '{}'::text[] end
     from orders o ${sql} order by o.placed_at, o.id limit ? returning 1`,
    [id, action === 'retry', ...values, MOST_ORDERS + 1],
  );
  await recordAudit(em, {
    actor,
    what: `bulk_${action}`,
    subject: `bulk/${id}`,
    detail: `${rows.length} orders: ${reason}`,
  });
  return { id, total: rows.length };
}
