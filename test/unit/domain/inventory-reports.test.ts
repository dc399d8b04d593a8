import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ageBucket, ageBuckets, turnoverOf } from '../../../domain/inventory-reports.ts';

describe('the age of stock', () => {
  it.each([
    [-1, '0-30'],
    [0, '0-30'],
    [30, '0-30'],
    [31, '31-60'],
    [60, '31-60'],
    [61, '61-90'],
    [91, '91-180'],
    [180, '91-180'],
    [365, '181-365'],
    [366, '366+'],
    [10_000, '366+'],
  ])('of %i days is in %s', (days, bucket) => {
    expect(ageBucket(days)).toBe(bucket);
  });

  it('is never in a younger bucket the older it is', () => {
    const days = fc.integer({ min: 0, max: 1_000 });
    const place = (age: number) => ageBuckets.indexOf(ageBucket(age));
    fc.assert(fc.property(days, days, (a, b) => place(Math.min(a, b)) <= place(Math.max(a, b))));
  });
});

describe('turnover', () => {
  it.each([
    ['what sold twice its average', { costShipped: 200, averageValue: 100, days: 30 }, 2, 15],
    ['what did not sell', { costShipped: 0, averageValue: 100, days: 30 }, 0, null],
    ['what came and left at once', { costShipped: 100, averageValue: 0, days: 30 }, null, 0],
    ['nothing', { costShipped: 0, averageValue: 0, days: 30 }, null, null],
    ['a third', { costShipped: 100, averageValue: 300, days: 10 }, 0.33, 30],
  ])('of %s', (_case, facts, turns, daysOfInventory) => {
    expect(turnoverOf(facts)).toEqual({ turns, daysOfInventory });
  });
});
