import { describe, expect, it } from '@jest/globals';
import { toOrderEvent } from '../../../api/orders/to-event.ts';
import { Problem } from '../../../api/problem.ts';
import { newOrder } from '../../../api/schemas/new-order.ts';

const now = '2026-11-24T12:00:00.000Z';
const base = {
  store: '0190a1b2-0000-7000-8000-000000000001',
  externalId: 'A-1',
  currency: 'EUR',
  lines: [{ sku: 'TEA', quantity: 3, unitPrice: '10.00' }],
  shippingAddress: { name: 'Mina', line1: 'Weg 1', city: 'Wien', country: 'AT' },
  payment: { state: 'paid' },
};
const toEvent = (change: object) => toOrderEvent(newOrder.parse({ ...base, ...change }), now);

describe('toOrderEvent', () => {
  it.each([
    ['nothing but lines', {}, { total: 3000, tax: 0, included: true }],
    [
      'shipping and a discount',
      { shipping: '4.90', discount: '2.00' },
      { total: 3290, tax: 0, included: true },
    ],
    ['tax within the total', { tax: '4.79', total: '30.00' }, { total: 3000, tax: 479, included: true }],
    ['tax on top', { tax: '6.00', total: '36.00' }, { total: 3600, tax: 600, included: false }],
    [
      'tax on top without a total',
      { tax: '6.00', taxesIncluded: false },
      { total: 3600, tax: 600, included: false },
    ],
    [
      'taxes of lines',
      { lines: [{ ...base.lines[0], tax: '4.79' }] },
      { total: 3000, tax: 479, included: true },
    ],
    [
      'a discounted line',
      { lines: [{ ...base.lines[0], total: '25.00' }] },
      { total: 2500, tax: 0, included: true },
    ],
    [
      'money with its currency',
      { total: { amount: '30.00', currency: 'EUR' } },
      { total: 3000, tax: 0, included: true },
    ],
    [
      'yen',
      { currency: 'JPY', lines: [{ ...base.lines[0], unitPrice: '1000' }] },
      { total: 3000, tax: 0, included: true },
    ],
    [
      'Kuwaiti dinar',
      { currency: 'KWD', lines: [{ ...base.lines[0], unitPrice: '1.234' }] },
      { total: 3702, tax: 0, included: true },
    ],
  ])('adds up %s', (_case, change, { total, tax, included }) => {
    const { snapshot } = toEvent(change);
    expect({ ...snapshot.totals, included: snapshot.taxesIncluded }).toMatchObject({ total, tax, included });
  });

  it.each([
    [{ total: '31.00' }, 'total is 31.00, but lines, shipping and discount add up to 30.00 EUR.'],
    [
      { total: '35.00', tax: '6.00' },
      'total is 35.00, but lines, shipping and discount add up to 30.00, and tax is 6.00 EUR.',
    ],
    [{ total: '36.00', tax: '6.00', taxesIncluded: true }, 'total is 36.00'],
  ])('refuses %j, and says why', (change, detail) => {
    expect(() => toEvent(change)).toThrow(Problem);
    expect(() => toEvent(change)).toThrow(detail);
  });

  it.each([
    ['paid', {}, [{ kind: 'capture', amount: 3000 }]],
    ['authorized', {}, [{ kind: 'authorization', amount: 3000 }]],
    ['partially_paid', { amount: '12.00' }, [{ kind: 'capture', amount: 1200 }]],
    ['pending', {}, []],
    ['voided', {}, []],
  ])('a payment that is %s becomes %j', (state, change, expected) => {
    const { payments, snapshot } = toEvent({ payment: { state, ...change } });
    expect(payments).toMatchObject(expected);
    expect(payments).toHaveLength(expected.length);
    for (const { externalId, provider, at } of payments)
      expect([externalId, provider, at]).toEqual(['A-1', 'external', now]);
    expect(snapshot.payment).toEqual({ state, provider: 'external' });
  });

  it('needs no address for what is not shipped', () => {
    const lines = [{ sku: 'GIFT', quantity: 1, unitPrice: '10.00', ships: false }];
    expect(toEvent({ shippingAddress: null, lines }).snapshot.shippingAddress).toBeNull();
    expect(toEvent({ shippingAddress: null, pickup: true }).snapshot.pickup).toBe(true);
  });

  it('takes what is left out from the order and the clock', () => {
    const { snapshot } = toEvent({ placedAt: '2026-11-20T10:00:00+08:00' });
    expect(snapshot).toMatchObject({ number: 'A-1', placedAt: '2026-11-20T02:00:00.000Z', updatedAt: now });
    expect(snapshot.lines[0]).toMatchObject({ externalId: '1', title: 'TEA', fulfillable: 3, ships: true });
  });
});
