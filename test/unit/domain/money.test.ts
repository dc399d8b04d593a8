import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  convert,
  exponent,
  formatMinor,
  fromWire,
  InvalidMoney,
  isCurrency,
  parseMinor,
  splitByWeights,
  toWire,
} from '../../../domain/money.ts';

const currency = fc.constantFrom('EUR', 'JPY', 'KWD', 'CLF', 'MGA');
const minor = fc.maxSafeInteger();

describe('exponent', () => {
  it.each([
    ['EUR', 2],
    ['USD', 2],
    ['HUF', 2],
    ['MGA', 2],
    ['MRU', 2],
    ['JPY', 0],
    ['ISK', 0],
    ['UGX', 0],
    ['CLP', 0],
    ['VND', 0],
    ['KWD', 3],
    ['TND', 3],
    ['CLF', 4],
  ])('%s has %d decimals', (code, decimals) => {
    expect(exponent(code)).toBe(decimals);
  });

  it.each(['', 'eur', 'EURO', 'XXX', 'XAU', 'constructor'])('%j is no currency', (code) => {
    expect(() => exponent(code)).toThrow(InvalidMoney);
    expect(isCurrency(code)).toBe(false);
  });
});

describe('parseMinor', () => {
  it.each([
    ['12.34', 'EUR', 1234],
    ['12.3', 'EUR', 1230],
    ['12', 'EUR', 1200],
    ['-0.05', 'EUR', -5],
    ['12.3400', 'EUR', 1234],
    ['0012.00', 'JPY', 12],
    ['1.234', 'KWD', 1234],
    ['-0.00', 'EUR', 0],
    ['90071992547409.91', 'EUR', Number.MAX_SAFE_INTEGER],
  ])('%s %s is %d', (text, code, expected) => {
    expect(parseMinor(text, code)).toBe(expected);
  });

  it.each([
    ['12.345', 'EUR'],
    ['12.5', 'JPY'],
    ['1e3', 'EUR'],
    ['1,234.00', 'EUR'],
    ['.5', 'EUR'],
    ['5.', 'EUR'],
    ['', 'EUR'],
    [' 1', 'EUR'],
    ['1\n', 'EUR'],
    ['+1', 'EUR'],
    ['--1', 'EUR'],
    ['NaN', 'EUR'],
    ['0x10', 'EUR'],
    ['١٢', 'EUR'],
    ['90071992547409.92', 'EUR'],
    ['1.00', 'XXX'],
  ])('refuses %j %s', (text, code) => {
    expect(() => parseMinor(text, code)).toThrow(InvalidMoney);
  });

  it('reads back what formatMinor writes, and the wire shape likewise', () => {
    fc.assert(
      fc.property(minor, currency, (amount, code) => {
        expect(parseMinor(formatMinor(amount, code), code)).toBe(amount);
        expect(fromWire(toWire({ minor: amount, currency: code }))).toEqual({
          minor: amount,
          currency: code,
        });
      }),
    );
  });
});

describe('formatMinor', () => {
  it.each([
    [1234, 'EUR', '12.34'],
    [-5, 'EUR', '-0.05'],
    [0, 'EUR', '0.00'],
    [12, 'JPY', '12'],
    [1, 'KWD', '0.001'],
  ])('%d %s is %s', (amount, code, expected) => {
    expect(formatMinor(amount, code)).toBe(expected);
  });

  it.each([0.5, Number.NaN, Infinity, 2 ** 53])('refuses %d', (amount) => {
    expect(() => formatMinor(amount, 'EUR')).toThrow(InvalidMoney);
  });
});

describe('splitByWeights', () => {
  it.each([
    [100, [1, 1, 1], [34, 33, 33]],
    [10, [3, 3, 3, 1], [3, 3, 3, 1]],
    [-100, [1, 1, 1], [-34, -33, -33]],
    [5, [0, 0], [3, 2]],
    [7, [0, 2, 0], [0, 7, 0]],
    [0, [1, 2], [0, 0]],
    [0, [], []],
    [1, [1, 2], [0, 1]],
  ])('splits %d by %j into %j', (amount, weights, expected) => {
    expect(splitByWeights(amount, weights)).toEqual(expected);
  });

  it('loses nothing and keeps each share within one unit of its proportion', () => {
    const weights = fc.array(fc.nat(), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(minor, weights, (amount, given) => {
        const shares = splitByWeights(amount, given);
        expect(shares.reduce((sum, share) => sum + BigInt(share), 0n)).toBe(BigInt(amount));
        const whole = given.reduce((sum, weight) => sum + weight, 0);
        if (whole === 0) return;
        shares.forEach((share, index) => {
          const off = BigInt(share) * BigInt(whole) - BigInt(amount) * BigInt(given[index]!);
          expect(off < BigInt(whole) && off > -BigInt(whole)).toBe(true);
        });
      }),
    );
  });

  it.each([
    [1, []],
    [1, [-1, 2]],
    [1, [0.5]],
    [0.5, [1]],
  ])('refuses %d by %j', (amount, weights) => {
    expect(() => splitByWeights(amount, weights)).toThrow(InvalidMoney);
  });
});

describe('convert', () => {
  it.each([
    [1000, 'USD', '0.92', 'EUR', 920],
    [1, 'USD', '0.5', 'EUR', 1],
    [-1, 'USD', '0.5', 'EUR', -1],
    [1, 'USD', '0.49', 'EUR', 0],
    [-1, 'USD', '0.49', 'EUR', 0],
    [1234, 'EUR', '162.35', 'JPY', 2003],
    [2003, 'JPY', '0.006159532', 'EUR', 1234],
    [1000, 'EUR', '0.3371', 'KWD', 3371],
  ])('%d %s at %s is %s %d', (amount, from, rate, to, expected) => {
    expect(convert({ minor: amount, currency: from }, rate, to)).toEqual({ minor: expected, currency: to });
  });

  it.each(['0', '0.0', '-1', '1e3', '', '.5', 'NaN'])('refuses the rate %j', (rate) => {
    expect(() => convert({ minor: 1, currency: 'EUR' }, rate, 'USD')).toThrow(InvalidMoney);
  });

  it('refuses what does not fit', () => {
    expect(() => convert({ minor: 2 ** 52, currency: 'EUR' }, '2', 'USD')).toThrow(InvalidMoney);
    expect(() => convert({ minor: 0.5, currency: 'EUR' }, '2', 'USD')).toThrow(InvalidMoney);
    expect(() => convert({ minor: 1, currency: 'EUR' }, '2', 'XXX')).toThrow(InvalidMoney);
  });
});
