import { splitByWeights } from './money.ts';
import type { Address, OrderLine, OrderSnapshot } from './order.ts';

/** What a person here changed of an order, beside what its shop says: where it goes, or how much of it is shipped. */

export interface AddressChange {
  kind: 'address';
  /** What the shop had when it was asked for. */
  base: Address | null;
  address: Address;
}

export interface LinesChange {
  kind: 'lines';
  lines: readonly LineChange[];
}

export interface LineChange {
  externalId: string;
  /** What the shop had ordered when it was asked for. */
  base: number;
  /** What is shipped of it, in all. */
  quantity: number;
}

export type Change = AddressChange | LinesChange;

/**
 * The shop's content with the address that a person here gave last. It holds as long as the shop says what it said
 * then, or what a person here gave; another address in the shop is a newer wish and goes before it.
 */
export function withAddress(snapshot: OrderSnapshot, changes: readonly Change[]): OrderSnapshot {
  const given = changes.filter((change) => change.kind === 'address');
  const last = given.at(-1);
  const said = snapshot.shippingAddress;
  // The shop may still echo the first of two while it is told the second.
  const known = given.some(({ base, address }) => sameAddress(said, base) || sameAddress(said, address));
  if (!last || !known) return snapshot;
  return { ...snapshot, shippingAddress: last.address };
}

/** How much of each line a person here still wants shipped; an increase in the shop is a newer wish. */
export function withQuantities(snapshot: OrderSnapshot, changes: readonly Change[]): OrderSnapshot {
  const wanted = new Map(
    changes
      .flatMap((change) => (change.kind === 'lines' ? change.lines : []))
      .map((line) => [line.externalId, line]),
  );
  const lines = snapshot.lines.map((line): OrderLine => {
    const change = wanted.get(line.externalId);
    if (!change || line.quantity > change.base || line.fulfillable <= change.quantity) return line;
    return { ...line, fulfillable: change.quantity, droppedHere: line.fulfillable - change.quantity };
  });
  return { ...snapshot, lines };
}

/** A shop may spell a region or phone number in its own way: that is the same place. */
export function sameAddress(one: Address | null, other: Address | null): boolean {
  return place(one) === place(other);
}

function place(address: Address | null): string {
  if (!address) return '';
  const { name, line1, line2, city, postalCode, country } = address;
  return [name, line1, line2, city, postalCode, country]
    .map((text) => (text ?? '').trim().replace(/\s+/g, ' ').toLowerCase())
    .join('\n');
}

/**
 * What of a line's price, tax included, belongs to the units by which `quantity` is less than `ordered`: so that what
 * is dropped one by one adds up to the line. Minor units.
 */
export function priceOfDropped(
  line: Pick<OrderLine, 'quantity' | 'total' | 'tax'>,
  kept: number,
  taxesIncluded: boolean,
): number {
  const whole = taxesIncluded ? line.total : line.total + line.tax;
  if (line.quantity === 0) return 0;
  return splitByWeights(whole, [line.quantity - kept, kept])[0]!;
}
