import { describe, expect, it } from '@jest/globals';
import { describeChange } from '../../../domain/content-change.ts';
import { linesToShip } from '../../../domain/content.ts';
import { whatToFulfill } from '../../../domain/eligibility.ts';
import type { OrderSnapshot } from '../../../domain/order.ts';
import { line, order } from './sample.ts';

const content = (snapshot: OrderSnapshot) => ({
  snapshot,
  lines: linesToShip(snapshot, whatToFulfill(snapshot, { fulfillFrom: '2026-01-01T00:00:00Z' })),
});
const { shippingAddress, totals } = order();
const many = (quantity: number) =>
  Array.from({ length: 7 }, (_, n) => line({ externalId: `l${n}`, sku: `S${n}`, quantity }));

describe('what changed in an order', () => {
  it.each<[string, Partial<OrderSnapshot>, string, Partial<OrderSnapshot>?]>([
    [
      'payment refunded instead of paid',
      { payment: { state: 'refunded', provider: 'stripe' } },
      'its payment',
    ],
    ['the address', { shippingAddress: { ...shippingAddress!, line1: 'Gasse 2' } }, 'its address'],
    ['the address', { shippingAddress: null }, 'that it has no address any more'],
    ['3 × MUG instead of 2', { lines: [line({ quantity: 3, fulfillable: 3 })] }, 'a quantity'],
    ['ships 1 × MUG instead of 2', { lines: [line({ fulfillable: 1 })] }, 'what somebody else fulfilled'],
    [
      '1 × PEN added',
      { lines: [line(), line({ externalId: 'l2', sku: 'PEN', quantity: 1 })] },
      'a line more',
    ],
    [
      '2 × a line without SKU added; MUG taken out',
      { lines: [line({ externalId: 'l2', sku: null })] },
      'lines',
    ],
    ['cancelled', { cancelledAt: '2026-03-02T10:00:00Z' }, 'a cancel, and not that nothing ships any more'],
    ['a total of 40.00 EUR instead of 40.70 EUR', { totals: { ...totals, total: 4000 } }, 'the total'],
    ['a total of 4070 of EURO instead of 40.70 EUR', { currency: 'EURO' }, 'a currency that is none'],
    ["the shop's fraud verdict cancel", { fraud: 'cancel' }, 'the fraud verdict'],
    ['held by the shop (other)', { holds: ['other'] }, 'a hold there'],
    ['not held by the shop any more', {}, 'its release', { holds: ['other'] }],
    ['ships 0 × MUG instead of 2; collected by the customer', { pickup: true }, 'that it is collected'],
    [
      'nothing that concerns its fulfillment',
      { customer: { externalId: 'c2', email: null, phone: null } },
      'less',
    ],
    [
      [...['S0', 'S1', 'S2', 'S3', 'S4'].map((sku) => `3 × ${sku} instead of 2`), '2 lines more'].join('; '),
      { lines: many(3) },
      'five of many lines',
      { lines: many(2) },
    ],
  ])('"%s"', (said, change, _what, from = {}) => {
    expect(describeChange(content(order(from)), content(order(change)))).toBe(said);
  });
});
