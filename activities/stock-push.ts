import { randomUUID } from 'node:crypto';
import { PartyFailure } from '../connectors/failure.ts';
import type { StorefrontClient } from '../connectors/storefronts/storefront.ts';
import type { Em } from '../db/database.ts';
import { readPromises } from '../db/read/promise.ts';
import { giveBackListing, keepListing, type Lease, type Seen, takeListing } from '../db/stock/listings.ts';
import type { ActivityDeps } from './deps.ts';
import { connectStore } from './storefront.ts';

/**
 * Writes what can be promised of each SKU to every shop that sells it, where the shop was last known to show
 * another number. What the shop shows is read first: a number that neither we nor it explain is a sale that we
 * have not seen, so the shop's orders are read before anything is written.
 */
export async function pushStock(deps: ActivityDeps): Promise<number> {
  const stores = await deps.orm.em
    .fork()
    .execute<DueStore[]>(
      `select id, stock_push_error is not null as failed from store where platform <> 'api' order by id`,
    );
  // Beside each other: a shop that does not answer keeps no other waiting.
  const pushed = await Promise.all(stores.map((store) => pushToStore(deps, store)));
  return pushed.reduce((sum, count) => sum + count, 0);
}

interface DueStore {
  id: string;
  /** The last time. */
  failed: boolean;
}

async function pushToStore(deps: ActivityDeps, { id: storeId, failed }: DueStore): Promise<number> {
  const em = deps.orm.em.fork();
  try {
    const { client } = await connectStore(deps, em, storeId);
    if (!client) return 0;
    let told = 0;
    for (const { sku } of await readPromises(em, storeId, { due: true, limit: 100 })) {
      const lease = await takeListing(em, storeId, sku);
      if (lease && (await pushOne(em, client, lease))) told += 1;
    }
    if (told > 0 || failed)
      await em.execute(
        `update store set stock_push_error = null, stock_pushed_at = case when ? then now() else stock_pushed_at end
         where id = ?`,
        [told > 0, storeId],
      );
    return told;
  } catch (error) {
    const message = error instanceof Error && 'code' in error ? String(error.code) : 'internal';
    await em.execute('update store set stock_push_error = ? where id = ?', [message, storeId]);
    deps.log.warn({ storeId, reason: message }, 'stock not pushed');
    return 0;
  }
}

/** Under its lease it is read anew whether it is due, and its number: whoever had it before may have written since. */
async function pushOne(em: Em, client: StorefrontClient, lease: Lease): Promise<boolean> {
  try {
    const [promise] = await readPromises(em, lease.storeId, { sku: lease.sku, due: true, limit: 1 });
    const seen = promise && (await tellShop(client, promise));
    if (!seen) return false;
    await keepListing(em, lease, seen);
    return true;
  } finally {
    await giveBackListing(em, lease);
  }
}

interface Difference {
  sku: string;
  availableToPromise: number;
  /** null: nothing is known of it in this shop. */
  known: number | null;
}

async function tellShop(
  client: StorefrontClient,
  { sku, availableToPromise: promise, known }: Difference,
): Promise<Seen> {
  try {
    const item = await client.findStockItem(sku);
    if (!item) return { ref: null, known: null, conflict: false };
    const { ref, quantity } = item;
    if (quantity === promise) return { ref, known: promise, conflict: false };
    if (known !== null && quantity !== known) return { ref, known: null, conflict: true };
    // A key of its own each time: the comparison makes a repeat harmless, a replayed answer would write nothing.
    const { result } = await client.setStock(ref, promise, quantity, randomUUID());
    if (result === 'conflict') return { ref, known: null, conflict: true };
    return { ref, known: promise, conflict: false, pushed: true };
  } catch (error) {
    // One SKU that the shop refuses is shown and tried again after a day; it must not keep all others back.
    if (!(error instanceof PartyFailure) || error.kind !== 'refuse') throw error;
    return { ref: null, known: null, conflict: false, error: error.code };
  }
}
