import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { id, now, time } from './columns.ts';
import { OrderSchema } from './orders.ts';

export const bulkActions = ['retry', 'cancel', 'hold', 'release'] as const;
export const bulkStates = ['running', 'paused', 'stopped', 'done'] as const;
export const bulkOutcomes = ['pending', 'done', 'refused', 'failed', 'stopped'] as const;

/** One action for many orders. Its row decides how it goes on; its workflow only follows. */
export const BulkSchema = defineEntity({
  name: 'Bulk',
  tableName: 'bulk',
  indexes: [{ name: 'bulk_open', expression: 'create index bulk_open on bulk (id) where ended_at is null' }],
  properties: {
    id: id(),
    action: p.enum(bulkActions),
    actor: p.string(),
    reason: p.text(),
    state: p.enum(bulkStates).default('running'),
    createdAt: now(),
    endedAt: time().nullable(),
  },
});
export type Bulk = InferEntity<typeof BulkSchema>;

/** One order of a bulk, chosen when it began, and what became of it. */
export const BulkOrderSchema = defineEntity({
  name: 'BulkOrder',
  tableName: 'bulk_order',
  uniques: [{ properties: ['bulkId', 'orderId'] }],
  indexes: [
    {
      name: 'bulk_order_pending',
      expression:
        "create index bulk_order_pending on bulk_order (bulk_id, deferred, position) where state = 'pending'",
    },
  ],
  properties: {
    bulkId: () => p.manyToOne(BulkSchema).mapToPk().fieldName('bulk_id').primary(),
    position: p.integer().primary(),
    orderId: () => p.manyToOne(OrderSchema).mapToPk().fieldName('order_id'),
    /** Of a retry: what was parked when it was chosen, so that nothing parked later is answered. */
    attentionIds: p.array().default([]),
    state: p.enum(bulkOutcomes).default('pending'),
    /** How often it was put behind all others, since its workflow gave no answer. */
    deferred: p.integer().default(0),
    /** Why not, in the workflow's words; never personal data. */
    message: p.text().nullable(),
    at: time().nullable(),
  },
});
export type BulkOrder = InferEntity<typeof BulkOrderSchema>;
