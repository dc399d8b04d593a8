import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { ReserveResult } from '../activities/reserve.ts';
import { isFurther } from '../domain/stages.ts';
import { database } from './calls.ts';
import { reserve } from './reserve.ts';
import { unheld } from './review.ts';
import { type Followed, type Run, toFollow } from './run.ts';
import { moveAway } from './reroute.ts';
import { ship } from './ship.ts';
import { parkable, tellDetails, waitFor } from './standing.ts';

/**
 * Claims stock for the order, allocates what is claimed and ships it, each fulfillment for itself. What loses its
 * stock on the way, or is sent elsewhere, is claimed and allocated anew while the rest goes on.
 */
export async function shipAll(run: Run): Promise<void> {
  const under = new Set<Promise<void>>();
  let stopped: { error: unknown } | null = null;
  const begin = (fulfillment: Followed) => {
    const way = follow(run, fulfillment)
      .catch((error: unknown) => {
        stopped ??= { error };
      })
      .finally(() => under.delete(way));
    under.add(way);
  };
  try {
    for (;;) {
      await unheld(run);
      const news = run.stockNews;
      const missing = await claimAndAllocate(run, begin);
      const done = () => missing === null && under.size === 0;
      const settled = () => stopped !== null || run.stockNews > news || done();
      if (missing === null) await condition(settled);
      else await waitForStock(run, missing, settled);
      if (stopped) throw (stopped as { error: unknown }).error;
      if (done() && run.stockNews === news) return;
    }
  } finally {
    // Nothing of it goes on behind the back of what follows.
    await Promise.allSettled([...under]);
  }
}

/** What is missing still, in words; null: everything is in a fulfillment. */
async function claimAndAllocate(run: Run, begin: (one: Followed) => void): Promise<string | null> {
  const result = await reserve(run);
  if (!result.reserved) return wordsOf(result);
  if (!isFurther(run.stage, 'reserved')) run.stage = 'reserved';
  await unheld(run);
  const { orderId } = run.input;
  const { generation } = run;
  const { fulfillments, missing } = await parkable(
    run,
    { step: 'allocate', fulfillmentId: null, what: 'allocate the stock' },
    () => database('allocate', { orderId, generation }, 'Allocate warehouses and lots'),
  );
  const fresh = fulfillments.filter(
    ({ id }) => !run.lost.has(id) && !run.fulfillments.some((one) => one.id === id),
  );
  if (fresh.length > 0) run.stage = 'allocated';
  for (const one of fresh) {
    const followed = toFollow(one);
    run.fulfillments.push(followed);
    begin(followed);
  }
  if (fresh.length > 0) tellDetails(run);
  return missing > 0 ? wordsOf(result) : null;
}

const wordsOf = ({ short }: ReserveResult): string =>
  (short ?? []).map(({ sku, missing }) => `${missing} × ${sku}`).join(', ') ||
  'one warehouse that has it all';

async function waitForStock(run: Run, missing: string, ready: () => boolean): Promise<void> {
  await waitFor(
    run,
    {
      condition: 'awaiting_stock',
      text: `Missing ${missing}`,
      hours: run.order!.policy.deadlines.stockHours,
      overdue: {
        step: 'reserve',
        reason: 'stock_overdue',
        sentence: `Still missing ${missing}: receive it, or cancel the order. It keeps its place in the queue`,
        actions: ['retry', 'cancel'],
      },
    },
    ready,
  );
}

/** One fulfillment in a scope of its own: its loss, or its way elsewhere, ends it and nothing else. */
async function follow(run: Run, fulfillment: Followed): Promise<void> {
  for (;;) {
    try {
      return await CancellationScope.cancellable(async () => {
        fulfillment.scope = CancellationScope.current();
        await ship(run, fulfillment);
      });
    } catch (error) {
      const ours = run.lost.has(fulfillment.id) || fulfillment.reroute !== null;
      if (!isCancellation(error) || !ours || run.interruption) throw error;
    }
    const lost = () => run.lost.has(fulfillment.id);
    // It may have been lost before it was sent elsewhere, and that be told only after.
    const gone = lost() || (await moveAway(run, fulfillment)) || lost();
    if (gone) return forget(run, fulfillment);
  }
}

function forget(run: Run, fulfillment: Followed): void {
  run.fulfillments = run.fulfillments.filter((one) => one !== fulfillment);
  // Of a loss it was told already.
  if (fulfillment.reroute) run.stockNews++;
}
