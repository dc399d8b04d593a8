import { formatMinor, isCurrency } from '../money.ts';
import type { OrderLine, OrderSnapshot } from '../order.ts';
import type { Finding } from './findings.ts';
import type { ReviewPolicy } from './policy.ts';

/** Whether the numbers can be, and add up. Shops round per line and per tax, so each may be off a little. */
export function reviewAmounts(snapshot: OrderSnapshot, policy: ReviewPolicy): Finding[] {
  const { currency } = snapshot;
  if (!isCurrency(currency)) {
    return [{ code: 'currency-unknown', severity: 'refuse', message: 'The currency is no ISO 4217 code.' }];
  }
  const wrong = invalidFields(snapshot);
  if (wrong.length > 0) return [invalid(wrong)];
  return [...reviewSum(snapshot, policy), ...reviewLines(snapshot, policy)];
}

function reviewSum(snapshot: OrderSnapshot, policy: ReviewPolicy): Finding[] {
  const { lines, totals, currency, taxesIncluded } = snapshot;
  const ofLines = lines.reduce((sum, line) => sum + line.total, 0);
  const tax = taxesIncluded ? 0 : totals.tax;
  const sum = ofLines + tax + totals.shipping + totals.other - totals.discount;
  if (!Number.isSafeInteger(sum)) return [invalid(['the sum of the lines'])];
  if (Math.abs(sum - totals.total) <= policy.roundingPerLine * (lines.length + 1)) return [];
  const message =
    `Lines, tax, shipping, other and discount add up to ${formatMinor(sum, currency)} ${currency}, ` +
    `but the order's total is ${formatMinor(totals.total, currency)} ${currency}.`;
  return [{ code: 'amounts-differ', severity: 'hold', message }];
}

/**
 * A discount may lower a line's total down to nothing; nothing may raise it above quantity × unit price. Shops
 * that derive the unit price from the total round it, so it may be off by one unit per piece.
 */
function reviewLines(snapshot: OrderSnapshot, policy: ReviewPolicy): Finding[] {
  return snapshot.lines.flatMap((line, index): Finding[] => {
    const most = line.quantity * (line.unitPrice + policy.roundingPerLine) + policy.roundingPerLine;
    if (line.total >= 0 && line.total <= most) return [];
    const message = `The total of line ${index + 1} does not fit its quantity and unit price.`;
    return [{ code: 'line-implausible', severity: 'hold', message }];
  });
}

function invalid(fields: readonly string[]): Finding {
  const message = `Not a possible number: ${fields.join(', ')}.`;
  return { code: 'amount-invalid', severity: 'refuse', message };
}

function invalidFields({ lines, totals }: OrderSnapshot): string[] {
  const wrong = (fields: object, prefix: string, least: number) =>
    Object.entries(fields)
      .filter(([, value]) => !(Number.isSafeInteger(value) && value >= least))
      .map(([name]) => `${prefix}${name}`);
  const { shipping, tax, discount, total, other } = totals;
  return [
    ...wrong({ shipping, tax, discount, total }, 'totals.', 0),
    ...wrong({ other }, 'totals.', -Infinity),
    ...lines.flatMap((line, index) => [
      ...wrong(countsOf(line), `lines[${index}].`, 0),
      ...wrong({ total: line.total, tax: line.tax }, `lines[${index}].`, -Infinity),
    ]),
  ];
}

function countsOf({ quantity, fulfillable, unitPrice }: OrderLine): object {
  return { quantity, fulfillable, unitPrice };
}
