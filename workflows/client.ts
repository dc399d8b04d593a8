import {
  ApplicationFailure,
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import {
  aftercareWorkflowId,
  mailSignal,
  NOT_POSSIBLE,
  type OrderInput,
  orderQueue,
  orderWorkflowId,
  type Refusal,
} from './contracts.ts';
import { searchAttributes } from './search-attributes.ts';

/** How processes other than the worker reach the workflows. */

const storeKey = defineSearchAttributeKey(searchAttributes.store, 'KEYWORD');

/**
 * Tells an order's workflow that it has mail, starting it if need be. An order that has ended, known from its row
 * (`ended`) or from Temporal's refusal, gets it in aftercare instead. Throws when Temporal can't be reached.
 */
export async function deliverMail(client: Client, input: OrderInput, ended: boolean): Promise<void> {
  if (ended) return startAftercare(client, input);
  try {
    await client.workflow.signalWithStart('order', {
      taskQueue: orderQueue,
      workflowId: orderWorkflowId(input.storeId, input.externalId),
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
      args: [input],
      signal: mailSignal,
      typedSearchAttributes: [{ key: storeKey, value: input.storeId }],
      staticSummary: `Order ${input.externalId} of ${input.platform} store ${input.storeId}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    await startAftercare(client, input);
  }
}

async function startAftercare(client: Client, input: OrderInput): Promise<void> {
  await client.workflow.signalWithStart('aftercare', {
    taskQueue: orderQueue,
    workflowId: aftercareWorkflowId(orderWorkflowId(input.storeId, input.externalId)),
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [input],
    signal: mailSignal,
    typedSearchAttributes: [{ key: storeKey, value: input.storeId }],
    staticSummary: `What came after the end of order ${input.externalId}`,
  });
}

export type ActionOutcome =
  | { outcome: 'accepted' }
  /** The workflow said no; `possible` says what it would take instead. */
  | { outcome: 'refused'; message: string; possible: string[] }
  /** No workflow runs for this order any more. */
  | { outcome: 'ended' };

/** Sends a person's Update. `updateId` makes a repeat the same Update. Throws when Temporal or workers can't answer in time. */
export async function actOnOrder(
  client: Client,
  workflowId: string,
  update: string,
  args: unknown,
  updateId: string,
): Promise<ActionOutcome> {
  try {
    await client.workflow.getHandle(workflowId).executeUpdate(update, { args: [args], updateId });
    return { outcome: 'accepted' };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { outcome: 'ended' };
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    const cause = error.cause;
    if (!(cause instanceof ApplicationFailure) || cause.type !== NOT_POSSIBLE) throw error;
    const refusal = cause.details?.[0] as Refusal | undefined;
    return { outcome: 'refused', message: cause.message, possible: refusal?.possible ?? [] };
  }
}
