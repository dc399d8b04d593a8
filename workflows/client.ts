import {
  ApplicationFailure,
  type Client,
  WithStartWorkflowOperation,
  type WorkflowClientInterceptor,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { defaultPayloadConverter, defineSearchAttributeKey } from '@temporalio/common';
import { aftercareWorkflowId, bulkWorkflowId, orderWorkflowId } from '../domain/workflow-ids.ts';
import {
  mailSignal,
  NOT_POSSIBLE,
  type OrderInput,
  orderQueue,
  type Refusal,
  traceHeader,
} from './contracts.ts';
import { searchAttributes } from './search-attributes.ts';

/** How processes other than the worker reach the workflows. */

const storeKey = defineSearchAttributeKey(searchAttributes.store, 'KEYWORD');

/** Whether an order's workflow runs, by the order's row; `unknown` where that was not looked at, or is not there. */
export type Standing = 'unknown' | 'under-way' | 'ended';

/**
 * Tells an order's workflow that it has mail, starting it if need be; one that has ended gets it in aftercare. Should it
 * end between the look at the row and the signal, the run that starts finds its row ended and only reads the mail. Throws
 * when Temporal can't be reached.
 */
export async function deliverMail(client: Client, input: OrderInput, standing: Standing): Promise<void> {
  const orderId = orderWorkflowId(input.storeId, input.externalId);
  // The server has less to do with what can't start anything.
  if (standing === 'under-way' && (await isTold(client, orderId))) return;
  const ended = standing === 'ended';
  await client.workflow.signalWithStart(ended ? 'aftercare' : 'order', {
    taskQueue: orderQueue,
    workflowId: ended ? aftercareWorkflowId(orderId) : orderId,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [input],
    signal: mailSignal,
    typedSearchAttributes: [{ key: storeKey, value: input.storeId }],
    staticSummary: `${ended ? 'After' : 'Order'} ${input.externalId} of ${input.platform} store ${input.storeId}`,
  });
}

async function isTold(client: Client, workflowId: string): Promise<boolean> {
  try {
    await client.workflow.getHandle(workflowId).signal(mailSignal);
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** Its row says what is left to do, so one that runs already, or ran before, goes on. */
export async function startBulk(client: Client, bulkId: string, action: string): Promise<void> {
  await client.workflow.start('bulk', {
    taskQueue: orderQueue,
    workflowId: bulkWorkflowId(bulkId),
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [{ bulkId }],
    staticSummary: `Bulk ${action}`,
  });
}

export type ActionOutcome =
  | { outcome: 'accepted' }
  /** The workflow said no; `possible` says what it would take instead. */
  | { outcome: 'refused'; message: string; possible: string[] }
  /** No workflow runs for this order any more. */
  | { outcome: 'ended' };

/** By which the server says that a worker's answer to an Update got lost with its task. Asking again is right. */
const UNPROCESSED = 'UnprocessedUpdate';
const pauses = [50, 100, 200, 400, 800];

/** Sends a person's Update. `updateId` makes a repeat the same Update. Throws when Temporal or workers can't answer in time. */
export async function actOnOrder(
  client: Client,
  workflowId: string,
  update: string,
  args: unknown,
  updateId: string,
): Promise<ActionOutcome> {
  return answerTo(() =>
    client.workflow.getHandle(workflowId).executeUpdate(update, { args: [args], updateId }),
  );
}

/** The same to whoever cares for an order after its end, who is started for it. */
export async function actAfterEnd(
  client: Client,
  input: OrderInput,
  update: string,
  args: unknown,
  updateId: string,
): Promise<ActionOutcome> {
  const workflowId = aftercareWorkflowId(orderWorkflowId(input.storeId, input.externalId));
  return answerTo(() =>
    client.workflow.executeUpdateWithStart(update, {
      args: [args],
      updateId,
      startWorkflowOperation: new WithStartWorkflowOperation('aftercare', {
        taskQueue: orderQueue,
        workflowId,
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        workflowIdConflictPolicy: 'USE_EXISTING',
        args: [input],
        typedSearchAttributes: [{ key: storeKey, value: input.storeId }],
        staticSummary: `After ${input.externalId} of ${input.platform} store ${input.storeId}`,
      }),
    }),
  );
}

async function answerTo(send: () => Promise<unknown>): Promise<ActionOutcome> {
  for (let attempt = 0; ; attempt++) {
    try {
      await send();
      return { outcome: 'accepted' };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return { outcome: 'ended' };
      const cause = error instanceof WorkflowUpdateFailedError ? error.cause : null;
      if (!(cause instanceof ApplicationFailure)) throw error;
      if (cause.type === NOT_POSSIBLE) return refusedBy(cause);
      const pause = pauses[attempt];
      if (cause.type !== UNPROCESSED || pause === undefined) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

function refusedBy(cause: ApplicationFailure): ActionOutcome {
  const refusal = cause.details?.[0] as Refusal | undefined;
  return { outcome: 'refused', message: cause.message, possible: refusal?.possible ?? [] };
}

/** A workflow that is started in a trace goes on in it. `carrier` is what continues the present one; empty: none. */
export function continueTraces(carrier: () => Record<string, string>): WorkflowClientInterceptor {
  return {
    signalWithStart(input, next) {
      const here = carrier();
      const header = Object.keys(here).length > 0 && {
        [traceHeader]: defaultPayloadConverter.toPayload(here),
      };
      return next({ ...input, headers: { ...input.headers, ...header } });
    },
  };
}
