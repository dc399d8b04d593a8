import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { ActivityDeps } from '../../activities/deps.ts';
import { eachGroup, groupsOf } from './each-group.ts';

const BATCH = 100;

/** Tells workflows what concerns them, at least once. A workflow that has ended needs to be told nothing. */
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
    const note = await tell(client, workflowId, signal, payload).catch(async (error: unknown) => {
      const reason = error instanceof Error ? error.name : 'unknown';
      await em.execute('update outbox set last_error = ? where seq = ?', [reason, seq]);
      throw error;
    });
    await em.execute('update outbox set delivered_at = now(), last_error = ? where seq = ?', [note, seq]);
  });
  return rows.length === BATCH;
}

async function tell(
  client: Client,
  workflowId: string,
  signal: string,
  payload: unknown,
): Promise<string | null> {
  try {
    await client.workflow.getHandle(workflowId).signal(signal, payload);
    return null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'the workflow has ended';
    throw error;
  }
}
