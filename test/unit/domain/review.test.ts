import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { paymentStates, type Address, type OrderSnapshot, type PaymentState } from '../../../domain/order.ts';
import { review, type ReviewFacts } from '../../../domain/review.ts';
import { missingFields } from '../../../domain/review/address.ts';
import { isDuplicate } from '../../../domain/review/duplicate.ts';
import { findingCodes, severities } from '../../../domain/review/findings.ts';
import { defaultReviewPolicy, type ReviewPolicy } from '../../../domain/review/policy.ts';
import { line, order } from './sample.ts';

const facts: ReviewFacts = {
  blockedBy: [],
  duplicateOf: null,
  servedCountries: ['DE', 'US'],
  now: '2026-03-02T00:00:00Z',
};
const lines = [{ externalId: 'l1', sku: 'MUG', quantity: 2 }];

interface Changes {
  order?: Partial<OrderSnapshot>;
  policy?: Partial<ReviewPolicy>;
  facts?: Partial<ReviewFacts>;
}

function reviewed(changes: Changes) {
  return review(
    order(changes.order),
    lines,
    { ...defaultReviewPolicy, ...changes.policy },
    { ...facts, ...changes.facts },
  );
}

/** "code severity" of each finding. */
function said(changes: Changes): string[] {
  return reviewed(changes).findings.map(({ code, severity }) => `${code} ${severity}`);
}

const totals = order().totals;
const address = order().shippingAddress!;

describe('review', () => {
  it('passes an order that nothing is wrong with', () => {
    expect(reviewed({})).toEqual({ outcome: 'pass', findings: [] });
  });

  it.each<[PaymentState, string, string[]]>([
    ['paid', 'pass', []],
    ['pending', 'await-payment', ['payment-pending await-payment']],
    ['authorized', 'await-payment', ['payment-authorized await-payment']],
    ['partially_paid', 'await-payment', ['payment-partial await-payment']],
    ['partially_refunded', 'pass', ['payment-partly-refunded note']],
    ['refunded', 'refuse', ['payment-refunded refuse']],
    ['voided', 'refuse', ['payment-voided refuse']],
    ['failed', 'refuse', ['payment-failed refuse']],
  ])('payment %s: %s', (state, outcome, expected) => {
    const changes = { order: { payment: { state, provider: 'stripe' } } };
    expect(reviewed(changes).outcome).toBe(outcome);
    expect(said(changes)).toEqual(expected);
  });

  it.each<[string, Changes, string[]]>([
    [
      'an authorization where the store ships on it',
      { order: { payment: { state: 'authorized', provider: 'x' } }, policy: { payment: 'authorized' } },
      ['payment-authorized note'],
    ],
    [
      'no payment of an order that costs nothing',
      {
        order: {
          payment: { state: 'pending', provider: 'x' },
          totals: { shipping: 0, tax: 0, discount: 3000, other: 0, total: 0 },
        },
      },
      ['payment-pending note'],
    ],
    ['a currency that is none', { order: { currency: 'EUX' } }, ['currency-unknown refuse']],
    ['a total off by one per line and tax', { order: { totals: { ...totals, total: 4072 } } }, []],
    ['a total off by more', { order: { totals: { ...totals, total: 4073 } } }, ['amounts-differ hold']],
    ['included taxes', { order: { taxesIncluded: true, totals: { ...totals, total: 3500 } } }, []],
    [
      'a discount and other amounts',
      { order: { totals: { ...totals, discount: 300, other: 50, total: 3820 } } },
      [],
    ],
    ['a fee below zero', { order: { totals: { ...totals, other: -70, total: 4000 } } }, []],
    [
      'a line above its unit price',
      { order: { lines: [line({ total: 3004 })], totals: { ...totals, total: 4074 } } },
      ['line-implausible hold'],
    ],
    [
      'a line whose unit price was rounded',
      { order: { lines: [line({ total: 3003 })], totals: { ...totals, total: 4073 } } },
      [],
    ],
    [
      'a fraction of a minor unit',
      { order: { totals: { ...totals, total: 40.7 } } },
      ['amount-invalid refuse'],
    ],
    ['no address', { order: { shippingAddress: null } }, ['address-missing refuse']],
    [
      'half an address',
      { order: { shippingAddress: { ...address, city: ' ', postalCode: '' } } },
      ['address-incomplete refuse'],
    ],
    [
      'a country that is none',
      { order: { shippingAddress: { ...address, country: 'UK' } } },
      ['country-unknown refuse'],
    ],
    [
      'a country that no warehouse serves',
      { order: { shippingAddress: { ...address, country: 'FR' } } },
      ['country-not-served refuse'],
    ],
    ['an order that the shop holds', { order: { holds: ['awaiting payment'] } }, ['held-in-shop hold']],
    ['a blocked customer', { facts: { blockedBy: ['email'] } }, ['customer-blocked hold']],
    ['a duplicate', { facts: { duplicateOf: '#1000' } }, ['duplicate note']],
    [
      'a duplicate where the store wants them held',
      { facts: { duplicateOf: '#1000' }, policy: { duplicate: 'hold' } },
      ['duplicate hold'],
    ],
    ['a good verdict', { order: { fraud: 'accept' } }, []],
    ['a doubtful verdict', { order: { fraud: 'investigate' } }, ['fraud-investigate hold']],
    [
      'a doubtful verdict that the store does not mind',
      { order: { fraud: 'investigate' }, policy: { fraud: { investigate: 'pass', cancel: 'hold' } } },
      ['fraud-investigate note'],
    ],
    ['a bad verdict', { order: { fraud: 'cancel' } }, ['fraud-cancel hold']],
    [
      'a bad verdict that the store refuses',
      { order: { fraud: 'cancel' }, policy: { fraud: { investigate: 'hold', cancel: 'refuse' } } },
      ['fraud-cancel refuse'],
    ],
    ['a value below approval', { policy: { approvalAbove: { minor: 4071, currency: 'EUR' } } }, []],
    [
      'a value for approval',
      { policy: { approvalAbove: { minor: 4070, currency: 'EUR' } } },
      ['approval-needed hold'],
    ],
    [
      'a value in another currency',
      { policy: { approvalAbove: { minor: 1, currency: 'USD' } } },
      ['approval-not-comparable hold'],
    ],
    ['a usual quantity', { policy: { maxQuantityPerLine: 2 } }, []],
    ['a high quantity', { policy: { maxQuantityPerLine: 1 } }, ['quantity-high hold']],
    ['a recent order', { policy: { holdOlderThanDays: 1 } }, []],
    [
      'an old order',
      { policy: { holdOlderThanDays: 1 }, facts: { now: '2026-03-02T10:00:01Z' } },
      ['placed-long-ago hold'],
    ],
    [
      'an approved hold',
      { order: { fraud: 'cancel' }, facts: { approved: ['fraud-cancel'], blockedBy: ['email'] } },
      ['customer-blocked hold', 'fraud-cancel note'],
    ],
    [
      'a refusal that nobody can approve',
      { order: { shippingAddress: null }, facts: { approved: ['address-missing'] } },
      ['address-missing refuse'],
    ],
  ])('%s', (_, changes, expected) => {
    expect(said(changes)).toEqual(expected);
  });

  it('gives all findings, the worst first and deciding', () => {
    const changes: Changes = {
      order: {
        payment: { state: 'pending', provider: 'x' },
        shippingAddress: { ...address, country: 'FR', line1: '' },
        fraud: 'cancel',
        lines: [line({ total: -1 })],
      },
      facts: { blockedBy: ['email'] },
    };
    expect(said(changes)).toEqual([
      'address-incomplete refuse',
      'country-not-served refuse',
      'amounts-differ hold',
      'line-implausible hold',
      'customer-blocked hold',
      'fraud-cancel hold',
      'payment-pending await-payment',
    ]);
    expect(reviewed(changes).outcome).toBe('refuse');
  });

  it('says what is wrong, exactly', () => {
    expect(reviewed({ order: { totals: { ...totals, total: 5000 } } }).findings).toEqual([
      {
        code: 'amounts-differ',
        severity: 'hold',
        message:
          "Lines, tax, shipping, other and discount add up to 40.70 EUR, but the order's total is 50.00 EUR.",
      },
    ]);
    expect(
      reviewed({ order: { shippingAddress: { ...address, name: '', postalCode: undefined } } }).findings,
    ).toEqual([
      {
        code: 'address-incomplete',
        severity: 'refuse',
        message: 'The shipping address lacks: name, postalCode.',
      },
    ]);
    expect(
      reviewed({
        order: { lines: [line({ quantity: 1.5, unitPrice: -1 })], totals: { ...totals, tax: NaN } },
      }).findings,
    ).toEqual([
      {
        code: 'amount-invalid',
        severity: 'refuse',
        message: 'Not a possible number: totals.tax, lines[0].quantity, lines[0].unitPrice.',
      },
    ]);
    expect(
      reviewed({
        order: {
          lines: [line({ total: Number.MAX_SAFE_INTEGER }), line({ total: Number.MAX_SAFE_INTEGER })],
        },
      }).findings[0],
    ).toEqual({
      code: 'amount-invalid',
      severity: 'refuse',
      message: 'Not a possible number: the sum of the lines.',
    });
  });

  it('never repeats what a customer typed, and orders its findings, whatever the order', () => {
    const secret = fc.string({ minLength: 4 }).map((text) => `§${text}§`);
    const typed = fc.oneof(fc.constant(''), secret);
    const any = fc.record({
      address: fc.record({
        name: typed,
        line1: typed,
        city: typed,
        postalCode: typed,
        region: typed,
        country: fc.oneof(typed, fc.constantFrom('DE', 'FR', 'US')),
      }),
      email: typed,
      state: fc.constantFrom(...paymentStates),
      fraud: fc.constantFrom('accept', 'investigate', 'cancel', null),
      currency: fc.oneof(typed, fc.constant('EUR')),
      total: fc.oneof(fc.integer(), fc.double()),
    });
    fc.assert(
      fc.property(any, (given) => {
        const changes: Changes = {
          order: {
            currency: given.currency,
            fraud: given.fraud as OrderSnapshot['fraud'],
            payment: { state: given.state, provider: 'x' },
            customer: { externalId: null, email: given.email, phone: null },
            shippingAddress: given.address,
            totals: { ...totals, total: given.total },
          },
          policy: { approvalAbove: { minor: 1, currency: 'USD' } },
        };
        const { outcome, findings } = reviewed(changes);
        expect(findings.filter(({ message }) => message.includes('§'))).toEqual([]);
        const places = findings.map(
          ({ code, severity }) => severities.indexOf(severity) * 100 + findingCodes.indexOf(code),
        );
        expect(places).toEqual(places.toSorted((a, b) => a - b));
        expect(outcome).toBe(!findings[0] || findings[0].severity === 'note' ? 'pass' : findings[0].severity);
      }),
    );
  });
});

describe('missingFields', () => {
  const bare: Address = { name: '', line1: '', city: '', country: '' };

  it.each<[string, Partial<Address>, string[]]>([
    ['nothing at all', {}, ['name', 'line1', 'city', 'country']],
    ['Germany', { country: 'DE' }, ['name', 'line1', 'city', 'postalCode']],
    ['the United States', { country: 'US' }, ['name', 'line1', 'city', 'region', 'postalCode']],
    ['Ireland', { country: 'IE' }, ['name', 'line1', 'city']],
    ['the Emirates', { country: 'AE' }, ['name', 'line1', 'city']],
    ['Singapore', { country: 'SG' }, ['name', 'line1', 'postalCode']],
    ['a company', { country: 'AE', company: 'Sample Ltd' }, ['line1', 'city']],
  ])('of %s', (_, changes, expected) => {
    expect(missingFields({ ...bare, ...changes })).toEqual(expected);
  });
});

describe('isDuplicate', () => {
  const later = (changes: Partial<OrderSnapshot> = {}) =>
    order({ externalId: '1002', placedAt: '2026-03-01T10:05:00Z', ...changes });
  const guest = (email: string | null) => ({ externalId: null, email, phone: null });

  it.each<[string, OrderSnapshot, OrderSnapshot, boolean]>([
    ['the same again', later(), order(), true],
    ['itself', order(), order(), false],
    ['later than that', later({ placedAt: '2026-03-01T10:10:01Z' }), order(), false],
    ['just within', later({ placedAt: '2026-03-01T10:10:00Z' }), order(), true],
    ['another customer', later({ customer: { ...order().customer, externalId: 'c2' } }), order(), false],
    [
      'the same guest',
      later({ customer: guest('A@example.com') }),
      order({ customer: guest('a@example.com') }),
      true,
    ],
    ['two without a name', later({ customer: guest(null) }), order({ customer: guest(null) }), false],
    ['another quantity', later({ lines: [line({ quantity: 1 })] }), order(), false],
    ['another total', later({ totals: { ...totals, total: 1 } }), order(), false],
    [
      'the same lines in another order',
      later({ lines: [line({ sku: 'B' }), line()] }),
      order({ lines: [line(), line({ sku: 'B' })] }),
      true,
    ],
  ])('%s', (_, one, other, expected) => {
    expect(isDuplicate(one, other, 10)).toBe(expected);
  });
});
