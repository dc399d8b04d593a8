import { z } from 'zod';
import { country, integer, moneyInput, text, uuid, warehouseCode, wireMoney, wireTime } from './common.ts';

const fields = {
  warehouse: warehouseCode,
  carrier: text(50).meta({ example: 'ups' }),
  service: text(100).meta({ example: '11' }),
  name: text(255).meta({
    description: 'Of the card, unique for the warehouse and service',
    example: 'EU 2027',
  }),
  countries: z
    .array(z.union([country, z.literal('*')]))
    .min(1, 'must name at least one country')
    .meta({ description: 'Where it goes: ISO 3166-1 alpha-2 codes, or `["*"]` for everywhere' }),
  dimensionalDivisor: integer(1, 1_000_000).nullable().meta({
    description: 'Cubic centimeters that count as one kilogram; null: only the scale counts',
    example: 5_000,
  }),
  transitDays: integer(0, 365).meta({ description: 'Working days from the hand-over to the door' }),
};

export const newRateCard = z
  .strictObject({
    ...fields,
    dimensionalDivisor: fields.dimensionalDivisor.default(null),
    brackets: z
      .array(z.strictObject({ upToGrams: integer(1, 1_000_000), price: moneyInput }))
      .min(1, 'must have at least one bracket')
      .max(200, 'must have at most 200 brackets')
      .meta({ description: 'Ascending by weight; a parcel heavier than the last does not go' }),
  })
  .meta({ id: 'NewRateCard' });

export const rateCard = z
  .strictObject({
    id: uuid,
    ...fields,
    brackets: z.array(z.strictObject({ upToGrams: z.int(), price: wireMoney })),
    createdAt: wireTime,
  })
  .meta({ id: 'RateCard' });
