import type { StorefrontClient } from '../connectors/storefronts/storefront.ts';
import type { Em } from '../db/database.ts';
import { type LeftInShop, sameContent, withHolds, withLeft } from '../domain/content.ts';
import type { OrderSnapshot } from '../domain/order.ts';
import { titlesOf, withoutPerson } from '../domain/privacy.ts';
import type { ActivityDeps } from './deps.ts';
import { connectStore, putMail } from './storefront.ts';

/** Orders that changed while a page was read, or by a shop's clock behind ours. */
const OVERLAP_MS = 120_000;

const HELD_READ_AT_ONCE = 50;

interface DueStore {
  id: string;
  /** By the database's clock, as is the time of a conflict that waits for a backfill which began after it. */
  begun: string;
  watermark: string;
  fulfillFrom: string;
}

/**
 * Reads the orders that changed since each due store's watermark, so that a lost webhook costs minutes and not an
 * order. Stores are read beside each other, so one that does not answer keeps no other waiting. Safe beside itself: each
 * store is taken by one caller.
 */
export async function backfillDueStores(deps: ActivityDeps, intervalSeconds: number): Promise<number> {
  const em = deps.orm.em.fork();
  const due = await em.execute<DueStore[]>(
    `update store set backfill_due_at = now() + make_interval(secs => ?)
     where id in (select id from store where backfill_due_at <= now() and platform <> 'api'
                  order by backfill_due_at limit 10 for update skip locked)
     returning id, to_jsonb(clock_timestamp()) #>> '{}' as begun, to_jsonb(backfill_watermark) #>> '{}' as watermark, to_jsonb(fulfill_from) #>> '{}' as "fulfillFrom"`,
    [intervalSeconds],
  );
  await Promise.all(due.map((store) => backfillStore(deps, deps.orm.em.fork(), store)));
  return due.length;
}

async function backfillStore(deps: ActivityDeps, em: Em, store: DueStore): Promise<void> {
  try {
    const { client } = await connectStore(deps, em, store.id);
    if (!client) return;
    const since = new Date(Date.parse(store.watermark) - OVERLAP_MS).toISOString();
    let cursor: string | undefined;
    let failed: Error | undefined;
    do {
      const page = await client.ordersChangedSince(since, cursor);
      for (const event of page.orders)
        if (await concerns(em, store, event.snapshot))
          await putMail(em, store.id, event.snapshot.externalId, 'backfill/order', JSON.stringify(event));
      for (const { orderExternalId, reason } of page.refused)
        await putRefused(em, store.id, orderExternalId, reason);
      // One that did not come is read again the next time: the watermark never passes by it.
      failed ??= page.failed;
      const reached = page.orders.at(-1)?.snapshot.updatedAt;
      if (reached && !failed) await moveWatermark(em, store, reached);
      cursor = page.next;
    } while (cursor);
    if (failed) throw failed;
    await moveWatermark(em, store, store.begun);
    await readHeld(em, client, store);
    await em.execute('update store set backfill_succeeded_at = now(), backfill_error = null where id = ?', [
      store.id,
    ]);
  } catch (error) {
    const message =
      error instanceof Error
        ? `${error.name}: ${'code' in error ? String(error.code) : error.message}`
        : 'unknown';
    await em.execute('update store set backfill_error = ? where id = ?', [message, store.id]);
    deps.log.warn({ storeId: store.id, reason: message }, 'backfill failed');
  }
}

/** A shop need not say that an order which it holds may be sent by now: those are asked about, the oldest first. */
async function readHeld(em: Em, client: StorefrontClient, store: DueStore): Promise<void> {
  const held = await em.execute<{ externalId: string }[]>(
    `select o.external_id as "externalId" from orders o
     join order_version v on v.order_id = o.id and v.version = o.version
     where o.store_id = ? and o.ended_at is null and v.snapshot -> 'holds' is not null order by o.id limit ?`,
    [store.id, HELD_READ_AT_ONCE],
  );
  for (const { externalId } of held) {
    const event = await client.fetchOrder(externalId);
    if (event && (await concerns(em, store, event.snapshot)))
      await putMail(em, store.id, externalId, 'backfill/order', JSON.stringify(event));
  }
}

/** Page by page, so that a failure goes on where it was. Never back, and not where a person moved it back meanwhile. */
async function moveWatermark(em: Em, { id, fulfillFrom }: DueStore, to: string): Promise<void> {
  await em.execute(
    `update store set backfill_watermark = greatest(backfill_watermark, ?::timestamptz)
     where id = ? and fulfill_from = ?::timestamptz`,
    [to, id, fulfillFrom],
  );
}

/** Shown among the refused mail, once per reason. */
async function putRefused(em: Em, storeId: string, externalId: string, reason: string): Promise<void> {
  await em.execute(
    `insert into inbox (source, key, store_id, topic, order_external_id, body, state, reason)
     values (?, ?, ?, 'backfill/order', ?, '', 'refused', ?) on conflict (source, key) do nothing`,
    [
      `store/${storeId}`,
      `backfill/refused/${externalId}/${reason}`.slice(0, 255),
      storeId,
      externalId,
      reason,
    ],
  );
}

/**
 * A shop's old orders are none of ours until we know them; of those we know, only what is newer, or other content of
 * the same second, whose webhook was lost.
 */
async function concerns(em: Em, store: DueStore, snapshot: OrderSnapshot): Promise<boolean> {
  const [known] = await em.execute<
    { newer: boolean; asNew: boolean; erased: boolean; snapshot: OrderSnapshot; left: LeftInShop | null }[]
  >(
    `select o.source_updated_at < ?::timestamptz as newer, o.source_updated_at = ?::timestamptz as "asNew", v.snapshot,
            o.left_in_shop as "left", o.erased_at is not null as erased
     from orders o join order_version v on v.order_id = o.id and v.version = o.version
     where o.store_id = ? and o.external_id = ?`,
    [snapshot.updatedAt, snapshot.updatedAt, store.id, snapshot.externalId],
  );
  if (!known) return Date.parse(snapshot.placedAt) >= Date.parse(store.fulfillFrom);
  const content = known.erased ? withoutPerson(snapshot, titlesOf(known.snapshot)) : snapshot;
  return (
    known.newer ||
    (known.asNew && !sameContent(withHolds(content, known.snapshot), withLeft(known.snapshot, known.left)))
  );
}
