import { bulkWorkflowId } from '../../domain/workflow-ids.ts';
import { recordAudit } from '../audit.ts';
import type { Em } from '../database.ts';
import type { bulkOutcomes, bulkStates } from '../entities/bulk.ts';
import type { BulkAction } from './select.ts';

export type BulkState = (typeof bulkStates)[number];
export type BulkOutcome = (typeof bulkOutcomes)[number];

export interface NextOrder {
  position: number;
  orderId: string;
  workflowId: string;
  stage: string;
  ended: boolean;
  disposition: 'fulfill' | 'record';
  attentionIds: string[];
}

export interface BulkRow {
  id: string;
  action: BulkAction;
  actor: string;
  reason: string;
  state: BulkState;
}

export async function readBulkState(em: Em, id: string): Promise<BulkRow | null> {
  const [row] = await em.execute<BulkRow[]>(
    'select id, action, actor, reason, state from bulk where id = ?',
    [id],
  );
  return row ?? null;
}

/** Those that have no result yet, in their order; those that were put behind the others last. */
export async function nextOrders(em: Em, bulkId: string, count: number): Promise<NextOrder[]> {
  return em.execute<NextOrder[]>(
    `select b.position, o.id as "orderId", o.workflow_id as "workflowId", o.stage,
            o.ended_at is not null as ended, o.disposition, to_jsonb(b.attention_ids) as "attentionIds"
     from bulk_order b join orders o on o.id = b.order_id
     where b.bulk_id = ? and b.state = 'pending' order by b.deferred, b.position limit ?`,
    [bulkId, count],
  );
}

/** Its turn comes again after that of all others. */
export async function deferOrder(em: Em, bulkId: string, position: number): Promise<void> {
  await em.execute('update bulk_order set deferred = deferred + 1 where bulk_id = ? and position = ?', [
    bulkId,
    position,
  ]);
}

/** The first result stands: what comes after it is a repeat. But what a stop did not wait for is told as it ended. */
export async function writeResult(
  em: Em,
  bulkId: string,
  position: number,
  result: { state: BulkOutcome; message: string | null },
): Promise<void> {
  await em.execute(
    `update bulk_order set state = ?, message = ?, at = now()
     where bulk_id = ? and position = ? and (state = 'pending' or (state = 'stopped' and ? = 'done'))`,
    [result.state, result.message, bulkId, position, result.state],
  );
}

/** Whether an Update was applied, by the entry that its workflow wrote about it: Temporal forgets, this does not. */
export async function wasApplied(em: Em, orderId: string, updateId: string): Promise<boolean> {
  const rows = await em.execute('select 1 from audit where key = ?', [`update/${orderId}/${updateId}`]);
  return rows.length > 0;
}

/** Ends one that was stopped, or has nothing left to do. Orders that a killed batch had reached are done all the same. */
export async function endBulk(em: Em, id: string): Promise<void> {
  await em.execute(
    `update bulk_order b set at = now(), state = case when exists (
       select 1 from audit where key = 'update/' || b.order_id || '/bulk/' || b.bulk_id
         or key in (select 'update/' || b.order_id || '/bulk/' || b.bulk_id || '/' || a from unnest(b.attention_ids) a))
       then 'done' else 'stopped' end
     from bulk where bulk.id = b.bulk_id and bulk.id = ? and bulk.state = 'stopped' and b.state = 'pending'`,
    [id],
  );
  await em.execute(
    `update bulk set ended_at = now() where id = ? and state = 'stopped' and ended_at is null`,
    [id],
  );
  await em.execute(
    `update bulk set state = 'done', ended_at = now() where id = ? and state = 'running' and not exists (
       select 1 from bulk_order where bulk_id = bulk.id and state = 'pending')`,
    [id],
  );
}

const from: Record<'paused' | 'running' | 'stopped', readonly BulkState[]> = {
  paused: ['running'],
  running: ['paused'],
  stopped: ['running', 'paused'],
};

/** null: there is none. What was turned: its state from then on; what could not be: the one that it has. */
export async function turnBulk(
  em: Em,
  id: string,
  to: 'paused' | 'running' | 'stopped',
  by: { actor: string; reason: string },
): Promise<{ turned: boolean; state: BulkState } | null> {
  const [row] = await em.execute<{ state: BulkState }[]>('select state from bulk where id = ? for update', [
    id,
  ]);
  if (!row) return null;
  if (!from[to].includes(row.state)) return { turned: false, state: row.state };
  await em.execute('update bulk set state = ? where id = ?', [to, id]);
  await em.execute('insert into outbox (workflow_id, signal, payload) values (?, ?, ?)', [
    bulkWorkflowId(id),
    'turned',
    '{}',
  ]);
  await recordAudit(em, {
    actor: by.actor,
    what: `bulk_${to === 'running' ? 'resumed' : to}`,
    subject: `bulk/${id}`,
    detail: by.reason,
  });
  return { turned: true, state: to };
}
