import type { Logger } from 'pino';

/** Work that an answer does not wait for, but a stop does. */
export interface Background {
  /** An error is logged under `what`; nobody else hears of it, so the work must be repaired by somebody. */
  run(what: string, work: () => Promise<unknown>): void;
  settled(): Promise<void>;
}

export function createBackground(log: Logger): Background {
  const running = new Set<Promise<void>>();
  return {
    run(what, work) {
      const task = work()
        .then(() => undefined)
        .catch((error: unknown) => log.error({ err: error }, what))
        .finally(() => running.delete(task));
      running.add(task);
    },
    async settled() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
