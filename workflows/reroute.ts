import { database, record } from './calls.ts';
import type { Followed, Run } from './run.ts';
import { parkable } from './standing.ts';
import { undo } from './unwind.ts';

/**
 * Takes back what was done for one fulfillment, and dissolves it: what it held is claimed and allocated anew, from
 * elsewhere. False where its parcel has left: it goes on as it was.
 */
export async function moveAway(run: Run, fulfillment: Followed): Promise<boolean> {
  const { orderId } = run.input;
  const { generation } = run;
  const { actor, reason, exclude } = fulfillment.reroute!;
  const input = { orderId, generation, fulfillmentId: fulfillment.id };
  const place = { step: 'reroute', fulfillmentId: fulfillment.id };
  const toUndo = await parkable(run, { ...place, what: 'stop what is under way' }, () =>
    database('giveUp', input, `Reroute from ${fulfillment.warehouse}: ${reason}`),
  );
  const left = toUndo === null || (await undo(run, toUndo)) === 'left';
  if (left) {
    await parkable(run, { ...place, what: 'let it go on' }, () => database('goOn', input, 'It has left'));
    const detail = `A parcel from ${fulfillment.warehouse} had left before it could be rerouted: intercept it, or take it back`;
    const key = `reroute-too-late/${fulfillment.id}`;
    await record('note', { orderId, key, actor: 'engine', what: 'too_late', detail }, detail);
    fulfillment.reroute = null;
    return false;
  }
  await parkable(run, { ...place, what: 'free its stock' }, () =>
    database(
      'move',
      { ...input, exclude, actor, reason },
      `Dissolve what ${fulfillment.warehouse} was to ship`,
    ),
  );
  run.short.delete(fulfillment.id);
  return true;
}
