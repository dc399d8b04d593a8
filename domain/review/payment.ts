import type { OrderSnapshot, PaymentState } from '../order.ts';
import type { Finding } from './findings.ts';
import type { ReviewPolicy } from './policy.ts';

const byState: Readonly<Record<PaymentState, Finding | null>> = {
  paid: null,
  pending: { code: 'payment-pending', severity: 'await-payment', message: 'The payment is pending.' },
  authorized: {
    code: 'payment-authorized',
    severity: 'await-payment',
    message: 'The payment is authorized and not captured.',
  },
  partially_paid: { code: 'payment-partial', severity: 'await-payment', message: 'Only a part is paid.' },
  partially_refunded: {
    code: 'payment-partly-refunded',
    severity: 'note',
    message: 'A part of the payment was refunded.',
  },
  refunded: { code: 'payment-refunded', severity: 'refuse', message: 'The payment was refunded.' },
  voided: { code: 'payment-voided', severity: 'refuse', message: 'The payment was voided.' },
  failed: { code: 'payment-failed', severity: 'refuse', message: 'The payment failed.' },
};

/** An order that costs nothing waits for no payment. */
export function reviewPayment(snapshot: OrderSnapshot, policy: ReviewPolicy): Finding[] {
  const { state } = snapshot.payment;
  const finding = byState[state];
  if (!finding) return [];
  const free = snapshot.totals.total === 0 && finding.severity === 'await-payment';
  const enough = state === 'authorized' && policy.payment === 'authorized';
  return [free || enough ? { ...finding, severity: 'note' } : finding];
}
