import type { Em } from '../database.ts';
import { CarrierAccountSchema, StoreSchema } from '../entities/stores.ts';

/** What is needed to believe a store's webhook. */
export async function readWebhookStore(
  em: Em,
  id: string,
): Promise<{ id: string; platform: string; webhookSecrets: string[] } | null> {
  return em.findOne(StoreSchema, { id }, { fields: ['id', 'platform', 'webhookSecrets'] });
}

/** The secrets of a carrier's enabled accounts: a carrier's webhook does not say which account it is for. */
export async function readCarrierSecrets(em: Em, carrier: string): Promise<string[]> {
  const accounts = await em.find(
    CarrierAccountSchema,
    { carrier, enabled: true, webhookSecret: { $ne: null } },
    { fields: ['webhookSecret'] },
  );
  return accounts.flatMap(({ webhookSecret }) => webhookSecret ?? []);
}
