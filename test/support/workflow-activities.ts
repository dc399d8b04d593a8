/** All steps over orders in memory, with failures made as the real steps make theirs. */
import type { Activities } from '../../activities/activities.ts';
import type { ActivityDeps } from '../../activities/deps.ts';
import { guarded, Refusal } from '../../activities/failure.ts';
import { PartyFailure } from '../../connectors/failure.ts';
import { effects } from './workflow-effects.ts';
import { type FakeOrder, partyOf, type Step, type Turn } from './workflow-order.ts';

type Orders = ReadonlyMap<string, FakeOrder>;

/** `orders` are found by our id of the order, which every step is given. */
export function fakeActivities(orders: Orders): Activities {
  const steps = Object.keys(effects).map((step) => [
    step,
    (input: { orderId: string }) => take(orders, step as Step, input),
  ]);
  return guarded(noDeps, Object.fromEntries(steps) as Activities);
}

async function take(orders: Orders, step: Step, input: { orderId: string }): Promise<unknown> {
  const order = orders.get(input.orderId);
  if (!order) throw new Error(`No order ${input.orderId}`);
  order.calls.push({ step, input: { ...input } });
  const turn = order.turns.get(step)?.shift() ?? order.always.get(step);
  if (turn !== undefined) await act(order, step, turn);
  return effects[step](order, input as never);
}

async function act(order: FakeOrder, step: Step, turn: Turn): Promise<void> {
  if (turn === 'hang') {
    await new Promise<void>((goOn) => order.hanging.set(step, [...(order.hanging.get(step) ?? []), goOn]));
  } else if (turn === 'fail') throw failureOf(step);
  else throw new Refusal(turn.refuse, 'The other side says no');
}

/** An outside party that does not answer, or a database that is away. */
function failureOf(step: Step): Error {
  const party = partyOf(step);
  if (!party) return new Error('connection lost');
  return new PartyFailure('no answer in time', { party, kind: 'retry', effect: 'unknown', code: 'timeout' });
}

/** Failures are scrubbed of what the database knows of the customer: here nobody is known. */
const noDeps = {
  orm: { em: { fork: () => ({ execute: async () => [] }) } },
  log: { warn() {} },
} as unknown as ActivityDeps;
