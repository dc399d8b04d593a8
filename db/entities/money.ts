import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { currency, id, minor, now, time } from './columns.ts';
import { OrderSchema } from './orders.ts';

export const PaymentSchema = defineEntity({
  name: 'Payment',
  tableName: 'payment',
  uniques: [{ properties: ['orderId', 'externalId', 'kind'] }],
  properties: {
    id: id(),
    orderId: () => p.manyToOne(OrderSchema).mapToPk().fieldName('order_id'),
    provider: p.string(),
    externalId: p.string(),
    kind: p.enum(['authorization', 'capture'] as const),
    amount: minor().check('amount >= 0'),
    currency: currency(),
    at: time(),
  },
});
export type Payment = InferEntity<typeof PaymentSchema>;

/** Money given back. One of ours is written as intended, under its key, before anyone is asked to pay it. */
export const RefundSchema = defineEntity({
  name: 'Refund',
  tableName: 'refund',
  uniques: [{ properties: ['orderId', 'provider', 'externalId'] }],
  properties: {
    id: id(),
    orderId: () => p.manyToOne(OrderSchema).mapToPk().fieldName('order_id'),
    provider: p.string(),
    /** null while only intended. */
    externalId: p.string().nullable(),
    /** Ours; null for a refund made elsewhere. */
    key: p.string().nullable().unique(),
    amount: minor().check('amount >= 0'),
    currency: currency(),
    state: p.enum(['intended', 'done', 'abandoned'] as const),
    at: time(),
    createdAt: now(),
  },
});
export type Refund = InferEntity<typeof RefundSchema>;
