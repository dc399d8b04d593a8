import { z } from 'zod';
import { VELOCITY_DAYS } from '../../domain/replenishment.ts';
import { purchaseOrder } from './documents.ts';
import { integer, moneyInput, reason, sku, text, warehouseCode, wireMoney, wireTime } from './common.ts';

const MANY = 100_000_000;
const DAYS = 3_650;
export const supplier = text(255).meta({ description: 'Whom it is bought of', example: 'Leaf & Co' });

export const replenishmentParams = z.strictObject({ warehouse: warehouseCode, sku });

export const replenishmentSettings = z
  .strictObject({
    reorderPoint: integer(0, MANY).meta({
      description: 'At this position or under it, more is to be bought',
    }),
    safetyStock: integer(0, MANY).default(0).meta({ description: 'Units that are to be left in any case' }),
    leadTimeDays: integer(0, DAYS).meta({ description: 'From the order to the receipt' }),
    coverDays: integer(1, DAYS)
      .default(30)
      .meta({ description: 'What one order of it is to last for, beside the lead time' }),
    supplier,
    packSize: integer(1, 1_000_000).default(1).meta({ description: 'Bought in multiples of it' }),
    unitCost: moneyInput.meta({ description: 'What is paid for one; its currency is that of the order' }),
  })
  .meta({ id: 'ReplenishmentSettings' });

export const replenishment = z
  .strictObject({
    warehouse: z.string(),
    sku: z.string(),
    reorderPoint: z.int(),
    safetyStock: z.int(),
    leadTimeDays: z.int(),
    coverDays: z.int(),
    supplier: z.string(),
    packSize: z.int(),
    unitCost: wireMoney,
    updatedAt: wireTime,
    onHand: z.int(),
    reserved: z.int(),
    available: z.int(),
    waiting: z.int().meta({
      description:
        'Units that orders wait for. Each order counts in one warehouse: the first by priority that serves its country and buys the SKU',
    }),
    incoming: z.int().meta({ description: 'Of purchase orders (drafts too) and transfers, not come yet' }),
    sold: z.int().meta({ description: `Shipped to customers in the last ${VELOCITY_DAYS} days` }),
    velocityDays: z.int().meta({ description: 'Days over which sales are looked at' }),
    velocity: z.number().meta({ description: 'Units sold a day' }),
    daysOfCover: z
      .number()
      .nullable()
      .meta({ description: 'How long what is available lasts; null: nothing is sold' }),
    position: z.int().meta({ description: 'available + incoming - waiting' }),
    low: z.boolean().meta({ description: 'The position is at the reorder point or under it' }),
    suggestedQuantity: z.int().meta({
      description:
        'velocity × (leadTimeDays + coverDays) + safetyStock - position, rounded up to whole packs; 0 unless `low`',
    }),
  })
  .meta({ id: 'Replenishment' });

export const suggestedOrders = z
  .strictObject({
    warehouse: warehouseCode,
    supplier: supplier.optional().meta({ description: 'Left out: all' }),
    skus: z
      .array(sku)
      .min(1, 'must have at least one')
      .max(1_000, 'must have at most 1000')
      .optional()
      .meta({ description: 'Left out: all' }),
    reason,
  })
  .meta({ id: 'SuggestedOrders' });
export const draftedOrders = z.strictObject({ items: z.array(purchaseOrder) }).meta({ id: 'DraftedOrders' });
