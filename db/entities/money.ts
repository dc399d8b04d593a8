import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { currency, id, minor, now, time } from './columns.ts';
import { OrderSchema } from './orders.ts';
import { StoreSchema } from './stores.ts';

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
    /** `failed`: the provider took it back, the customer has nothing. */
    state: p.enum(['intended', 'done', 'abandoned', 'failed'] as const),
    at: time(),
    createdAt: now(),
  },
});
export type Refund = InferEntity<typeof RefundSchema>;

/** An account at a payment provider, by which payments are read, captured and given back. */
export const PaymentAccountSchema = defineEntity({
  name: 'PaymentAccount',
  tableName: 'payment_account',
  properties: {
    id: id(),
    provider: p.string(),
    name: p.string().unique(),
    url: p.string(),
    /** The store whose payments it has; null: those of every store that has no account of its own. */
    storeId: () => p.manyToOne(StoreSchema).mapToPk().fieldName('store_id').nullable(),
    /** Sealed, as the secret below. */
    credentials: p.text(),
    webhookSecret: p.text().nullable(),
    enabled: p.boolean().default(true),
    connectedAt: now(),
  },
});
export type PaymentAccount = InferEntity<typeof PaymentAccountSchema>;

/** The payment of an order that a provider of ours holds, as it was when it was last read there. */
export const ProviderPaymentSchema = defineEntity({
  name: 'ProviderPayment',
  tableName: 'provider_payment',
  indexes: [{ properties: ['provider', 'externalId'] }],
  properties: {
    orderId: () => p.manyToOne(OrderSchema).mapToPk().fieldName('order_id').primary(),
    provider: p.string(),
    externalId: p.string(),
    /** null until it was read. */
    state: p.string().nullable(),
    /** Authorized and not captured. */
    capturable: minor().default(0),
    /** When the authorization ends by itself. */
    captureBefore: time().nullable(),
    readAt: time().nullable(),
  },
});
export type ProviderPayment = InferEntity<typeof ProviderPaymentSchema>;

/** A customer asked their bank for the money back. */
export const DisputeSchema = defineEntity({
  name: 'Dispute',
  tableName: 'dispute',
  uniques: [{ properties: ['provider', 'externalId'] }],
  indexes: [{ properties: ['orderId'] }],
  properties: {
    id: id(),
    orderId: () => p.manyToOne(OrderSchema).mapToPk().fieldName('order_id'),
    provider: p.string(),
    externalId: p.string(),
    amount: minor().check('amount >= 0'),
    currency: currency(),
    reason: p.string(),
    state: p.enum(['open', 'won', 'lost'] as const),
    respondBy: time().nullable(),
    at: time(),
  },
});
export type Dispute = InferEntity<typeof DisputeSchema>;
