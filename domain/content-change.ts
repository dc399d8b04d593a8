import { type LineToShip, sameJson } from './content.ts';
import { formatMinor, isCurrency } from './money.ts';
import type { OrderLine, OrderSnapshot } from './order.ts';

export interface Content {
  snapshot: OrderSnapshot;
  /** In the order of the snapshot's lines. */
  lines: readonly LineToShip[];
}

/** Lines that are named, so that a long order's change stays a sentence. */
const mostLines = 5;

/** What is other than before, for a timeline: nothing personal is in it. "payment refunded instead of paid; the address". */
export function describeChange(before: Content, after: Content): string {
  const [a, b] = [before.snapshot, after.snapshot];
  const cancelled = a.cancelledAt === null && b.cancelledAt !== null;
  const said = [
    ...(cancelled ? ['cancelled'] : []),
    ...shortened(linesChanged(before, after, cancelled)),
    ...(sameJson(a.shippingAddress, b.shippingAddress) ? [] : ['the address']),
    ...(a.payment.state === b.payment.state
      ? []
      : [`payment ${b.payment.state} instead of ${a.payment.state}`]),
    ...(a.totals.total === b.totals.total && a.currency === b.currency
      ? []
      : [`a total of ${price(b)} instead of ${price(a)}`]),
    ...(a.fraud === b.fraud ? [] : [`the shop's fraud verdict ${b.fraud ?? 'none'}`]),
    ...(sameJson(a.holds, b.holds)
      ? []
      : [b.holds?.length ? heldFor(b.holds) : 'not held by the shop any more']),
    ...(a.pickup === b.pickup ? [] : [b.pickup ? 'collected by the customer' : 'shipped, not collected']),
  ];
  return said.length > 0 ? said.join('; ') : 'nothing that concerns its fulfillment';
}

function linesChanged(before: Content, after: Content, cancelled: boolean): string[] {
  const was = new Map(before.snapshot.lines.map((line, n) => [line.externalId, { line, n }]));
  const is = new Set(after.snapshot.lines.map(({ externalId }) => externalId));
  const gone = before.snapshot.lines.filter(({ externalId }) => !is.has(externalId));
  return [
    ...after.snapshot.lines.flatMap((line, n) => {
      const old = was.get(line.externalId);
      if (!old) return [`${line.quantity} × ${nameOf(line)} added`];
      if (line.quantity !== old.line.quantity)
        return [`${line.quantity} × ${nameOf(line)} instead of ${old.line.quantity}`];
      const [ships, shipped] = [after.lines[n]!.toShip, before.lines[old.n]!.toShip];
      return ships === shipped || cancelled ? [] : [`ships ${ships} × ${nameOf(line)} instead of ${shipped}`];
    }),
    ...gone.map((line) => `${nameOf(line)} taken out`),
  ];
}

function shortened(lines: string[]): string[] {
  if (lines.length <= mostLines) return lines;
  return [...lines.slice(0, mostLines), `${lines.length - mostLines} lines more`];
}

/** "held by the shop (awaiting payment)" */
export const heldFor = (holds: readonly string[]): string => `held by the shop (${holds.join(', ')})`;

const nameOf = ({ sku }: OrderLine): string => sku ?? 'a line without SKU';
/** Shops have currencies that are none, and totals that no money can be. */
const price = ({ totals: { total }, currency }: OrderSnapshot): string =>
  isCurrency(currency) && Number.isSafeInteger(total)
    ? `${formatMinor(total, currency)} ${currency}`
    : `${total} of ${currency}`;
