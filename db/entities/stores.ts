import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { SettingChange } from '../../domain/policy-change.ts';
import { blockKinds } from '../../domain/review/blocked.ts';
import { currency, id, now, time } from './columns.ts';

export const StoreSchema = defineEntity({
  name: 'Store',
  tableName: 'store',
  properties: {
    id: id(),
    name: p.string(),
    platform: p.string(),
    url: p.string(),
    currency: currency(),
    /** Sealed: the current secret first; after a rotation the one before it too. */
    webhookSecrets: p.text(),
    /** Sealed. */
    credentials: p.text(),
    /** Orders placed before are recorded only. */
    fulfillFrom: time(),
    /** Differences from the default review policy and deadlines. */
    policy: p.json<Record<string, unknown>>().default('{}'),
    /** Rises with each edit: who edits says which one they saw. */
    policyVersion: p.integer().default(1),
    connectedAt: now(),
    /** Orders changed up to here have been read. */
    backfillWatermark: time(),
    backfillDueAt: now(),
    backfillSucceededAt: time().nullable(),
    backfillError: p.text().nullable(),
    stockPushedAt: time().nullable(),
    stockPushError: p.text().nullable(),
  },
});
export type Store = InferEntity<typeof StoreSchema>;

/** Who changed which settings of a store, and why. Append-only. */
export const PolicyChangeSchema = defineEntity({
  name: 'PolicyChange',
  tableName: 'policy_change',
  indexes: [{ properties: ['storeId', 'seq'] }],
  properties: {
    seq: p.bigint('number').primary().autoincrement(),
    storeId: p.uuid(),
    /** Of the policy, after it. */
    version: p.integer(),
    actor: p.string(),
    reason: p.text(),
    changes: p.json<SettingChange[]>(),
    at: now(),
  },
});
export type PolicyChangeRow = InferEntity<typeof PolicyChangeSchema>;

export const CarrierAccountSchema = defineEntity({
  name: 'CarrierAccount',
  tableName: 'carrier_account',
  properties: {
    id: id(),
    carrier: p.string(),
    name: p.string().unique(),
    url: p.string(),
    /** Sealed, as the secret below. */
    credentials: p.text(),
    webhookSecret: p.text().nullable(),
    enabled: p.boolean().default(true),
    /** Codes of those that may be bought; null: all that the carrier offers. */
    services: p.array().nullable(),
    connectedAt: now(),
  },
});
export type CarrierAccount = InferEntity<typeof CarrierAccountSchema>;

export const BlockedCustomerSchema = defineEntity({
  name: 'BlockedCustomer',
  tableName: 'blocked_customer',
  properties: {
    id: id(),
    kind: p.enum(blockKinds),
    /** A keyed hash of what the customer is recognized by: enough to recognize, not to read or to guess. */
    mark: p.string().unique(),
    /** What staff call it. */
    label: p.text().default(''),
    reason: p.text(),
    blockedAt: now(),
    blockedBy: p.string(),
  },
});
export type BlockedCustomer = InferEntity<typeof BlockedCustomerSchema>;

/** A key for marks, made once and never changed. */
export const MarkKeySchema = defineEntity({
  name: 'MarkKey',
  tableName: 'mark_key',
  properties: {
    id: p.string().primary(),
    /** Sealed. */
    secret: p.text(),
  },
});
