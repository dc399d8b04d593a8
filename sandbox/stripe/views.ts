import type {
  BalanceTransaction,
  Charge,
  Dispute,
  PaymentIntent,
  Refund,
  StripeAccount,
  StripeTables,
} from './model.ts';

/** Objects as Stripe's API shows them; `expand` names the fields that are shown whole. */
export interface Shown {
  tables: StripeTables;
  account: StripeAccount;
  expand: readonly string[];
}

const within = ({ expand }: Shown, field: string): string[] =>
  expand.filter((path) => path.startsWith(`${field}.`)).map((path) => path.slice(field.length + 1));

export function intentView(intent: PaymentIntent, shown: Shown): Record<string, unknown> {
  const charge = intent.latestCharge && shown.tables.charges.get(shown.account.name, intent.latestCharge);
  const whole = shown.expand.some((path) => path === 'latest_charge' || path.startsWith('latest_charge.'));
  return {
    id: intent.id,
    object: 'payment_intent',
    amount: intent.amount,
    amount_capturable: intent.amountCapturable,
    amount_details: { tip: {} },
    amount_received: intent.amountReceived,
    canceled_at: intent.canceledAt,
    cancellation_reason: null,
    capture_method: intent.captureMethod,
    client_secret: `${intent.id}_secret_sandbox`,
    confirmation_method: 'automatic',
    created: intent.created,
    currency: intent.currency,
    last_payment_error: intent.lastError && {
      type: 'card_error',
      code: intent.lastError.code,
      message: intent.lastError.message,
    },
    latest_charge:
      charge && whole
        ? chargeView(charge, { ...shown, expand: within(shown, 'latest_charge') })
        : intent.latestCharge,
    livemode: false,
    metadata: intent.metadata,
    payment_method: intent.latestCharge ? 'pm_card_visa' : null,
    payment_method_types: ['card'],
    status: intent.status,
  };
}

export function chargeView(charge: Charge, shown: Shown): Record<string, unknown> {
  const disputed = shown.tables.disputes
    .all(shown.account.name)
    .some((dispute) => dispute.charge === charge.id);
  return {
    id: charge.id,
    object: 'charge',
    amount: charge.amount,
    amount_captured: charge.amountCaptured,
    amount_refunded: charge.amountRefunded,
    balance_transaction: charge.balanceTransaction,
    captured: charge.captured,
    created: charge.created,
    currency: charge.currency,
    disputed,
    failure_code: charge.failure?.code ?? null,
    failure_message: charge.failure?.message ?? null,
    livemode: false,
    metadata: {},
    paid: charge.paid,
    payment_intent: charge.intent,
    payment_method_details: {
      type: 'card',
      card: {
        brand: 'visa',
        ...(charge.captureBefore !== null && { capture_before: charge.captureBefore }),
        last4: '4242',
      },
    },
    refunded: charge.amountRefunded >= charge.amountCaptured && charge.amountCaptured > 0,
    status: charge.paid ? 'succeeded' : 'failed',
  };
}

export const refundView = (refund: Refund): Record<string, unknown> => ({
  id: refund.id,
  object: 'refund',
  amount: refund.amount,
  balance_transaction: refund.balanceTransaction,
  charge: refund.charge,
  created: refund.created,
  currency: refund.currency,
  ...(refund.failureReason !== null && { failure_reason: refund.failureReason }),
  metadata: refund.metadata,
  payment_intent: refund.intent,
  reason: refund.reason,
  receipt_number: null,
  status: refund.status,
});

export const disputeView = (dispute: Dispute): Record<string, unknown> => ({
  id: dispute.id,
  object: 'dispute',
  amount: dispute.amount,
  balance_transactions: [],
  charge: dispute.charge,
  created: dispute.created,
  currency: dispute.currency,
  evidence: {},
  evidence_details: {
    due_by: dispute.dueBy,
    has_evidence: false,
    past_due: false,
    submission_count: 0,
  },
  is_charge_refundable: false,
  livemode: false,
  metadata: {},
  payment_intent: dispute.intent,
  reason: dispute.reason,
  status: dispute.status,
});

export const balanceView = (row: BalanceTransaction): Record<string, unknown> => ({
  id: row.id,
  object: 'balance_transaction',
  amount: row.amount,
  available_on: row.created + 2 * 86_400,
  created: row.created,
  currency: row.currency,
  description: null,
  exchange_rate: null,
  fee: row.fee,
  fee_details:
    row.fee === 0
      ? []
      : [
          {
            amount: row.fee,
            application: null,
            currency: row.currency,
            description: 'Stripe processing fees',
            type: 'stripe_fee',
          },
        ],
  net: row.amount - row.fee,
  reporting_category: row.type === 'adjustment' ? 'dispute' : row.type,
  source: row.source,
  status: 'pending',
  type: row.type,
});

/** Newest first, cut to the page that was asked for. */
export function listView(
  url: string,
  items: readonly Record<string, unknown>[],
  query: { limit?: string; starting_after?: string },
): Record<string, unknown> {
  const from = query.starting_after ? items.findIndex(({ id }) => id === query.starting_after) + 1 : 0;
  const limit = Math.min(100, Math.max(1, Number(query.limit ?? 10)));
  const data = items.slice(from, from + limit);
  return { object: 'list', data, has_more: items.length > from + limit, url };
}
