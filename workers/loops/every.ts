import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';

/**
 * Runs `work` again and again until `signal` says stop; the returned promise settles when the last run has ended.
 * A run that finds a full batch (returns true) is followed by the next at once.
 */
export async function every(
  what: { name: string; seconds: number; log: Logger; signal: AbortSignal; onFailure?: () => void },
  work: () => Promise<boolean>,
): Promise<void> {
  while (!what.signal.aborted) {
    const more = await work().catch((error: unknown) => {
      const reason = error instanceof Error ? error.name : 'unknown';
      what.onFailure?.();
      what.log.error({ loop: what.name, reason }, 'a background loop failed; it goes on');
      return false;
    });
    if (!more) await pause(what.seconds * 1000, undefined, { signal: what.signal }).catch(() => undefined);
  }
}
