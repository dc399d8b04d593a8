import { ApplicationFailure, condition } from '@temporalio/workflow';
import { party, record } from './calls.ts';
import { type ChangeAction, NOT_POSSIBLE, type Refusal } from './contracts.ts';
import type { Run, UnsettledChange } from './run.ts';
import { parkable } from './standing.ts';

/** What people here change of an order: its address, its quantities, or money given back. */

/**
 * The order goes by it from now on, and what follows outside is begun beside its way. Fails the Update where the books
 * say that it can't be, which the workflow itself does not know.
 */
export async function change(
  run: Run,
  kind: UnsettledChange['kind'],
  { changeId, actor, reason }: ChangeAction,
  possible: () => string[],
): Promise<void> {
  const { orderId } = run.input;
  const result = await record('applyChange', { orderId, changeId }, `${actor}: ${wording[kind]}`);
  if (!result.applied)
    throw ApplicationFailure.nonRetryable(result.message, NOT_POSSIBLE, {
      possible: possible(),
    } satisfies Refusal);
  run.unsettled.push({ id: changeId, kind });
  if (kind === 'refund') return;
  // The new content is read as everything that changes it.
  run.editor = { actor, reason };
  run.mail++;
}

const wording = { address: 'change the address', lines: 'ship less', refund: 'give money back' } as const;

/** One after the other, so that nobody gives back what another is giving back; until the order has ended. */
export async function settleWhileOpen(run: Run): Promise<void> {
  for (;;) {
    await condition(() => run.unsettled.length > 0 || run.ended);
    if (run.unsettled.length === 0) return;
    await settleAll(run);
  }
}

export async function settleAll(run: Run): Promise<void> {
  for (let next = run.unsettled[0]; next; next = run.unsettled[0]) {
    await settle(run, next);
    run.unsettled.shift();
  }
}

/** Of an earlier run that was broken off. */
export function takeUp(run: Run, unsettled: readonly UnsettledChange[]): void {
  run.unsettled.push(...unsettled.filter(({ id }) => !run.unsettled.some((one) => one.id === id)));
}

/** Everything that was changed is told and paid, or a person does it. */
export const allSettled = (run: Run): Promise<void> => condition(() => run.unsettled.length === 0);

async function settle(run: Run, { id: changeId, kind }: UnsettledChange): Promise<void> {
  const { orderId, storeId, externalId, platform } = run.input;
  const order = run.order!;
  const input = { orderId, storeId, externalId, changeId };
  const { retries } = order.policy;
  let skipped = false;
  const skip = () => void (skipped = true);
  if (kind !== 'refund' && platform !== 'api') {
    const place = { step: 'tell-change', fulfillmentId: null, what: 'tell the store of the change' };
    await parkable(
      run,
      place,
      () => party(platform, 'tellChange', input, 'Tell the store of the change', retries),
      skip,
    );
  }
  if (kind !== 'address') {
    const place = { step: 'pay-back', fulfillmentId: null, what: 'give the money back' };
    const none = () => {
      skip();
      return { byHand: [] };
    };
    const { byHand } = await parkable(
      run,
      place,
      () => party(order.moneyParty, 'payBack', input, 'Give the money back', retries),
      none,
    );
    await noteByHand(run, byHand, changeId);
  }
  const state = skipped ? 'skipped' : 'done';
  await record('settleChange', { orderId, changeId, state }, `The change is ${state}`);
}

/** No provider of ours can be asked: a person gives it back. */
export async function noteByHand(run: Run, byHand: readonly string[], about: string): Promise<void> {
  if (byHand.length === 0) return;
  const { orderId } = run.input;
  const detail = `To be given back by hand: ${byHand.join(', ')}`;
  const key = `by-hand/${about}`;
  await record('note', { orderId, key, actor: 'engine', what: 'refund_due', detail }, detail);
}
