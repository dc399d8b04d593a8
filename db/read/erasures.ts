import type { Em } from '../database.ts';

export interface ErasureRow {
  id: string;
  store: string | null;
  actor: string;
  reason: string;
  requestedAt: string;
  /** Orders of ours that it concerns, and those of them that are erased. */
  orders: number;
  erased: number;
}

/** An order that is still to end. */
export interface WaitingOrder {
  id: string;
  number: string;
  stage: string;
  conditions: string[];
}

const columns = `e.id, e.store_id as store, e.actor, e.reason, to_jsonb(e.requested_at) #>> '{}' as "requestedAt",
  (select count(*)::int from erasure_order w join orders o on o.id = w.order_id where w.erasure_id = e.id) as orders,
  (select count(*)::int from erasure_order w where w.erasure_id = e.id and w.erased_at is not null) as erased`;

/** The newest first, one more than `limit` when there is a next page. Version 7 ids are in the order of time. */
export async function listErasures(
  em: Em,
  filter: { before?: string | undefined; limit: number },
): Promise<ErasureRow[]> {
  return em.execute<ErasureRow[]>(
    `select ${columns} from erasure e where ?::uuid is null or e.id < ?::uuid order by e.id desc limit ?`,
    [filter.before ?? null, filter.before ?? null, filter.limit + 1],
  );
}

export async function readErasure(em: Em, id: string): Promise<ErasureRow | null> {
  const [row] = await em.execute<ErasureRow[]>(`select ${columns} from erasure e where e.id = ?`, [id]);
  return row ?? null;
}

/** The first of those that have not ended. */
export async function readWaiting(em: Em, erasureId: string, limit: number): Promise<WaitingOrder[]> {
  return em.execute<WaitingOrder[]>(
    `select o.id, o.number, o.stage, o.conditions from erasure_order w join orders o on o.id = w.order_id
     where w.erasure_id = ? and w.erased_at is null order by o.placed_at, o.id limit ?`,
    [erasureId, limit],
  );
}

/** Orders that may be erased now: of one erasure, or of all. */
export async function readErasable(
  em: Em,
  limit: number,
  erasureId: string | null = null,
): Promise<string[]> {
  const rows = await em.execute<{ id: string }[]>(
    `select distinct o.id from erasure_order w join orders o on o.id = w.order_id
     where w.erased_at is null and o.ended_at is not null and w.erasure_id = coalesce(?::uuid, w.erasure_id)
     order by o.id limit ?`,
    [erasureId, limit],
  );
  return rows.map(({ id }) => id);
}
