import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { ActivityDeps } from '../../activities/deps.ts';
import { recordAudit } from '../../db/audit.ts';
import { aftercareWorkflowId, orderWorkflowId } from '../../domain/workflow-ids.ts';
import type { OrderInput } from '../../workflows/contracts.ts';

const RUNNING = 'RUNNING';
/** No workflow that began a moment ago is called stuck. */
const young = 3 * 60_000;

/**
 * Ends the workflow of an order that should go on and does not, though the server waits for nothing of it: what it waits
 * for itself was lost in its worker and never comes. Who tells it next begins it anew, and it goes on from what the database
 * knows, as after any workflow that was terminated. `sign`: by what it was noticed; `still`: looks for it once more, since
 * a busy workflow may have come to a rest of its own after it was noticed. False: it is not stuck.
 */
export async function endIfStuck(
  { orm, log, clock }: ActivityDeps,
  client: Client,
  { orderId, storeId, externalId }: OrderInput,
  { ended, sign, still }: { ended: boolean; sign: string; still: () => Promise<boolean> },
): Promise<boolean> {
  const ofOrder = orderWorkflowId(storeId, externalId);
  const workflowId = ended ? aftercareWorkflowId(ofOrder) : ofOrder;
  const runId = await stuckRun(client, workflowId, clock().getTime() - young);
  if (runId === null || !(await still())) return false;
  log.warn({ orderId, workflowId, runId, sign }, 'the workflow stands still: it is begun anew');
  const detail = `Its workflow stood still (${sign}): begun anew from what the database knows`;
  await client.workflow.getHandle(workflowId, runId).terminate(detail);
  const known = await orm.em.fork().execute('select 1 from orders where id = ?', [orderId]);
  if (known.length === 0) return true;
  const key = `stuck/${orderId}/${runId}`;
  await recordAudit(orm.em.fork(), { actor: 'engine', what: 'resumed', orderId, detail, key });
  return true;
}

/** A task that failed so often fails for ever: its history does not fit its code. */
const HOPELESS = 10;

/** The run that has nothing under way. One with a task or a call under way has a reason to be slow. */
async function stuckRun(client: Client, workflowId: string, begunBefore: number): Promise<string | null> {
  try {
    const { status, runId, startTime, raw } = await client.workflow.getHandle(workflowId).describe();
    const task = raw.pendingWorkflowTask;
    if (task && (task.attempt ?? 1) < HOPELESS) return null;
    const calls = raw.pendingActivities ?? [];
    const busy = !task && calls.length > 0;
    return status.name === RUNNING && !busy && startTime.getTime() < begunBefore ? runId : null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
