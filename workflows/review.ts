import { condition, isCancellation } from '@temporalio/workflow';
import type { Review } from '../domain/review.ts';
import { database, party } from './calls.ts';
import type { Run } from './run.ts';
import { interrupt } from './run.ts';
import { keepStockWhile } from './reservation.ts';
import { park, parkable, waitFor } from './standing.ts';

/** Judges the order until it passes: what it waits for is shown, and each wait has its end. */
export async function reviewed(run: Run): Promise<void> {
  const { orderId } = run.input;
  for (;;) {
    const { version, paymentState } = run.order!;
    const verdict = await parkable(
      run,
      { step: 'review', fulfillmentId: null, what: 'review the order' },
      () => database('review', { orderId, generation: run.generation, approved: run.approved }, 'Review'),
    );
    if (verdict.outcome === 'pass') return;
    const changed = () => run.order!.version > version || run.order!.paymentState !== paymentState;
    if (verdict.outcome === 'await-payment') await keepStockWhile(run, () => paid(run, verdict, changed));
    else if (verdict.outcome === 'hold') await keepStockWhile(run, () => approved(run, verdict, changed));
    else await corrected(run, verdict, changed);
  }
}

const say = (verdict: Review): string =>
  verdict.findings
    .filter(({ severity }) => severity !== 'note')
    .map(({ message }) => message)
    .join(' ');

async function paid(run: Run, verdict: Review, changed: () => boolean): Promise<void> {
  await askProvider(run);
  if (changed()) return;
  const hours = run.order!.policy.deadlines.paymentHours;
  const wait = { condition: 'awaiting_payment', text: say(verdict), hours, overdue: 'give-up' } as const;
  if (await waitFor(run, wait, changed)) return;
  interrupt(run, { kind: 'cancel', actor: 'engine', reason: `not paid within ${hours} hours` });
  await condition(() => false);
}

/** Its events may have come before the order did. One that does not answer sends them again. */
async function askProvider(run: Run): Promise<void> {
  const { orderId, platform } = run.input;
  const order = run.order!;
  if (order.moneyParty === platform) return;
  const few = { ...order.policy.retries, attempts: 2 };
  try {
    const state = await party(order.moneyParty, 'readPayment', { orderId }, 'Ask for the payment', few);
    if (state !== null) run.order = { ...run.order!, paymentState: state };
  } catch (error) {
    if (isCancellation(error)) throw error;
  }
}

async function approved(run: Run, verdict: Review, changed: () => boolean): Promise<void> {
  run.toApprove = verdict.findings.filter(({ severity }) => severity === 'hold').map(({ code }) => code);
  const text = say(verdict);
  await waitFor(
    run,
    {
      condition: 'held',
      text,
      hours: run.order!.policy.deadlines.heldHours,
      overdue: {
        step: 'review',
        reason: 'held_too_long',
        sentence: `Nobody approved or cancelled it yet. ${text}`,
        actions: ['approve', 'cancel', 'retry'],
      },
    },
    () => run.toApprove.length === 0 || changed(),
  );
  run.toApprove = [];
}

async function corrected(run: Run, verdict: Review, changed: () => boolean): Promise<void> {
  const attention = {
    step: 'review',
    fulfillmentId: null,
    reason: 'review_refused',
    sentence: say(verdict),
    lastError: null,
    actions: ['retry', 'cancel'],
  };
  await park(run, attention, changed);
}

/** Before each step that can't be taken back for nothing: a person, or the shop, may have put the order on hold. */
export async function unheld(run: Run): Promise<void> {
  for (;;) {
    if (run.held) await held(run, byPerson, () => run.held);
    else if (heldInShop(run)) {
      run.toApprove = ['held-in-shop'];
      try {
        await held(run, byShop, () => heldInShop(run));
      } finally {
        // Also of a way that is broken off: what comes after it may not be approved for this.
        run.toApprove = [];
      }
    } else return;
  }
}

const heldInShop = (run: Run): boolean =>
  run.order?.heldInShop === true && !run.approved.includes('held-in-shop');

const byPerson = {
  text: 'A person put it on hold',
  sentence: 'It is on hold for longer than the store wants: release or cancel it',
  actions: ['release', 'cancel', 'retry'],
};
const byShop = {
  text: 'The shop holds it, in whole or in part: release it there',
  sentence:
    'The shop holds it for longer than the store wants: release it there, or approve or cancel it here',
  actions: ['approve', 'cancel', 'retry'],
};

async function held(run: Run, { text, ...overdue }: typeof byPerson, still: () => boolean): Promise<void> {
  const wait = () =>
    waitFor(
      run,
      {
        condition: 'held',
        text,
        hours: run.order!.policy.deadlines.heldHours,
        overdue: { step: 'hold', reason: 'held_too_long', ...overdue },
      },
      () => !still(),
    );
  await keepStockWhile(run, wait);
}
