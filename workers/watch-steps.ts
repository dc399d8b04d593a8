import type { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityInterceptors } from '@temporalio/worker';
import type { Logger } from 'pino';
import { partyQueue } from '../workflows/contracts.ts';
import type { WorkerMetrics } from './metrics.ts';
import { stepContext } from './step-context.ts';

/** Around each attempt of each step: its log lines say whose they are, its time and failure are counted. */
export function watchSteps(log: Logger, metrics: WorkerMetrics): (context: Context) => ActivityInterceptors {
  return ({ info }) => ({
    inbound: {
      async execute(input, next) {
        const { activityType: step, attempt, taskQueue } = info;
        const { workflowId = '', runId = '' } = info.workflowExecution ?? {};
        const { orderId } = (input.args[0] ?? {}) as { orderId?: string };
        const started = performance.now();
        const done = (failure: string | null) => {
          const seconds = (performance.now() - started) / 1000;
          metrics.observeStep(step, partyOf(taskQueue), seconds, failure);
          log.debug({ seconds, failure: failure ?? undefined }, 'step ended');
        };
        return stepContext.run({ orderId, workflowId, runId, step, attempt }, async () => {
          try {
            const result = await next(input);
            done(null);
            return result;
          } catch (error) {
            done(kindOf(error));
            throw error;
          }
        });
      },
    },
  });
}

const prefix = partyQueue('');

/** `none`: the database alone. */
const partyOf = (queue: string) => (queue.startsWith(prefix) ? queue.slice(prefix.length) : 'none');

/** `refused`, `unavailable`, `undone` or `internal`, as the steps classify; being told to stop is no failure. */
function kindOf(error: unknown): string | null {
  if (error instanceof CancelledFailure) return null;
  return error instanceof ApplicationFailure ? (error.type ?? 'internal').toLowerCase() : 'internal';
}
