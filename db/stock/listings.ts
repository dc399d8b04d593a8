import type { Em } from '../database.ts';

/** A SKU in a shop, while one process looks at it there and writes it. */
export interface Lease {
  storeId: string;
  sku: string;
  until: string;
}

export interface Seen {
  /** null: the shop does not sell it. */
  ref: string | null;
  /** null: what the shop shows is not explained. */
  known: number | null;
  conflict: boolean;
  /** We wrote it. */
  pushed?: boolean;
  /** Why the shop refused it. */
  error?: string;
}

/** null: another process is at it. A process that died loses it after two minutes, which no two calls take. */
export async function takeListing(em: Em, storeId: string, sku: string): Promise<Lease | null> {
  const [row] = await em.execute<{ until: string }[]>(
    `insert into listing (store_id, sku, leased_until) values (?, ?, clock_timestamp() + interval '2 minutes')
     on conflict (store_id, sku) do update set leased_until = excluded.leased_until
     where listing.leased_until is null or listing.leased_until < clock_timestamp()
     returning to_jsonb(leased_until) #>> '{}' as until`,
    [storeId, sku],
  );
  return row ? { storeId, sku, until: row.until } : null;
}

/** Nothing was learned. */
export async function giveBackListing(em: Em, { storeId, sku, until }: Lease): Promise<void> {
  await em.execute(
    'update listing set leased_until = null where store_id = ? and sku = ? and leased_until = ?::timestamptz',
    [storeId, sku, until],
  );
}

/**
 * Keeps what the shop shows now, and gives the SKU back. Another process that took it over meanwhile knows better,
 * unless something was written without its knowledge: then neither knows, and the shop's orders are to be read first.
 */
export async function keepListing(em: Em, lease: Lease, seen: Seen): Promise<void> {
  const kept = await write(em, lease, seen, 'and leased_until = ?::timestamptz', [lease.until]);
  if (kept ? !seen.conflict : !seen.pushed) return;
  if (!kept) await write(em, lease, { ...seen, known: null, conflict: true });
  await em.execute('update store set backfill_due_at = now() where id = ?', [lease.storeId]);
}

async function write(
  em: Em,
  { storeId, sku }: Lease,
  { ref, known, conflict, pushed = false, error }: Seen,
  condition = '',
  values: unknown[] = [],
): Promise<boolean> {
  const rows = await em.execute(
    `update listing set ref = ?, known = ?, error = ?, checked_at = now(), leased_until = null,
       pushed_at = case when ? then now() else pushed_at end, conflict_at = case when ? then clock_timestamp() end
     where store_id = ? and sku = ? ${condition} returning 1`,
    [ref, known, error ?? null, pushed, conflict, storeId, sku, ...values],
  );
  return rows.length > 0;
}
