import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { id, now, time } from './columns.ts';

/** One wish that a customer's data be erased. Whose it is, is not in it. */
export const ErasureSchema = defineEntity({
  name: 'Erasure',
  tableName: 'erasure',
  indexes: [{ name: 'erasure_marks', expression: 'create index erasure_marks on erasure using gin (marks)' }],
  properties: {
    id: id(),
    /** Only of this store; null: of all. */
    storeId: p.uuid().nullable(),
    actor: p.string(),
    reason: p.text(),
    /** What the customer was named by, as keyed hashes: the same wish again is recognized, and nothing can be read. */
    marks: p.array(),
    requestedAt: now(),
  },
});
export type Erasure = InferEntity<typeof ErasureSchema>;

/** An order that an erasure concerns; it may not be known yet. Erased as soon as it has ended. */
export const ErasureOrderSchema = defineEntity({
  name: 'ErasureOrder',
  tableName: 'erasure_order',
  indexes: [
    { properties: ['orderId'] },
    {
      name: 'erasure_order_waiting',
      expression: 'create index erasure_order_waiting on erasure_order (order_id) where erased_at is null',
    },
  ],
  properties: {
    erasureId: () => p.manyToOne(ErasureSchema).mapToPk().fieldName('erasure_id').primary(),
    orderId: p.uuid().primary(),
    erasedAt: time().nullable(),
  },
});
export type ErasureOrder = InferEntity<typeof ErasureOrderSchema>;

/** A shop asks what is held of one of its customers: the merchant is to be sent it. Whose it is, its orders say. */
export const DataRequestSchema = defineEntity({
  name: 'DataRequest',
  tableName: 'data_request',
  uniques: [{ properties: ['storeId', 'externalId'] }],
  properties: {
    id: id(),
    storeId: p.uuid(),
    /** The shop's id of the request. */
    externalId: p.string(),
    orderIds: p.array(),
    receivedAt: now(),
    exportedAt: time().nullable(),
  },
});
export type DataRequest = InferEntity<typeof DataRequestSchema>;
