import { type Change, withQuantities } from './changes.ts';
import { type Eligibility, whatToFulfill } from './eligibility.ts';
import type { OrderSnapshot } from './order.ts';

/** Of a line's units, those to be shipped, and why the others are not: a code of `leftReasons` or `recordReasons`. */
export interface LineToShip {
  externalId: string;
  toShip: number;
  leftReason: string | null;
}

/** Of an order that is known, by what its new content is read. */
export interface Standing {
  /** By people here, in the order of their acceptance. */
  changes: readonly Change[];
  /** Units of each line that we told the shop as fulfilled, or will. */
  ours: Readonly<Record<string, number>>;
}

export function eligibilityOf(
  snapshot: OrderSnapshot,
  { changes, ours }: Standing,
  fulfillFrom: string,
): Eligibility {
  return whatToFulfill(withQuantities(withOurs(snapshot, ours), changes), { fulfillFrom });
}

/** In the order of the snapshot's lines. */
export function linesToShip(snapshot: OrderSnapshot, eligible: Eligibility): LineToShip[] {
  const toShip = eligible.disposition === 'fulfill' ? eligible.lines : [];
  const left = eligible.disposition === 'fulfill' ? eligible.left : [];
  const whole = eligible.disposition === 'record' ? eligible.reason : null;
  return snapshot.lines.map(({ externalId }) => ({
    externalId,
    toShip: toShip.find((line) => line.externalId === externalId)?.quantity ?? 0,
    leftReason: left.find((line) => line.externalId === externalId)?.reason ?? whole,
  }));
}

/**
 * The shop counts what we told it as fulfilled. That is no reason to ship less, so it is added back: what
 * remains missing was fulfilled by somebody else.
 */
function withOurs(snapshot: OrderSnapshot, ours: Standing['ours']): OrderSnapshot {
  const lines = snapshot.lines.map((line) => ({
    ...line,
    fulfillable: Math.min(line.quantity, line.fulfillable + (ours[line.externalId] ?? 0)),
  }));
  return { ...snapshot, lines };
}

/** News that does not say whether the store holds the order leaves it as it was. */
export function withHolds(said: OrderSnapshot, known: OrderSnapshot | null): OrderSnapshot {
  const { holds, ...rest } = said;
  const now = holds === null ? (known?.holds ?? []) : (holds ?? []);
  return now.length > 0 ? { ...rest, holds: now } : rest;
}

/** Units of each line that the shop has left to fulfill. */
export type LeftInShop = Record<string, number>;

export const leftInShop = ({ lines }: OrderSnapshot): LeftInShop =>
  Object.fromEntries(lines.map(({ externalId, fulfillable }) => [externalId, fulfillable]));

/** Content, and what the shop has left of it since. */
export const withLeft = (snapshot: OrderSnapshot, left: LeftInShop | null): OrderSnapshot => ({
  ...snapshot,
  lines: snapshot.lines.map((line) => ({
    ...line,
    fulfillable: left?.[line.externalId] ?? line.fulfillable,
  })),
});

/** Of any time. */
export const sameContent = (a: OrderSnapshot, b: OrderSnapshot): boolean =>
  sameJson({ ...a, updatedAt: null }, { ...b, updatedAt: null });

export const sameLinesToShip = (a: readonly LineToShip[], b: readonly LineToShip[]): boolean =>
  sameJson(a, b);

/** The same, whatever the shop has left of it. */
export const sameButForLeft = (a: OrderSnapshot, b: OrderSnapshot): boolean =>
  sameContent(a, withLeft(b, leftInShop(a)));

/** jsonb does not keep the order of keys, so both sides are compared in one order of their own. */
export const sameJson = (a: unknown, b: unknown): boolean =>
  JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]),
  );
}
