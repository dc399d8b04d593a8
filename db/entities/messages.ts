import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { id, now, time } from './columns.ts';
import { OrderSchema } from './orders.ts';

/** Every event from outside, durable before it is answered. */
export const InboxSchema = defineEntity({
  name: 'Inbox',
  tableName: 'inbox',
  uniques: [{ properties: ['source', 'key'] }],
  indexes: [
    { properties: ['source', 'orderExternalId', 'seq'] },
    { properties: ['state', 'seq'] },
    {
      name: 'inbox_undelivered',
      expression: "create index inbox_undelivered on inbox (seq) where state in ('received', 'delivered')",
    },
    {
      name: 'inbox_body_kept',
      expression:
        "create index inbox_body_kept on inbox (received_at) where body <> '' and state in ('applied', 'refused')",
    },
  ],
  properties: {
    seq: p.bigint('number').primary().autoincrement(),
    /** `store/{id}` or `carrier/{name}`. */
    source: p.string(),
    /** Named by the connector; duplicates share it. */
    key: p.string(),
    storeId: p.uuid().nullable(),
    topic: p.string(),
    orderExternalId: p.string().nullable(),
    /** Empty once it is read and its retention is over, or its customer is erased. */
    body: p.text(),
    /** received → delivered (its workflow was told) → applied; or refused, with the reason. */
    state: p.enum(['received', 'delivered', 'applied', 'refused'] as const).default('received'),
    reason: p.text().nullable(),
    receivedAt: now(),
    deliveredAt: time().nullable(),
    /** One process at a time delivers it; after this, another may. */
    leasedUntil: time().nullable(),
    appliedAt: time().nullable(),
    attempts: p.integer().default(0),
  },
});
export type Inbox = InferEntity<typeof InboxSchema>;

/** A change that concerns a workflow, written in the change's own transaction and delivered at least once. */
export const OutboxSchema = defineEntity({
  name: 'Outbox',
  tableName: 'outbox',
  indexes: [
    {
      name: 'outbox_undelivered',
      expression: 'create index outbox_undelivered on outbox (seq) where delivered_at is null',
    },
  ],
  properties: {
    seq: p.bigint('number').primary().autoincrement(),
    workflowId: p.string(),
    signal: p.string(),
    payload: p.json<unknown>(),
    createdAt: now(),
    deliveredAt: time().nullable(),
    leasedUntil: time().nullable(),
    attempts: p.integer().default(0),
    lastError: p.text().nullable(),
  },
});
export type Outbox = InferEntity<typeof OutboxSchema>;

/** What a deciding step decided, written with its effect; or the tombstone of its undo. */
export const StepDecisionSchema = defineEntity({
  name: 'StepDecision',
  tableName: 'step_decision',
  properties: {
    orderId: () => p.manyToOne(OrderSchema).mapToPk().fieldName('order_id').primary(),
    step: p.string().primary(),
    generation: p.integer().primary(),
    decision: p.json<unknown>().nullable(),
    decidedAt: now(),
    undoneAt: time().nullable(),
  },
});
export type StepDecision = InferEntity<typeof StepDecisionSchema>;

/** Why an order or fulfillment is parked, or what else is wrong with `subject`, and what a person may do. */
export const AttentionSchema = defineEntity({
  name: 'Attention',
  tableName: 'attention',
  indexes: [
    { properties: ['orderId'] },
    {
      name: 'attention_open',
      expression: 'create index attention_open on attention (reason) where resolved_at is null',
    },
    {
      name: 'attention_one_per_subject',
      expression:
        'create unique index attention_one_per_subject on attention (subject, reason) where resolved_at is null and order_id is null',
    },
  ],
  properties: {
    id: id(),
    orderId: () => p.manyToOne(OrderSchema).mapToPk().fieldName('order_id').nullable(),
    fulfillmentId: p.uuid().nullable(),
    /** What it is about where it is no order: `stock_level/BER/MUG`. One case of it is open at a time. */
    subject: p.text().nullable(),
    step: p.string(),
    reason: p.string(),
    sentence: p.text(),
    lastError: p.text().nullable(),
    actions: p.array(),
    openedAt: now(),
    resolvedAt: time().nullable(),
    resolution: p.string().nullable(),
    resolvedBy: p.string().nullable(),
  },
});
export type Attention = InferEntity<typeof AttentionSchema>;

/** Who did what, when and why. Append-only, but for an erasure in `detail`; an order's timeline is its part of it. */
export const AuditSchema = defineEntity({
  name: 'Audit',
  tableName: 'audit',
  indexes: [{ properties: ['orderId', 'seq'] }],
  properties: {
    seq: p.bigint('number').primary().autoincrement(),
    at: now(),
    /** `engine`, `store`, `carrier`, or the API key's name. */
    actor: p.string(),
    what: p.string(),
    orderId: p.uuid().nullable(),
    subject: p.string().nullable(),
    detail: p.text(),
    /** Set by whatever may run twice: one row per key. */
    key: p.string().nullable().unique(),
  },
});
export type Audit = InferEntity<typeof AuditSchema>;
