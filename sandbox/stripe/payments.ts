import { emit } from './events.ts';
import {
  type BalanceTransaction,
  type Charge,
  type Dispute,
  newId,
  type PaymentIntent,
  type Refund,
  seconds,
  type StripeAccount,
  type StripeWorld,
} from './model.ts';
import { chargeView, disputeView, intentView, refundView } from './views.ts';

/** What Stripe does with money. Each throws `StripeRefusal` where Stripe refuses. */
export class StripeRefusal extends Error {
  readonly status: number;
  readonly type: string;
  readonly code: string | undefined;
  readonly param: string | undefined;

  constructor(
    message: string,
    facts: { code?: string; param?: string; status?: number; type?: string } = {},
  ) {
    super(message);
    this.status = facts.status ?? 400;
    this.type = facts.type ?? 'invalid_request_error';
    this.code = facts.code;
    this.param = facts.param;
  }
}

/** The payment methods for testing that Stripe documents. */
const declines: Record<string, { code: string; message: string }> = {
  pm_card_chargeDeclined: { code: 'card_declined', message: 'Your card was declined.' },
  pm_card_chargeDeclinedInsufficientFunds: {
    code: 'card_declined',
    message: 'Your card has insufficient funds.',
  },
};

export interface IntentRequest {
  amount: number;
  currency: string;
  captureMethod: 'automatic' | 'manual';
  metadata: Record<string, string>;
}

export function createIntent(
  world: StripeWorld,
  account: StripeAccount,
  request: IntentRequest,
): PaymentIntent {
  const intent: PaymentIntent = {
    id: newId(world, 'pi'),
    ...request,
    amountCapturable: 0,
    amountReceived: 0,
    status: 'requires_payment_method',
    latestCharge: null,
    lastError: null,
    canceledAt: null,
    created: seconds(world),
  };
  saveIntent(world, account, intent);
  tell(world, account, 'payment_intent.created', intent);
  return intent;
}

export function confirmIntent(
  world: StripeWorld,
  account: StripeAccount,
  intent: PaymentIntent,
  method: string,
): PaymentIntent {
  if (!['requires_payment_method', 'requires_confirmation'].includes(intent.status))
    throw unexpectedState(intent, 'confirm');
  const failure = declines[method] ?? null;
  const charge: Charge = {
    id: newId(world, 'ch'),
    intent: intent.id,
    amount: intent.amount,
    amountCaptured: 0,
    amountRefunded: 0,
    currency: intent.currency,
    captured: false,
    paid: failure === null,
    captureBefore: intent.captureMethod === 'manual' ? seconds(world) + account.holdSeconds : null,
    balanceTransaction: null,
    failure,
    created: seconds(world),
  };
  saveCharge(world, account, charge);
  if (failure) {
    const failed = { ...intent, latestCharge: charge.id, lastError: failure };
    saveIntent(world, account, failed);
    tell(world, account, 'payment_intent.payment_failed', failed);
    throw new StripeRefusal(failure.message, { status: 402, type: 'card_error', code: failure.code });
  }
  if (intent.captureMethod === 'manual') {
    const held: PaymentIntent = {
      ...intent,
      status: 'requires_capture',
      amountCapturable: intent.amount,
      latestCharge: charge.id,
    };
    saveIntent(world, account, held);
    tell(world, account, 'payment_intent.amount_capturable_updated', held);
    return held;
  }
  return take(world, account, { ...intent, latestCharge: charge.id }, charge, intent.amount);
}

export function captureIntent(
  world: StripeWorld,
  account: StripeAccount,
  intent: PaymentIntent,
  amount: number | undefined,
): PaymentIntent {
  if (intent.status !== 'requires_capture') throw unexpectedState(intent, 'capture');
  const charge = chargeOf(world, account, intent);
  if (charge.captureBefore !== null && charge.captureBefore <= seconds(world)) {
    cancelIntent(world, account, intent);
    throw new StripeRefusal('This PaymentIntent could not be captured: its authorization has expired.', {
      code: 'charge_expired_for_capture',
    });
  }
  const taken = amount ?? intent.amountCapturable;
  if (taken > intent.amountCapturable)
    throw new StripeRefusal(
      'The amount to capture is greater than the remaining amount that can be captured.',
      {
        code: 'amount_too_large',
        param: 'amount_to_capture',
      },
    );
  return take(world, account, intent, charge, taken);
}

function take(
  world: StripeWorld,
  account: StripeAccount,
  intent: PaymentIntent,
  charge: Charge,
  amount: number,
): PaymentIntent {
  // 2.9% and 30 of the smallest unit, as a card costs.
  const fee = Math.round(amount * 0.029) + 30;
  const entry = book(world, account, {
    type: 'charge',
    source: charge.id,
    amount,
    fee,
    currency: intent.currency,
  });
  const captured: Charge = {
    ...charge,
    captured: true,
    amountCaptured: amount,
    balanceTransaction: entry.id,
  };
  saveCharge(world, account, captured);
  const paid: PaymentIntent = { ...intent, status: 'succeeded', amountCapturable: 0, amountReceived: amount };
  saveIntent(world, account, paid);
  emit(world, account, 'charge.succeeded', chargeView(captured, shown(world, account)));
  tell(world, account, 'payment_intent.succeeded', paid);
  return paid;
}

export function cancelIntent(
  world: StripeWorld,
  account: StripeAccount,
  intent: PaymentIntent,
): PaymentIntent {
  if (intent.status === 'succeeded' || intent.status === 'canceled') throw unexpectedState(intent, 'cancel');
  const canceled: PaymentIntent = {
    ...intent,
    status: 'canceled',
    amountCapturable: 0,
    canceledAt: seconds(world),
  };
  saveIntent(world, account, canceled);
  tell(world, account, 'payment_intent.canceled', canceled);
  return canceled;
}

export function createRefund(
  world: StripeWorld,
  account: StripeAccount,
  intent: PaymentIntent,
  request: { amount: number | undefined; reason: string | null; metadata: Record<string, string> },
): Refund {
  const charge = intent.latestCharge === null ? null : chargeOf(world, account, intent);
  if (!charge?.captured)
    throw new StripeRefusal(
      `This PaymentIntent (${intent.id}) does not have a successful charge to refund.`,
      {
        code: 'payment_intent_unexpected_state',
      },
    );
  if (disputesOf(world, account, charge.id).some(({ status }) => status !== 'won'))
    throw new StripeRefusal(`Charge ${charge.id} has been charged back; cannot issue a refund.`, {
      code: 'charge_disputed',
    });
  const left = charge.amountCaptured - charge.amountRefunded;
  if (left === 0)
    throw new StripeRefusal(`Charge ${charge.id} has already been refunded.`, {
      code: 'charge_already_refunded',
    });
  const amount = request.amount ?? left;
  if (amount > left)
    throw new StripeRefusal(
      `Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`,
      { param: 'amount' },
    );
  const id = newId(world, 're');
  const entry = book(world, account, {
    type: 'refund',
    source: id,
    amount: -amount,
    fee: 0,
    currency: charge.currency,
  });
  const refund: Refund = {
    id,
    charge: charge.id,
    intent: intent.id,
    amount,
    currency: charge.currency,
    reason: request.reason,
    status: 'succeeded',
    failureReason: null,
    balanceTransaction: entry.id,
    metadata: request.metadata,
    created: seconds(world),
  };
  world.tables.refunds.put(account.name, id, refund);
  saveCharge(world, account, { ...charge, amountRefunded: charge.amountRefunded + amount });
  emit(world, account, 'refund.created', refundView(refund));
  return refund;
}

/** The customer's bank sends the money back. */
export function failRefund(world: StripeWorld, account: StripeAccount, refund: Refund): Refund {
  if (refund.status === 'failed') throw new StripeRefusal(`Refund ${refund.id} has failed already.`);
  const failed: Refund = { ...refund, status: 'failed', failureReason: 'lost_or_stolen_card' };
  world.tables.refunds.put(account.name, refund.id, failed);
  const charge = world.tables.charges.get(account.name, refund.charge)!;
  saveCharge(world, account, { ...charge, amountRefunded: charge.amountRefunded - refund.amount });
  const { amount, currency } = refund;
  book(world, account, { type: 'refund_failure', source: refund.id, amount, fee: 0, currency });
  emit(world, account, 'refund.failed', refundView(failed));
  return failed;
}

/** The customer asks their bank for the money back. */
export function openDispute(
  world: StripeWorld,
  account: StripeAccount,
  intent: PaymentIntent,
  reason: string,
): Dispute {
  const charge = chargeOf(world, account, intent);
  if (!charge.captured) throw new StripeRefusal('Only what was captured can be disputed.');
  const id = newId(world, 'dp');
  const amount = charge.amountCaptured - charge.amountRefunded;
  const dispute: Dispute = {
    id,
    charge: charge.id,
    intent: intent.id,
    amount,
    currency: charge.currency,
    reason,
    status: 'needs_response',
    dueBy: seconds(world) + 7 * 86_400,
    created: seconds(world),
  };
  world.tables.disputes.put(account.name, id, dispute);
  book(world, account, {
    type: 'adjustment',
    source: id,
    amount: -amount,
    fee: 1500,
    currency: charge.currency,
  });
  emit(world, account, 'charge.dispute.created', disputeView(dispute));
  return dispute;
}

export function closeDispute(
  world: StripeWorld,
  account: StripeAccount,
  dispute: Dispute,
  status: 'won' | 'lost',
): Dispute {
  const closed = { ...dispute, status };
  world.tables.disputes.put(account.name, dispute.id, closed);
  const { id, amount, currency } = dispute;
  if (status === 'won') book(world, account, { type: 'adjustment', source: id, amount, fee: 0, currency });
  emit(world, account, 'charge.dispute.closed', disputeView(closed));
  return closed;
}

const shown = (world: StripeWorld, account: StripeAccount) => ({ tables: world.tables, account, expand: [] });

const disputesOf = (world: StripeWorld, account: StripeAccount, charge: string) =>
  world.tables.disputes.all(account.name).filter((dispute) => dispute.charge === charge);

function chargeOf(world: StripeWorld, account: StripeAccount, intent: PaymentIntent): Charge {
  const charge = world.tables.charges.get(account.name, intent.latestCharge ?? '');
  if (!charge) throw unexpectedState(intent, 'use');
  return charge;
}

const saveIntent = (world: StripeWorld, account: StripeAccount, intent: PaymentIntent) =>
  world.tables.intents.put(account.name, intent.id, intent);
const saveCharge = (world: StripeWorld, account: StripeAccount, charge: Charge) =>
  world.tables.charges.put(account.name, charge.id, charge);
const tell = (world: StripeWorld, account: StripeAccount, type: string, intent: PaymentIntent) =>
  emit(world, account, type, intentView(intent, shown(world, account)));

function book(
  world: StripeWorld,
  account: StripeAccount,
  row: Omit<BalanceTransaction, 'id' | 'created'>,
): BalanceTransaction {
  const entry = { id: newId(world, 'txn'), created: seconds(world), ...row };
  world.tables.balance.put(account.name, entry.id, entry);
  return entry;
}

const unexpectedState = (intent: PaymentIntent, verb: string) =>
  new StripeRefusal(`This PaymentIntent's status is ${intent.status}: you cannot ${verb} it.`, {
    code: 'payment_intent_unexpected_state',
  });
