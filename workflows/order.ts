import { CancellationScope, continueAsNew, isCancellation } from '@temporalio/workflow';
import { allSettled, settleWhileOpen, takeUp } from './changes.ts';
import { database, party, record } from './calls.ts';
import type { OrderInput } from './contracts.ts';
import { readFirstMail, readMail, readMailWhileOpen } from './mail.ts';
import { allAnswered, listen } from './messages.ts';
import { reviewed } from './review.ts';
import { createRun, interrupt, type Interruption, type Run, toFollow } from './run.ts';
import { followOn } from './ship.ts';
import { park, parkable, tellDetails, tellSearch, tellStanding } from './standing.ts';
import { shipAll } from './stock.ts';
import { together } from './together.ts';
import { settleCancel, unwind } from './unwind.ts';

/**
 * One order, from its first webhook to its last posting. It never fails: what can't go on is parked in plain
 * sight. Cancelling it in Temporal is a cancel like any other.
 */
export async function order(input: OrderInput): Promise<string> {
  const run = createRun(input);
  listen(run);
  CancellationScope.current().cancelRequested.catch(() =>
    interrupt(run, { kind: 'cancel', actor: 'operator', reason: 'cancelled in Temporal' }),
  );
  return CancellationScope.nonCancellable(() => fulfill(run));
}

async function fulfill(run: Run): Promise<string> {
  const captured = await readFirstMail(run);
  run.generation = captured.generation;
  run.held = captured.held;
  if (captured.ended) {
    const stage = await finish(run, captured.stage);
    if (captured.disposition === 'record' && run.order?.disposition === 'fulfill')
      await continueAsNew<typeof order>(run.input);
    return stage;
  }
  tellSearch(run);
  run.fulfillments = (captured.earlier ?? []).map(toFollow);
  takeUp(run, captured.unsettled);
  const beside = [readMailWhileOpen(run), settleWhileOpen(run)];
  // After a parcel has left it is too late, and was said to be.
  if (captured.cancelledInShop && !captured.hasLeft)
    interrupt(run, { kind: 'cancel', actor: 'store', reason: 'cancelled in the shop' });
  // What was begun goes by other content, and whoever began it can't react any more.
  if (captured.changed)
    interrupt(run, {
      kind: 'redo',
      actor: 'engine',
      reason: 'the order was changed while nobody could react to it',
    });
  if (captured.buried)
    interrupt(run, { kind: captured.buried, actor: 'engine', reason: 'its undo was broken off' });
  const ending = await toTheEnd(run);
  run.ended = true;
  await together(beside);
  return finish(run, ending);
}

/**
 * Begins the way as often as it is interrupted for a redo. Once cancelled, nothing is begun any more: what had
 * left before is followed to its end.
 */
async function toTheEnd(run: Run): Promise<string> {
  let cancelled: Interruption | null = null;
  for (;;) {
    await goOneWay(run, cancelled ? null : way);
    if (!run.interruption) return close(run);
    run.interruption = cancelled ?? run.interruption;
    run.fulfillments = await unwind(run, run.interruption);
    // Meanwhile a redo may have become a cancel.
    if (run.interruption.kind === 'cancel') {
      cancelled = run.interruption;
      if (run.fulfillments.length === 0) return cancel(run, cancelled);
      await noteLeft(run);
    } else {
      run.generation++;
      run.stage = 'received';
    }
    run.interruption = null;
  }
}

/** Review, reserve, allocate, ship, and the money must add up; until done or interrupted. */
async function goOneWay(run: Run, begin: ((run: Run) => Promise<void>) | null): Promise<void> {
  if (run.interruption) return;
  try {
    await CancellationScope.cancellable(async () => {
      run.way = CancellationScope.current();
      const left = run.fulfillments.map((one) => followOn(run, one));
      await together(begin ? [...left, begin(run)] : left);
      if (run.fulfillments.length > 0) run.stage = 'delivered';
      await settledAndReconciled(run);
    });
  } catch (error) {
    if (!isCancellation(error) || !run.interruption) throw error;
  } finally {
    run.way = null;
    for (const one of run.fulfillments) one.scope = null;
  }
}

async function way(run: Run): Promise<void> {
  if (run.order!.nothingToShip) return;
  await reviewed(run);
  run.stage = 'reviewed';
  tellDetails(run);
  await shipAll(run);
}

async function close(run: Run): Promise<string> {
  run.closing = true;
  const detail = run.fulfillments.length > 0 ? 'Delivered and reconciled' : 'Nothing of it was left to ship';
  await end(run, 'closed', { actor: 'engine', reason: detail }, 'Close the order');
  return 'closed';
}

async function end(
  run: Run,
  stage: 'closed' | 'cancelled',
  { actor, reason: detail }: Pick<Interruption, 'actor' | 'reason'>,
  summary: string,
): Promise<void> {
  const input = { orderId: run.input.orderId, stage, detail, actor };
  const place = { step: 'end', fulfillmentId: null, what: `mark the order as ${stage}` };
  await parkable(run, place, () => database('end', input, summary));
}

async function reconciled(run: Run): Promise<void> {
  const { orderId, storeId, externalId } = run.input;
  const input = { orderId, storeId, externalId, cancelled: false };
  const place = { step: 'reconcile', fulfillmentId: null };
  for (;;) {
    const result = await parkable(run, { ...place, what: 'reconcile the money' }, () =>
      party(
        run.order!.moneyParty,
        'reconcile',
        input,
        'Reconcile payments and refunds',
        run.order!.policy.retries,
      ),
    );
    if (result.matched) return;
    const attention = {
      ...place,
      reason: 'money_differs',
      sentence: result.sentence,
      lastError: result.code,
    };
    if (await park(run, { ...attention, actions: ['retry', 'skip'] })) return;
  }
}

/** A refund that somebody wishes meanwhile is looked at too. */
async function settledAndReconciled(run: Run): Promise<void> {
  do {
    await allSettled(run);
    await reconciled(run);
  } while (run.unsettled.length > 0);
}

async function cancel(run: Run, interruption: Interruption): Promise<string> {
  await settleCancel(run, interruption);
  await end(run, 'cancelled', interruption, `Cancelled: ${interruption.reason}`);
  return 'cancelled';
}

/** The cancel came too late for these parcels: they go on, and a person intercepts them or takes them back. */
async function noteLeft(run: Run): Promise<void> {
  const { orderId } = run.input;
  const detail = 'A parcel had left before it could be cancelled: intercept it, or take it back';
  const key = `left/${orderId}`;
  await record('note', { orderId, key, actor: 'engine', what: 'too_late', detail }, detail);
  await tellStanding(run);
}

/** Mail that came while the order was closing is read before the workflow ends. */
async function finish(run: Run, stage: string): Promise<string> {
  run.ended = true;
  run.stage = stage as Run['stage'];
  do await readMail(run);
  while (run.mail > 0);
  tellDetails(run);
  tellSearch(run);
  await allAnswered();
  return run.mail > 0 ? finish(run, stage) : stage;
}
