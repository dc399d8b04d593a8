import type { Headers, WorkflowInterceptors } from '@temporalio/workflow';
import { traceHeader } from './contracts.ts';

/**
 * The steps of a workflow continue the trace of whatever started it: its header is handed on as it came. No span is
 * made here, where code runs again whenever a workflow is replayed, and an order may be open for weeks.
 */
export function interceptors(): WorkflowInterceptors {
  let trace: Headers = {};
  return {
    inbound: [
      {
        execute(input, next) {
          const given = input.headers[traceHeader];
          if (given) trace = { [traceHeader]: given };
          return next(input);
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next({ ...input, headers: { ...input.headers, ...trace } }),
        scheduleLocalActivity: (input, next) => next({ ...input, headers: { ...input.headers, ...trace } }),
      },
    ],
  };
}
