import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { suggest, VELOCITY_DAYS } from '../../../domain/replenishment.ts';

const rule = { reorderPoint: 20, safetyStock: 5, leadTimeDays: 7, coverDays: 21, packSize: 1 };
const facts = { available: 20, waiting: 0, incoming: 0, sold: 28 };

describe('what is to be bought', () => {
  it.each([
    ['at the reorder point', {}, {}, { low: true, suggestedQuantity: 28 + 5 - 20, position: 20 }],
    ['one above it', {}, { available: 21 }, { low: false, suggestedQuantity: 0, position: 21 }],
    ['with enough on its way', {}, { incoming: 1 }, { low: false, suggestedQuantity: 0, position: 21 }],
    [
      'with orders that wait',
      {},
      { available: 0, waiting: 10 },
      { low: true, suggestedQuantity: 43, position: -10 },
    ],
    ['in packs', { packSize: 12 }, {}, { low: true, suggestedQuantity: 24, position: 20 }],
    ['in packs that fit', { packSize: 13 }, {}, { low: true, suggestedQuantity: 13, position: 20 }],
    ['of what never sold', {}, { sold: 0 }, { low: true, suggestedQuantity: 0, position: 20 }],
    ['of what sells slowly', {}, { available: 0, sold: 1 }, { low: true, suggestedQuantity: 6, position: 0 }],
  ])('%s', (_case, change, given, expected) => {
    expect(suggest({ ...rule, ...change }, { ...facts, ...given })).toMatchObject(expected);
  });

  it('tells how fast it sells and how long it lasts, never longer than it does', () => {
    expect(suggest(rule, { ...facts, available: 10, sold: 9 })).toMatchObject({
      velocity: 0.321,
      daysOfCover: 31.1,
    });
    expect(suggest(rule, { ...facts, sold: 0 })).toMatchObject({ velocity: 0, daysOfCover: null });
  });

  const whole = (max: number) => fc.integer({ min: 0, max });
  const rules = fc.record({
    reorderPoint: whole(10_000),
    safetyStock: whole(10_000),
    leadTimeDays: whole(365),
    coverDays: fc.integer({ min: 1, max: 365 }),
    packSize: fc.integer({ min: 1, max: 500 }),
  });
  const supplies = fc.record({
    available: whole(100_000),
    waiting: whole(100_000),
    incoming: whole(100_000),
    sold: whole(100_000),
  });
  /** Against integers of any size. */
  const upTo = (r: typeof rule, sold: number) =>
    BigInt(sold) * BigInt(r.leadTimeDays + r.coverDays) + BigInt(r.safetyStock) * BigInt(VELOCITY_DAYS);

  it('is whole packs, reaches the level and is less than one pack above it', () => {
    fc.assert(
      fc.property(rules, supplies, (r, s) => {
        const { position, low, suggestedQuantity } = suggest(r, s);
        expect(suggestedQuantity % r.packSize).toBe(0);
        expect(low).toBe(s.available + s.incoming - s.waiting <= r.reorderPoint);
        if (!low) return expect(suggestedQuantity).toBe(0);
        const days = BigInt(VELOCITY_DAYS);
        const after = BigInt(position + suggestedQuantity) * days;
        expect(after >= upTo(r, s.sold)).toBe(true);
        const onePackLess = after - BigInt(r.packSize) * days;
        expect(suggestedQuantity === 0 || onePackLess < upTo(r, s.sold)).toBe(true);
      }),
    );
  });

  it('is nothing more once it is on its way, where the level is above the reorder point', () => {
    fc.assert(
      fc.property(rules, supplies, (r, s) => {
        const { suggestedQuantity } = suggest(r, s);
        const again = suggest(r, { ...s, incoming: s.incoming + suggestedQuantity });
        expect(again.suggestedQuantity).toBe(0);
      }),
    );
  });
});
