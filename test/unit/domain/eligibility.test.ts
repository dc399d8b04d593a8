import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { leftReasons, recordReasons, whatToFulfill } from '../../../domain/eligibility.ts';
import type { OrderSnapshot } from '../../../domain/order.ts';
import { line, order } from './sample.ts';

const fulfillFrom = '2026-03-01T00:00:00Z';

describe('an order that is only recorded', () => {
  it.each<[string, Partial<OrderSnapshot>, string]>([
    ['a test order', { test: true }, 'test-order'],
    ['one cancelled in the shop', { cancelledAt: '2026-03-01T11:00:00Z' }, 'cancelled-in-shop'],
    ['one placed before', { placedAt: '2026-02-28T23:59:59.999Z' }, 'placed-before-start'],
    [
      'one placed before, by another zone’s clock',
      { placedAt: '2026-03-01T05:00:00+08:00' },
      'placed-before-start',
    ],
    ['one to be collected', { pickup: true }, 'pickup'],
    ['one that is wholly fulfilled in the shop', { lines: [line({ fulfillable: 0 })] }, 'fulfilled-in-shop'],
    [
      'one whose shipping part is fulfilled in the shop',
      { lines: [line({ fulfillable: 0 }), line({ externalId: 'l2', ships: false })] },
      'fulfilled-in-shop',
    ],
    ['one of gift cards', { lines: [line({ ships: false })] }, 'nothing-to-ship'],
    ['one without SKUs', { lines: [line({ sku: null })] }, 'nothing-to-ship'],
    ['one without lines', { lines: [] }, 'nothing-to-ship'],
    [
      'a cancelled test order of long ago',
      { test: true, cancelledAt: 'x', placedAt: '2020-01-01T00:00:00Z' },
      'test-order',
    ],
  ])('is %s', (_, changes, reason) => {
    expect(whatToFulfill(order(changes), { fulfillFrom })).toEqual({ disposition: 'record', reason });
    expect(Object.keys(recordReasons)).toContain(reason);
  });
});

describe('an order that is fulfilled', () => {
  it('may be placed at the very moment', () => {
    expect(whatToFulfill(order({ placedAt: '2026-03-01T08:00:00+08:00' }), { fulfillFrom })).toEqual({
      disposition: 'fulfill',
      lines: [{ externalId: 'l1', sku: 'MUG', quantity: 2 }],
      left: [],
    });
  });

  it('leaves out what does not ship, has no SKU, was removed or is fulfilled, with the reason', () => {
    const lines = [
      line({ externalId: 'a', quantity: 5, fulfillable: 3 }),
      line({ externalId: 'b', ships: false }),
      line({ externalId: 'c', sku: '  ' }),
      line({ externalId: 'd', quantity: 0, fulfillable: 0 }),
      line({ externalId: 'e', fulfillable: 0 }),
      line({ externalId: 'f', sku: null, quantity: 3, fulfillable: 1 }),
      line({ externalId: 'g', quantity: 1, fulfillable: 4 }),
    ];
    expect(whatToFulfill(order({ lines }), { fulfillFrom })).toEqual({
      disposition: 'fulfill',
      lines: [
        { externalId: 'a', sku: 'MUG', quantity: 3 },
        { externalId: 'g', sku: 'MUG', quantity: 1 },
      ],
      left: [
        { externalId: 'a', quantity: 2, reason: 'fulfilled-in-shop' },
        { externalId: 'b', quantity: 2, reason: 'does-not-ship' },
        { externalId: 'c', quantity: 2, reason: 'no-sku' },
        { externalId: 'd', quantity: 0, reason: 'removed' },
        { externalId: 'e', quantity: 2, reason: 'fulfilled-in-shop' },
        { externalId: 'f', quantity: 2, reason: 'fulfilled-in-shop' },
        { externalId: 'f', quantity: 1, reason: 'no-sku' },
      ],
    });
  });

  it('accounts for every unit of every line', () => {
    const lines = fc.array(
      fc.record({
        sku: fc.constantFrom('A', '', null),
        quantity: fc.nat(5),
        fulfillable: fc.nat(5),
        ships: fc.boolean(),
      }),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(lines, (given) => {
        const all = given.map((each, index) => line({ ...each, externalId: String(index) }));
        const result = whatToFulfill(order({ lines: all }), { fulfillFrom });
        if (result.disposition === 'record') return;
        for (const { externalId, quantity } of all) {
          const of = (some: { externalId: string; quantity: number }[]) =>
            some
              .filter((each) => each.externalId === externalId)
              .reduce((sum, each) => sum + each.quantity, 0);
          expect(of(result.lines) + of(result.left)).toBe(quantity);
        }
        expect(result.left.filter(({ reason }) => !(reason in leftReasons))).toEqual([]);
      }),
    );
  });
});

it('refuses times that can’t be read', () => {
  expect(() => whatToFulfill(order(), { fulfillFrom: 'yesterday' })).toThrow('Not a time: yesterday');
  expect(() => whatToFulfill(order({ placedAt: '' }), { fulfillFrom })).toThrow(RangeError);
});
