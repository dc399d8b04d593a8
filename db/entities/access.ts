import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { id, now, time } from './columns.ts';

export const roles = ['admin', 'ops', 'support', 'finance', 'warehouse'] as const;
export type Role = (typeof roles)[number];

export const ApiKeySchema = defineEntity({
  name: 'ApiKey',
  tableName: 'api_key',
  properties: {
    id: id(),
    name: p.string().unique(),
    role: p.enum(roles),
    /** SHA-256 of the key, which is random and long: nothing to guess, so nothing to stretch. */
    hash: p.string().unique(),
    createdAt: now(),
    revokedAt: time().nullable(),
  },
});
export type ApiKey = InferEntity<typeof ApiKeySchema>;

/** One POST under an Idempotency-Key: running while `status` is null, then the answer to repeat. */
export const IdempotencySchema = defineEntity({
  name: 'Idempotency',
  tableName: 'idempotency',
  indexes: [
    {
      name: 'idempotency_with_customer',
      expression:
        "create index idempotency_with_customer on idempotency (started_at) where jsonb_path_exists(answer, '$.**.customer')",
    },
  ],
  properties: {
    /** SHA-256 of caller, route and the caller's key. */
    key: p.string().primary(),
    bodyHash: p.string(),
    status: p.integer().nullable(),
    answer: p.json<unknown>().nullable(),
    startedAt: now(),
    finishedAt: time().nullable(),
  },
});
export type Idempotency = InferEntity<typeof IdempotencySchema>;
