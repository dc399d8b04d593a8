import type { Em } from '../database.ts';
import { PaymentAccountSchema } from '../entities/money.ts';
import { CarrierAccountSchema } from '../entities/stores.ts';
import { places, type Secrets } from '../secrets.ts';

/** What is needed to believe a store's webhook. */
export async function readWebhookStore(
  em: Em,
  secrets: Secrets,
  id: string,
): Promise<{ id: string; platform: string; webhookSecrets: string[] } | null> {
  const [store] = await em.execute<{ platform: string; webhookSecrets: string }[]>(
    'select platform, webhook_secrets as "webhookSecrets" from store where id = ?',
    [id],
  );
  if (!store) return null;
  const { platform, webhookSecrets } = store;
  return { id, platform, webhookSecrets: secrets.open(webhookSecrets, places.storeWebhooks(id)) };
}

/** The secrets of a carrier's enabled accounts: a carrier's webhook does not say which account it is for. */
export async function readCarrierSecrets(em: Em, secrets: Secrets, carrier: string): Promise<string[]> {
  const accounts = await em.find(
    CarrierAccountSchema,
    { carrier, enabled: true, webhookSecret: { $ne: null } },
    { fields: ['id', 'webhookSecret'] },
  );
  return accounts.flatMap(({ id, webhookSecret }) =>
    webhookSecret === null || webhookSecret === undefined
      ? []
      : secrets.open<string>(webhookSecret, places.carrierWebhooks(id)),
  );
}

/** The secrets of a provider's enabled accounts: its webhook does not say which account it is for. */
export async function readPaymentSecrets(em: Em, secrets: Secrets, provider: string): Promise<string[]> {
  const accounts = await em.find(
    PaymentAccountSchema,
    { provider, enabled: true, webhookSecret: { $ne: null } },
    { fields: ['id', 'webhookSecret'] },
  );
  return accounts.flatMap(({ id, webhookSecret }) =>
    webhookSecret === null || webhookSecret === undefined
      ? []
      : secrets.open<string>(webhookSecret, places.paymentWebhooks(id)),
  );
}
