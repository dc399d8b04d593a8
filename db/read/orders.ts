import type { Em } from '../database.ts';

export interface OrderFilter {
  store?: string;
  stage?: string;
  /** One of the conditions, or `none`. */
  condition?: string;
  /** Number, store's id, our id, tracking number, or an email or its beginning. */
  q?: string;
  /** The last row of the page before. */
  after?: OrderPosition;
  limit: number;
}

/** `placedAt` to the microsecond, as PostgreSQL writes it. */
export interface OrderPosition {
  placedAt: string;
  id: string;
}

export interface OrderRow {
  id: string;
  storeId: string;
  externalId: string;
  number: string;
  disposition: 'fulfill' | 'record';
  stage: string;
  conditions: string[];
  paymentState: string;
  total: number;
  currency: string;
  country: string | null;
  placedAt: string;
  waitingFor: string | null;
  deadline: string | null;
  endedAt: string | null;
}

/** The newest orders first, one more than `limit` when there is a next page. */
export async function listOrders(em: Em, filter: OrderFilter): Promise<OrderRow[]> {
  const { sql, values } = conditionsOf(filter);
  return em.execute<OrderRow[]>(
    `select o.id, o.store_id as "storeId", o.external_id as "externalId", o.number, o.disposition, o.stage,
            o.conditions, o.payment_state as "paymentState", o.total::float8 as total, o.currency, o.country,
            to_jsonb(o.placed_at) #>> '{}' as "placedAt", o.waiting_for as "waitingFor",
            to_jsonb(o.deadline) #>> '{}' as deadline, to_jsonb(o.ended_at) #>> '{}' as "endedAt"
     from orders o ${sql} order by o.placed_at desc, o.id desc limit ?`,
    [...values, filter.limit + 1],
  );
}

export function conditionsOf(filter: Omit<OrderFilter, 'limit'>): { sql: string; values: unknown[] } {
  const parts: [string, ...unknown[]][] = [];
  if (filter.store !== undefined) parts.push(['o.store_id = ?', filter.store]);
  if (filter.stage !== undefined) parts.push(['o.stage = ?', filter.stage]);
  if (filter.condition === 'none') parts.push(["o.conditions = '{}'"]);
  else if (filter.condition !== undefined) parts.push(['? = any(o.conditions)', filter.condition]);
  if (filter.q !== undefined) parts.push(searchFor(filter.q.trim()));
  if (filter.after)
    parts.push(['(o.placed_at, o.id) < (?::timestamptz, ?::uuid)', filter.after.placedAt, filter.after.id]);
  if (parts.length === 0) return { sql: '', values: [] };
  return {
    sql: `where ${parts.map(([sql]) => sql).join(' and ')}`,
    values: parts.flatMap(([, ...values]) => values),
  };
}

/** A union, so that each part may use an index of its own. */
function searchFor(q: string): [string, ...unknown[]] {
  const beginning = `${q.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
  const ways: [string, ...unknown[]][] = [
    ['select id from orders where number in (?, ?)', q, `#${q}`],
    ['select id from orders where external_id = ?', q],
    ['select id from orders where lower(customer_email) like ?', beginning],
    ['select order_id from fulfillment where tracking_number = ?', q],
  ];
  if (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(q)) ways.push(['select ?::uuid', q]);
  return [
    `o.id in (${ways.map(([sql]) => sql).join(' union ')})`,
    ...ways.flatMap(([, ...values]) => values),
  ];
}
