import { z } from 'zod';
import { movementReasons } from '../../db/entities/stock.ts';
import { adjustmentReasons } from '../../db/stock/adjust.ts';
import { integer, quantity, reason, sku, text, uuid, warehouseCode, wireMoney, wireTime } from './common.ts';

export const lotNumber = text(100).meta({ description: "The supplier's batch", example: 'L-2027-03' });

const LARGEST = 1_000_000;
const manyLines = <S extends z.ZodType>(line: S) =>
  z.array(line).min(1, 'must have at least one line').max(1_000, 'must have at most 1000 lines');

export const newAdjustment = z
  .strictObject({
    warehouse: warehouseCode,
    reason: z.enum(adjustmentReasons),
    note: reason,
    lines: manyLines(
      z.strictObject({
        sku,
        lot: lotNumber.optional().meta({
          description:
            "The supplier's batch; left out, units go from sellable lots, unclaimed ones first, and what was found comes to the lot that is used first",
        }),
        quantity: integer(-LARGEST, LARGEST)
          .refine((given) => given !== 0, 'must not be 0')
          .meta({ description: 'Signed for an adjustment; for damage and write-off, how many are lost' }),
      }),
    ),
  })
  .superRefine(({ reason: why, lines }, context) => {
    if (why === 'adjustment') return;
    for (const [index, line] of lines.entries())
      if (line.quantity < 0)
        context.addIssue({
          code: 'custom',
          path: ['lines', index, 'quantity'],
          message: 'is how many are lost: must be at least 1',
        });
  })
  .meta({ id: 'NewAdjustment' });

const moved = z.array(z.strictObject({ sku: z.string(), lot: z.string(), quantity: z.int() }));
export const lostStock = z
  .array(
    z.strictObject({
      order: uuid,
      fulfillment: uuid.nullable(),
      labelled: z.boolean().meta({ description: 'A person is asked; else it is allocated anew by itself' }),
      quantity: z.int().meta({
        description: 'Units that the order holds no more; 0: it holds as many of other lots',
      }),
    }),
  )
  .meta({ id: 'LostStock', description: 'What orders lost by it' });

export const adjustment = z
  .strictObject({ id: uuid, warehouse: z.string(), moved, lost: lostStock })
  .meta({ id: 'Adjustment' });

export const newShortPick = z
  .strictObject({
    reason,
    lines: manyLines(
      z.strictObject({ sku, quantity: quantity.meta({ description: 'Units that were not on the shelf' }) }),
    ),
  })
  .superRefine(({ lines }, context) => {
    for (const [index, { sku: given }] of lines.entries())
      if (lines.findIndex((line) => line.sku === given) < index)
        context.addIssue({
          code: 'custom',
          path: ['lines', index, 'sku'],
          message: 'is in another line too',
        });
  })
  .meta({ id: 'NewShortPick' });

export const shortPick = z
  .strictObject({
    fulfillment: uuid,
    moved: z.array(z.strictObject({ sku: z.string(), lotId: uuid, quantity: z.int() })),
    lost: lostStock,
  })
  .meta({ id: 'ShortPick' });

export const movementReason = z.enum(movementReasons);
export const movement = z
  .strictObject({
    id: uuid,
    at: wireTime,
    warehouse: z.string(),
    sku: z.string(),
    lotId: uuid,
    lot: z.string(),
    quantity: z.int().meta({ description: 'Signed' }),
    reason: movementReason,
    reference: z.string().meta({ description: 'What caused it' }),
    note: z.string().nullable(),
    unitCost: wireMoney,
    actor: z.string(),
  })
  .meta({ id: 'Movement' });
