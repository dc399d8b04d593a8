import type { ToUndo } from '../activities/lifecycle.ts';
import { database, party, readFailure } from './calls.ts';
import type { Followed, Interruption, Run } from './run.ts';
import { isShipped } from './run.ts';
import { parkable, tellStanding } from './standing.ts';
import { together } from './together.ts';

/**
 * Undoes, in reverse, what the present generation did: first its tombstone, so that no late step lands; then
 * what the store was told, the labels, the stock. Returns the fulfillments whose parcels have left: they can't be
 * undone and are followed on.
 */
export async function unwind(run: Run, { kind, reason }: Interruption): Promise<Followed[]> {
  const { orderId } = run.input;
  const { generation } = run;
  run.unwinding = true;
  if (kind === 'cancel') await tellStanding(run);
  const { fulfillments } = await database('bury', { orderId, generation }, `Undo: ${reason}`);
  const outcomes = await together(fulfillments.map((one) => undo(run, one)));
  const left = new Set(fulfillments.filter((_, index) => outcomes[index] === 'left').map(({ id }) => id));
  await parkable(run, { step: 'release', fulfillmentId: null, what: 'release the stock' }, () =>
    database('release', { orderId, generation, keep: [...left], next: kind }, 'Release the stock'),
  );
  run.unwinding = false;
  if (kind === 'redo') await tellStanding(run);
  return run.fulfillments.filter((one) => isShipped(one) || left.has(one.id));
}

async function undo(run: Run, fulfillment: ToUndo): Promise<'undone' | 'left'> {
  const { orderId, storeId, externalId, platform } = run.input;
  const retries = run.order!.policy.retries;
  const place = { fulfillmentId: fulfillment.id };
  if (fulfillment.announced)
    await parkable(run, { ...place, step: 'withdraw', what: 'take the shipment back in the store' }, () =>
      party(
        platform,
        'withdraw',
        { orderId, storeId, externalId, fulfillmentId: fulfillment.id },
        'Take the shipment back in the store',
        retries,
      ),
    );
  const voided = await together(
    fulfillment.purchases.map(({ purchaseId, carrier }) =>
      parkable(run, { ...place, step: 'void', what: `void the ${carrier} label` }, () =>
        party(carrier, 'voidLabel', { orderId, purchaseId }, `Void the ${carrier} label`, retries),
      ),
    ),
  );
  return voided.some(({ result }) => result === 'left') ? 'left' : 'undone';
}

/**
 * After a cancel: the store and the customer's money. A cancel that came from the shop did both there, so it is
 * only looked at whether the money adds up; what does not is on the timeline.
 */
export async function settleCancel(run: Run, { actor, reason }: Interruption): Promise<void> {
  if (actor !== 'store') {
    run.unwinding = true;
    await cancelInStore(run, reason);
    await giveBack(run, reason);
    run.unwinding = false;
  } else await checkMoney(run);
}

async function cancelInStore(run: Run, reason: string): Promise<void> {
  const { orderId, storeId, externalId, platform } = run.input;
  if (platform === 'api') return;
  const place = { step: 'cancel-in-store', fulfillmentId: null, what: 'cancel the order in the store' };
  await parkable(run, place, () =>
    party(
      platform,
      'cancelInStore',
      { orderId, storeId, externalId, reason },
      'Cancel the order in the store',
      run.order!.policy.retries,
    ),
  );
}

async function giveBack(run: Run, reason: string): Promise<void> {
  const { orderId, storeId, externalId, platform } = run.input;
  const place = { step: 'refund', fulfillmentId: null, what: 'give the money back' };
  const { byHand } = await parkable(run, place, () =>
    party(
      platform,
      'refundAll',
      { orderId, storeId, externalId, reason },
      'Give the money back',
      run.order!.policy.retries,
    ),
  );
  if (byHand.length === 0) return;
  const detail = `To be given back by hand: ${byHand.join(', ')}`;
  const key = `by-hand/${orderId}`;
  await database('note', { orderId, key, actor: 'engine', what: 'refund_due', detail }, detail);
}

async function checkMoney(run: Run): Promise<void> {
  const { orderId, storeId, externalId, platform } = run.input;
  const few = { ...run.order!.policy.retries, attempts: 3 };
  try {
    const input = { orderId, storeId, externalId, cancelled: true };
    await party(platform, 'reconcile', input, 'See whether the shop gave the money back', few);
  } catch (error) {
    const detail = `Not known whether the money was given back: ${readFailure(error).message}`;
    const key = `money-unread/${orderId}`;
    await database('note', { orderId, key, actor: 'engine', what: 'money_unread', detail }, detail);
  }
}
