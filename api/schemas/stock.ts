import { z } from 'zod';
import { lotStates } from '../../db/entities/stock.ts';
import {
  address,
  country,
  day,
  integer,
  moneyInput,
  quantity,
  sku,
  text,
  uuid,
  warehouseCode,
  wireMoney,
  wireTime,
} from './common.ts';
import { lostStock } from './movements.ts';

const timeZones = new Set(['UTC', ...Intl.supportedValuesOf('timeZone')]);
const timeZone = z
  .string()
  .refine(isTimeZone, 'must be an IANA time zone like Europe/Berlin')
  .meta({ example: 'Europe/Berlin' });

/** Aliases like Asia/Calcutta are time zones too, and not among the supported values. */
function isTimeZone(name: string): boolean {
  if (timeZones.has(name)) return true;
  if (!/^[A-Z]\w*(\/[\w+-]+)+$/.test(name)) return false;
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}

const servedCountries = z
  .union(
    [z.tuple([z.literal('*')]), z.array(country).min(1)],
    'must be countries like ["DE", "AT"], or ["*"] for all',
  )
  .refine((given) => new Set(given).size === given.length, 'must not name a country twice')
  .meta({ description: 'Served: ISO 3166-1 alpha-2 codes, or `["*"]` for all', example: ['DE', 'AT'] });

const cutOff = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a local time like 16:00');
const handlingCost = moneyInput.meta({
  description: "What picking and packing one fulfillment costs, in the books' currency",
});

const workingDays = z
  .array(integer(1, 7))
  .min(1, 'must name at least one day')
  .refine((given) => new Set(given).size === given.length, 'must not name a day twice')
  .meta({
    description: 'Days of the week on which it ships: Monday is 1, Sunday 7',
    example: [1, 2, 3, 4, 5],
  });
const holidays = z
  .array(
    z.iso
      .date('must be a day like 2027-03-31')
      .regex(/^(19[7-9]|2[01])/, 'must be between the years 1970 and 2199'),
  )
  .max(1_000, 'must have at most 1000 days')
  .meta({ description: 'Days, in its time zone, on which it ships nothing', example: ['2027-12-25'] });
const dailyCapacity = integer(1, 1_000_000)
  .nullable()
  .meta({ description: 'Fulfillments that it ships in one day; null: any number' });

/** At least one field; what is left out stays. */
const someOf = <T extends z.ZodObject>(shape: T) =>
  shape.refine((change) => Object.keys(change).length > 0, 'At least one field is required');

export const warehouseChange = someOf(
  z.strictObject({
    name: text(255).optional(),
    cutOff: cutOff.optional(),
    countries: servedCountries.optional(),
    priority: integer(0, 1_000_000).optional(),
    handlingCost: handlingCost.optional(),
    workingDays: workingDays.optional(),
    holidays: holidays.optional(),
    dailyCapacity: dailyCapacity.optional(),
    active: z.boolean().optional().meta({
      description: 'false: it is closed and serves no orders; what has no label yet goes elsewhere',
    }),
  }),
).meta({ id: 'WarehouseChange' });

export const newWarehouse = z
  .strictObject({
    code: warehouseCode.regex(/^[\w.-]+$/, 'must be letters, digits, dots, dashes and underscores'),
    name: text(255),
    address: address
      .partial({ name: true })
      .meta({ description: "`name` is the warehouse's where left out" }),
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
    timeZone: timeZone.default('UTC'),
    cutOff: cutOff
      .default('16:00')
      .meta({ description: 'Local time after which an order leaves the next working day' }),
    countries: servedCountries,
    priority: integer(0, 1_000_000).default(100).meta({ description: 'Lower is preferred' }),
    workingDays: workingDays.default([1, 2, 3, 4, 5]),
    holidays: holidays.default([]),
    dailyCapacity: dailyCapacity.default(null),
  })
  .meta({ id: 'NewWarehouse' });

export const warehouse = z
  .strictObject({
    code: z.string(),
    name: z.string(),
    address,
    latitude: z.number(),
    longitude: z.number(),
    timeZone: z.string(),
    cutOff: z.string(),
    countries: z.array(z.string()),
    priority: z.int(),
    workingDays: z.array(z.int()),
    holidays: z.array(z.string()),
    dailyCapacity: z.int().nullable(),
    handlingCost: wireMoney,
    active: z.boolean(),
    createdAt: wireTime,
  })
  .meta({ id: 'Warehouse' });

export const changedWarehouse = warehouse
  .extend({
    lost: lostStock.optional(),
    staying: z
      .array(z.strictObject({ order: uuid, fulfillment: uuid }))
      .optional()
      .meta({ description: 'When it is closed: what has its label and leaves from there still' }),
  })
  .meta({ id: 'ChangedWarehouse' });

const edge = integer(1, 100_000);
const dimensions = z.strictObject({ length: edge, width: edge, height: edge });

const productFields = {
  sku,
  name: text(255),
  weightGrams: integer(1, 1_000_000),
  dimensionsMm: dimensions.meta({ description: 'Millimeters' }),
  hsCode: z
    .string()
    .regex(/^\d{4,12}$|^\d{4}\.\d{2}(\.\d{2,6})?$/, 'must be an HS code like 090240 or 0902.40')
    .nullable()
    .default(null)
    .meta({ description: 'For customs', example: '090240' }),
  originCountry: country.nullable().default(null),
  reorderPoint: integer(0).default(0).meta({ description: 'Available units at which to buy more' }),
  backorder: z.boolean().default(true).meta({
    description: 'false: an order that it is missing for is not queued but needs a person at once',
  }),
  shipsFrom: day.nullable().default(null).meta({
    description: 'A preorder: reserved before, and shipped on this day at the earliest',
  }),
  parcelClass: text(50).nullable().default(null).meta({
    description: 'Products of two different classes never share a parcel; one without a class goes with any',
  }),
  shipsAlone: z.boolean().default(false).meta({ description: 'Each unit travels in a parcel of its own' }),
};
const { sku: _, ...changeable } = productFields;
export const productChange = someOf(
  z.strictObject({
    name: changeable.name.optional(),
    weightGrams: changeable.weightGrams.optional(),
    dimensionsMm: changeable.dimensionsMm.optional(),
    hsCode: changeable.hsCode.unwrap().optional(),
    originCountry: changeable.originCountry.unwrap().optional(),
    reorderPoint: changeable.reorderPoint.unwrap().optional(),
    backorder: changeable.backorder.unwrap().optional(),
    shipsFrom: changeable.shipsFrom.unwrap().optional(),
    parcelClass: changeable.parcelClass.unwrap().optional(),
    shipsAlone: changeable.shipsAlone.unwrap().optional(),
  }),
).meta({ id: 'ProductChange' });
export const newProduct = z.strictObject(productFields).meta({ id: 'NewProduct' });
export const product = z
  .strictObject({ ...productFields, shipsFrom: z.iso.date().nullable(), createdAt: wireTime })
  .meta({ id: 'Product' });

export const newReceipt = z
  .strictObject({
    warehouse: warehouseCode,
    purchaseOrder: z.uuid('must be a UUID').optional().meta({ description: 'What it was ordered by' }),
    lines: z
      .array(
        z.strictObject({
          sku,
          quantity,
          lot: text(100)
            .optional()
            .meta({ description: "The supplier's batch; left out, the line is a lot of its own" }),
          expiresAt: day.optional().meta({
            description:
              'The last day on which it may be delivered. Of a lot that is there already it must be the same, or left out',
          }),
          unitCost: moneyInput
            .optional()
            .meta({ description: 'Left out only with a purchase order, whose cost it then is' }),
        }),
      )
      .min(1, 'must have at least one line')
      .max(1_000, 'must have at most 1000 lines'),
  })
  .meta({ id: 'NewReceipt' });

export const receipt = z
  .strictObject({ id: z.uuid(), warehouse: z.string(), receivedAt: wireTime })
  .meta({ id: 'Receipt' });

const level = {
  onHand: z.int(),
  reserved: z.int(),
  available: z.int().meta({ description: 'On hand, sellable, and not reserved' }),
};
const lot = z.strictObject({
  lot: z.string(),
  onHand: z.int(),
  state: z.enum(lotStates),
  expiresAt: z.iso.date().nullable(),
  receivedAt: wireTime,
  unitCost: wireMoney,
});
const incoming = z.strictObject({
  kind: z.enum(['purchase_order', 'transfer']),
  document: z.string().meta({ example: 'PO-12' }),
  quantity: z.int(),
  expectedAt: z.iso.date().nullable(),
});
export const stock = z
  .strictObject({
    sku,
    ...level,
    incoming: z.int().meta({ description: 'Ordered and not come yet, or on its way from another warehouse' }),
    warehouses: z.array(
      z.strictObject({ warehouse: z.string(), ...level, incoming: z.array(incoming), lots: z.array(lot) }),
    ),
  })
  .meta({ id: 'Stock' });
