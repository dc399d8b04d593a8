import { z } from 'zod';
import { integer, reason, sku, uuid, wireTime } from './common.ts';

export const bufferParams = z.strictObject({ id: uuid, sku });

export const bufferChange = z
  .strictObject({
    quantity: integer(0, 1_000_000).meta({ description: 'Units that the store is never offered' }),
    reason,
  })
  .meta({ id: 'StoreBufferChange' });

export const storeBuffer = z
  .strictObject({ sku: z.string(), quantity: z.int(), updatedAt: wireTime })
  .meta({ id: 'StoreBuffer' });

export const storeStock = z
  .strictObject({
    sku: z.string(),
    onHand: z.int().meta({ description: 'In open warehouses. The next four are taken off it' }),
    unavailable: z.int().meta({ description: 'In lots that are off sale, or past their last day' }),
    reserved: z.int().meta({ description: 'Claimed by orders, of this store or another' }),
    waiting: z.int().meta({ description: 'Wanted by orders in the queue, which get it first' }),
    buffer: z.strictObject({
      quantity: z.int(),
      from: z.enum(['sku', 'policy']).meta({ description: "The SKU's own, or the store's policy" }),
    }),
    availableToPromise: z.int().meta({
      description: 'What is left, never below zero: what the shop is to show. Nothing on its way is in it',
    }),
    shop: z
      .strictObject({
        sells: z.boolean().meta({ description: 'It was found there, and its stock is tracked' }),
        shows: z.int().nullable().meta({
          description: 'As it was last read or written there; null: not known',
        }),
        checkedAt: wireTime.nullable(),
        pushedAt: wireTime.nullable().meta({ description: 'When we last wrote it' }),
        conflictAt: wireTime.nullable().meta({
          description: 'It showed what nobody explains: its orders are read first',
        }),
        error: z.string().nullable().meta({ description: 'Why the shop refused it' }),
      })
      .nullable()
      .meta({ description: 'null: not looked for there' }),
  })
  .meta({ id: 'StoreStock' });
