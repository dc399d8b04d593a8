import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until `check` returns something true, and returns that. An error that `check` throws means not yet, and is
 * told when the time is up, as is what was seen last. `giveUp` may name a reason why it will never be.
 */
export async function until<T>(
  what: string,
  check: () => Promise<T> | T,
  options: { seconds?: number; giveUp?: () => string | null | undefined } = {},
): Promise<NonNullable<T>> {
  const deadline = Date.now() + (options.seconds ?? 60) * 1000;
  for (;;) {
    const reason = options.giveUp?.();
    if (reason) throw new Error(`${what}: ended unasked: ${reason}`);
    let last: unknown;
    try {
      last = await check();
      if (last) return last as NonNullable<T>;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline)
      throw new Error(`${what}: not within ${options.seconds ?? 60} s. Last seen: ${describe(last)}`);
    await sleep(100);
  }
}

const describe = (seen: unknown): string =>
  seen instanceof Error ? (seen.stack ?? seen.message) : JSON.stringify(seen, null, 1);
