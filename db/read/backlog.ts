import { type Condition, worst } from '../../domain/conditions.ts';
import type { Em } from '../database.ts';
import { PROOF_STEP } from './proof.ts';

/** Seconds are the database's own, so no clock of a process matters. */
export interface Backlog {
  /** Open orders; the age is that of the one that has not moved for the longest. */
  orders: OpenOrders[];
  /** Events from outside that are not applied yet. */
  inbox: { state: 'received' | 'delivered'; count: number }[];
  inboxOldestSeconds: number;
  /** Messages to workflows that are not delivered yet. */
  outbox: number;
  outboxOldestSeconds: number;
  attention: { step: string; reason: string; count: number }[];
  /** Stores of which orders could not be read, or to which numbers of stock could not be written, the last time. */
  stores: { backfill: number; stockPush: number };
  /** Parcels about which their carrier could not be asked the last time. */
  unread: { carrier: string; count: number }[];
  /** Since stock was proven; null: it never was. */
  proofSeconds: number | null;
  stockDifferences: number;
}

export interface OpenOrders {
  stage: string;
  /** The worst, or `none`. */
  condition: string;
  count: number;
  oldestSeconds: number;
}

type Row = Omit<Backlog, 'orders'> & {
  orders: { stage: string; conditions: Condition[]; count: number; oldestSeconds: number }[];
};

/** How much waits, and for how long: one statement, over indexes that hold only what is open. */
export async function readBacklog(em: Em): Promise<Backlog> {
  const [row] = await em.execute<Row[]>(
    `select
      (select coalesce(jsonb_agg(o), '[]') from (
         select stage, conditions, count(*), extract(epoch from now() - min(updated_at)) as "oldestSeconds"
         from orders where ended_at is null group by stage, conditions) o) as orders,
      (select coalesce(jsonb_agg(i), '[]') from (
         select state, count(*) from inbox where state in ('received', 'delivered') group by state) i) as inbox,
      (select coalesce(extract(epoch from now() - min(received_at)), 0)::float8 from inbox
        where state in ('received', 'delivered')) as "inboxOldestSeconds",
      (select count(*)::int from outbox where delivered_at is null) as outbox,
      (select coalesce(extract(epoch from now() - min(created_at)), 0)::float8 from outbox
        where delivered_at is null) as "outboxOldestSeconds",
      (select coalesce(jsonb_agg(a), '[]') from (
         select step, reason, count(*) from attention where resolved_at is null group by step, reason) a) as attention,
      (select jsonb_build_object('backfill', count(backfill_error), 'stockPush', count(stock_push_error))
         from store) as stores,
      (select coalesce(jsonb_agg(l), '[]') from (
         select carrier, count(*) from label where tracking_error is not null and voided_at is null
         group by carrier) l) as unread,
      (select extract(epoch from now() - max(at))::float8 from stock_proof) as "proofSeconds",
      (select count(*)::int from attention where resolved_at is null and step = ?) as "stockDifferences"`,
    [PROOF_STEP],
  );
  if (!row) throw new Error('PostgreSQL answered no row to an aggregate');
  return { ...row, orders: byWorst(row.orders) };
}

function byWorst(groups: Row['orders']): OpenOrders[] {
  const merged = Map.groupBy(groups, ({ stage, conditions }) => `${stage} ${worst(conditions)}`);
  return [...merged.values()].map((same) => ({
    stage: same[0]!.stage,
    condition: worst(same[0]!.conditions),
    count: same.reduce((sum, { count }) => sum + count, 0),
    oldestSeconds: Math.max(...same.map(({ oldestSeconds }) => oldestSeconds)),
  }));
}
