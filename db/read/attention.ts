import type { Em } from '../database.ts';
import { PROOF_STEP } from './proof.ts';

export interface AttentionRow {
  id: string;
  orderId: string | null;
  orderNumber: string | null;
  fulfillmentId: string | null;
  /** What it is about where it is no order. */
  subject: string | null;
  step: string;
  reason: string;
  sentence: string;
  lastError: string | null;
  actions: string[];
  openedAt: string;
  resolvedAt: string | null;
  resolution: string | null;
  resolvedBy: string | null;
}

export interface AttentionFilter {
  id?: string;
  open?: boolean;
  reason?: string;
  order?: string;
  subject?: string;
  /** The last row of the page before; `openedAt` to the microsecond. */
  after?: { openedAt: string; id: string };
  limit: number;
}

const columns = `a.id, a.order_id as "orderId", o.number as "orderNumber", a.fulfillment_id as "fulfillmentId",
  a.subject, a.step, a.reason, a.sentence, a.last_error as "lastError", a.actions,
  to_jsonb(a.opened_at) #>> '{}' as "openedAt", to_jsonb(a.resolved_at) #>> '{}' as "resolvedAt", a.resolution,
  a.resolved_by as "resolvedBy"`;

/** The newest first, one more than `limit` when there is a next page. */
export async function listAttention(em: Em, filter: AttentionFilter): Promise<AttentionRow[]> {
  const parts: [string, ...unknown[]][] = [['true']];
  if (filter.id !== undefined) parts.push(['a.id = ?', filter.id]);
  if (filter.open !== undefined) parts.push([`(a.resolved_at is null) = ?`, filter.open]);
  if (filter.reason !== undefined) parts.push(['a.reason = ?', filter.reason]);
  if (filter.order !== undefined) parts.push(['a.order_id = ?', filter.order]);
  if (filter.subject !== undefined) parts.push(['a.subject = ?', filter.subject]);
  if (filter.after)
    parts.push(['(a.opened_at, a.id) < (?::timestamptz, ?::uuid)', filter.after.openedAt, filter.after.id]);
  return em.execute<AttentionRow[]>(
    `select ${columns} from attention a left join orders o on o.id = a.order_id
     where ${parts.map(([sql]) => sql).join(' and ')} order by a.opened_at desc, a.id desc limit ?`,
    [...parts.flatMap(([, ...values]) => values), filter.limit + 1],
  );
}

/** Locked, so that two people can't answer it at once; null where there is no such case. */
export async function lockAttention(em: Em, id: string): Promise<AttentionRow | null> {
  const rows = await em.execute<AttentionRow[]>(
    `select ${columns} from attention a left join orders o on o.id = a.order_id where a.id = ? for no key update of a`,
    [id],
  );
  return rows[0] ?? null;
}

/** Those that the proof of stock opened. */
export async function openProofCases(em: Em): Promise<{ id: string; subject: string; reason: string }[]> {
  return em.execute(
    `select id, subject, reason from attention
     where step = ? and order_id is null and resolved_at is null`,
    [PROOF_STEP],
  );
}
