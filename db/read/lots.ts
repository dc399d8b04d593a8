import type { Em } from '../database.ts';
import type { LotState } from '../stock/lot-state.ts';

export interface LotFilter {
  id?: string;
  sku?: string;
  warehouse?: string;
  state?: LotState;
  /** YYYY-MM-DD: those whose last day is before it. */
  expiringBefore?: string;
  /** Those that hold nothing any more too. */
  empty?: boolean;
  /** The last row of the page before; `infinity` where it does not expire. */
  after?: { expires: string; id: string };
  limit: number;
}

export interface LotRow {
  id: string;
  warehouse: string;
  sku: string;
  number: string;
  state: LotState;
  onHand: number;
  claimed: number;
  /** YYYY-MM-DD */
  expiresAt: string | null;
  receivedAt: string;
  unitCost: number;
  currency: string;
}

/** The first to expire first, one more than `limit` when there is a next page. */
export async function listLots(em: Em, filter: LotFilter): Promise<LotRow[]> {
  const parts: [string, ...unknown[]][] = [[filter.empty ? 'true' : 'on_hand > 0']];
  if (filter.id !== undefined) parts.push(['id = ?', filter.id]);
  if (filter.sku !== undefined) parts.push(['sku = ?', filter.sku]);
  if (filter.warehouse !== undefined) parts.push(['warehouse = ?', filter.warehouse]);
  if (filter.state !== undefined) parts.push(['state = ?', filter.state]);
  if (filter.expiringBefore !== undefined) parts.push(['expires_at < ?::date', filter.expiringBefore]);
  if (filter.after)
    parts.push([
      `(coalesce(expires_at, 'infinity'), id) > (?::date, ?::uuid)`,
      filter.after.expires,
      filter.after.id,
    ]);
  return em.execute<LotRow[]>(
    `select id, warehouse, sku, number, state, on_hand as "onHand", claimed, expires_at::text as "expiresAt",
            to_jsonb(received_at) #>> '{}' as "receivedAt", unit_cost::float8 as "unitCost", currency
     from lot where ${parts.map(([sql]) => sql).join(' and ')}
     order by coalesce(expires_at, 'infinity'), id limit ?`,
    [...parts.flatMap(([, ...values]) => values), filter.limit + 1],
  );
}

export async function readLot(em: Em, id: string): Promise<LotRow | null> {
  const [lot] = await listLots(em, { id, empty: true, limit: 1 });
  return lot ?? null;
}

export interface LotOrderRow {
  /** Of the claim, for the next page. */
  id: string;
  orderId: string;
  number: string;
  fulfillmentId: string;
  stage: string;
  /** `held`: it has not left. */
  state: 'held' | 'shipped';
  quantity: number;
  shippedAt: string | null;
  country: string | null;
  customerName: string | null;
  customerEmail: string | null;
}

/** Who got units of a lot, or is to get them; one more than `limit` when there is a next page. */
export async function listLotOrders(
  em: Em,
  lotId: string,
  page: { after?: string; limit: number },
): Promise<LotOrderRow[]> {
  return em.execute<LotOrderRow[]>(
    `select c.id, o.id as "orderId", o.number, f.id as "fulfillmentId", f.stage,
            case c.state when 'shipped' then 'shipped' else 'held' end as state, c.quantity,
            to_jsonb(f.shipped_at) #>> '{}' as "shippedAt", o.country,
            v.snapshot -> 'shippingAddress' ->> 'name' as "customerName", o.customer_email as "customerEmail"
     from claim c join fulfillment f on f.id = c.fulfillment_id join orders o on o.id = f.order_id
     join order_version v on v.order_id = o.id and v.version = f.order_version
     where c.lot_id = ? and c.state in ('open', 'shipped') and (?::uuid is null or c.id > ?::uuid)
     order by c.id limit ?`,
    [lotId, page.after ?? null, page.after ?? null, page.limit + 1],
  );
}
