/** Runs workflows that do nothing, on the server and beside the processes that the orders are measured on. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { orderWorkflowId } from '../../domain/workflow-ids.ts';
import { partyQueue } from '../../workflows/contracts.ts';
import { type Plan, planOf } from './plan.ts';

/** As many as the sandbox has webhooks under way. */
const concurrency = 32;
const databasePoolSize = 10;
const patience = 120_000;

export interface NoOp {
  readonly plan: Plan;
  /** Orders a second: from the first start to the last "told". */
  round(count: number): Promise<number>;
  /** Workflows a second that only begin and end. */
  empty(count: number): Promise<number>;
  stop(): Promise<void>;
}

/** After the one of these orders whose history is of middle length. */
export async function startNoOp(
  address: string,
  storeId: string,
  externalIds: readonly number[],
): Promise<NoOp> {
  const connection = await Connection.connect({ address });
  const client = new Client({ connection });
  const histories = await Promise.all(
    externalIds.map((id) => client.workflow.getHandle(orderWorkflowId(storeId, String(id))).fetchHistory()),
  );
  const prefix = partyQueue('');
  const plan = middleOf(histories.map((history) => planOf(history, (queue) => queue.slice(prefix.length))));
  const parties = plan.moves.flatMap((move) => (move.kind === 'remote' ? move.parties : []));
  const worker = fork(fileURLToPath(new URL('./worker.ts', import.meta.url)), [
    address,
    String(databasePoolSize),
    ...new Set(parties),
  ]);
  await once(worker, 'message');
  let names = 0;
  const options = () => ({ taskQueue: 'no-op', workflowId: `no-op-${names++}` });

  const begin = async () => {
    const started = await client.workflow.signalWithStart('noOp', {
      ...options(),
      args: [plan.moves, plan.echoes],
      signal: 'mail',
    });
    for (let n = 1; n < plan.before; n++) await client.workflow.getHandle(started.workflowId).signal('mail');
  };
  return {
    plan,
    async round(count) {
      const told = untilTold(count);
      const begun = Date.now();
      await inParallel(count, begin);
      return (count * 1_000) / ((await told) - begun);
    },
    async empty(count) {
      const begun = Date.now();
      await inParallel(count, () => client.workflow.execute('empty', options()));
      return (count * 1_000) / (Date.now() - begun);
    },
    async stop() {
      const ended = once(worker, 'exit');
      worker.disconnect();
      await ended;
      await connection.close();
    },
  };

  function untilTold(count: number): Promise<number> {
    return new Promise((resolve, reject) => {
      let heard = 0;
      const timer = setTimeout(() => settle(() => reject(new Error(`${heard} of ${count}`))), patience);
      const settle = (how: () => void) => {
        clearTimeout(timer);
        worker.off('message', hear);
        how();
      };
      const hear = (message: unknown) => {
        const { told } = message as { told?: number };
        if (told !== undefined && ++heard === count) settle(() => resolve(told));
      };
      worker.on('message', hear);
    });
  }
}

function middleOf(plans: Plan[]): Plan {
  const sorted = plans.toSorted((a, b) => a.counts.events - b.counts.events);
  return sorted[Math.floor(sorted.length / 2)]!;
}

async function inParallel(count: number, work: () => Promise<unknown>): Promise<void> {
  let left = count;
  const one = async () => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, one));
}
