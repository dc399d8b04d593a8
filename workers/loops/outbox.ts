import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { ActivityDeps } from '../../activities/deps.ts';
import type { Em } from '../../db/database.ts';
import { deliverMail } from '../../workflows/client.ts';
import { mailSignal, type OrderInput } from '../../workflows/contracts.ts';
import { eachGroup, groupsOf } from './each-group.ts';

const BATCH = 100;

/**
 * Tells workflows what concerns them, at least once. An order that has ended needs to be told nothing; one that is open
 * and has no workflow is begun anew by mail, and told all else when it has been resumed.
 */
export async function dispatchOutbox(deps: ActivityDeps, client: Client): Promise<boolean> {
  const em = deps.orm.em.fork();
  const rows = await em.execute<{ seq: string; workflowId: string; signal: string; payload: unknown }[]>(
    `with due as (
       select seq from outbox where delivered_at is null and (leased_until is null or leased_until < now())
       order by seq limit ${BATCH} for update skip locked)
     update outbox o set leased_until = now() + interval '10 seconds', attempts = attempts + 1
     from due where o.seq = due.seq returning o.seq, o.workflow_id as "workflowId", o.signal, o.payload`,
  );
  const ofWorkflow = groupsOf(rows, ({ workflowId }) => workflowId);
  await eachGroup(ofWorkflow, async ({ seq, workflowId, signal, payload }) => {
    const note = await tell(em, client, workflowId, signal, payload).catch(async (error: unknown) => {
      const reason = error instanceof Error ? error.name : 'unknown';
      await em.execute('update outbox set last_error = ? where seq = ?', [reason, seq]);
      throw error;
    });
    await em.execute('update outbox set delivered_at = now(), last_error = ? where seq = ?', [note, seq]);
  });
  return rows.length === BATCH;
}

async function tell(
  em: Em,
  client: Client,
  workflowId: string,
  signal: string,
  payload: unknown,
): Promise<string | null> {
  try {
    await client.workflow.getHandle(workflowId).signal(signal, payload);
    return null;
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    const [open] = await em.execute<OrderInput[]>(
      `select o.id as "orderId", o.store_id as "storeId", o.external_id as "externalId", s.platform
       from orders o join store s on s.id = o.store_id where o.workflow_id = ? and o.ended_at is null`,
      [workflowId],
    );
    if (!open) return 'the workflow has ended';
    if (signal !== mailSignal.name) throw error;
    await deliverMail(client, open, 'unknown');
    return 'the workflow was begun anew';
  }
}
