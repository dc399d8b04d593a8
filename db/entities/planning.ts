import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { currency, id, minor, now, time } from './columns.ts';
import { ProductSchema, WarehouseSchema } from './stock.ts';

/** What choosing, packing and buying go by. */

/** What a carrier's service costs from a warehouse: the price of the first bracket that bears the parcel. */
export const RateCardSchema = defineEntity({
  name: 'RateCard',
  tableName: 'rate_card',
  uniques: [{ properties: ['warehouse', 'carrier', 'service', 'name'] }],
  properties: {
    id: id(),
    warehouse: () => p.manyToOne(WarehouseSchema).mapToPk().fieldName('warehouse'),
    carrier: p.string(),
    service: p.string(),
    name: p.string(),
    /** ISO 3166-1 alpha-2 codes that it goes to, or "*" alone for all. */
    countries: p.array(),
    /** Working days from the hand-over to the door. */
    transitDays: p.integer().check('transit_days >= 0'),
    /** Ascending by weight; a parcel heavier than the last does not go. Prices in minor units of the books' currency. */
    brackets: p.json<{ upToGrams: number; price: number }[]>(),
    /** Cubic centimeters that count as one kilogram; null: only the scale counts. */
    dimensionalDivisor: p.integer().nullable().check('dimensional_divisor > 0'),
    createdAt: now(),
  },
});
export type RateCard = InferEntity<typeof RateCardSchema>;

export const BoxTypeSchema = defineEntity({
  name: 'BoxType',
  tableName: 'box_type',
  properties: {
    code: p.string().primary(),
    name: p.string(),
    /** null: every warehouse has it. */
    warehouse: () => p.manyToOne(WarehouseSchema).mapToPk().fieldName('warehouse').nullable(),
    /** Millimeters, inside. */
    innerMm: p.json<{ length: number; width: number; height: number }>(),
    /** Millimeters, outside: what a carrier measures. */
    outerMm: p.json<{ length: number; width: number; height: number }>(),
    /** Of the empty box. */
    weightGrams: p.integer().check('weight_grams >= 0'),
    /** With everything in it. */
    maxWeightGrams: p.integer().check('max_weight_grams > 0'),
    /** In the books' currency: of two that will do, the cheaper is taken. */
    cost: minor().default(0).check('cost >= 0'),
    active: p.boolean().default(true),
    createdAt: now(),
  },
});
export type BoxType = InferEntity<typeof BoxTypeSchema>;

/** When and how a warehouse buys a SKU anew. */
export const ReplenishmentSchema = defineEntity({
  name: 'Replenishment',
  tableName: 'replenishment',
  properties: {
    warehouse: () => p.manyToOne(WarehouseSchema).mapToPk().fieldName('warehouse').primary(),
    sku: () => p.manyToOne(ProductSchema).mapToPk().fieldName('sku').primary(),
    reorderPoint: p.integer().check('reorder_point >= 0'),
    safetyStock: p.integer().default(0).check('safety_stock >= 0'),
    leadTimeDays: p.integer().check('lead_time_days >= 0'),
    /** What one order of it is to last for, beside the lead time. */
    coverDays: p.integer().default(30).check('cover_days > 0'),
    supplier: p.string(),
    /** Bought in multiples of it. */
    packSize: p.integer().default(1).check('pack_size > 0'),
    unitCost: minor().check('unit_cost >= 0'),
    currency: currency(),
    updatedAt: now(),
  },
});
export type Replenishment = InferEntity<typeof ReplenishmentSchema>;

/** Units that one store is never offered of one SKU, in place of its policy's buffer. */
export const StoreBufferSchema = defineEntity({
  name: 'StoreBuffer',
  tableName: 'store_buffer',
  properties: {
    storeId: p.uuid().primary(),
    sku: () => p.manyToOne(ProductSchema).mapToPk().fieldName('sku').primary(),
    quantity: p.integer().check('quantity >= 0'),
    updatedAt: now(),
  },
});
export type StoreBuffer = InferEntity<typeof StoreBufferSchema>;

export const alertKinds = ['low_stock', 'lot_expiring'] as const;

/** Said once when a line is crossed; closed when it is crossed back, and only then can it be said again: of a lot never. */
export const AlertSchema = defineEntity({
  name: 'Alert',
  tableName: 'alert',
  indexes: [
    {
      name: 'alert_one_open',
      expression: 'create unique index alert_one_open on alert (kind, subject) where closed_at is null',
    },
    {
      name: 'alert_once_per_lot',
      expression: "create unique index alert_once_per_lot on alert (subject) where kind = 'lot_expiring'",
    },
    { properties: ['openedAt'] },
  ],
  properties: {
    id: id(),
    kind: p.enum(alertKinds),
    /** `{warehouse}/{sku}`, or the lot's id. */
    subject: p.string(),
    warehouse: p.string(),
    sku: p.string(),
    /** What was true when it was opened. */
    facts: p.json<Record<string, unknown>>(),
    openedAt: now(),
    closedAt: time().nullable(),
  },
});
export type Alert = InferEntity<typeof AlertSchema>;

/** Where alerts go. */
export const AlertEndpointSchema = defineEntity({
  name: 'AlertEndpoint',
  tableName: 'alert_endpoint',
  indexes: [
    {
      name: 'alert_endpoint_once',
      expression:
        'create unique index alert_endpoint_once on alert_endpoint (channel, target) where deleted_at is null',
    },
  ],
  properties: {
    id: id(),
    channel: p.enum(['email', 'webhook'] as const),
    /** An email address, emptied once it is removed, or a URL. */
    target: p.string(),
    /** Signs webhooks. Sealed; null where there is none, and once it is removed. */
    secret: p.string().nullable(),
    kinds: p.array(),
    createdAt: now(),
    deletedAt: time().nullable(),
  },
});
export type AlertEndpoint = InferEntity<typeof AlertEndpointSchema>;

/** One alert on its way to one endpoint: at least once, until it is taken or given up. */
export const AlertDeliverySchema = defineEntity({
  name: 'AlertDelivery',
  tableName: 'alert_delivery',
  uniques: [{ properties: ['alertId', 'endpointId'] }],
  indexes: [
    {
      name: 'alert_delivery_due',
      expression: "create index alert_delivery_due on alert_delivery (due_at) where state = 'due'",
    },
  ],
  properties: {
    id: id(),
    alertId: () => p.manyToOne(AlertSchema).mapToPk().fieldName('alert_id'),
    endpointId: () => p.manyToOne(AlertEndpointSchema).mapToPk().fieldName('endpoint_id'),
    state: p.enum(['due', 'delivered', 'given_up'] as const).default('due'),
    dueAt: now(),
    attempts: p.integer().default(0),
    lastError: p.text().nullable(),
    deliveredAt: time().nullable(),
  },
});
export type AlertDelivery = InferEntity<typeof AlertDeliverySchema>;
