import { randomUUID } from 'node:crypto';
import { PartyFailure } from '../connectors/failure.ts';
import type { StorefrontClient } from '../connectors/storefronts/storefront.ts';
import type { Em } from '../db/database.ts';
import { policyOf } from '../domain/policy.ts';
import type { ActivityDeps } from './deps.ts';
import { connectStore } from './storefront.ts';

interface Difference {
  sku: string;
  available: number;
  /** Both null for a SKU that was never looked up in this shop. */
  ref: string | null;
  known: number | null;
}

/**
 * Writes what can be promised of each SKU to every shop that sells it, where the shop was last known to show
 * another number. What the shop shows is read first: a number that neither we nor it explain is a sale that we
 * have not seen, so the shop's orders are read before anything is written.
 */
export async function pushStock(deps: ActivityDeps): Promise<number> {
  const em = deps.orm.em.fork();
  const stores = await em.execute<{ id: string }[]>(
    `select id from store where platform <> 'api' order by id`,
  );
  let pushed = 0;
  for (const { id } of stores) pushed += await pushToStore(deps, em, id);
  return pushed;
}

async function pushToStore(deps: ActivityDeps, em: Em, storeId: string): Promise<number> {
  try {
    const { client, store } = await connectStore(deps, em, storeId);
    if (!client) return 0;
    const differences = await readDifferences(em, storeId, policyOf(store.policy).stockBuffer);
    for (const difference of differences)
      await pushOne(em, client, storeId, difference).catch((error: unknown) =>
        refused(em, storeId, difference.sku, error),
      );
    if (differences.length > 0)
      await em.execute('update store set stock_pushed_at = now(), stock_push_error = null where id = ?', [
        storeId,
      ]);
    return differences.length;
  } catch (error) {
    const message = error instanceof Error && 'code' in error ? String(error.code) : 'internal';
    await em.execute('update store set stock_push_error = ? where id = ?', [message, storeId]);
    deps.log.warn({ storeId, reason: message }, 'stock not pushed');
    return 0;
  }
}

/**
 * A SKU that the shop does not sell is looked for again after a day; one in conflict waits until the shop's orders
 * were read by a backfill that began after it, and are reserved.
 */
async function readDifferences(em: Em, storeId: string, buffer: number): Promise<Difference[]> {
  return em.execute<Difference[]>(
    `select p.sku, listing.ref, listing.known, greatest(0, free.quantity - ?)::int as available
     from product p
     join lateral (select coalesce(sum(l.on_hand - l.unavailable - l.claimed), 0) as quantity
                   from stock_level l join warehouse w on w.code = l.warehouse and w.active where l.sku = p.sku) free on true
     left join listing on listing.store_id = ? and listing.sku = p.sku
     where (listing.sku is null
            or listing.ref is null and listing.checked_at < now() - interval '1 day'
            or listing.ref is not null and listing.known is distinct from greatest(0, free.quantity - ?))
       and (listing.conflict_at is null or (
         exists (select 1 from store s where s.id = ? and s.backfill_watermark > listing.conflict_at
                   and s.backfill_succeeded_at > listing.conflict_at)
         and not exists (select 1 from inbox i where i.store_id = ? and i.state in ('received', 'delivered'))
         and not exists (select 1 from orders o where o.store_id = ? and o.stage in ('received', 'reviewed')
                         and o.ended_at is null and o.conditions = '{}')))
     order by p.sku limit 100`,
    [buffer, storeId, buffer, storeId, storeId, storeId],
  );
}

async function pushOne(
  em: Em,
  client: StorefrontClient,
  storeId: string,
  difference: Difference,
): Promise<void> {
  const { sku, available, known } = difference;
  const item = await client.findStockItem(sku);
  if (!item) return keep(em, storeId, sku, { ref: null, known: null, conflict: false });
  if (item.quantity === available)
    return keep(em, storeId, sku, { ref: item.ref, known: available, conflict: false });
  if (known !== null && item.quantity !== known) return conflict(em, storeId, sku, item);
  // A key of its own each time: the comparison makes a repeat harmless, a replayed answer would write nothing.
  const { result } = await client.setStock(item.ref, available, item.quantity, randomUUID());
  if (result === 'conflict') return conflict(em, storeId, sku, item);
  return keep(em, storeId, sku, { ref: item.ref, known: available, conflict: false, pushed: true });
}

/** One SKU that the shop refuses is shown and tried again after a day; it must not keep all others back. */
async function refused(em: Em, storeId: string, sku: string, error: unknown): Promise<void> {
  if (!(error instanceof PartyFailure) || error.kind !== 'refuse') throw error;
  await keep(em, storeId, sku, { ref: null, known: null, conflict: false });
  await em.execute('update listing set error = ? where store_id = ? and sku = ?', [error.code, storeId, sku]);
}

async function conflict(em: Em, storeId: string, sku: string, item: { ref: string }): Promise<void> {
  await keep(em, storeId, sku, { ref: item.ref, known: null, conflict: true });
  await em.execute('update store set backfill_due_at = now() where id = ?', [storeId]);
}

async function keep(
  em: Em,
  storeId: string,
  sku: string,
  listing: { ref: string | null; known: number | null; conflict: boolean; pushed?: boolean },
): Promise<void> {
  await em.execute(
    `insert into listing (store_id, sku, ref, known, checked_at, pushed_at, conflict_at)
     values (?, ?, ?, ?, now(), case when ? then now() end, case when ? then clock_timestamp() end)
     on conflict (store_id, sku) do update set ref = excluded.ref, known = excluded.known, checked_at = now(), error = null,
       pushed_at = coalesce(excluded.pushed_at, listing.pushed_at), conflict_at = excluded.conflict_at`,
    [storeId, sku, listing.ref, listing.known, listing.pushed ?? false, listing.conflict],
  );
}
