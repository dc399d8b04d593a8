import { formatMinor, type Money } from './money.ts';
import type { PaymentFact, RefundFact } from './order.ts';
import { sumFacts } from './summaries.ts';

export interface OrderMoney {
  /** What the customer pays, minor units of `currency`, after edits in the shop. */
  total: number;
  currency: string;
  payments: readonly PaymentFact[];
  refunds: readonly RefundFact[];
  /** A cancelled order owes nothing and must net to zero. */
  cancelled: boolean;
  /** Minor units; a difference of no more than this counts as none. */
  tolerance: number;
}

export type MismatchCode =
  | 'currency-mismatch'
  | 'refund-exceeds-capture'
  | 'refund-missing'
  | 'not-captured'
  | 'underpaid'
  | 'overpaid';

/**
 * `difference` is what there is less what there should be: negative is missing, positive too much; of a
 * currency mismatch it is the net sum in the first foreign currency. The sentence holds no personal data.
 */
export type Reconciliation =
  { matched: true } | { matched: false; code: MismatchCode; difference: Money; sentence: string };

/**
 * Matches what was taken and given back with what the order costs. Authorizations are not money yet. A refund
 * explains at most that what was taken is more than what the customer keeps having paid, so a live order
 * matches while captured ≥ total ≥ captured − refunded; beyond that it is under- or overpaid.
 */
export function reconcileOrder(order: OrderMoney): Reconciliation {
  const { authorized, captured, refunded } = sumFacts(order);
  const { total, currency, tolerance } = order;
  const net = captured - refunded;
  const differs = (code: MismatchCode, minor: number, sentence: string, unit = currency): Reconciliation => ({
    matched: false,
    code,
    difference: { minor, currency: unit },
    sentence,
  });
  const say = (minor: number) => `${formatMinor(minor, currency)} ${currency}`;

  const foreign = foreignNet(order);
  if (foreign) {
    const sentence = `Money was moved in ${foreign.currency}, but the order is in ${currency}.`;
    return differs('currency-mismatch', foreign.minor, sentence, foreign.currency);
  }
  if (net < -tolerance) {
    const sentence = `${say(refunded)} was refunded, but only ${say(captured)} was captured.`;
    return differs('refund-exceeds-capture', net, sentence);
  }
  if (order.cancelled) {
    if (net <= tolerance) return { matched: true };
    return differs('refund-missing', net, `The order is cancelled, but ${say(net)} is not refunded.`);
  }
  if (captured < total - tolerance) {
    const paid = `${say(captured)} of ${say(total)} was captured`;
    return authorized >= total - tolerance
      ? differs('not-captured', captured - total, `${paid}; ${say(authorized)} is authorized.`)
      : differs('underpaid', captured - total, `${paid}.`);
  }
  if (net > total + tolerance) {
    const sentence = `${say(net)} is kept of the payments, but the order costs ${say(total)}.`;
    return differs('overpaid', net - total, sentence);
  }
  return { matched: true };
}

/** The net sum in the alphabetically first currency that is not the order's; null where all is in the order's. */
function foreignNet({ currency, payments, refunds }: OrderMoney): Money | null {
  const moved = [...payments.filter(({ kind }) => kind === 'capture'), ...refunds];
  const [other] = moved
    .map((fact) => fact.currency)
    .filter((code) => code !== currency)
    .sort();
  if (other === undefined) return null;
  const { captured, refunded } = sumFacts({ currency: other, payments, refunds });
  return { minor: captured - refunded, currency: other };
}
