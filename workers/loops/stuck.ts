import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { ActivityDeps } from '../../activities/deps.ts';
import { recordAudit } from '../../db/audit.ts';
import { aftercareWorkflowId, orderWorkflowId } from '../../domain/workflow-ids.ts';
import type { OrderInput } from '../../workflows/contracts.ts';

const RUNNING = 'RUNNING';

/**
 * Ends the workflow of an order that was told of its mail again and again, took each signal and read nothing: the server
 * waits for nothing of it, so what it waits for itself was lost in its worker and never comes. Who tells it next begins it
 * anew, and it goes on from what the database knows, as after any workflow that was terminated.
 */
export async function endIfStuck(
  { orm, log }: ActivityDeps,
  client: Client,
  { orderId, storeId, externalId }: OrderInput,
  ended: boolean,
): Promise<void> {
  const ofOrder = orderWorkflowId(storeId, externalId);
  const workflowId = ended ? aftercareWorkflowId(ofOrder) : ofOrder;
  const runId = await stuckRun(client, workflowId);
  if (runId === null) return;
  log.warn({ orderId, workflowId, runId }, 'the workflow reads no mail any more: it is begun anew');
  const detail = 'Its workflow did not read its mail any more: begun anew from what the database knows';
  await client.workflow.getHandle(workflowId, runId).terminate(detail);
  const known = await orm.em.fork().execute('select 1 from orders where id = ?', [orderId]);
  if (known.length === 0) return;
  const key = `stuck/${orderId}/${runId}`;
  await recordAudit(orm.em.fork(), { actor: 'engine', what: 'resumed', orderId, detail, key });
}

/** The run that has nothing under way. One with a task or a call under way has a reason to be slow. */
async function stuckRun(client: Client, workflowId: string): Promise<string | null> {
  try {
    const { status, runId, raw } = await client.workflow.getHandle(workflowId).describe();
    const busy = raw.pendingWorkflowTask != null || (raw.pendingActivities ?? []).length > 0;
    return status.name === RUNNING && !busy ? runId : null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
