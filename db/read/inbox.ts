import type { Em } from '../database.ts';

export interface InboxRow {
  seq: number;
  source: string;
  store: string | null;
  topic: string;
  orderExternalId: string | null;
  state: 'received' | 'delivered' | 'applied' | 'refused';
  reason: string | null;
  receivedAt: string;
  attempts: number;
}

/** The newest first, one more than `limit` when there is a next page. No bodies: they hold addresses. */
export async function listInbox(
  em: Em,
  filter: { state?: string; store?: string; before?: number; limit: number },
): Promise<InboxRow[]> {
  return em.execute<InboxRow[]>(
    `select seq::float8 as seq, source, store_id as store, topic, order_external_id as "orderExternalId", state,
            reason, to_jsonb(received_at) #>> '{}' as "receivedAt", attempts
     from inbox
     where state = coalesce(?, state) and (?::uuid is null or store_id = ?::uuid) and seq < coalesce(?, seq + 1)
     order by seq desc limit ?`,
    [
      filter.state ?? null,
      filter.store ?? null,
      filter.store ?? null,
      filter.before ?? null,
      filter.limit + 1,
    ],
  );
}
