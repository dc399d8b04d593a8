import { createHash } from 'node:crypto';
import type { StorefrontClient } from '../connectors/storefronts/storefront.ts';
import type { Em } from '../db/database.ts';
import { places } from '../db/secrets.ts';
import type { ActivityDeps } from './deps.ts';
import { Refusal } from './failure.ts';

export interface StoreRow {
  id: string;
  platform: string;
  url: string;
  currency: string;
  /** Sealed. */
  credentials: string;
  /** Sealed. */
  webhookSecrets: string;
  policy: Record<string, unknown>;
}

/** null for platforms without a shop to call. */
export async function connectStore(
  deps: ActivityDeps,
  em: Em,
  storeId: string,
): Promise<{ client: StorefrontClient | null; store: StoreRow }> {
  const [store] = await em.execute<StoreRow[]>(
    `select id, platform, url, currency, credentials, webhook_secrets as "webhookSecrets", policy from store where id = ?`,
    [storeId],
  );
  if (!store) throw new Refusal('store_gone', `The store ${storeId} is no longer connected`);
  const storefront = deps.storefronts.find(store.platform);
  if (!storefront) throw new Refusal('platform_unknown', `No connector for the platform ${store.platform}`);
  if (!storefront.connect) return { client: null, store };
  const credentials = deps.secrets.open(store.credentials, places.storeCredentials(storeId));
  const webhookSecrets = deps.secrets.open<string[]>(store.webhookSecrets, places.storeWebhooks(storeId));
  return { client: storefront.connect({ ...store, credentials, webhookSecrets }), store };
}

export interface FetchInput {
  orderId: string;
  storeId: string;
  externalId: string;
}

/**
 * Asks the store for the order as it is now; the answer becomes mail, so it is applied like all other. It takes its
 * place in the inbox before the store is asked: what arrives meanwhile may be news to the answer.
 */
export async function fetchOrder(deps: ActivityDeps, input: FetchInput): Promise<void> {
  const em = deps.orm.em.fork();
  const [{ client }, [place]] = await Promise.all([
    connectStore(deps, em, input.storeId),
    em.execute<{ seq: string }[]>(`select nextval(pg_get_serial_sequence('inbox', 'seq')) as seq`),
  ]);
  if (!client) return;
  const event = (await client.fetchOrder(input.externalId)) ?? {
    kind: 'order-deleted' as const,
    orderExternalId: input.externalId,
  };
  await putMail(em, input.storeId, input.externalId, 'fetch/order', JSON.stringify(event), place!.seq);
}

/**
 * `received` mail is delivered by the drain; a fetch's is read by the workflow that asked. An answer that was given
 * before, word for word, is mail anew: it settles what arrived since. `seq`: its place; the last unless given.
 */
export async function putMail(
  em: Em,
  storeId: string,
  externalId: string,
  topic: string,
  body: string,
  seq: string | null = null,
): Promise<boolean> {
  const key = `${topic}/${externalId}/${createHash('sha256').update(body).digest('hex')}`;
  const rows = await em.execute(
    `insert into inbox (seq, source, key, store_id, topic, order_external_id, body)
     values (coalesce(?::bigint, nextval(pg_get_serial_sequence('inbox', 'seq'))), ?, ?, ?, ?, ?, ?)
     on conflict (source, key) do update
       set seq = excluded.seq, state = 'received', applied_at = null, reason = null, body = excluded.body
       where excluded.topic = 'fetch/order' returning seq`,
    [seq, `store/${storeId}`, key, storeId, topic, externalId, body],
  );
  return rows.length > 0;
}

export interface CancelInStoreInput {
  orderId: string;
  storeId: string;
  externalId: string;
  reason: string;
}

export async function cancelInStore(deps: ActivityDeps, input: CancelInStoreInput): Promise<void> {
  const { client } = await connectStore(deps, deps.orm.em.fork(), input.storeId);
  await client?.cancelOrder(input.externalId, input.reason, `${input.orderId}/cancel`);
}
