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
    active: p.boolean().default(true),
    createdAt: now(),
  },
});
export type Warehouse = InferEntity<typeof WarehouseSchema>;

/**
 * One SKU in one warehouse. `onHand` and `claimed` are written by database triggers alone: on-hand by each
 * movement, claimed by each claim. A direct write is refused, so they can't drift from their rows.
 */
export const StockLevelSchema = defineEntity({
  name: 'StockLevel',
  tableName: 'stock_level',
  properties: {
    warehouse: () => p.manyToOne(WarehouseSchema).mapToPk().fieldName('warehouse').primary(),
    sku: () => p.manyToOne(ProductSchema).mapToPk().fieldName('sku').primary(),
    onHand: p.integer().default(0),
    claimed: p.integer().default(0),
    /** Part of on-hand that can't be sold: quarantined or expired lots. */
    unavailable: p.integer().default(0),
  },
  checks: [
    { name: 'stock_level_never_oversold', expression: 'claimed >= 0 and claimed <= on_hand - unavailable' },
    { name: 'stock_level_unavailable_within', expression: 'unavailable >= 0 and unavailable <= on_hand' },
  ],
});
export type StockLevel = InferEntity<typeof StockLevelSchema>;

export const LotSchema = defineEntity({
  name: 'Lot',
  tableName: 'lot',
  uniques: [{ properties: ['warehouse', 'sku', 'number'] }],
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
    state: p.enum(['sellable', 'quarantined', 'expired'] as const).default('sellable'),
    /** Written by each movement. */
    onHand: p.integer().default(0).check('on_hand >= 0'),
  },
});
export type Lot = InferEntity<typeof LotSchema>;

export const movementReasons = [
  'receipt',
  'shipment',
  'return',
  'adjustment',
  'count',
  'damage',
  'transfer_out',
  'transfer_in',
] as const;

/** The ledger: append-only, and the only way on-hand changes. */
export const StockMovementSchema = defineEntity({
  name: 'StockMovement',
  tableName: 'stock_movement',
  uniques: [{ properties: ['reference', 'reason'] }],
  indexes: [{ properties: ['sku', 'warehouse'] }],
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
    checkedAt: now(),
    pushedAt: time().nullable(),
    /** The shop had another number than we knew: its orders are read before anything is written again. */
    conflictAt: time().nullable(),
    error: p.text().nullable(),
  },
});
export type Listing = InferEntity<typeof ListingSchema>;
