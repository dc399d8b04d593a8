import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { database } from './calls.ts';
import { isShipped, type Run } from './run.ts';
import { parkable, readyBefore, tellStanding } from './standing.ts';
import { reserve } from './reserve.ts';

const HOUR = 3_600_000;

/**
 * While an order waits for its payment or for a person, its stock is kept for others no longer than the store wants:
 * then it is given back, and claimed anew when the order goes on. Where the store reserves on order, it is claimed
 * before the payment.
 */
export async function keepStockWhile<T>(run: Run, wait: () => Promise<T>): Promise<T> {
  if (run.order!.policy.reserve === 'on_order' && !run.holdsStock) await reserve(run);
  if (!run.holdsStock) return wait();
  const hours = run.order!.policy.deadlines.reservationHours;
  const kept = { until: new Date(Date.now() + hours * HOUR).toISOString() };
  run.keeping.add(kept);
  const limit = new CancellationScope();
  const limited = limit.run(() => giveBackInTime(run, kept, hours));
  // It may be cancelled long before it is waited for.
  limited.catch(() => undefined);
  try {
    return await wait();
  } finally {
    limit.cancel();
    run.keeping.delete(kept);
    await limited.catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
  }
}

async function giveBackInTime(run: Run, kept: { until: string }, hours: number): Promise<void> {
  await tellStanding(run);
  await readyBefore(
    () => kept.until,
    'Keeps its stock until then',
    () => !run.keeping.has(kept),
  );
  // Another of its waits has given it back, or this one is over.
  if (!run.keeping.has(kept) || !run.holdsStock) return;
  const { orderId } = run.input;
  const { generation } = run;
  const place = { step: 'give-back', fulfillmentId: null, what: 'give its stock back' };
  const { dissolved } = await parkable(run, place, () =>
    database(
      'giveBack',
      { orderId, generation, reason: `It waited longer than the ${hours} hours for which stock is kept` },
      'Give its stock back',
    ),
  );
  run.keeping.clear();
  run.holdsStock = false;
  for (const id of dissolved) run.lost.add(id);
  await tellStanding(run);
  // Also that of the one in which this runs, so it comes last.
  for (const one of run.fulfillments) if (run.lost.has(one.id) && !isShipped(one)) one.scope?.cancel();
  run.stockNews++;
}
