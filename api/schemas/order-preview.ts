import { z } from 'zod';
import { findingCodes, severities } from '../../domain/review/findings.ts';
import { allocationPreview } from './allocation.ts';
import { currency, uuid, wireMoney } from './common.ts';
import { newOrder } from './new-order.ts';

export const previewQuestion = z
  .strictObject({
    order: newOrder.optional().meta({ description: 'As it would be handed in, of any store' }),
    orderId: uuid.optional().meta({ description: 'An order that there is, as if it began anew' }),
  })
  .refine(({ order, orderId }) => (order === undefined) !== (orderId === undefined), {
    error: 'Exactly one of order, orderId is required',
  })
  .meta({ id: 'OrderPreviewQuestion' });

const line = z.strictObject({ externalId: z.string(), sku: z.string(), quantity: z.int() });
const sentence = z.string();

const offer = {
  carrier: z.string(),
  service: z.string(),
  price: wireMoney,
  transitDays: z.int().nullable().meta({ description: 'Working days; null: the carrier does not say' }),
  deliveryDay: z.iso.date().nullable(),
};

const shipment = z.strictObject({
  warehouse: z.string(),
  asked: z.array(
    z.strictObject({
      carrier: z.string(),
      account: z.string(),
      error: z.string().nullable().meta({ description: 'Why it offers nothing' }),
    }),
  ),
  parcels: z.array(
    z.strictObject({
      box: z.string().nullable(),
      weightGrams: z.int(),
      offers: z.array(z.strictObject({ ...offer, serviceName: z.string(), allowed: z.boolean() })),
    }),
  ),
  considered: z
    .array(z.strictObject({ ...offer, chosen: z.boolean(), why: sentence }))
    .meta({ description: 'Services that all its parcels are offered, the chosen one first' }),
  late: z.boolean(),
  why: sentence.nullable().meta({ description: 'Why none is chosen' }),
});

export const orderPreview = z
  .strictObject({
    order: z.strictObject({
      id: uuid.meta({ description: 'That it has, or would get' }),
      store: uuid,
      number: z.string(),
      currency,
      country: z.string().nullable(),
    }),
    stopsAt: z
      .enum(['recorded', 'review', 'stock', 'allocation', 'rate'])
      .nullable()
      .meta({ description: 'The first step that it would not pass; null: it would be labelled' }),
    eligible: z.strictObject({
      lines: z.array(line).meta({ description: 'What would be fulfilled' }),
      left: z.array(
        z.strictObject({ externalId: z.string(), quantity: z.int(), reason: z.string(), sentence }),
      ),
      why: sentence.nullable().meta({ description: 'Why nothing is' }),
    }),
    review: z
      .strictObject({
        outcome: z.enum(['pass', 'await-payment', 'hold', 'refuse']),
        findings: z.array(
          z.strictObject({ code: z.enum(findingCodes), severity: z.enum(severities), message: sentence }),
        ),
      })
      .meta({ description: 'As if nobody had approved anything' }),
    unknownSkus: z.array(z.string()).meta({ description: 'Wanted, and no product' }),
    // `nullable` of a named schema would be described as both at once.
    allocation: z.union([allocationPreview, z.null()]),
    queue: z
      .array(
        z.strictObject({
          sku: z.string(),
          quantity: z.int(),
          place: z.int(),
          missing: z.int(),
          expectedAt: z.iso.date().nullable(),
        }),
      )
      .meta({ description: 'Where it would stand for what is short' }),
    shipments: z.array(shipment).meta({ description: 'One for each fulfillment of the allocation' }),
  })
  .meta({ id: 'OrderPreview' });
