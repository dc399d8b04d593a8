import type { Em } from '../database.ts';

export interface TurnoverFilter {
  /** First and last day, YYYY-MM-DD, where the stock lies. */
  from: string;
  to: string;
  byLot: boolean;
  warehouse?: string | undefined;
  sku?: string | undefined;
  after?: { warehouse: string; sku: string; currency: string; lotId: string } | undefined;
  /** One row more is read. Left out: all. */
  limit?: number;
}

export interface TurnoverRow {
  warehouse: string;
  sku: string;
  currency: string;
  /** '' unless by lot. */
  lotId: string;
  lot: string | null;
  unitsShipped: number;
  /** Minor units, as all that follow. */
  costShipped: number;
  openingValue: number;
  closingValue: number;
  /** Weighted by how long each value lasted, to the microsecond. */
  averageValue: number;
}

/** What lay or moved in the period, by what each movement's lot cost: nothing but sums of the ledger. */
export async function readTurnover(em: Em, filter: TurnoverFilter): Promise<TurnoverRow[]> {
  const parts: [string, ...unknown[]][] = [['m.at < b.finish']];
  if (filter.warehouse !== undefined) parts.push(['m.warehouse = ?', filter.warehouse]);
  if (filter.sku !== undefined) parts.push(['m.sku = ?', filter.sku]);
  const { after } = filter;
  const key = 'warehouse, sku, currency, "lotId"';
  const limit = filter.limit === undefined ? '' : `limit ${filter.limit + 1}`;
  return em.execute<TurnoverRow[]>(
    `with bounds as (
       select code, ?::date::timestamp at time zone time_zone as start,
              (?::date + 1)::timestamp at time zone time_zone as finish from warehouse),
     moved as (
       select m.warehouse, m.sku, m.currency, ${filter.byLot ? 'm.lot_id::text' : `''`} as "lotId", m.quantity,
              m.quantity * m.unit_cost as value, m.at >= b.start as inside,
              m.at >= b.start and m.reason = 'shipment' as shipped,
              extract(epoch from least(b.finish - m.at, b.finish - b.start)) as lasted,
              extract(epoch from b.finish - b.start) as period
       from stock_movement m join bounds b on b.code = m.warehouse
       where ${parts.map(([sql]) => sql).join(' and ')}),
     totals as (
       select ${key}, coalesce(-sum(quantity) filter (where shipped), 0)::int as "unitsShipped",
              coalesce(-sum(value) filter (where shipped), 0)::float8 as "costShipped",
              coalesce(sum(value) filter (where not inside), 0)::float8 as "openingValue",
              sum(value)::float8 as "closingValue",
              round(sum(value * lasted) / max(period))::float8 as "averageValue"
       from moved group by ${key}
       having bool_or(inside) or sum(quantity) <> 0)
     select t.*, l.number as lot from totals t left join lot l on l.id::text = t."lotId"
     where ${after ? `(t.warehouse, t.sku, t.currency, t."lotId") > (?, ?, ?, ?)` : 'true'}
     order by t.warehouse, t.sku, t.currency, t."lotId" ${limit}`,
    [
      ...[filter.from, filter.to],
      ...parts.flatMap(([, ...values]) => values),
      ...(after ? [after.warehouse, after.sku, after.currency, after.lotId] : []),
    ],
  );
}
