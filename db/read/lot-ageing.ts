import type { Em } from '../database.ts';
import type { lotStates } from '../entities/stock.ts';

export interface AgeingFilter {
  warehouse?: string | undefined;
  sku?: string | undefined;
  /** As it was at the end of that day, YYYY-MM-DD, where the lot lies. Left out: as it is now. */
  day?: string | undefined;
  after?: { warehouse: string; sku: string; id: string } | undefined;
  /** One row more is read. Left out: all. */
  limit?: number;
}

export interface AgeingRow {
  id: string;
  warehouse: string;
  sku: string;
  lot: string;
  state: (typeof lotStates)[number];
  expiresAt: string | null;
  receivedAt: string;
  ageDays: number;
  quantity: number;
  /** Minor units. */
  unitCost: number;
  value: number;
  currency: string;
}

/** Each lot that holds something, as the sum of its movements; days are those of its warehouse. */
export async function readLotAgeing(em: Em, filter: AgeingFilter, now: Date): Promise<AgeingRow[]> {
  const parts: [string, ...unknown[]][] = [['true']];
  if (filter.warehouse !== undefined) parts.push(['l.warehouse = ?', filter.warehouse]);
  if (filter.sku !== undefined) parts.push(['l.sku = ?', filter.sku]);
  if (filter.day !== undefined)
    parts.push(['m.at < (?::date + 1)::timestamp at time zone w.time_zone', filter.day]);
  if (filter.after) {
    const { warehouse, sku, id } = filter.after;
    parts.push(['(l.warehouse, l.sku, l.id) > (?, ?, ?::uuid)', warehouse, sku, id]);
  }
  const limit = filter.limit === undefined ? '' : `limit ${filter.limit + 1}`;
  return em.execute<AgeingRow[]>(
    `select l.id, l.warehouse, l.sku, l.number as lot, l.state, l.expires_at::text as "expiresAt",
            to_jsonb(l.received_at) #>> '{}' as "receivedAt",
            coalesce(?::date, (?::timestamptz at time zone w.time_zone)::date)
              - (l.received_at at time zone w.time_zone)::date as "ageDays",
            sum(m.quantity)::int as quantity, l.unit_cost::float8 as "unitCost",
            sum(m.quantity * m.unit_cost)::float8 as value, l.currency
     from lot l join warehouse w on w.code = l.warehouse
     join stock_movement m on m.sku = l.sku and m.warehouse = l.warehouse and m.lot_id = l.id
     where ${parts.map(([sql]) => sql).join(' and ')}
     group by l.id, w.code having sum(m.quantity) > 0 order by l.warehouse, l.sku, l.id ${limit}`,
    [filter.day ?? null, now.toISOString(), ...parts.flatMap(([, ...values]) => values)],
  );
}
