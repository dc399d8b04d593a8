import { VELOCITY_DAYS } from '../../domain/replenishment.ts';
import type { Em } from '../database.ts';

export interface PlanningFilter {
  warehouse?: string | undefined;
  sku?: string | undefined;
  supplier?: string | undefined;
  /** Of all warehouses that ship; a closed one is not filled again. */
  activeOnly?: boolean;
  /** The last row of the page before. */
  after?: { warehouse: string; sku: string } | undefined;
  /** One row more is read. Left out: all. */
  limit?: number;
}

export interface PlanningRow {
  warehouse: string;
  sku: string;
  reorderPoint: number;
  safetyStock: number;
  leadTimeDays: number;
  coverDays: number;
  supplier: string;
  packSize: number;
  /** Minor units. */
  unitCost: number;
  currency: string;
  updatedAt: string;
  onHand: number;
  reserved: number;
  available: number;
  waiting: number;
  incoming: number;
  sold: number;
}

/**
 * Every SKU that is bought for a warehouse, with all that its buying goes by, in one snapshot. An order that waits
 * counts once: in the warehouse that would serve it by preference, of those that serve its country and buy the SKU.
 * Drafted purchase orders are incoming too, or each look would buy the same again.
 */
export async function readPlanning(em: Em, filter: PlanningFilter, now: Date): Promise<PlanningRow[]> {
  const parts: [string, ...unknown[]][] = [['true']];
  if (filter.warehouse !== undefined) parts.push(['r.warehouse = ?', filter.warehouse]);
  if (filter.sku !== undefined) parts.push(['r.sku = ?', filter.sku]);
  if (filter.supplier !== undefined) parts.push(['r.supplier = ?', filter.supplier]);
  if (filter.activeOnly) parts.push(['h.active']);
  if (filter.after) parts.push(['(r.warehouse, r.sku) > (?, ?)', filter.after.warehouse, filter.after.sku]);
  const limit = filter.limit === undefined ? '' : `limit ${filter.limit + 1}`;
  const until = now.toISOString();
  return em.execute<PlanningRow[]>(
    `with page as (
       select r.* from replenishment r join warehouse h on h.code = r.warehouse
       where ${parts.map(([sql]) => sql).join(' and ')} order by r.warehouse, r.sku ${limit}),
     ${waiting}, ${incoming},
     sold as (
       select m.warehouse, m.sku, -sum(m.quantity)::int as quantity from stock_movement m
       where m.reason = 'shipment' and m.at > ?::timestamptz - make_interval(days => ${VELOCITY_DAYS})
         and m.at <= ?::timestamptz and m.sku in (select sku from page) group by 1, 2)
     select p.warehouse, p.sku, p.reorder_point as "reorderPoint", p.safety_stock as "safetyStock",
            p.lead_time_days as "leadTimeDays", p.cover_days as "coverDays", p.supplier, p.pack_size as "packSize",
            p.unit_cost::float8 as "unitCost", p.currency, to_jsonb(p.updated_at) #>> '{}' as "updatedAt",
            coalesce(l.on_hand, 0) as "onHand", coalesce(l.claimed, 0) as reserved,
            coalesce(l.on_hand - l.unavailable - l.claimed, 0) as available,
            coalesce(w.quantity, 0) as waiting, coalesce(i.quantity, 0) as incoming, coalesce(s.quantity, 0) as sold
     from page p
     left join stock_level l on l.warehouse = p.warehouse and l.sku = p.sku
     left join waiting w on w.warehouse = p.warehouse and w.sku = p.sku
     left join incoming i on i.warehouse = p.warehouse and i.sku = p.sku
     left join sold s on s.warehouse = p.warehouse and s.sku = p.sku
     order by p.warehouse, p.sku`,
    [...parts.flatMap(([, ...values]) => values), until, until],
  );
}

const waiting = `
  waiting as (
    select serving.warehouse, w.sku, sum(w.quantity)::int as quantity
    from stock_wait w left join reservation v on v.order_id = w.order_id and v.generation = w.generation
    cross join lateral (
      select r.warehouse from replenishment r join warehouse h on h.code = r.warehouse
      where r.sku = w.sku and h.active and (w.country = any(h.countries) or '*' = any(h.countries))
        and not r.warehouse = any(coalesce(v.excluded, '{}'))
      order by h.priority, h.code limit 1) serving
    where w.sku in (select sku from page) group by 1, 2)`;

const incoming = `
  incoming as (
    select warehouse, sku, sum(quantity)::int as quantity from (
      select o.warehouse, l.sku, l.quantity - l.received as quantity
      from purchase_order_line l join purchase_order o on o.id = l.purchase_order_id
      where o.state in ('draft', 'ordered', 'partially_received') and l.received < l.quantity
        and l.sku in (select sku from page)
      union all
      select t.to_warehouse, l.sku, l.quantity - l.received - l.lost
      from transfer_line l join transfer t on t.id = l.transfer_id join lot on lot.id = l.lot_id
      where t.state = 'in_transit' and lot.state = 'sellable' and l.sku in (select sku from page)) coming group by 1, 2)`;
