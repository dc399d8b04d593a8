import { z } from 'zod';
import { uuid, wireTime } from './common.ts';

/** A case of any kind: an order's parked step, or something else that a person must look at. */
export const attentionCase = z
  .strictObject({
    id: uuid,
    order: z.strictObject({ id: uuid, number: z.string() }).nullable(),
    fulfillmentId: uuid.nullable(),
    subject: z
      .string()
      .nullable()
      .meta({ description: 'What it is about where it is no order', example: 'stock_level/BER/TEA-100' }),
    step: z.string(),
    reason: z.string().meta({ description: 'Stable' }),
    sentence: z.string().meta({ description: 'For people: what is wrong, and what to do' }),
    lastError: z.string().nullable(),
    actions: z.array(z.string()).meta({ description: 'What may be done' }),
    openedAt: wireTime,
    resolvedAt: wireTime.nullable(),
    resolution: z.string().nullable(),
    resolvedBy: z.string().nullable(),
  })
  .meta({ id: 'AttentionCase' });

export const stockProof = z
  .strictObject({
    at: wireTime.meta({ description: 'What was committed later is not in it' }),
    checked: z
      .record(z.string(), z.int())
      .meta({ description: 'Rows compared, by kind', example: { levels: 12, movements: 340 } }),
    differences: z.array(
      z.strictObject({
        reason: z.string().meta({ description: 'Stable', example: 'on_hand_differs' }),
        table: z.string().meta({ example: 'stock_level' }),
        key: z.string().meta({ example: 'BER/TEA-100' }),
        sku: z.string(),
        warehouse: z.string().nullable(),
        says: z.string(),
        should: z.string(),
        sentence: z.string().meta({ description: 'What is wrong, and what to do' }),
        attentionId: uuid.nullable().meta({ description: 'Its open case' }),
      }),
    ),
  })
  .meta({ id: 'StockProof' });
