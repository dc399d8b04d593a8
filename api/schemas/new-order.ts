import { z } from 'zod';
import { paymentStates } from '../../domain/order.ts';
import { address, currency, quantity, sku, text, time, uuid, wireMoney } from './common.ts';

/** In the order's currency: as a decimal, or as money that names the same currency. */
const amount = z
  .union([z.string().max(30), wireMoney], 'must be a decimal like "12.34", or money')
  .meta({ id: 'Amount', description: "In the order's currency", example: '12.34' });
export type AmountGiven = z.output<typeof amount>;

const line = z.strictObject({
  externalId: text(100).optional().meta({ description: 'Default: its position, from 1' }),
  sku: sku.nullable().default(null).meta({ description: 'null: recorded, never shipped' }),
  title: text(500).optional(),
  quantity,
  unitPrice: amount,
  total: amount.optional().meta({ description: 'After discounts. Default: quantity × unit price' }),
  tax: amount.optional(),
  ships: z.boolean().default(true).meta({ description: 'false for gift cards, services and downloads' }),
});

export const newOrder = z
  .strictObject({
    store: uuid.meta({ description: 'A store of the platform `api`' }),
    externalId: text(100).meta({
      description: 'Your id of the order. Posted again with other content: a newer version',
    }),
    number: text(100).optional().meta({ description: 'What people call it. Default: externalId' }),
    currency,
    lines: z.array(line).min(1, 'must have at least one line').max(500, 'must have at most 500 lines'),
    shippingAddress: address
      .nullable()
      .default(null)
      .meta({ description: 'Required when anything is to be shipped' }),
    pickup: z.boolean().default(false).meta({ description: 'Collected by the customer: nothing is shipped' }),
    shipping: amount.optional(),
    tax: amount.optional().meta({ description: 'Of everything. Default: the sum of the lines’ taxes' }),
    taxesIncluded: z.boolean().optional().meta({
      description: 'Whether the amounts contain the tax. Default: what fits the total',
    }),
    discount: amount
      .optional()
      .meta({ description: 'Not in the lines’ totals already, as a positive amount' }),
    total: amount.optional().meta({ description: 'What the customer pays. Default: the sum' }),
    payment: z.strictObject({
      state: z.enum(paymentStates),
      provider: text(50).default('external'),
      externalId: text(100)
        .optional()
        .meta({ description: "The provider's id. Default: the order's externalId" }),
      amount: amount.optional().meta({ description: 'Taken or authorized. Default: the total' }),
      at: time.optional(),
    }),
    customer: z
      .strictObject({
        externalId: text(100).optional(),
        email: z.email().max(254).optional(),
        phone: text(50).optional(),
      })
      .default({}),
    placedAt: time.optional().meta({ description: 'Default: now' }),
    updatedAt: time.optional().meta({ description: 'The newest version wins. Default: now' }),
    cancelledAt: time.nullable().default(null),
    test: z.boolean().default(false),
  })
  .meta({ id: 'NewOrder' });
export type NewOrder = z.output<typeof newOrder>;

export const orderAccepted = z
  .strictObject({
    id: uuid,
    store: uuid,
    externalId: z.string(),
    number: z.string(),
    workflowId: z.string(),
    workflowUrl: z.string(),
  })
  .meta({ id: 'OrderAccepted' });
