import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { Address } from '../../domain/order.ts';
import { currency, id, minor, now, time } from './columns.ts';

export const ProductSchema = defineEntity({
  name: 'Product',
  tableName: 'product',
  properties: {
    sku: p.string().primary(),
    name: p.string(),
    weightGrams: p.integer().check('weight_grams > 0'),
    /** Millimeters. */
    dimensionsMm: p.json<{ length: number; width: number; height: number }>(),
    hsCode: p.string().nullable(),
    originCountry: p.string().length(2).nullable(),
    reorderPoint: p.integer().default(0).check('reorder_point >= 0'),
    /** False: an order that it is missing for is not queued but needs a person at once. */
    backorder: p.boolean().default(true),
    /** A preorder: reserved before, and shipped on this day at the earliest. */
    shipsFrom: p.date().nullable(),
    /** Products of two different classes never share a parcel; one without a class goes with any. */
    parcelClass: p.string().nullable(),
    /** Each unit travels in a parcel of its own. */
    shipsAlone: p.boolean().default(false),
    createdAt: now(),
  },
});
export type Product = InferEntity<typeof ProductSchema>;

export const WarehouseSchema = defineEntity({
  name: 'Warehouse',
  tableName: 'warehouse',
  properties: {
    code: p.string().primary(),
    name: p.string(),
    address: p.json<Address>(),
    latitude: p.double().check('latitude between -90 and 90'),
    longitude: p.double().check('longitude between -180 and 180'),
    timeZone: p.string().default('UTC'),
    /** Local time "HH:MM" after which an order leaves the next working day. */
    cutOff: p.string().default('16:00'),
    /** ISO 3166-1 alpha-2 codes served, or "*" alone for all. */
    countries: p.array(),
    /** Lower is preferred. */
    priority: p.integer().default(100),
    /** ISO 8601 days of the week, Monday is 1. */
    workingDays: p.json<number[]>().default('[1,2,3,4,5]'),
    /** YYYY-MM-DD, in its time zone. */
    holidays: p.json<string[]>().default('[]'),
    /** Fulfillments that it ships in one day; null: any number. */
    dailyCapacity: p.integer().nullable().check('daily_capacity > 0'),
    /** What picking and packing one fulfillment costs, in the currency of the books. */
    handlingCost: minor().default(0).check('handling_cost >= 0'),
    /** Closed ones ship nothing more; what they hold is not offered. */
    active: p.boolean().default(true),
    createdAt: now(),
  },
});
export type Warehouse = InferEntity<typeof WarehouseSchema>;

/**
 * One SKU in one warehouse. Its numbers are written by database triggers alone: on-hand by each movement, claimed by
 * each claim, unavailable by each lot that is not sellable. A direct write is refused, so they can't drift.
 */
export const StockLevelSchema = defineEntity({
  name: 'StockLevel',
  tableName: 'stock_level',
  properties: {
    warehouse: () => p.manyToOne(WarehouseSchema).mapToPk().fieldName('warehouse').primary(),
    sku: () => p.manyToOne(ProductSchema).mapToPk().fieldName('sku').primary(),
    onHand: p.integer().default(0),
    claimed: p.integer().default(0),
    /** Part of on-hand that can't be sold: the lots that are not sellable. */
    unavailable: p.integer().default(0),
  },
  checks: [
    { name: 'stock_level_never_oversold', expression: 'claimed >= 0 and claimed <= on_hand - unavailable' },
    { name: 'stock_level_unavailable_within', expression: 'unavailable >= 0 and unavailable <= on_hand' },
  ],
});
export type StockLevel = InferEntity<typeof StockLevelSchema>;

export const lotStates = ['sellable', 'quarantined', 'expired', 'recalled'] as const;

export const LotSchema = defineEntity({
  name: 'Lot',
  tableName: 'lot',
  uniques: [{ properties: ['warehouse', 'sku', 'number'] }],
  indexes: [
    { properties: ['sku', 'number'] },
    {
      name: 'lot_expiring',
      expression: "create index lot_expiring on lot (expires_at) where state = 'sellable'",
    },
  ],
  properties: {
    id: id(),
    warehouse: () => p.manyToOne(WarehouseSchema).mapToPk().fieldName('warehouse'),
    sku: () => p.manyToOne(ProductSchema).mapToPk().fieldName('sku'),
    number: p.string(),
    /** Last day on which it may be delivered, in the warehouse's time zone. */
    expiresAt: p.date().nullable(),
    receivedAt: time(),
    unitCost: minor().check('unit_cost >= 0'),
    currency: currency(),
    state: p.enum(lotStates).default('sellable'),
    /** Written by each movement. */
    onHand: p.integer().default(0).check('on_hand >= 0'),
    /** Written by each claim on it. A lot that is not sellable has none: they are released before. */
    claimed: p.integer().default(0),
  },
  checks: [
    { name: 'lot_never_promised_twice', expression: 'claimed >= 0 and claimed <= on_hand' },
    { name: 'lot_claims_are_sellable', expression: "state = 'sellable' or claimed = 0" },
  ],
});
export type Lot = InferEntity<typeof LotSchema>;

export const movementReasons = [
  'receipt',
  'shipment',
  'return',
  'adjustment',
  'count',
  'damage',
  'write_off',
  'transfer_out',
  'transfer_in',
] as const;

/** The ledger: append-only, and the only way on-hand changes. */
export const StockMovementSchema = defineEntity({
  name: 'StockMovement',
  tableName: 'stock_movement',
  uniques: [{ properties: ['reference', 'reason'] }],
  indexes: [{ properties: ['sku', 'warehouse'] }, { properties: ['at', 'id'] }],
  properties: {
    id: id(),
    warehouse: () => p.manyToOne(WarehouseSchema).mapToPk().fieldName('warehouse'),
    sku: () => p.manyToOne(ProductSchema).mapToPk().fieldName('sku'),
    lotId: () => p.manyToOne(LotSchema).mapToPk().fieldName('lot_id'),
    /** Signed. */
    quantity: p.integer().check('quantity <> 0'),
    reason: p.enum(movementReasons),
    /** What caused it: `receipt/{id}/{line}`, `claim/{id}`. One movement per cause and reason. */
    reference: p.string(),
    /** What a person said about it. */
    note: p.text().nullable(),
    /** What one unit cost: its lot's, put there by the database. Σ over shipments is the cost of goods. */
    unitCost: minor().default(0),
    currency: p.string().length(3).default(''),
    actor: p.string(),
    at: now(),
  },
});
export type StockMovement = InferEntity<typeof StockMovementSchema>;

export const ReceiptSchema = defineEntity({
  name: 'Receipt',
  tableName: 'receipt',
  properties: {
    id: id(),
    warehouse: () => p.manyToOne(WarehouseSchema).mapToPk().fieldName('warehouse'),
    /** What it was ordered by. */
    purchaseOrderId: p.uuid().nullable().index(),
    actor: p.string(),
    receivedAt: now(),
  },
});
export type Receipt = InferEntity<typeof ReceiptSchema>;

/** What one store shows for one SKU: the last number read or written, and where it lives in the shop. */
export const ListingSchema = defineEntity({
  name: 'Listing',
  tableName: 'listing',
  properties: {
    storeId: p.uuid().primary(),
    sku: p.string().primary(),
    /** null: the shop does not sell it, or does not track its stock. */
    ref: p.string().nullable(),
    known: p.integer().nullable(),
    /** null: it is to be looked for at the next push. */
    checkedAt: time().nullable(),
    pushedAt: time().nullable(),
    /** The shop had another number than we knew: its orders are read before anything is written again. */
    conflictAt: time().nullable(),
    error: p.text().nullable(),
    /** One process at a time writes it; after this, another may. */
    leasedUntil: time().nullable(),
  },
});
export type Listing = InferEntity<typeof ListingSchema>;
