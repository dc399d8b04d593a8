/** Starts again what ended by itself, with growing pauses while that keeps happening. */

export interface Restarts {
  /** To be called when it ended although nobody asked for it. */
  ended(reason: string): void;
  cancel(): void;
}

const firstPause = 1_000;
const longestPause = 30_000;
/** After running this long (milliseconds), the next end counts as the first one again. */
const settled = 60_000;

export function createRestarts(
  name: string,
  restart: () => Promise<void>,
  say: (line: string) => void,
): Restarts {
  let pause = firstPause;
  let startedAt = Date.now();
  let timer: NodeJS.Timeout | undefined;
  let cancelled = false;

  function ended(reason: string): void {
    if (cancelled) return;
    if (Date.now() - startedAt > settled) pause = firstPause;
    say(`${name} ended (${reason}); starting it again in ${pause / 1000} s`);
    timer = setTimeout(() => void again(), pause);
    pause = Math.min(pause * 2, longestPause);
  }

  async function again(): Promise<void> {
    startedAt = Date.now();
    try {
      await restart();
      if (!cancelled) say(`${name} is back`);
    } catch (error) {
      ended((error as Error).message);
    }
  }

  return {
    ended,
    cancel() {
      cancelled = true;
      clearTimeout(timer);
    },
  };
}
