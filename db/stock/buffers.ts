import { recordAudit } from '../audit.ts';
import type { Em } from '../database.ts';
import { lockStore, recordPolicyChange } from '../policy.ts';
import { StoreSchema } from '../entities/stores.ts';
import { type StoreBuffer, StoreBufferSchema } from '../entities/planning.ts';

export interface BufferChange {
  storeId: string;
  sku: string;
  quantity: number;
  actor: string;
  reason: string;
}

/**
 * So many units of the SKU are never offered to the store, in place of its policy's buffer. The same again changes
 * nothing. Both must exist.
 */
export async function setBuffer(em: Em, change: BufferChange): Promise<StoreBuffer> {
  const { storeId, sku, quantity, actor, reason } = change;
  await lockStore(em, storeId);
  const from = await bufferOf(em, storeId, sku);
  const changed = await em.execute(
    `insert into store_buffer (store_id, sku, quantity) values (?, ?, ?)
     on conflict (store_id, sku) do update set quantity = excluded.quantity, updated_at = now()
     where store_buffer.quantity <> excluded.quantity returning 1`,
    [storeId, sku, quantity],
  );
  if (changed.length > 0) {
    await askShopAgain(em, storeId, sku);
    const detail = `${sku}: ${quantity}, ${reason}`;
    await recordAudit(em, { actor, what: 'buffer_set', subject: storeId, detail });
    await recordBuffer(em, { storeId, sku, from, to: quantity, actor, reason });
  }
  return em.findOneOrFail(StoreBufferSchema, { storeId, sku });
}

/** The policy's buffer counts again. False where there is no other. */
export async function removeBuffer(
  em: Em,
  { storeId, sku, actor }: Omit<BufferChange, 'quantity' | 'reason'>,
): Promise<boolean> {
  await lockStore(em, storeId);
  const [removed] = await em.execute<{ quantity: number }[]>(
    'delete from store_buffer where store_id = ? and sku = ? returning quantity',
    [storeId, sku],
  );
  if (!removed) return false;
  await askShopAgain(em, storeId, sku);
  const detail = `${sku}: no longer ${removed.quantity}`;
  await recordAudit(em, { actor, what: 'buffer_removed', subject: storeId, detail });
  await recordBuffer(em, { storeId, sku, from: removed.quantity, to: null, actor, reason: '' });
  return true;
}

async function bufferOf(em: Em, storeId: string, sku: string): Promise<number | null> {
  const [row] = await em.execute<{ quantity: number }[]>(
    'select quantity from store_buffer where store_id = ? and sku = ?',
    [storeId, sku],
  );
  return row?.quantity ?? null;
}

/** In the history of the store's policy, in whose place the buffer counts. */
async function recordBuffer(
  em: Em,
  change: Omit<BufferChange, 'quantity'> & { from: number | null; to: number | null },
): Promise<void> {
  const { storeId, sku, from, to, actor, reason } = change;
  const { policyVersion: version } = await em.findOneOrFail(StoreSchema, { id: storeId });
  const changes = [{ setting: `buffers.${sku}`, from, to }];
  await recordPolicyChange(em, { storeId, version, actor, reason, changes });
}

/**
 * The next push compares the new number with what the shop shows, and so writes it; nothing needs to be sent. Only a
 * SKU that the shop did not sell, or refused, would not be looked for before its day is over.
 */
async function askShopAgain(em: Em, storeId: string, sku: string): Promise<void> {
  await em.execute(
    'update listing set checked_at = null where store_id = ? and sku = ? and ref is null and checked_at is not null',
    [storeId, sku],
  );
}
