import type { Em } from '../database.ts';

export interface Backlog {
  received: number;
  delivered: number;
  oldestSeconds: number;
  outbox: number;
  attention: { reason: string; count: number }[];
}

/** How much waits, for the metrics. */
export async function readBacklog(em: Em): Promise<Backlog> {
  const [counts] = await em.execute<Omit<Backlog, 'attention'>[]>(`
    select (select count(*)::int from inbox where state = 'received') as received,
           (select count(*)::int from inbox where state = 'delivered') as delivered,
           (select coalesce(extract(epoch from now() - min(received_at)), 0)::float8 from inbox
             where state in ('received', 'delivered')) as "oldestSeconds",
           (select count(*)::int from outbox where delivered_at is null) as outbox`);
  const attention = await em.execute<Backlog['attention']>(
    'select reason, count(*)::int as count from attention where resolved_at is null group by reason',
  );
  if (!counts) throw new Error('PostgreSQL answered no row to an aggregate');
  return { ...counts, attention };
}
