import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chooseRate, rateReasons, type Quote, type RateOptions } from '../../../domain/rates.ts';

function quote(name: string, minor: number, transitDays: number | null, currency = 'EUR'): Quote {
  const [carrier = '', service = ''] = name.split(' ');
  return { carrier, service, price: { minor, currency }, transitDays };
}

/** "carrier service: reason", in the order given back. */
function reasons(quotes: Quote[], options: RateOptions): string[] {
  return chooseRate(quotes, options).considered.map(
    ({ quote: { carrier, service }, reason }) => `${carrier} ${service}: ${reason}`,
  );
}

const ground = quote('ups ground', 900, 5);
const express = quote('dhl express', 2500, 1);
const twoDay = quote('fedex 2day', 1500, 2);
const unknown = quote('usps mail', 500, null);

interface Case {
  name: string;
  quotes: Quote[];
  promiseDays: number | null;
  currencyRates?: RateOptions['currencyRates'];
  late?: boolean;
  expected: string[];
}

const cases: Case[] = [
  {
    name: 'the cheapest that meets the promise',
    quotes: [express, ground, twoDay, unknown],
    promiseDays: 2,
    expected: [
      'fedex 2day: cheapest-in-time',
      'dhl express: costs-more',
      'usps mail: transit-not-told',
      'ups ground: misses-promise',
    ],
  },
  {
    name: 'the cheapest where nothing was promised',
    quotes: [express, unknown, ground],
    promiseDays: null,
    expected: ['usps mail: cheapest', 'ups ground: costs-more', 'dhl express: costs-more'],
  },
  {
    name: 'the fastest where none meets the promise, and says that it is late',
    quotes: [unknown, ground, twoDay],
    promiseDays: 1,
    late: true,
    expected: ['fedex 2day: fastest-but-late', 'ups ground: takes-longer', 'usps mail: transit-not-told'],
  },
  {
    name: 'the cheaper of equally fast ones that are late',
    quotes: [quote('b x', 20, 3), quote('a x', 30, 3)],
    promiseDays: 1,
    late: true,
    expected: ['b x: fastest-but-late', 'a x: costs-more'],
  },
  {
    name: 'the cheapest where no transit time is known',
    quotes: [quote('b x', 20, null), quote('a x', 30, null)],
    promiseDays: 1,
    late: true,
    expected: ['b x: unknown-transit', 'a x: costs-more'],
  },
  {
    name: 'the faster, then the first by name, of equal prices',
    quotes: [
      quote('b x', 20, 2),
      quote('a y', 20, 2),
      quote('a x', 20, 2),
      quote('c x', 20, 1),
      quote('d x', 20, null),
    ],
    promiseDays: null,
    expected: [
      'c x: cheapest',
      'a x: takes-longer',
      'a y: takes-longer',
      'b x: takes-longer',
      'd x: takes-longer',
    ],
  },
  {
    name: 'the first by name of quite equal ones',
    quotes: [quote('b x', 20, 2), quote('a y', 20, 2), quote('a x', 20, 2)],
    promiseDays: 2,
    expected: ['a x: cheapest-in-time', 'a y: same-price', 'b x: same-price'],
  },
  {
    name: 'among the currency of most, where there are no rates of exchange',
    quotes: [ground, express, quote('usps mail', 1, 1, 'USD')],
    promiseDays: null,
    expected: ['ups ground: cheapest', 'dhl express: costs-more', 'usps mail: other-currency'],
  },
  {
    name: 'across currencies by their rates, leaving out those without',
    quotes: [ground, quote('usps mail', 980, 3, 'USD'), quote('jp post', 1, 1, 'JPY')],
    promiseDays: null,
    currencyRates: { to: 'EUR', rates: { USD: '0.9' } },
    expected: ['usps mail: cheapest', 'ups ground: costs-more', 'jp post: other-currency'],
  },
  {
    name: 'only prices that are money',
    quotes: [quote('a x', -1, 1), quote('b x', 0.5, 1), quote('c x', 1, 1, 'XXX'), ground],
    promiseDays: null,
    expected: ['ups ground: cheapest', 'a x: invalid-price', 'b x: invalid-price', 'c x: invalid-price'],
  },
];

describe('chooseRate takes', () => {
  it.each(cases)('$name', ({ quotes, promiseDays, currencyRates, late = false, expected }) => {
    const options = { promiseDays, currencyRates };
    expect(reasons(quotes, options)).toEqual(expected);
    expect(reasons(quotes.toReversed(), options)).toEqual(expected);
    const { chosen, late: isLate, considered } = chooseRate(quotes, options);
    expect(chosen).toBe(considered[0]!.quote);
    expect(isLate).toBe(late);
  });

  it('none where there is none, or none to compare', () => {
    expect(chooseRate([], { promiseDays: 1 })).toEqual({ chosen: null, late: false, considered: [] });
    const only = quote('a x', 1, 1, 'USD');
    expect(chooseRate([only], { promiseDays: 1, currencyRates: { to: 'EUR', rates: {} } })).toEqual({
      chosen: null,
      late: false,
      considered: [{ quote: only, reason: 'other-currency' }],
    });
  });

  it('what nobody undercuts in time, accounting for every quote, whatever the quotes', () => {
    const quotes = fc.array(
      fc.record({
        carrier: fc.constantFrom('a', 'b', 'c'),
        service: fc.constantFrom('x', 'y'),
        price: fc.record({ minor: fc.integer({ min: -1, max: 5 }), currency: fc.constant('EUR') }),
        transitDays: fc.option(fc.nat(4)),
      }),
    );
    fc.assert(
      fc.property(quotes, fc.option(fc.nat(4)), (given, promiseDays) => {
        const { chosen, late, considered } = chooseRate(given, { promiseDays });
        expect(new Set(considered.map((each) => each.quote))).toEqual(new Set(given));
        expect(considered).toHaveLength(given.length);
        expect(considered.filter(({ reason }) => !(reason in rateReasons))).toEqual([]);
        const priced = given.filter(({ price }) => price.minor >= 0);
        const meets = ({ transitDays }: Quote) =>
          promiseDays === null || (transitDays !== null && transitDays <= promiseDays);
        expect(chosen === null).toBe(priced.length === 0);
        if (!chosen) return;
        expect(late).toBe(!priced.some(meets));
        const better = priced.filter((other) =>
          late
            ? (other.transitDays ?? Infinity) < (chosen.transitDays ?? Infinity)
            : meets(other) && other.price.minor < chosen.price.minor,
        );
        expect(better).toEqual([]);
      }),
    );
  });
});
