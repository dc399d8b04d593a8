import { DefaultLogger, Runtime } from '@temporalio/worker';
import { type Logger, pino } from 'pino';

/** One JSON line per event on standard error. Nothing that says who a customer is ever goes into a line. */
export function createLog(level: string): Logger {
  return pino(
    { level, base: { process: 'worker' }, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination(2),
  );
}

/** What the steps log themselves, classified and scrubbed; and that a party's worker runs no workflows. */
const leftOut = new Set(['Activity failed', 'No workflows registered, not polling for workflow tasks']);

/** Temporal's own messages in the same stream. Call once per process. */
export function useLogForTemporal(log: Logger): void {
  Runtime.install({
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
