import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { currency, id, minor, now, time } from './columns.ts';
import { FulfillmentSchema, OrderSchema } from './orders.ts';
import { LotSchema, ProductSchema, WarehouseSchema } from './stock.ts';

/** The documents of a warehouse: what is bought, moved, counted and called back. Each movement names its document. */

export const purchaseOrderStates = ['draft', 'ordered', 'partially_received', 'received', 'closed'] as const;

export const PurchaseOrderSchema = defineEntity({
  name: 'PurchaseOrder',
  tableName: 'purchase_order',
  indexes: [{ properties: ['state', 'expectedAt'] }],
  properties: {
    id: id(),
    /** For people and suppliers: PO-1, PO-2 … */
    number: p.string().unique(),
    supplier: p.string(),
    warehouse: () => p.manyToOne(WarehouseSchema).mapToPk().fieldName('warehouse'),
    state: p.enum(purchaseOrderStates).default('draft'),
    currency: currency(),
    expectedAt: p.date().nullable(),
    note: p.text().nullable(),
    createdBy: p.string(),
    createdAt: now(),
    orderedAt: time().nullable(),
    closedAt: time().nullable(),
  },
});
export type PurchaseOrder = InferEntity<typeof PurchaseOrderSchema>;

export const PurchaseOrderLineSchema = defineEntity({
  name: 'PurchaseOrderLine',
  tableName: 'purchase_order_line',
  uniques: [{ properties: ['purchaseOrderId', 'sku'] }],
  indexes: [{ properties: ['sku'] }],
  properties: {
    purchaseOrderId: () =>
      p.manyToOne(PurchaseOrderSchema).mapToPk().fieldName('purchase_order_id').primary(),
    position: p.integer().primary(),
    sku: () => p.manyToOne(ProductSchema).mapToPk().fieldName('sku'),
    quantity: p.integer().check('quantity > 0'),
    /** More than was ordered may come. */
    received: p.integer().default(0).check('received >= 0'),
    unitCost: minor().check('unit_cost >= 0'),
  },
});
export type PurchaseOrderLine = InferEntity<typeof PurchaseOrderLineSchema>;

export const transferStates = ['draft', 'in_transit', 'received', 'closed'] as const;

/** Goods on their way from one warehouse to another: they left the one, and are promised to nobody until they arrive. */
export const TransferSchema = defineEntity({
  name: 'Transfer',
  tableName: 'transfer',
  indexes: [{ properties: ['state'] }],
  properties: {
    id: id(),
    number: p.string().unique(),
    from: () => p.manyToOne(WarehouseSchema).mapToPk().fieldName('from_warehouse'),
    to: () => p.manyToOne(WarehouseSchema).mapToPk().fieldName('to_warehouse'),
    state: p.enum(transferStates).default('draft'),
    note: p.text().nullable(),
    expectedAt: p.date().nullable(),
    createdBy: p.string(),
    createdAt: now(),
    sentAt: time().nullable(),
    closedAt: time().nullable(),
  },
  checks: [{ name: 'transfer_goes_elsewhere', expression: 'from_warehouse <> to_warehouse' }],
});
export type Transfer = InferEntity<typeof TransferSchema>;

export const TransferLineSchema = defineEntity({
  name: 'TransferLine',
  tableName: 'transfer_line',
  indexes: [{ properties: ['sku'] }],
  properties: {
    transferId: () => p.manyToOne(TransferSchema).mapToPk().fieldName('transfer_id').primary(),
    position: p.integer().primary(),
    sku: () => p.manyToOne(ProductSchema).mapToPk().fieldName('sku'),
    /** The lot that it leaves; it arrives as a lot of the same number, expiry, age and cost. null: chosen when sent. */
    lotId: () => p.manyToOne(LotSchema).mapToPk().fieldName('lot_id').nullable(),
    quantity: p.integer().check('quantity > 0'),
    received: p.integer().default(0),
    /** Never arrived, said when the transfer is closed. In transit is quantity - received - lost. */
    lost: p.integer().default(0),
  },
  checks: [
    {
      name: 'transfer_line_adds_up',
      expression: 'received >= 0 and lost >= 0 and received + lost <= quantity',
    },
  ],
});
export type TransferLine = InferEntity<typeof TransferLineSchema>;

export const countStates = ['open', 'review', 'approved', 'cancelled'] as const;

/** A blind count: who counts is not told what is expected. Differences are booked when somebody else approves. */
export const CycleCountSchema = defineEntity({
  name: 'CycleCount',
  tableName: 'cycle_count',
  indexes: [{ properties: ['state'] }],
  properties: {
    id: id(),
    warehouse: () => p.manyToOne(WarehouseSchema).mapToPk().fieldName('warehouse'),
    state: p.enum(countStates).default('open'),
    note: p.text().nullable(),
    openedBy: p.string(),
    openedAt: now(),
    closedBy: p.string().nullable(),
    closedAt: time().nullable(),
  },
});
export type CycleCount = InferEntity<typeof CycleCountSchema>;

export const CycleCountLineSchema = defineEntity({
  name: 'CycleCountLine',
  tableName: 'cycle_count_line',
  uniques: [{ properties: ['countId', 'lotId'] }],
  properties: {
    countId: () => p.manyToOne(CycleCountSchema).mapToPk().fieldName('count_id').primary(),
    position: p.integer().primary(),
    sku: () => p.manyToOne(ProductSchema).mapToPk().fieldName('sku'),
    lotId: () => p.manyToOne(LotSchema).mapToPk().fieldName('lot_id'),
    /** null until somebody has counted it. */
    counted: p.integer().nullable().check('counted >= 0'),
    /** On-hand at the moment of counting: what moves later is no difference of the count. */
    expected: p.integer().nullable(),
    countedBy: p.string().nullable(),
    countedAt: time().nullable(),
  },
});
export type CycleCountLine = InferEntity<typeof CycleCountLineSchema>;

/** Lots called back: what was promised of them is allocated anew, what has left is to come back. */
export const RecallSchema = defineEntity({
  name: 'Recall',
  tableName: 'recall',
  uniques: [{ properties: ['sku', 'lot'] }],
  properties: {
    id: id(),
    sku: () => p.manyToOne(ProductSchema).mapToPk().fieldName('sku'),
    /** The supplier's batch, in every warehouse. */
    lot: p.string(),
    reason: p.text(),
    actor: p.string(),
    at: now(),
  },
});
export type Recall = InferEntity<typeof RecallSchema>;

export const recallOutcomes = ['reallocated', 'to_check', 'to_return'] as const;

/** One order that a recall concerns, as it stood when the lot was called back. */
export const RecallItemSchema = defineEntity({
  name: 'RecallItem',
  tableName: 'recall_item',
  properties: {
    recallId: () => p.manyToOne(RecallSchema).mapToPk().fieldName('recall_id').primary(),
    fulfillmentId: () => p.manyToOne(FulfillmentSchema).mapToPk().fieldName('fulfillment_id').primary(),
    lotId: () => p.manyToOne(LotSchema).mapToPk().fieldName('lot_id').primary(),
    orderId: () => p.manyToOne(OrderSchema).mapToPk().fieldName('order_id'),
    quantity: p.integer().check('quantity > 0'),
    /** `to_check`: it has its label, so a person decides; `to_return`: it has left. */
    outcome: p.enum(recallOutcomes),
    returnedAt: time().nullable(),
  },
});
export type RecallItem = InferEntity<typeof RecallItemSchema>;

/**
 * One run of the proof: what was compared, in a snapshot taken at `at`, and how many differences there were. What
 * they are is in the attention cases that it opened.
 */
export const StockProofSchema = defineEntity({
  name: 'StockProof',
  tableName: 'stock_proof',
  indexes: [{ properties: ['at'] }],
  properties: {
    id: id(),
    at: time(),
    actor: p.string(),
    /** Rows compared, by kind. */
    checked: p.json<Record<string, number>>(),
    differences: p.integer(),
  },
});
export type StockProof = InferEntity<typeof StockProofSchema>;

/** Append-only: each row makes the database count the levels and lots of its SKU anew, from movements and claims. */
export const StockRecountSchema = defineEntity({
  name: 'StockRecount',
  tableName: 'stock_recount',
  properties: {
    id: id(),
    sku: () => p.manyToOne(ProductSchema).mapToPk().fieldName('sku'),
    reason: p.text(),
    actor: p.string(),
    at: now(),
  },
});
export type StockRecount = InferEntity<typeof StockRecountSchema>;
