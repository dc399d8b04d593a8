import { z } from 'zod';
import { integer, moneyInput, text, warehouseCode, wireMoney, wireTime } from './common.ts';

const edge = integer(1, 100_000);
const dimensions = z.strictObject({ length: edge, width: edge, height: edge });

export const boxCode = text(50)
  .regex(/^[\w.-]+$/, 'must be letters, digits, dots, dashes and underscores')
  .meta({ description: "The kind of box's code", example: 'M' });

const fields = {
  code: boxCode,
  name: text(255).meta({ example: 'Medium' }),
  warehouse: warehouseCode.nullable().meta({ description: 'That has it; null: every warehouse' }),
  innerMm: dimensions.meta({ description: 'Millimeters, inside: what goes in' }),
  outerMm: dimensions.meta({ description: 'Millimeters, outside: what a carrier measures' }),
  weightGrams: integer(0, 1_000_000).meta({ description: 'Of the empty box' }),
  maxWeightGrams: integer(1, 1_000_000).meta({ description: 'With everything in it' }),
};

const cost = moneyInput.meta({
  description: "Of one box, in the books' currency: of two that will do, the cheaper is taken",
});

export const newBoxType = z
  .strictObject({ ...fields, warehouse: fields.warehouse.default(null), cost: cost.optional() })
  .meta({ id: 'NewBoxType' });

export const boxTypeChange = z
  .strictObject({
    name: fields.name.optional(),
    cost: cost.optional(),
    active: z.boolean().optional().meta({ description: 'false: nothing more is packed into it' }),
  })
  .refine((change) => Object.keys(change).length > 0, 'At least one field is required')
  .meta({ id: 'BoxTypeChange' });

export const boxType = z
  .strictObject({ ...fields, cost: wireMoney, active: z.boolean(), createdAt: wireTime })
  .meta({ id: 'BoxType' });
