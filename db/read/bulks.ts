import type { BulkOutcome, BulkRow } from '../bulk/progress.ts';
import type { Em } from '../database.ts';

export interface BulkFacts extends BulkRow {
  createdAt: string;
  endedAt: string | null;
  counts: Record<BulkOutcome, number>;
}

/** The newest first, one more than `limit` when there is a next page. `id`: that one alone. */
export async function listBulks(
  em: Em,
  filter: { id?: string; state?: string; after?: string; limit: number },
): Promise<BulkFacts[]> {
  const parts: [string, ...unknown[]][] = [['true']];
  if (filter.id !== undefined) parts.push(['b.id = ?', filter.id]);
  if (filter.state !== undefined) parts.push(['b.state = ?', filter.state]);
  if (filter.after !== undefined) parts.push(['b.id < ?::uuid', filter.after]);
  return em.execute<BulkFacts[]>(
    `select b.id, b.action, b.actor, b.reason, b.state, to_jsonb(b.created_at) #>> '{}' as "createdAt",
            to_jsonb(b.ended_at) #>> '{}' as "endedAt", c.counts
     from bulk b cross join lateral (
       select jsonb_build_object(
         'pending', count(*) filter (where o.state = 'pending'), 'done', count(*) filter (where o.state = 'done'),
         'refused', count(*) filter (where o.state = 'refused'), 'failed', count(*) filter (where o.state = 'failed'),
         'stopped', count(*) filter (where o.state = 'stopped')) as counts
       from bulk_order o where o.bulk_id = b.id) c
     where ${parts.map(([sql]) => sql).join(' and ')} order by b.id desc limit ?`,
    [...parts.flatMap(([, ...values]) => values), filter.limit + 1],
  );
}

export interface BulkResultRow {
  position: number;
  orderId: string;
  number: string;
  outcome: BulkOutcome;
  message: string | null;
  at: string | null;
}

/** In their order, one more than `limit` when there is a next page. */
export async function listBulkResults(
  em: Em,
  bulkId: string,
  filter: { outcome?: string; after?: number; limit: number },
): Promise<BulkResultRow[]> {
  const outcome = filter.outcome ?? null;
  return em.execute<BulkResultRow[]>(
    `select b.position, b.order_id as "orderId", o.number, b.state as outcome, b.message,
            to_jsonb(b.at) #>> '{}' as at
     from bulk_order b join orders o on o.id = b.order_id
     where b.bulk_id = ? and b.position > ? and (?::text is null or b.state = ?) order by b.position limit ?`,
    [bulkId, filter.after ?? 0, outcome, outcome, filter.limit + 1],
  );
}
