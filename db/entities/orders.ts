import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { OrderSnapshot } from '../../domain/order.ts';
import { currency, id, minor, now, time } from './columns.ts';
import { StoreSchema } from './stores.ts';
import { LotSchema, ProductSchema, WarehouseSchema } from './stock.ts';

export const OrderSchema = defineEntity({
  name: 'Order',
  tableName: 'orders',
  uniques: [{ properties: ['storeId', 'externalId'] }],
  indexes: [
    { properties: ['stage', 'placedAt'] },
    { properties: ['storeId', 'placedAt'] },
    { properties: ['customerKey', 'placedAt'] },
    { properties: ['placedAt', 'id'] },
    { properties: ['number'] },
    { properties: ['externalId'] },
    {
      name: 'orders_customer_email_prefix',
      expression:
        'create index orders_customer_email_prefix on orders (lower(customer_email) text_pattern_ops)',
    },
    {
      name: 'orders_open',
      expression: 'create index orders_open on orders (id) where ended_at is null',
    },
    {
      name: 'orders_erased',
      expression: 'create index orders_erased on orders (erased_at) where erased_at is not null',
    },
  ],
  properties: {
    id: id(),
    storeId: () => p.manyToOne(StoreSchema).mapToPk().fieldName('store_id'),
    externalId: p.string(),
    number: p.string(),
    workflowId: p.string().unique(),
    /** `record`: kept for the books and never fulfilled; `recordReason` says why. */
    disposition: p.enum(['fulfill', 'record'] as const),
    recordReason: p.string().nullable(),
    stage: p.string(),
    conditions: p.array(),
    /** The newest content; its rows are in order_version and order_line. */
    version: p.integer(),
    /** Units of each line left to fulfill by the shop's count, where since the newest content nothing else changed. */
    leftInShop: p.json<Record<string, number>>().nullable(),
    /** How often the way was begun: a redo or cancel ends one, and what it did is undone under its number. */
    generation: p.integer().default(1),
    placedAt: time(),
    sourceUpdatedAt: time(),
    currency: currency(),
    total: minor(),
    country: p.string().length(2).nullable(),
    paymentState: p.string(),
    customerEmail: p.text().nullable(),
    customerKey: p.string().nullable(),
    /** Lower goes first. */
    priority: p.integer().default(100),
    /** What it waits for, in words, since when and until when. */
    waitingFor: p.text().nullable(),
    waitingSince: time().nullable(),
    deadline: time().nullable(),
    /** The workflow has ended; what comes later goes to aftercare. */
    endedAt: time().nullable(),
    /** Who the customer was is erased since then; what still comes of the order is kept without it. */
    erasedAt: time().nullable(),
    createdAt: now(),
    updatedAt: now(),
  },
});
export type Order = InferEntity<typeof OrderSchema>;

/** What the store said at one time. Never changes, but that an erasure takes out who the customer is. */
export const OrderVersionSchema = defineEntity({
  name: 'OrderVersion',
  tableName: 'order_version',
  indexes: [
    {
      name: 'order_version_person',
      expression: 'create index order_version_person on order_version using gin (person_marks(snapshot))',
    },
  ],
  properties: {
    orderId: () => p.manyToOne(OrderSchema).mapToPk().fieldName('order_id').primary(),
    version: p.integer().primary(),
    snapshot: p.json<OrderSnapshot>(),
    createdAt: now(),
  },
});
export type OrderVersion = InferEntity<typeof OrderVersionSchema>;

export const OrderLineSchema = defineEntity({
  name: 'OrderLine',
  tableName: 'order_line',
  properties: {
    orderId: () => p.manyToOne(OrderSchema).mapToPk().fieldName('order_id').primary(),
    version: p.integer().primary(),
    externalId: p.string().primary(),
    position: p.integer(),
    sku: p.string().nullable().index(),
    title: p.text(),
    quantity: p.integer().check('quantity >= 0'),
    /** What we are to ship of it; the rest is `leftReason`. */
    toShip: p.integer().check('to_ship >= 0 and to_ship <= quantity'),
    leftReason: p.string().nullable(),
    unitPrice: minor(),
    total: minor(),
    tax: minor(),
  },
});
export type OrderLineRow = InferEntity<typeof OrderLineSchema>;

/** An order's hold on stock, made of claims. One per generation of the order. */
export const ReservationSchema = defineEntity({
  name: 'Reservation',
  tableName: 'reservation',
  uniques: [{ properties: ['orderId', 'generation'] }],
  properties: {
    id: id(),
    orderId: () => p.manyToOne(OrderSchema).mapToPk().fieldName('order_id'),
    generation: p.integer(),
    state: p.enum(['open', 'released', 'consumed'] as const).default('open'),
    /** Warehouses that are to serve it no more: a person sent it elsewhere. */
    excluded: p.array().default([]),
    /** When an unpaid or held order gives its stock back; null while it moves. */
    expiresAt: time().nullable(),
    createdAt: now(),
  },
});
export type Reservation = InferEntity<typeof ReservationSchema>;

export const FulfillmentSchema = defineEntity({
  name: 'Fulfillment',
  tableName: 'fulfillment',
  uniques: [{ properties: ['orderId', 'generation', 'position'] }],
  indexes: [{ properties: ['warehouse', 'shipDay'] }],
  properties: {
    id: id(),
    orderId: () => p.manyToOne(OrderSchema).mapToPk().fieldName('order_id'),
    generation: p.integer(),
    position: p.integer(),
    warehouse: () => p.manyToOne(WarehouseSchema).mapToPk().fieldName('warehouse'),
    /** The content that it was made for. */
    orderVersion: p.integer(),
    stage: p.string(),
    carrier: p.string().nullable(),
    service: p.string().nullable(),
    trackingNumber: p.string().nullable().index(),
    /** The store's id of what we told it. */
    storeExternalId: p.string().nullable(),
    /** The warehouse's working day on which it is to leave; counts against its capacity. */
    shipDay: p.date().nullable(),
    /** A person sent it elsewhere: no label is bought for it any more, and it does not leave. */
    givenUpAt: time().nullable(),
    labelledAt: time().nullable(),
    shippedAt: time().nullable(),
    deliveredAt: time().nullable(),
    createdAt: now(),
  },
});
export type Fulfillment = InferEntity<typeof FulfillmentSchema>;

export const FulfillmentLineSchema = defineEntity({
  name: 'FulfillmentLine',
  tableName: 'fulfillment_line',
  properties: {
    fulfillmentId: () => p.manyToOne(FulfillmentSchema).mapToPk().fieldName('fulfillment_id').primary(),
    lineExternalId: p.string().primary(),
    sku: p.string(),
    quantity: p.integer().check('quantity > 0'),
  },
});
export type FulfillmentLine = InferEntity<typeof FulfillmentLineSchema>;

export const ClaimSchema = defineEntity({
  name: 'Claim',
  tableName: 'claim',
  indexes: [
    { properties: ['warehouse', 'sku', 'state'] },
    { properties: ['reservationId'] },
    { properties: ['fulfillmentId'] },
    { properties: ['lotId'] },
  ],
  properties: {
    id: id(),
    reservationId: () => p.manyToOne(ReservationSchema).mapToPk().fieldName('reservation_id'),
    warehouse: () => p.manyToOne(WarehouseSchema).mapToPk().fieldName('warehouse'),
    sku: () => p.manyToOne(ProductSchema).mapToPk().fieldName('sku'),
    /** Set by allocation. */
    lotId: () => p.manyToOne(LotSchema).mapToPk().fieldName('lot_id').nullable(),
    fulfillmentId: () => p.manyToOne(FulfillmentSchema).mapToPk().fieldName('fulfillment_id').nullable(),
    quantity: p.integer().check('quantity > 0'),
    state: p.enum(['open', 'shipped', 'released'] as const).default('open'),
    createdAt: now(),
  },
});
export type Claim = InferEntity<typeof ClaimSchema>;

/** The queue for stock: one row per waiting order and SKU. Priority first, then the order's age. */
export const StockWaitSchema = defineEntity({
  name: 'StockWait',
  tableName: 'stock_wait',
  indexes: [
    { properties: ['sku', 'priority', 'placedAt'] },
    {
      name: 'stock_wait_linked',
      expression: 'create index stock_wait_linked on stock_wait (sku, order_id) where not alone',
    },
  ],
  properties: {
    orderId: () => p.manyToOne(OrderSchema).mapToPk().fieldName('order_id').primary(),
    sku: () => p.manyToOne(ProductSchema).mapToPk().fieldName('sku').primary(),
    generation: p.integer(),
    /** It waits for no other SKU, so that serving it needs no other lock. */
    alone: p.boolean().default(false),
    quantity: p.integer().check('quantity > 0'),
    /** Where the order goes: warehouses that serve it may fill it. */
    country: p.string().length(2),
    splitAllowed: p.boolean(),
    priority: p.integer(),
    placedAt: time(),
    queuedAt: now(),
  },
});
export type StockWait = InferEntity<typeof StockWaitSchema>;

export const changeKinds = ['address', 'lines', 'refund'] as const;

/** What a person here wants of an order otherwise than its shop says. Its content never enters a workflow. */
export const OrderChangeSchema = defineEntity({
  name: 'OrderChange',
  tableName: 'order_change',
  indexes: [{ properties: ['orderId', 'createdAt'] }],
  uniques: [{ properties: ['orderId', 'place'] }],
  properties: {
    id: id(),
    orderId: () => p.manyToOne(OrderSchema).mapToPk().fieldName('order_id'),
    kind: p.enum(changeKinds),
    /** By which a repeat is known. */
    requestKey: p.string().unique(),
    /** See domain/changes.ts; null once it was refused, or its customer is erased. */
    content: p.json<unknown>().nullable(),
    /** To be given back to the customer, in the order's currency. */
    amount: minor().default(0).check('amount >= 0'),
    /** What really was. */
    given: minor().default(0).check('given >= 0'),
    /**
     * proposed → accepted (the order goes by it; the store and the customer's money are still to follow) → done; or
     * refused, or skipped: a person did the rest by hand.
     */
    state: p.enum(['proposed', 'accepted', 'done', 'refused', 'skipped'] as const).default('proposed'),
    actor: p.string(),
    reason: p.text(),
    createdAt: now(),
    /** Its place among the order's accepted ones, from 1: the newest goes before those asked for at the same time. */
    place: p.integer().nullable(),
    settledAt: time().nullable(),
  },
});
export type OrderChange = InferEntity<typeof OrderChangeSchema>;
