import type { ToUndo } from '../activities/lifecycle.ts';
import { database, party } from './calls.ts';
import type { Followed, Interruption, Run } from './run.ts';
import { isShipped } from './run.ts';
import { park, parkable, tellStanding } from './standing.ts';
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
  await tellStanding(run);
  const { fulfillments } = await database('bury', { orderId, generation }, `Undo: ${reason}`);
  const outcomes = await together(fulfillments.map((one) => undo(run, one)));
  const left = new Set(fulfillments.filter((_, index) => outcomes[index] === 'left').map(({ id }) => id));
  await parkable(run, { step: 'release', fulfillmentId: null, what: 'release the stock' }, () =>
    database('release', { orderId, generation, keep: [...left], next: kind }, 'Release the stock'),
  );
  run.unwinding = false;
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

/** After a cancel: the store and the customer's money. A cancel that came from the shop did both there. */
export async function settleCancel(run: Run, { actor, reason }: Interruption): Promise<void> {
  const { orderId, storeId, externalId, platform } = run.input;
  const retries = run.order!.policy.retries;
  const input = { orderId, storeId, externalId, reason };
  if (actor !== 'store') {
    run.unwinding = true;
    if (platform !== 'api')
      await parkable(
        run,
        { step: 'cancel-in-store', fulfillmentId: null, what: 'cancel the order in the store' },
        () => party(platform, 'cancelInStore', input, 'Cancel the order in the store', retries),
      );
    const { byHand } = await parkable(
      run,
      { step: 'refund', fulfillmentId: null, what: 'give the money back' },
      () => party(platform, 'refundAll', input, 'Give the money back', retries),
    );
    run.unwinding = false;
    if (byHand.length > 0)
      await leaveForPerson(run, 'refund_by_hand', `To be given back: ${byHand.join(', ')}`);
  }
}

/** An attention that outlives the order: what is left to do is not the engine's. */
export async function leaveForPerson(run: Run, reason: string, sentence: string): Promise<void> {
  const parked = { step: 'money', fulfillmentId: null, reason, sentence, lastError: null, actions: [] };
  await park(run, parked, () => true);
}
