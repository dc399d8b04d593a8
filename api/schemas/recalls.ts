import { z } from 'zod';
import { recallOutcomes } from '../../db/entities/inventory.ts';
import { reason, sku, uuid, wireTime } from './common.ts';
import { customer } from './lots.ts';
import { lotNumber } from './movements.ts';
import { stage } from './orders.ts';

export const newRecall = z.strictObject({ sku, lot: lotNumber, reason }).meta({ id: 'NewRecall' });
export const recallReturn = z.strictObject({ reason }).meta({ id: 'RecallReturn' });

const facts = {
  id: uuid,
  sku: z.string(),
  lot: z.string().meta({ description: "The supplier's batch, in every warehouse" }),
  reason: z.string(),
  actor: z.string(),
  at: wireTime,
  lots: z.array(z.strictObject({ id: uuid, warehouse: z.string(), onHand: z.int() })),
  counts: z
    .strictObject({ reallocated: z.int(), to_check: z.int(), to_return: z.int(), returned: z.int() })
    .meta({ description: 'Fulfillments; `returned` are those of to_check and to_return that came back' }),
};
export const recall = z.strictObject(facts).meta({ id: 'Recall' });

const item = z
  .strictObject({
    order: z.strictObject({ id: uuid, number: z.string() }),
    fulfillment: uuid,
    warehouse: z.string(),
    stage: stage.meta({ description: 'As it is now' }),
    quantity: z.int(),
    outcome: z.enum(recallOutcomes).meta({
      description:
        '`reallocated`: it goes on with other lots by itself; `to_check`: it has its label, so a person decides; `to_return`: it has left',
    }),
    returnedAt: wireTime.nullable(),
    customer,
  })
  .meta({ id: 'RecallItem' });

export const recallWithItems = z
  .strictObject({ ...facts, items: z.array(item), nextCursor: z.string().nullable() })
  .meta({ id: 'RecallWithItems' });
