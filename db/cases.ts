import { v7 as uuid } from 'uuid';
import { recordAudit } from './audit.ts';
import type { Em } from './database.ts';

/** What waits for a person and stops nothing. */
export interface Case {
  orderId: string;
  subject: string;
  reason: string;
}

/** Once per subject, under the order's lock. */
export async function openCase(
  em: Em,
  { orderId, subject, reason, sentence, step = 'payment' }: Case & { sentence: string; step?: string },
): Promise<void> {
  const open = await em.execute(
    'select 1 from attention where order_id = ? and subject = ? and reason = ? and resolved_at is null',
    [orderId, subject, reason],
  );
  if (open.length > 0) return;
  await em.execute(
    `insert into attention (id, order_id, subject, step, reason, sentence, actions) values (?, ?, ?, ?, ?, ?, '{resolve}')`,
    [uuid(), orderId, subject, step, reason, sentence],
  );
  await recordAudit(em, { actor: 'engine', what: reason, orderId, subject, detail: sentence });
}

export async function closeCase(
  em: Em,
  { orderId, subject, reason }: Case,
  resolution: string,
): Promise<void> {
  await em.execute(
    `update attention set resolved_at = now(), resolution = ?, resolved_by = 'engine'
     where order_id = ? and subject = ? and reason = ? and resolved_at is null`,
    [resolution, orderId, subject, reason],
  );
}
