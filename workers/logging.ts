import { DefaultLogger, Runtime } from '@temporalio/worker';
import { type DestinationStream, type Logger, pino } from 'pino';
import { stepContext } from './step-context.ts';

/**
 * One JSON line per event on standard error; what a step says names its order, workflow, run and attempt. Nothing that
 * says who a customer is ever goes into a line.
 */
export function createLog(level: string, destination: DestinationStream = pino.destination(2)): Logger {
  return pino(
    {
      level,
      base: { process: 'worker' },
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: () => ({ ...stepContext.getStore() }),
    },
    destination,
  );
}

/** What the steps log themselves, classified and scrubbed; and that a party's worker runs no workflows. */
const leftOut = new Set(['Activity failed', 'No workflows registered, not polling for workflow tasks']);

const prometheus = { countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true };

/** Temporal's own messages in the same stream, and its metrics at `host:port`. Call once per process. */
export function useLogForTemporal(log: Logger, metricsAddress: string | null): void {
  Runtime.install({
    telemetryOptions: {
      // Those of its native part too, which would else be printed as they are.
      logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
      ...(metricsAddress && { metrics: { prometheus: { ...prometheus, bindAddress: metricsAddress } } }),
    },
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      if (leftOut.has(message)) return;
      const { error, ...rest } = (meta ?? {}) as Record<string, unknown>;
      // Workflows know no personal data, so what went wrong in one may be told.
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : undefined;
      log[level === 'ERROR' ? 'error' : 'warn']({ ...rest, reason }, message);
    }),
    shutdownSignals: [],
  });
}
