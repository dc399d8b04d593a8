import type { LineToFulfill } from './eligibility.ts';
import type { OrderSnapshot } from './order.ts';
import { reviewAddress } from './review/address.ts';
import { reviewAmounts } from './review/amounts.ts';
import type { BlockKind } from './review/blocked.ts';
import { findingCodes, severities, type Finding, type FindingCode } from './review/findings.ts';
import { reviewPayment } from './review/payment.ts';
import type { ReviewPolicy } from './review/policy.ts';
import { reviewCustomer, reviewFraud, reviewHolds, reviewSize } from './review/risk.ts';

/** What the review needs to know beyond the order itself. */
export interface ReviewFacts {
  /** By what the customer is blocked; empty: they are not. */
  blockedBy: readonly BlockKind[];
  /** The number of an order that this one repeats (see `isDuplicate`), or null. */
  duplicateOf: string | null;
  /** ISO 3166-1 alpha-2 codes of the countries that some warehouse serves. */
  servedCountries: readonly string[];
  /** RFC 3339. */
  now: string;
  /** Findings for which a person let the order go on: a hold for them becomes a note. */
  approved?: readonly FindingCode[];
}

export interface Review {
  /** The worst finding decides. `refuse`: a person must correct something and retry; the order is never lost. */
  outcome: 'pass' | 'await-payment' | 'hold' | 'refuse';
  /** All there is to say, the worst first, then in the order of the rules and of the lines. */
  findings: Finding[];
}

/** Whether the order may go on as it is. `lines` are what is to be fulfilled of it (see eligibility). */
export function review(
  snapshot: OrderSnapshot,
  lines: readonly LineToFulfill[],
  policy: ReviewPolicy,
  facts: ReviewFacts,
): Review {
  const findings = [
    ...reviewAmounts(snapshot, policy),
    ...reviewPayment(snapshot, policy),
    ...reviewAddress(snapshot, facts.servedCountries),
    ...reviewHolds(snapshot),
    ...reviewCustomer(facts, policy),
    ...reviewFraud(snapshot, policy),
    ...reviewSize(snapshot, lines, policy, facts.now),
  ]
    .map((finding) => approve(finding, facts.approved ?? []))
    .sort(worstFirst);
  const worst = findings[0]?.severity ?? 'note';
  return { outcome: worst === 'note' ? 'pass' : worst, findings };
}

function approve(finding: Finding, approved: readonly FindingCode[]): Finding {
  const lets = finding.severity === 'hold' && approved.includes(finding.code);
  return lets ? { ...finding, severity: 'note' } : finding;
}

/** Array.sort is stable, so findings of the same rule stay in the order of the lines. */
function worstFirst(a: Finding, b: Finding): number {
  return (
    severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
    findingCodes.indexOf(a.code) - findingCodes.indexOf(b.code)
  );
}
