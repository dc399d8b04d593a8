import type { Context } from '@temporalio/activity';
import { defaultPayloadConverter } from '@temporalio/common';
import type { ActivityInterceptors } from '@temporalio/worker';
import type { Carrier, Tracing } from '../config/tracing.ts';
import { traceHeader } from '../workflows/contracts.ts';

/** A span for each attempt of each step, in the trace of the request that its order came with. */
export function traceSteps(tracing: Tracing): (context: Context) => ActivityInterceptors {
  return ({ info }) => ({
    inbound: {
      execute(input, next) {
        const { orderId } = (input.args[0] ?? {}) as { orderId?: string };
        const attributes = {
          ...(orderId && { 'orderloom.order.id': orderId }),
          temporalWorkflowID: info.workflowExecution?.workflowId ?? '',
          temporalRunID: info.workflowExecution?.runId ?? '',
          'orderloom.queue': info.taskQueue,
          'orderloom.attempt': info.attempt,
        };
        const header = input.headers[traceHeader];
        const parent = header ? defaultPayloadConverter.fromPayload<Carrier>(header) : {};
        const span = { name: `step ${info.activityType}`, kind: 'internal', attributes, parent } as const;
        return tracing.inSpan(span, () => next(input));
      },
    },
  });
}
