import { z } from 'zod';
import { currency, reason, secret, text, time, uuid, webAddress, wireTime } from './common.ts';
import { storePolicy } from './policy.ts';

/** Of the platform's own shape: checked by its connector. */
const credentials = z.record(z.string(), z.unknown()).meta({
  description:
    "The platform's own: e.g. an access token for Shopify, consumer key and secret for WooCommerce",
});

export const newStore = z
  .strictObject({
    name: text(255),
    platform: text(50).meta({ description: 'A registered platform: `shopify`, `woocommerce`, `api`' }),
    url: webAddress.optional().meta({ description: 'Left out only for the platform `api`' }),
    webhookSecret: secret.optional().meta({ description: 'Left out only for the platform `api`' }),
    credentials: credentials.default({}),
    currency,
    fulfillFrom: time.optional().meta({
      description: 'Orders placed before are recorded and not fulfilled. Default: now',
    }),
    policy: storePolicy.default({}),
  })
  .superRefine((store, context) => {
    for (const field of ['url', 'webhookSecret'] as const)
      if (store.platform !== 'api' && store[field] === undefined)
        context.addIssue({ code: 'custom', path: [field], message: `is required for ${store.platform}` });
  })
  .meta({ id: 'NewStore' });

export const storeChange = z
  .strictObject({
    name: text(255).optional(),
    url: webAddress.optional(),
    credentials: credentials.optional(),
    webhookSecret: secret.optional().meta({ description: 'The one before stays valid beside it' }),
  })
  .refine((change) => Object.keys(change).length > 0, 'At least one field is required')
  .meta({ id: 'StoreChange' });

const connection = {
  succeededAt: wireTime.nullable(),
  error: z.string().nullable(),
};

/** Never with its secrets. */
export const store = z
  .strictObject({
    id: uuid,
    name: z.string(),
    platform: z.string(),
    url: z.string(),
    currency,
    fulfillFrom: wireTime,
    connectedAt: wireTime,
    webhookPath: z.string().nullable().meta({ description: 'Where the store must send its webhooks' }),
    policy: z.record(z.string(), z.unknown()),
    backfill: z.strictObject({ ...connection, readUpTo: wireTime }).meta({
      description: 'The scheduled reading of changed orders: how far it is, and its last error',
    }),
    stockPush: z.strictObject(connection),
  })
  .meta({ id: 'Store' });

export const newCarrier = z
  .strictObject({
    carrier: text(50).meta({ example: 'ups' }),
    name: text(255).meta({ description: 'Of the account, unique' }),
    url: webAddress.optional().meta({ description: 'Of its API. Left out only for a carrier that has none' }),
    credentials,
    webhookSecret: secret.optional(),
  })
  .meta({ id: 'NewCarrierAccount' });

export const carrierChange = z
  .strictObject({
    enabled: z.boolean().optional().meta({ description: 'false: nothing more is bought of it' }),
    services: z
      .array(text(50))
      .min(1, 'must name at least one: an account of which nothing may be bought is one that is not enabled')
      .max(100)
      .refine((codes) => new Set(codes).size === codes.length, 'must name each once')
      .nullable()
      .optional()
      .meta({ description: 'Codes of those that may be bought; null: all that the carrier offers' }),
    reason,
  })
  .refine(
    ({ enabled, services }) => enabled !== undefined || services !== undefined,
    'One of enabled, services is required',
  )
  .meta({ id: 'CarrierAccountChange' });

export const carrierAccount = z
  .strictObject({
    id: uuid,
    carrier: z.string(),
    title: z.string(),
    name: z.string(),
    url: z.string(),
    enabled: z.boolean(),
    services: z.array(z.string()).nullable(),
    connectedAt: wireTime,
    webhookPath: z.string().nullable(),
  })
  .meta({ id: 'CarrierAccount' });
