import { z } from 'zod';
import { lotStates } from '../../db/entities/stock.ts';
import { ageBuckets } from '../../domain/inventory-reports.ts';
import { day, uuid, wireMoney, wireTime } from './common.ts';

export const reportFormat = z
  .enum(['json', 'csv'])
  .optional()
  .meta({ description: 'Left out: as `Accept` says. CSV is the whole report, JSON a page of it' });
export const reportDay = day;

export const lotAgeing = z
  .strictObject({
    lotId: uuid,
    warehouse: z.string(),
    sku: z.string(),
    lot: z.string(),
    state: z.enum(lotStates).meta({ description: 'As it is now' }),
    receivedAt: wireTime,
    ageDays: z.int(),
    bucket: z.enum(ageBuckets).meta({ description: 'Days' }),
    quantity: z.int(),
    unitCost: wireMoney,
    value: wireMoney,
    expiresAt: z.iso.date().nullable(),
  })
  .meta({ id: 'LotAgeing' });

export const turnover = z
  .strictObject({
    warehouse: z.string(),
    sku: z.string(),
    lotId: uuid.nullable(),
    lot: z.string().nullable().meta({ description: 'null unless `by=lot`' }),
    from: z.iso.date(),
    to: z.iso.date(),
    days: z.int(),
    unitsShipped: z.int(),
    costShipped: wireMoney.meta({ description: 'What the units cost that were shipped to customers' }),
    openingValue: wireMoney,
    closingValue: wireMoney,
    averageValue: wireMoney.meta({ description: 'Weighted by how long each value lasted' }),
    turns: z
      .number()
      .nullable()
      .meta({ description: 'costShipped ÷ averageValue; null: there was no inventory' }),
    daysOfInventory: z
      .number()
      .nullable()
      .meta({ description: 'averageValue ÷ costShipped × days; null: nothing was shipped' }),
  })
  .meta({ id: 'Turnover' });
