import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { reconcileOrder, type OrderMoney, type Reconciliation } from '../../../domain/reconcile.ts';
import { payment, refund } from './sample.ts';

function money(changes: Partial<OrderMoney>): OrderMoney {
  return {
    total: 1000,
    currency: 'EUR',
    payments: [],
    refunds: [],
    cancelled: false,
    tolerance: 0,
    ...changes,
  };
}

function mismatch(code: string, minor: number, sentence: string, currency = 'EUR'): Reconciliation {
  return { matched: false, code, difference: { minor, currency }, sentence } as Reconciliation;
}

describe('reconcileOrder', () => {
  it.each<[string, Partial<OrderMoney>, Reconciliation]>([
    ['paid exactly', { payments: [payment(1000)] }, { matched: true }],
    ['paid in parts', { payments: [payment(400), payment(600)] }, { matched: true }],
    ['free', { total: 0 }, { matched: true }],
    ['within the tolerance', { payments: [payment(998)], tolerance: 2 }, { matched: true }],
    ['refunded in part', { payments: [payment(1000)], refunds: [refund(300)] }, { matched: true }],
    [
      'refunded after an edit',
      { total: 700, payments: [payment(1000)], refunds: [refund(300)] },
      { matched: true },
    ],
    [
      'refunded more than the edit',
      { total: 700, payments: [payment(1000)], refunds: [refund(400)] },
      { matched: true },
    ],
    [
      'cancelled and refunded',
      { cancelled: true, payments: [payment(1000)], refunds: [refund(1000)] },
      { matched: true },
    ],
    [
      'cancelled and never paid',
      { cancelled: true, payments: [payment(1000, 'authorization')] },
      { matched: true },
    ],
    ['unpaid', {}, mismatch('underpaid', -1000, '0.00 EUR of 10.00 EUR was captured.')],
    [
      'paid too little',
      { payments: [payment(997)], tolerance: 2 },
      mismatch('underpaid', -3, '9.97 EUR of 10.00 EUR was captured.'),
    ],
    [
      'authorized only',
      { payments: [payment(1000, 'authorization')] },
      mismatch('not-captured', -1000, '0.00 EUR of 10.00 EUR was captured; 10.00 EUR is authorized.'),
    ],
    [
      'paid too much',
      { payments: [payment(1500)], refunds: [refund(200)] },
      mismatch('overpaid', 300, '13.00 EUR is kept of the payments, but the order costs 10.00 EUR.'),
    ],
    [
      'refunded more than was taken',
      { payments: [payment(1000)], refunds: [refund(1001)] },
      mismatch('refund-exceeds-capture', -1, '10.01 EUR was refunded, but only 10.00 EUR was captured.'),
    ],
    [
      'cancelled and not refunded',
      { cancelled: true, payments: [payment(1000)], refunds: [refund(600)] },
      mismatch('refund-missing', 400, 'The order is cancelled, but 4.00 EUR is not refunded.'),
    ],
    [
      'paid in another currency',
      { payments: [payment(1000, 'capture', 'USD')], refunds: [refund(100, 'USD')] },
      mismatch('currency-mismatch', 900, 'Money was moved in USD, but the order is in EUR.', 'USD'),
    ],
    [
      'authorized in another currency, paid in its own',
      { payments: [payment(1100, 'authorization', 'USD'), payment(1000)] },
      { matched: true },
    ],
  ])('%s', (_, changes, expected) => {
    expect(reconcileOrder(money(changes))).toEqual(expected);
  });

  it('matches a live order exactly while captured ≥ total ≥ captured − refunded ≥ 0', () => {
    const amounts = fc.array(fc.nat(50), { maxLength: 3 });
    fc.assert(
      fc.property(fc.nat(100), amounts, amounts, fc.boolean(), (total, taken, given, cancelled) => {
        const sum = (some: number[]) => some.reduce((all, one) => all + one, 0);
        const [captured, refunded] = [sum(taken), sum(given)];
        const result = reconcileOrder(
          money({
            total,
            cancelled,
            payments: taken.map((one) => payment(one)),
            refunds: given.map((one) => refund(one)),
          }),
        );
        const live = captured >= total && total >= captured - refunded && captured >= refunded;
        expect(result.matched).toBe(cancelled ? captured === refunded : live);
        if (!result.matched) expect(result.difference.minor).not.toBe(0);
      }),
    );
  });
});
