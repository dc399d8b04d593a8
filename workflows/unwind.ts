import { patched } from '@temporalio/workflow';
import type { Buried, ToUndo } from '../activities/lifecycle.ts';
import { allSettled, noteByHand } from './changes.ts';
import { database, party, readFailure, record } from './calls.ts';
import { type Followed, type Interruption, type Run, toFollow } from './run.ts';
import { parkable, tellStanding } from './standing.ts';
import { together } from './together.ts';

/**
 * Undoes, in reverse, what the present generation did: first its tombstone, so that no late step lands; then
 * the labels, what the store was told, the stock. Returns the fulfillments whose parcels have left: they can't be
 * undone and are followed on.
 */
export async function unwind(run: Run, { kind, reason }: Interruption): Promise<Followed[]> {
  const { orderId } = run.input;
  const { generation } = run;
  run.unwinding = true;
  if (kind === 'cancel') await tellStanding(run);
  const { fulfillments, live, newest, standing } = await parkable(
    run,
    { step: 'bury', fulfillmentId: null, what: 'stop what is under way' },
    () => database('bury', { orderId, generation, ending: kind }, `Undo: ${reason}`) as Promise<EverBuried>,
  );
  const outcomes = await together(fulfillments.map((one) => undo(run, one)));
  const ids = (outcome: Outcome) =>
    fulfillments.filter((_, index) => outcomes[index] === outcome).map(({ id }) => id);
  for (let each = generation; each <= (newest ?? generation); each++) {
    const input = { orderId, generation: each, keep: ids('left'), next: kind };
    await parkable(run, { step: 'release', fulfillmentId: null, what: 'release the stock' }, () =>
      database('release', input, 'Release the stock'),
    );
  }
  run.generation = newest ?? generation;
  run.unwinding = false;
  run.holdsStock = false;
  if (kind === 'redo') await tellStanding(run);
  // Also one that was handed over while it was being cancelled: it was not there to undo. But not one that a task undid
  // which died before it could tell.
  const undone = ids('undone');
  const left = run.fulfillments.filter(({ id }) => !undone.includes(id) && (live?.includes(id) ?? true));
  const known = new Set(run.fulfillments.map(({ id }) => id));
  const others = (standing ?? []).filter(({ id }) => !undone.includes(id) && !known.has(id));
  return [...left, ...others.map(toFollow)];
}

/** Older histories have no more. */
type EverBuried = Pick<Buried, 'fulfillments'> & Partial<Buried>;

type Outcome = 'undone' | 'left';

/** The label first: the store goes on being told of a parcel that can't be called back. */
export async function undo(run: Run, fulfillment: ToUndo): Promise<Outcome> {
  const { orderId, storeId, externalId, platform } = run.input;
  const retries = run.order!.policy.retries;
  const place = { fulfillmentId: fulfillment.id };
  const voided = await together(
    fulfillment.purchases.map(({ purchaseId, carrier }) =>
      parkable(run, { ...place, step: 'void', what: `void the ${carrier} label` }, () =>
        party(carrier, 'voidLabel', { orderId, purchaseId }, `Void the ${carrier} label`, retries),
      ),
    ),
  );
  if (voided.some(({ result }) => result === 'left')) return 'left';
  if (fulfillment.announced)
    await parkable(
      run,
      { ...place, step: 'withdraw', what: 'take the shipment back in the store' },
      () =>
        party(
          platform,
          'withdraw',
          { orderId, storeId, externalId, fulfillmentId: fulfillment.id },
          'Take the shipment back in the store',
          retries,
        ),
      () => undefined,
    );
  return 'undone';
}

/**
 * After a cancel: the store and the customer's money. A cancel that came from the shop did both there, so it is
 * only looked at whether the money adds up; what does not is on the timeline.
 */
export async function settleCancel(run: Run, { actor, reason }: Interruption): Promise<void> {
  if (actor !== 'store') {
    run.unwinding = true;
    await cancelInStore(run, reason);
    await allSettled(run);
    await giveBack(run, reason);
    run.unwinding = false;
  } else {
    await allToldAndPaid(run);
    await checkMoney(run);
  }
}

/** After its end nobody could answer what is parked of a change. */
async function allToldAndPaid(run: Run): Promise<void> {
  if (run.unsettled.length === 0 || !patched('changes-before-the-end')) return;
  run.unwinding = true;
  await allSettled(run);
  run.unwinding = false;
}

async function cancelInStore(run: Run, reason: string): Promise<void> {
  const { orderId, storeId, externalId, platform } = run.input;
  if (platform === 'api') return;
  const place = { step: 'cancel-in-store', fulfillmentId: null, what: 'cancel the order in the store' };
  await parkable(
    run,
    place,
    () =>
      party(
        platform,
        'cancelInStore',
        { orderId, storeId, externalId, reason },
        'Cancel the order in the store',
        run.order!.policy.retries,
      ),
    () => undefined,
  );
}

async function giveBack(run: Run, reason: string): Promise<void> {
  const { orderId, storeId, externalId } = run.input;
  const place = { step: 'refund', fulfillmentId: null, what: 'give the money back' };
  const { byHand } = await parkable(
    run,
    place,
    () =>
      party(
        run.order!.moneyParty,
        'refundAll',
        { orderId, storeId, externalId, reason },
        'Give the money back',
        run.order!.policy.retries,
      ),
    () => ({ byHand: [] }),
  );
  await noteByHand(run, byHand, orderId);
}

/** The books are not closed before the shop has said what it gave back, or a person does without that. */
async function checkMoney(run: Run): Promise<void> {
  const { orderId, storeId, externalId } = run.input;
  const { moneyParty, policy } = run.order!;
  const input = { orderId, storeId, externalId, cancelled: true };
  const read = async (retries: typeof policy.retries) => {
    await party(moneyParty, 'reconcile', input, 'See whether the shop gave the money back', retries);
    return true;
  };
  let why: string;
  try {
    await read({ ...policy.retries, attempts: 3 });
    return;
  } catch (error) {
    why = readFailure(error).message;
  }
  if (patched('money-read-before-the-end')) {
    const place = {
      step: 'reconcile',
      fulfillmentId: null,
      what: 'see whether the shop gave the money back',
    };
    run.unwinding = true;
    const done = await parkable(
      run,
      place,
      () => read(policy.retries),
      () => false,
    );
    run.unwinding = false;
    if (done) return;
  }
  const detail = `Not known whether the money was given back: ${why}`;
  const key = `money-unread/${orderId}`;
  await record('note', { orderId, key, actor: 'engine', what: 'money_unread', detail }, detail);
}
