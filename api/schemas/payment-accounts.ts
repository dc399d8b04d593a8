import { z } from 'zod';
import { secret, text, uuid, webAddress, wireTime } from './common.ts';

export const newPaymentAccount = z
  .strictObject({
    provider: text(50).meta({ example: 'stripe' }),
    name: text(255).meta({ description: 'Of the account, unique' }),
    url: webAddress.optional().meta({ description: "Of its API. Default: the provider's own" }),
    store: uuid.nullable().default(null).meta({
      description: 'The store of the platform `api` whose payments it has. null: all that have no other',
    }),
    credentials: z
      .record(z.string(), z.unknown())
      .meta({ description: "The provider's own: for Stripe `secretKey`", example: { secretKey: 'sk_…' } }),
    webhookSecret: secret
      .optional()
      .meta({ description: 'Signs what the provider sends to `webhookPath`: for Stripe `whsec_…`' }),
  })
  .meta({ id: 'NewPaymentAccount' });

/** Never with its secrets. */
export const paymentAccount = z
  .strictObject({
    id: uuid,
    provider: z.string(),
    title: z.string(),
    name: z.string(),
    url: z.string(),
    store: uuid.nullable(),
    enabled: z.boolean(),
    connectedAt: wireTime,
    webhookPath: z.string().nullable(),
  })
  .meta({ id: 'PaymentAccount' });
