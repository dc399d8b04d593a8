import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Performed } from './stock-actor.ts';
import type { StockOperation } from './stock-operations.ts';

/** Several processes that act on the stock of one database. */
export interface StockActors {
  /** All at the same time, spread over the processes. Answers what never may happen. */
  perform(operations: readonly StockOperation[]): Promise<string[]>;
  stop(): void;
}

/** One process for each number of connections. */
export async function startStockActors(url: string, connections: readonly number[]): Promise<StockActors> {
  const script = path.join(import.meta.dirname, 'stock-actor.ts');
  const waiting = new Map<number, (defect: string | null) => void>();
  let next = 0;
  const start = async (own: number): Promise<ChildProcess> => {
    const child = fork(script, [url, String(own)], { execArgv: [] });
    await once(child, 'message');
    child.on('message', ({ number, defect }: Performed) => {
      waiting.get(number)?.(defect);
      waiting.delete(number);
    });
    return child;
  };
  const children = await Promise.all(connections.map(start));
  return {
    async perform(operations) {
      const outcomes = await Promise.all(
        operations.map((operation, index) => {
          const number = next++;
          const done = new Promise<string | null>((resolve) => waiting.set(number, resolve));
          children[index % children.length]!.send({ number, operation });
          return done;
        }),
      );
      return outcomes.flatMap((defect) => defect ?? []);
    },
    stop() {
      for (const child of children) child.disconnect();
    },
  };
}
