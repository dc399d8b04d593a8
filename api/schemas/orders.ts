import { z } from 'zod';
import { conditions } from '../../domain/conditions.ts';
import { orderStages } from '../../domain/stages.ts';
import { address, uuid, wireMoney, wireTime } from './common.ts';

export const stage = z.enum(orderStages).meta({ id: 'Stage' });
export const condition = z
  .enum([...conditions, 'none'])
  .meta({ id: 'Condition', description: 'Why it is not moving; the worst of them, or `none`' });

const headline = {
  id: uuid,
  store: uuid,
  externalId: z.string(),
  number: z.string(),
  stage,
  condition,
  conditions: z.array(z.enum(conditions)),
  disposition: z
    .enum(['fulfill', 'record'])
    .meta({ description: '`record`: kept for the books, not fulfilled here' }),
  paymentState: z.string(),
  total: wireMoney,
  country: z.string().nullable(),
  placedAt: wireTime,
  endedAt: wireTime.nullable(),
};

export const orderSummary = z
  .strictObject({ ...headline, waitingFor: z.string().nullable(), deadline: wireTime.nullable() })
  .meta({ id: 'OrderSummary' });

const attention = z
  .strictObject({
    id: uuid,
    fulfillmentId: uuid.nullable(),
    step: z.string(),
    reason: z.string().meta({ description: 'Stable' }),
    sentence: z.string().meta({ description: 'For people' }),
    lastError: z.string().nullable(),
    actions: z.array(z.string()).meta({ description: 'What may be done' }),
    openedAt: wireTime,
  })
  .meta({ id: 'Attention' });

const line = z.strictObject({
  externalId: z.string(),
  sku: z.string().nullable(),
  title: z.string(),
  quantity: z.int(),
  toShip: z.int().meta({ description: 'How much of it is shipped from here' }),
  leftReason: z.string().nullable().meta({ description: 'Why the rest is not' }),
  unitPrice: wireMoney,
  total: wireMoney,
  tax: wireMoney,
});

const parcel = z.strictObject({
  id: uuid,
  box: z.string().nullable().meta({ description: 'The kind of box; null: a packaging of its own' }),
  weightGrams: z.int(),
  dimensionsMm: z.strictObject({ length: z.int(), width: z.int(), height: z.int() }),
  items: z.array(z.strictObject({ sku: z.string(), quantity: z.int() })),
  carrier: z.string().nullable(),
  trackingNumber: z.string().nullable(),
  trackingStatus: z.string().nullable(),
  trackingError: z
    .string()
    .nullable()
    .meta({ description: 'Why the carrier could not be asked the last time; null where it could' }),
  labelUrl: z.string().nullable(),
  labelCost: wireMoney.nullable(),
});

const fulfillment = z
  .strictObject({
    id: uuid,
    warehouse: z.string(),
    stage,
    lines: z.array(z.strictObject({ externalId: z.string(), sku: z.string(), quantity: z.int() })),
    carrier: z.string().nullable(),
    service: z.string().nullable(),
    trackingNumber: z.string().nullable(),
    trackingUrl: z.string().nullable(),
    labelUrl: z.string().nullable().meta({ description: "The first parcel's label" }),
    labelledAt: wireTime.nullable(),
    shipDay: z.iso
      .date()
      .nullable()
      .meta({ description: 'When its warehouse is to ship it, in its time zone' }),
    shippedAt: wireTime.nullable(),
    deliveredAt: wireTime.nullable(),
    parcels: z.array(parcel),
    attention: attention.optional().meta({ description: 'The first that is open' }),
  })
  .meta({ id: 'Fulfillment' });

const payment = z.strictObject({
  provider: z.string(),
  externalId: z.string(),
  kind: z.enum(['authorization', 'capture']),
  amount: wireMoney,
  at: wireTime,
});
const refund = z.strictObject({
  provider: z.string(),
  externalId: z.string().nullable(),
  state: z.enum(['intended', 'done', 'abandoned', 'failed']),
  amount: wireMoney,
  at: wireTime,
});

const awaitedStock = z
  .strictObject({
    sku: z.string(),
    quantity: z.int().meta({ description: 'Units that it waits for' }),
    missing: z.int().meta({
      description: 'Of these, not there for it yet; 0: they are, and it waits for what else it needs',
    }),
    place: z.int().meta({
      description:
        'Its place in the queue of the SKU, by priority, then by age; 1 is next. Orders count that the same warehouses may serve',
    }),
    expectedAt: z.iso.date().nullable().meta({
      description:
        'When what is ordered or on its way should have reached its place; null where it does not reach so far, or no day is known',
    }),
  })
  .meta({ id: 'AwaitedStock' });

const why = z
  .strictObject({
    waitingFor: z.string().nullable(),
    since: wireTime.nullable(),
    deadline: wireTime.nullable(),
    reservedUntil: wireTime.nullable().meta({
      description: 'When it gives back the stock that it holds, since it is unpaid or held',
    }),
    possible: z.array(z.string()).meta({ description: 'What a person may do now' }),
    running: z
      .array(
        z.strictObject({
          step: z.string(),
          attempt: z.int(),
          lastError: z.string().nullable(),
          nextAttemptAt: wireTime.nullable(),
        }),
      )
      .optional()
      .meta({ description: "Temporal's view of what is under way; left out when Temporal can not be asked" }),
  })
  .meta({ id: 'WhyNotMoving' });

export const order = z
  .strictObject({
    ...headline,
    recordReason: z.string().nullable(),
    version: z.int(),
    shippingState: z.string(),
    lines: z.array(line),
    fulfillments: z.array(fulfillment),
    attention: z.array(attention),
    awaitingStock: z.array(awaitedStock).meta({ description: 'What it is in the queue for, by SKU' }),
    why,
    payments: z.array(payment),
    refunds: z.array(refund),
    costOfGoods: z
      .array(wireMoney)
      .meta({ description: 'What the lots that were really shipped cost, by currency' }),
    erasedAt: wireTime.nullable().meta({ description: 'Since when it is not known any more who bought it' }),
    customer: z
      .strictObject({ email: z.string().nullable(), phone: z.string().nullable() })
      .nullable()
      .meta({ description: 'null for the role finance, and once it is erased' }),
    shippingAddress: address.nullable().meta({ description: 'Likewise' }),
    timeline: z.array(
      z.strictObject({ at: wireTime, actor: z.string(), what: z.string(), detail: z.string() }),
    ),
    workflowId: z.string(),
    workflowUrl: z.string().meta({ description: "The order's workflow in the Temporal UI" }),
  })
  .meta({ id: 'Order' });

export type WireOrder = z.input<typeof order>;
export type WireFulfillment = WireOrder['fulfillments'][number];
export type WireAttention = WireOrder['attention'][number];
