import { DefaultLogger, Runtime } from '@temporalio/worker';
import { type Logger, pino } from 'pino';

/** One JSON line per event on standard error. Nothing that says who a customer is ever goes into a line. */
export function createLog(level: string): Logger {
  return pino(
    { level, base: { process: 'worker' }, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination(2),
  );
}

/**
 * Temporal's own messages in the same stream. Call once per process. Failures of steps are logged by the steps
 * themselves, classified and scrubbed, so the SDK's warnings about them are left out.
 */
export function useLogForTemporal(log: Logger): void {
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      if (message === 'Activity failed') return;
      const { error: _error, ...rest } = (meta ?? {}) as Record<string, unknown>;
      log[level === 'ERROR' ? 'error' : 'warn'](rest, message);
    }),
    shutdownSignals: [],
  });
}
