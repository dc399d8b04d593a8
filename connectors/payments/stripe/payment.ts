import type Stripe from 'stripe';
import type { PaymentFact, PaymentState, RefundFact } from '../../../domain/order.ts';
import { PartyFailure } from '../../failure.ts';
import type { DisputeFact, MoneyRequest, ProviderPayment } from '../provider.ts';
import { fromStripe, toStripe } from './amounts.ts';
import { asking, underNextKey } from './client.ts';

/** The metadata by which the echo of our own refund is known. */
const KEY = 'orderloom_key';

const time = (seconds: number) => new Date(seconds * 1000).toISOString();

/** A PaymentIntent with what became of its money. */
export async function readPayment(stripe: Stripe, id: string): Promise<ProviderPayment> {
  if (!/^pi_\w+$/.test(id)) throw notAnIntent(id);
  const [intent, refunds, disputes] = await asking('reads', () =>
    Promise.all([
      stripe.paymentIntents.retrieve(id, { expand: ['latest_charge'] }),
      stripe.refunds.list({ payment_intent: id, limit: 100 }).autoPagingToArray({ limit: 1000 }),
      stripe.disputes.list({ payment_intent: id, limit: 100 }).autoPagingToArray({ limit: 1000 }),
    ]),
  );
  const failed = ({ status }: Stripe.Refund) => status === 'failed' || status === 'canceled';
  return {
    externalId: intent.id,
    state: stateOf(
      intent,
      refunds.filter((refund) => !failed(refund)),
    ),
    payments: paymentsOf(intent),
    refunds: refunds.filter((refund) => !failed(refund)).map(refundOf),
    failedRefunds: refunds.filter(failed).map((refund) => refund.id),
    disputes: disputes.map(disputeOf),
    capturable: fromStripe(intent.amount_capturable, intent.currency),
    captureBefore: captureBefore(intent),
  };
}

/**
 * Takes what was authorized, once: an authorization is captured as a whole or in part and is then over. What was
 * captured already, by an attempt whose answer was lost or by a person, is the answer.
 */
export async function capture(stripe: Stripe, request: MoneyRequest): Promise<PaymentFact> {
  const { paymentExternalId: id, key } = request;
  if (!/^pi_\w+$/.test(id)) throw notAnIntent(id);
  const before = await asking('reads', () => stripe.paymentIntents.retrieve(id));
  const intent =
    before.status === 'succeeded'
      ? before
      : await asking('writes', () =>
          underNextKey(key, (idempotencyKey) =>
            stripe.paymentIntents.capture(
              id,
              { amount_to_capture: toStripe(request.amount, request.currency) },
              { idempotencyKey },
            ),
          ),
        );
  const taken = paymentsOf(intent).find(({ kind }) => kind === 'capture');
  if (!taken) throw refused(`Stripe did not capture ${id}: it is ${intent.status}`, 'not_captured');
  return taken;
}

export async function refund(stripe: Stripe, request: MoneyRequest): Promise<RefundFact> {
  const { paymentExternalId: id, amount, currency, key } = request;
  const made = await asking('writes', () =>
    underNextKey(key, (idempotencyKey) =>
      stripe.refunds.create(
        {
          payment_intent: id,
          amount: toStripe(amount, currency),
          reason: 'requested_by_customer',
          metadata: { [KEY]: key },
        },
        { idempotencyKey },
      ),
    ),
  );
  if (made.status === 'failed' || made.status === 'canceled')
    throw refused(
      `Stripe could not give the money back: ${made.failure_reason ?? made.status}`,
      'refund_failed',
    );
  return refundOf(made);
}

function stateOf(intent: Stripe.PaymentIntent, refunds: readonly Stripe.Refund[]): PaymentState {
  if (intent.status === 'succeeded') {
    const refunded = refunds.reduce((sum, { amount }) => sum + amount, 0);
    if (refunded === 0) return 'paid';
    return refunded < intent.amount_received ? 'partially_refunded' : 'refunded';
  }
  if (intent.status === 'requires_capture') return 'authorized';
  return intent.status === 'canceled' ? 'voided' : 'pending';
}

/** Both have the id of the PaymentIntent: a payment is one thing, authorized and then captured. */
function paymentsOf(intent: Stripe.PaymentIntent): PaymentFact[] {
  const { id: externalId, currency, created } = intent;
  const fact = { externalId, currency: currency.toUpperCase(), provider: 'stripe', at: time(created) };
  if (intent.status === 'requires_capture')
    return [{ ...fact, kind: 'authorization', amount: fromStripe(intent.amount_capturable, currency) }];
  if (intent.status === 'succeeded')
    return [{ ...fact, kind: 'capture', amount: fromStripe(intent.amount_received, currency) }];
  return [];
}

function refundOf({ id, amount, currency, created, metadata }: Stripe.Refund): RefundFact {
  const key = metadata?.[KEY];
  return {
    externalId: id,
    amount: fromStripe(amount, currency),
    currency: currency.toUpperCase(),
    provider: 'stripe',
    at: time(created),
    ...(key !== undefined && { key }),
  };
}

function disputeOf(dispute: Stripe.Dispute): DisputeFact {
  const { status } = dispute;
  // An inquiry that was closed, or one that was prevented, took nothing.
  const won = status === 'won' || status === 'warning_closed' || status === 'prevented';
  const over = status === 'lost' ? 'lost' : 'open';
  return {
    externalId: dispute.id,
    amount: fromStripe(dispute.amount, dispute.currency),
    currency: dispute.currency.toUpperCase(),
    reason: dispute.reason,
    state: won ? 'won' : over,
    respondBy: dispute.evidence_details?.due_by ? time(dispute.evidence_details.due_by) : null,
    at: time(dispute.created),
  };
}

function captureBefore({ status, latest_charge: charge }: Stripe.PaymentIntent): string | null {
  if (status !== 'requires_capture' || charge === null || typeof charge === 'string') return null;
  const before = charge.payment_method_details?.card?.capture_before;
  return before === undefined ? null : time(before);
}

const refused = (message: string, code: string) =>
  new PartyFailure(message, { party: 'stripe', kind: 'refuse', effect: 'none', code });

const notAnIntent = (id: string) =>
  refused(
    `"${id.slice(0, 60)}" is no PaymentIntent of Stripe: its ids begin with pi_`,
    'not_a_payment_intent',
  );
