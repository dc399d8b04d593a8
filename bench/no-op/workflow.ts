import {
  condition,
  defineSignal,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import { searchAttributes } from '../../workflows/search-attributes.ts';
import type { Move } from './plan.ts';
import type { noOpActivities } from './worker.ts';

type Activities = ReturnType<typeof noOpActivities>;

const keyword = (name: string) => defineSearchAttributeKey(name, 'KEYWORD');

export async function empty(): Promise<void> {}

/** Makes the moves of an order and does nothing in any of them. It stays open, as an order does that is on its way. */
export async function noOp(moves: Move[], echoes: number): Promise<void> {
  let signals = 0;
  setHandler(defineSignal('mail'), () => void signals++);
  for (const move of moves) {
    if (move.kind === 'signals') await condition(() => signals >= move.count);
    if (move.kind === 'local') await local();
    if (move.kind === 'upsert') upsert();
    if (move.kind === 'timer') void sleep('30 days').catch(() => undefined);
    if (move.kind === 'remote')
      await Promise.all(move.parties.map((party) => remote(party, move.tells ? echoes : null)));
  }
  await condition(() => false);
}

async function local(): Promise<void> {
  const { step } = proxyLocalActivities<Activities>({
    summary: 'Do nothing',
    startToCloseTimeout: '4s',
    scheduleToCloseTimeout: '6s',
  });
  await step();
}

async function remote(party: string, echoes: number | null): Promise<void> {
  const { step, tell } = proxyActivities<Activities>({
    taskQueue: `no-op-${party}`,
    startToCloseTimeout: '45s',
    summary: 'Do nothing',
  });
  await (echoes === null ? step() : tell(echoes));
}

/** As many values as an order sets. */
function upsert(): void {
  const { orderNumber, stage, condition: shown, country, carrier } = searchAttributes;
  const values = { [orderNumber]: '#1', [stage]: 'labelled', [country]: 'DE', [carrier]: 'ups' };
  upsertSearchAttributes([
    ...Object.entries(values).map(([name, value]) => ({ key: keyword(name), value })),
    { key: keyword(shown), value: null },
  ]);
}
