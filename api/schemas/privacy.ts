import { z } from 'zod';
import { condition, stage } from './orders.ts';
import { reason, text, uuid, wireTime } from './common.ts';

/** Whom it is about: everything that names them counts, whatever of it an order has. */
const person = {
  store: uuid.optional().meta({ description: 'Only orders of this store; default: of all' }),
  email: z.email('must be an email address').max(254).optional(),
  phone: text(50)
    .refine((given) => given.replace(/\D/g, '').length > 5, 'must have at least 6 digits')
    .optional()
    .meta({
      description: 'Its digits are compared: as the store has it, with the country',
      example: '+49301234567',
    }),
  externalCustomerId: text(100).optional().meta({ description: 'The id that `store` knows the customer by' }),
  orderIds: z
    .array(uuid)
    .min(1, 'must name at least one order')
    .max(500, 'must name at most 500 orders')
    .optional()
    .meta({ description: 'These orders too, whoever bought them' }),
};

const storeOfCustomer = {
  message: 'is required with externalCustomerId, which means nothing without it',
  path: ['store'],
};

export const newErasure = z
  .strictObject({ ...person, reason })
  .refine(
    ({ email, phone, externalCustomerId, orderIds }) => email ?? phone ?? externalCustomerId ?? orderIds,
    {
      message: 'At least one of email, phone, externalCustomerId and orderIds is required',
    },
  )
  .refine(({ store, externalCustomerId }) => !externalCustomerId || store, storeOfCustomer)
  .meta({ id: 'NewErasure' });

export const newExport = z
  .strictObject({
    ...person,
    dataRequest: uuid.optional().meta({ description: 'What a store asked for; its case names it' }),
    reason,
  })
  .refine(
    ({ email, phone, externalCustomerId, orderIds, dataRequest }) =>
      email ?? phone ?? externalCustomerId ?? orderIds ?? dataRequest,
    { message: 'At least one of email, phone, externalCustomerId, orderIds and dataRequest is required' },
  )
  .refine(({ store, externalCustomerId }) => !externalCustomerId || store, storeOfCustomer)
  .meta({ id: 'NewPrivacyExport' });

const summary = {
  id: uuid,
  state: z
    .enum(['done', 'waiting'])
    .meta({ description: '`waiting`: some orders have not ended, and are erased as soon as they have' }),
  store: uuid.nullable(),
  actor: z.string(),
  reason: z.string(),
  requestedAt: wireTime,
  orders: z.int().meta({ description: 'Of the customer' }),
  erased: z.int().meta({ description: 'Orders in which they are erased' }),
};

export const erasureSummary = z.strictObject(summary).meta({ id: 'ErasureSummary' });

export const erasure = z
  .strictObject({
    ...summary,
    waiting: z
      .array(
        z.strictObject({
          id: uuid,
          number: z.string(),
          stage,
          condition,
          sentence: z.string().meta({ description: 'What to do' }),
        }),
      )
      .meta({ description: 'Orders that have not ended, the first 100' }),
  })
  .meta({ id: 'Erasure' });

const rows = z.array(z.record(z.string(), z.unknown()));

export const privacyExport = z
  .strictObject({
    at: wireTime,
    orders: z.array(
      z.strictObject({
        order: z.record(z.string(), z.unknown()),
        content: rows.meta({ description: 'What the store said of it, every version' }),
        payments: rows,
        refunds: rows,
        disputes: rows,
        shipments: rows.meta({
          description: 'What carriers were given; `document` is the address of the label',
        }),
        scans: rows,
        attention: rows,
        changes: rows,
        timeline: rows,
        events: rows.meta({ description: 'What others sent about it, as they sent it' }),
        blocks: rows.meta({ description: 'By what they are blocked, as staff wrote it' }),
      }),
    ),
  })
  .meta({ id: 'PrivacyExport' });
