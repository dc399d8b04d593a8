/** What runs, so that all of it can be stopped, in order and also in the middle of the start. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Stoppable {
  stop(): Promise<void>;
}

export interface Parts {
  /** Starts a part and remembers it; refuses once the stop has begun. */
  start<T extends Stoppable>(name: string, begin: () => Promise<T>): Promise<T>;
  /** @throws Error when the stop has begun. */
  throwIfStopping(): void;
  /** Aborted when the stop begins. */
  stopping: AbortSignal;
  /** Stops the parts one after the other, in the order given; those that are still starting are waited for. */
  stop(): Promise<void>;
}

/** Milliseconds that a part in the middle of its start may take before the stop goes on without it. */
const patience = 10_000;

export function createParts<Name extends string>(order: readonly Name[], say: (line: string) => void): Parts {
  const running = new Map<string, Stoppable>();
  const starting = new Set<Promise<unknown>>();
  const controller = new AbortController();

  function throwIfStopping(): void {
    if (controller.signal.aborted) throw new Error('Stopped while it was starting.');
  }

  async function start<T extends Stoppable>(name: string, begin: () => Promise<T>): Promise<T> {
    throwIfStopping();
    const begun = begin();
    starting.add(begun);
    try {
      const part = await begun;
      running.set(name, part);
      return part;
    } finally {
      starting.delete(begun);
    }
  }

  async function stop(): Promise<void> {
    controller.abort();
    await Promise.race([Promise.allSettled(starting), sleep(patience, undefined, { ref: false })]);
    for (const name of order) {
      try {
        await running.get(name)?.stop();
      } catch (error) {
        say(`The ${name} could not be stopped: ${(error as Error).message}`);
      }
    }
  }

  return { start, throwIfStopping, stop, stopping: controller.signal };
}
