import { asyncLocalStorage } from '@temporalio/activity';
import type { RetryPolicy } from '@temporalio/common';

/** The attempt that has just failed, and how its step is retried; the server tells durations in milliseconds. */
export interface Attempt {
  attempt: number;
  retryPolicy?: RetryPolicy;
}

/** null outside of Temporal. */
export const currentAttempt = (): Attempt | null => asyncLocalStorage.getStore()?.info ?? null;

/**
 * When a party that said "again in so many milliseconds" is asked again: not before that, and not sooner than the
 * step's own retries would. A crowd at one limit is told to come back at once, each of it, and would use up its
 * attempts within seconds. undefined: as the step's own retries say.
 */
export function retryDelay(retryAfterMs: number | undefined, failed: Attempt | null): number | undefined {
  const { initialInterval, backoffCoefficient = 2, maximumInterval } = failed?.retryPolicy ?? {};
  if (retryAfterMs === undefined || !failed || typeof initialInterval !== 'number') return retryAfterMs;
  const own = initialInterval * backoffCoefficient ** (failed.attempt - 1);
  return Math.max(retryAfterMs, typeof maximumInterval === 'number' ? Math.min(maximumInterval, own) : own);
}
