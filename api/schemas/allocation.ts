import { z } from 'zod';
import { country, integer, quantity, sku, uuid, warehouseCode, wireMoney } from './common.ts';

export const allocationQuestion = z
  .strictObject({
    store: uuid.optional().meta({ description: 'Whose policy decides; without it the default one' }),
    country: country.meta({ description: 'Where it goes: ISO 3166-1 alpha-2' }),
    lines: z
      .array(z.strictObject({ sku, quantity }))
      .min(1, 'must have at least one line')
      .max(200, 'must have at most 200 lines'),
    objective: z.enum(['nearest', 'priority', 'cheapest', 'fewest-parcels']).optional(),
    splitAllowed: z.boolean().optional(),
    promiseDays: integer(0, 365).nullable().optional(),
    exclude: z
      .array(warehouseCode)
      .max(1_000, 'must have at most 1000 warehouses')
      .default([])
      .meta({ description: 'Warehouses that are not to serve it' }),
  })
  .meta({ id: 'AllocationQuestion' });

const line = z.strictObject({ sku: z.string(), quantity: z.int() });

const fulfillment = z.strictObject({
  warehouse: z.string(),
  lines: z.array(line),
  shipDay: z.iso.date().meta({ description: 'In the time zone of the warehouse' }),
  deliveryDay: z.iso.date().nullable(),
  late: z.boolean().meta({ description: 'After the promised day' }),
  parcels: z.array(
    z.strictObject({
      box: z.string().nullable(),
      weightGrams: z.int(),
      dimensionsMm: z.strictObject({ length: z.int(), width: z.int(), height: z.int() }),
      items: z.array(line),
    }),
  ),
  handling: wireMoney,
  shipping: wireMoney.nullable().meta({ description: 'By the rate cards; null: no card says' }),
});

export const allocationPreview = z
  .strictObject({
    possible: z.boolean(),
    objective: z.string(),
    short: z
      .array(z.strictObject({ sku: z.string(), missing: z.int() }))
      .meta({ description: 'What is missing' }),
    fulfillments: z.array(fulfillment),
    cost: wireMoney
      .nullable()
      .meta({ description: 'Shipping, handling and what splits count for; null where one is not known' }),
    exact: z.boolean().meta({ description: 'false: there were too many ways to look at all of them' }),
    gap: z
      .number()
      .meta({ description: 'The best there is may be better by this share at most; 0 where exact' }),
    warehouses: z.array(
      z.strictObject({
        warehouse: z.string(),
        chosen: z.boolean(),
        why: z
          .strictObject({ code: z.string(), message: z.string() })
          .nullable()
          .meta({ description: 'Why not this one' }),
      }),
    ),
  })
  .meta({ id: 'AllocationPreview' });
