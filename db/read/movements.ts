import type { Em } from '../database.ts';

export interface MovementFilter {
  sku?: string;
  warehouse?: string;
  /** The supplier's batch. */
  lot?: string;
  reason?: string;
  /** The last row of the page before; `at` to the microsecond. */
  after?: { at: string; id: string };
  limit: number;
}

export interface MovementRow {
  id: string;
  at: string;
  warehouse: string;
  sku: string;
  lotId: string;
  lot: string;
  quantity: number;
  reason: string;
  reference: string;
  note: string | null;
  unitCost: number;
  currency: string;
  actor: string;
}

/** The ledger, the newest first, one more than `limit` when there is a next page. */
export async function listMovements(em: Em, filter: MovementFilter): Promise<MovementRow[]> {
  const parts: [string, ...unknown[]][] = [['true']];
  if (filter.sku !== undefined) parts.push(['m.sku = ?', filter.sku]);
  if (filter.warehouse !== undefined) parts.push(['m.warehouse = ?', filter.warehouse]);
  if (filter.lot !== undefined) parts.push(['l.number = ?', filter.lot]);
  if (filter.reason !== undefined) parts.push(['m.reason = ?', filter.reason]);
  if (filter.after)
    parts.push(['(m.at, m.id) < (?::timestamptz, ?::uuid)', filter.after.at, filter.after.id]);
  return em.execute<MovementRow[]>(
    `select m.id, to_jsonb(m.at) #>> '{}' as at, m.warehouse, m.sku, m.lot_id as "lotId", l.number as lot, m.quantity,
            m.reason, m.reference, m.note, m.unit_cost::float8 as "unitCost", m.currency, m.actor
     from stock_movement m join lot l on l.id = m.lot_id
     where ${parts.map(([sql]) => sql).join(' and ')} order by m.at desc, m.id desc limit ?`,
    [...parts.flatMap(([, ...values]) => values), filter.limit + 1],
  );
}
