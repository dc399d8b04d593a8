import type { OrderLine, OrderSnapshot } from './order.ts';

/** Why a whole order is only recorded. Stable codes; the sentences are for people. */
export const recordReasons = {
  'test-order': 'It is a test order of the shop.',
  'cancelled-in-shop': 'It is cancelled in the shop.',
  'placed-before-start': 'It was placed before the moment from which orders of this store are fulfilled.',
  pickup: 'The customer collects it: nothing is shipped.',
  'fulfilled-in-shop': 'Everything that ships is fulfilled in the shop already.',
  'nothing-to-ship': 'Nothing in it can be shipped.',
} as const;
export type RecordReason = keyof typeof recordReasons;

/** Why a line, or a quantity of it, is left out of what is fulfilled. */
export const leftReasons = {
  'does-not-ship': 'It is not shipped: a gift card, a service or a download.',
  'no-sku': 'It has no SKU, so there is no stock to take it from.',
  removed: 'It was removed from the order in the shop.',
  'fulfilled-in-shop': 'It is fulfilled in the shop already.',
  'dropped-here': 'A person here took it out of the order.',
} as const;
export type LeftReason = keyof typeof leftReasons;

export interface LineToFulfill {
  externalId: string;
  sku: string;
  quantity: number;
}

export interface LineLeft {
  externalId: string;
  /** Of the line; one that is fulfilled in part is both here and among the lines to fulfill. */
  quantity: number;
  reason: LeftReason;
}

export type Eligibility =
  | { disposition: 'fulfill'; lines: LineToFulfill[]; left: LineLeft[] }
  | { disposition: 'record'; reason: RecordReason };

/**
 * What of an order is fulfilled at all: orders placed at or after `fulfillFrom` (RFC 3339), not test orders, not
 * cancelled, not collected, and of those the quantities that the shop still has to fulfill, that ship, and that
 * have a SKU. So a first backfill, or tagging last year's order, ships nothing. Payment is not looked at: see
 * review. Throws RangeError where a time can't be read.
 */
export function whatToFulfill(
  snapshot: OrderSnapshot,
  { fulfillFrom }: { fulfillFrom: string },
): Eligibility {
  const refused = wholeOrderReason(snapshot, fulfillFrom);
  if (refused) return { disposition: 'record', reason: refused };
  const lines = snapshot.lines.flatMap(toFulfill);
  const left = snapshot.lines.flatMap(leftOf);
  if (lines.length > 0) return { disposition: 'fulfill', lines, left };
  const fulfilled = left.some(({ reason }) => reason === 'fulfilled-in-shop');
  return { disposition: 'record', reason: fulfilled ? 'fulfilled-in-shop' : 'nothing-to-ship' };
}

function wholeOrderReason(snapshot: OrderSnapshot, fulfillFrom: string): RecordReason | null {
  if (snapshot.test) return 'test-order';
  if (snapshot.cancelledAt !== null) return 'cancelled-in-shop';
  if (instant(snapshot.placedAt) < instant(fulfillFrom)) return 'placed-before-start';
  return snapshot.pickup ? 'pickup' : null;
}

function toFulfill(line: OrderLine): LineToFulfill[] {
  const quantity = fulfillable(line);
  if (!line.ships || !hasSku(line) || quantity === 0) return [];
  return [{ externalId: line.externalId, sku: line.sku, quantity }];
}

function leftOf(line: OrderLine): LineLeft[] {
  const { externalId, quantity } = line;
  if (!line.ships) return [{ externalId, quantity, reason: 'does-not-ship' }];
  if (quantity <= 0) return [{ externalId, quantity: 0, reason: 'removed' }];
  const dropped = line.droppedHere ?? 0;
  const done = quantity - fulfillable(line) - dropped;
  const fulfilled: LineLeft[] = [
    ...someLeft(externalId, dropped, 'dropped-here'),
    ...someLeft(externalId, done, 'fulfilled-in-shop'),
  ];
  const open: LineLeft[] =
    hasSku(line) || done + dropped === quantity
      ? []
      : [{ externalId, quantity: quantity - done - dropped, reason: 'no-sku' }];
  return [...fulfilled, ...open];
}

const someLeft = (externalId: string, quantity: number, reason: LeftReason): LineLeft[] =>
  quantity > 0 ? [{ externalId, quantity, reason }] : [];

/** Never more than was ordered, whatever the shop counts. */
function fulfillable(line: OrderLine): number {
  return Math.max(0, Math.min(line.fulfillable, line.quantity));
}

function hasSku(line: OrderLine): line is OrderLine & { sku: string } {
  return line.sku !== null && line.sku.trim() !== '';
}

function instant(time: string): number {
  const value = Date.parse(time);
  if (Number.isNaN(value)) throw new RangeError(`Not a time: ${time}`);
  return value;
}
