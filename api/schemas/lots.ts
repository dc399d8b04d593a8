import { z } from 'zod';
import { lotStates } from '../../db/entities/stock.ts';
import { reason, uuid, wireMoney, wireTime } from './common.ts';
import { lostStock } from './movements.ts';
import { stage } from './orders.ts';

export const lotState = z.enum(lotStates);

const facts = {
  id: uuid,
  warehouse: z.string(),
  sku: z.string(),
  lot: z.string().meta({ description: "The supplier's batch" }),
  state: lotState,
  onHand: z.int(),
  reserved: z.int().meta({ description: 'Chosen for orders that have not left' }),
  expiresAt: z.iso.date().nullable().meta({ description: 'The last day on which it may be delivered' }),
  receivedAt: wireTime,
  unitCost: wireMoney,
};
export const lot = z.strictObject(facts).meta({ id: 'Lot' });
export const lotChanged = z.strictObject({ ...facts, lost: lostStock }).meta({ id: 'LotChanged' });
export const lotDecision = z.strictObject({ reason }).meta({ id: 'LotDecision' });

export const customer = z
  .strictObject({ name: z.string().nullable(), email: z.string().nullable() })
  .nullable()
  .meta({ description: 'null for the role finance' });

export const lotOrder = z
  .strictObject({
    order: z.strictObject({ id: uuid, number: z.string() }),
    fulfillment: uuid,
    stage,
    state: z.enum(['held', 'shipped']).meta({ description: '`held`: it has not left' }),
    quantity: z.int(),
    shippedAt: wireTime.nullable(),
    country: z.string().nullable(),
    customer,
  })
  .meta({ id: 'LotOrder' });
