import { heldFor } from '../content-change.ts';
import type { LineToFulfill } from '../eligibility.ts';
import { formatMinor, isCurrency, type Money } from '../money.ts';
import type { OrderSnapshot } from '../order.ts';
import type { BlockKind } from './blocked.ts';
import type { Finding } from './findings.ts';
import type { ReviewPolicy } from './policy.ts';

const day = 24 * 60 * 60 * 1000;

const blockNames: Record<BlockKind, string> = {
  email: 'email',
  phone: 'phone number',
  postal_code: 'postal code',
  address: 'address',
};

/** Who orders: blocked by a person, or the same order as just before. */
export function reviewCustomer(
  facts: { blockedBy: readonly BlockKind[]; duplicateOf: string | null },
  policy: ReviewPolicy,
): Finding[] {
  const blocked: Finding = {
    code: 'customer-blocked',
    severity: 'hold',
    message: `The customer is blocked by ${facts.blockedBy.map((kind) => blockNames[kind]).join(' and ')}.`,
  };
  const duplicate: Finding = {
    code: 'duplicate',
    severity: policy.duplicate,
    message: `It looks like a duplicate of ${facts.duplicateOf}: same customer, lines and total.`,
  };
  return [
    ...(facts.blockedBy.length > 0 ? [blocked] : []),
    ...(facts.duplicateOf === null ? [] : [duplicate]),
  ];
}

/** The shop keeps it from being sent: a person or an app there put it on hold. Its release is seen by itself. */
export function reviewHolds({ holds }: OrderSnapshot): Finding[] {
  if (!holds?.length) return [];
  const message = `It is ${heldFor(holds)}, in whole or in part: release it there.`;
  return [{ code: 'held-in-shop', severity: 'hold', message }];
}

/** The shop's own verdict, under the store's policy. */
export function reviewFraud({ fraud }: OrderSnapshot, policy: ReviewPolicy): Finding[] {
  if (fraud === 'cancel') {
    const message = "The shop's fraud check advises to cancel.";
    return [{ code: 'fraud-cancel', severity: policy.fraud.cancel, message }];
  }
  if (fraud === 'investigate') {
    const severity = policy.fraud.investigate === 'hold' ? 'hold' : 'note';
    const message = "The shop's fraud check advises to investigate.";
    return [{ code: 'fraud-investigate', severity, message }];
  }
  return [];
}

/** What is out of the ordinary for this store: value, quantity, age. `now` is RFC 3339. */
export function reviewSize(
  snapshot: OrderSnapshot,
  lines: readonly LineToFulfill[],
  policy: ReviewPolicy,
  now: string,
): Finding[] {
  return [
    ...reviewValue({ minor: snapshot.totals.total, currency: snapshot.currency }, policy.approvalAbove),
    ...reviewQuantities(lines, policy.maxQuantityPerLine),
    ...reviewAge(snapshot.placedAt, policy.holdOlderThanDays, now),
  ];
}

function reviewValue(total: Money, above: Money | null): Finding[] {
  if (above === null || !isCurrency(total.currency)) return [];
  if (total.currency !== above.currency) {
    const message = `The total is in ${total.currency}; approval is needed from an amount in ${above.currency}.`;
    return [{ code: 'approval-not-comparable', severity: 'hold', message }];
  }
  if (total.minor < above.minor) return [];
  const message = `Orders of ${formatMinor(above.minor, above.currency)} ${above.currency} or more need approval.`;
  return [{ code: 'approval-needed', severity: 'hold', message }];
}

function reviewQuantities(lines: readonly LineToFulfill[], most: number | null): Finding[] {
  if (most === null) return [];
  return lines
    .filter(({ quantity }) => quantity > most)
    .map(({ sku, quantity }) => ({
      code: 'quantity-high',
      severity: 'hold',
      message: `${quantity} of ${sku} are ordered; a line of more than ${most} needs a look.`,
    }));
}

function reviewAge(placedAt: string, days: number | null, now: string): Finding[] {
  if (days === null || Date.parse(now) - Date.parse(placedAt) <= days * day) return [];
  return [
    { code: 'placed-long-ago', severity: 'hold', message: `It was placed more than ${days} days ago.` },
  ];
}
