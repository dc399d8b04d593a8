import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type AddressChange,
  type LineChange,
  priceOfDropped,
  withAddress,
  withQuantities,
} from '../../../domain/changes.ts';
import type { Address, OrderSnapshot } from '../../../domain/order.ts';

const home: Address = { name: 'A', line1: 'Weg 1', city: 'Wien', postalCode: '1010', country: 'AT' };
const away: Address = { ...home, line1: 'Gasse 2' };
const third: Address = { ...home, line1: 'Platz 3' };
const at = (shippingAddress: Address | null) => ({ shippingAddress }) as OrderSnapshot;
const to = (address: Address, base: Address | null = home): AddressChange => ({
  kind: 'address',
  base,
  address,
});

describe('the address that a person gave', () => {
  it.each<[string, Address | null, AddressChange[], Address | null]>([
    ['holds while the shop says what it said', home, [to(away)], away],
    ['holds where the shop says the same in other letters', { ...home, city: ' WIEN' }, [to(away)], away],
    ['holds where the shop has taken it over, with a phone number of its own', away, [to(away)], away],
    ['gives way to a newer one of the shop', third, [to(away)], third],
    ['is the last of several', home, [to(away), to(third)], third],
    ['is the last of two where the shop still has the first', away, [to(away), to(third)], third],
    ['holds for an order that had none', null, [to(away, null)], away],
    ['is none where nobody gave one', home, [], home],
  ])('%s', (_, said, changes, expected) => {
    expect(withAddress(at(said), changes).shippingAddress).toEqual(expected);
  });
});

describe('the quantities that a person wants', () => {
  const order = (quantity: number, fulfillable = quantity) =>
    ({ lines: [{ externalId: '1', quantity, fulfillable }] }) as unknown as OrderSnapshot;
  const less = (base: number, quantity: number): { kind: 'lines'; lines: LineChange[] } => ({
    kind: 'lines',
    lines: [{ externalId: '1', base, quantity }],
  });

  it.each([
    ['less is shipped', order(3), [less(3, 1)], 1, 2],
    ['nothing is shipped of it', order(3), [less(3, 0)], 0, 3],
    ['the last of several counts', order(3), [less(3, 2), less(3, 1)], 1, 2],
    ['the shop has taken it over', order(3, 1), [less(3, 1)], 1, undefined],
    ['the shop wants even less', order(3, 0), [less(3, 1)], 0, undefined],
    ['an increase in the shop is newer', order(4), [less(3, 1)], 4, undefined],
    ['another line stays', order(3), [], 3, undefined],
  ])('%s', (_, said, changes, fulfillable, droppedHere) => {
    expect(withQuantities(said, changes).lines).toMatchObject([
      { fulfillable, ...(droppedHere !== undefined && { droppedHere }) },
    ]);
    expect(withQuantities(said, changes).lines[0]!.droppedHere).toBe(droppedHere);
  });
});

describe('what dropped units cost', () => {
  it.each([
    [{ quantity: 3, total: 1000, tax: 190 }, 2, true, 333],
    [{ quantity: 3, total: 1000, tax: 190 }, 2, false, 397],
    [{ quantity: 3, total: 1000, tax: 190 }, 0, true, 1000],
    [{ quantity: 3, total: 1000, tax: 190 }, 3, true, 0],
    [{ quantity: 0, total: 0, tax: 0 }, 0, true, 0],
  ])('%j kept %i, taxes included: %s: %i', (line, kept, included, expected) => {
    expect(priceOfDropped(line, kept, included)).toBe(expected);
  });

  it('never exceeds the line, grows with what is dropped, and is the whole line at last', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.nat(100_000),
        fc.nat(20_000),
        (quantity, total, tax) => {
          const prices = Array.from({ length: quantity + 1 }, (_, dropped) =>
            priceOfDropped({ quantity, total, tax }, quantity - dropped, false),
          );
          expect(prices[0]).toBe(0);
          expect(prices.at(-1)).toBe(total + tax);
          expect(prices).toEqual(prices.toSorted((one, other) => one - other));
        },
      ),
    );
  });
});
