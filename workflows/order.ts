import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { database, party } from './calls.ts';
import type { OrderInput } from './contracts.ts';
import { readFirstMail, readMail, readMailWhileOpen } from './mail.ts';
import { allAnswered, listen } from './messages.ts';
import { reserved } from './reserve.ts';
import { reviewed, unheld } from './review.ts';
import { createRun, type Followed, interrupt, type Interruption, type Run } from './run.ts';
import { follow, ship } from './ship.ts';
import { park, parkable, tellDetails, tellSearch } from './standing.ts';
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
  if (captured.ended) return finish(run, captured.stage);
  tellSearch(run);
  const reading = readMailWhileOpen(run);
  if (captured.cancelledInShop)
    interrupt(run, { kind: 'cancel', actor: 'store', reason: 'cancelled in the shop' });
  if (captured.buried) interrupt(run, { kind: 'redo', actor: 'engine', reason: 'its undo was broken off' });
  const ending = await toTheEnd(run);
  run.ended = true;
  await reading;
  return finish(run, ending);
}

/** Begins the way as often as it is interrupted for a redo. */
async function toTheEnd(run: Run): Promise<string> {
  for (let left: Followed[] = []; ;) {
    await goOneWay(run, left);
    if (!run.interruption) return close(run);
    left = await unwind(run, run.interruption);
    run.fulfillments = left;
    // Meanwhile a redo may have become a cancel.
    const { kind } = run.interruption;
    if (kind === 'cancel') return left.length > 0 ? followLeft(run, left) : cancel(run, run.interruption);
    run.interruption = null;
    run.generation++;
    run.stage = 'received';
  }
}

/** Review, reserve, allocate, ship; until done or interrupted. */
async function goOneWay(run: Run, left: Followed[]): Promise<void> {
  if (run.interruption) return;
  try {
    await CancellationScope.cancellable(async () => {
      run.way = CancellationScope.current();
      await together([...left.map((one) => follow(run, one, true)), way(run)]);
    });
  } catch (error) {
    if (!isCancellation(error) || !run.interruption) throw error;
  } finally {
    run.way = null;
  }
}

async function way(run: Run): Promise<void> {
  const { orderId } = run.input;
  const { generation } = run;
  if (run.order!.nothingToShip) return;
  await reviewed(run);
  run.stage = 'reviewed';
  tellDetails(run);
  await unheld(run);
  await reserved(run);
  run.stage = 'reserved';
  await unheld(run);
  const allocated = await parkable(
    run,
    { step: 'allocate', fulfillmentId: null, what: 'allocate the stock' },
    () => database('allocate', { orderId, generation }, 'Allocate warehouses and lots'),
  );
  run.stage = 'allocated';
  const fulfillments = allocated.map((one): Followed => ({
    ...one,
    stage: 'allocated',
    reached: 'labelled',
    carrier: null,
    handOver: null,
  }));
  run.fulfillments.push(...fulfillments);
  tellDetails(run);
  await together(fulfillments.map((one) => ship(run, one)));
}

/** Delivered, or nothing left to ship: the money must add up before the order is closed. */
async function close(run: Run): Promise<string> {
  const { orderId } = run.input;
  if (run.fulfillments.length > 0) run.stage = 'delivered';
  await reconciled(run);
  const detail = run.fulfillments.length > 0 ? 'Delivered and reconciled' : 'Nothing of it was left to ship';
  await database('end', { orderId, stage: 'closed', detail, actor: 'engine' }, 'Close the order');
  return 'closed';
}

async function reconciled(run: Run): Promise<void> {
  const { orderId, storeId, externalId, platform } = run.input;
  const input = { orderId, storeId, externalId, cancelled: false };
  const place = { step: 'reconcile', fulfillmentId: null };
  for (;;) {
    const result = await parkable(run, { ...place, what: 'reconcile the money' }, () =>
      party(platform, 'reconcile', input, 'Reconcile payments and refunds', run.order!.policy.retries),
    );
    if (result.matched) return;
    const attention = {
      ...place,
      reason: 'money_differs',
      sentence: result.sentence,
      lastError: result.code,
    };
    await park(run, { ...attention, actions: ['retry'] });
  }
}

async function cancel(run: Run, interruption: Interruption): Promise<string> {
  const { orderId } = run.input;
  await settleCancel(run, interruption);
  const { actor, reason } = interruption;
  await database('end', { orderId, stage: 'cancelled', detail: reason, actor }, `Cancelled: ${reason}`);
  return 'cancelled';
}

/** The cancel came too late for these parcels: they go on, and a person intercepts them or takes them back. */
async function followLeft(run: Run, left: Followed[]): Promise<string> {
  const { orderId } = run.input;
  run.interruption = null;
  const detail = 'A parcel had left before it could be cancelled: intercept it, or take it back';
  await database(
    'note',
    { orderId, key: `left/${orderId}`, actor: 'engine', what: 'too_late', detail },
    detail,
  );
  await together(left.map((one) => follow(run, one, true)));
  return close(run);
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
