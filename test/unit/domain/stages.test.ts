import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  advance,
  IllegalMove,
  isCancellable,
  isFinal,
  isFurther,
  leastAdvanced,
  moveBetween,
  nextStages,
  orderStages,
  type OrderStage,
} from '../../../domain/stages.ts';

const stage = fc.constantFrom(...orderStages);

/** Every legal move, spelled out: the table must hold these and no others. */
const legal: [OrderStage, OrderStage, string][] = [
  ['received', 'reviewed', 'forward'],
  ['reviewed', 'reserved', 'forward'],
  ['reserved', 'allocated', 'forward'],
  ['allocated', 'labelled', 'forward'],
  ['labelled', 'shipped', 'forward'],
  ['shipped', 'delivered', 'forward'],
  ['delivered', 'closed', 'forward'],
  ['received', 'closed', 'record'],
  ['shipped', 'closed', 'undelivered'],
  ['reviewed', 'received', 'redo'],
  ['reserved', 'received', 'redo'],
  ['reserved', 'reviewed', 'redo'],
  ['allocated', 'received', 'redo'],
  ['allocated', 'reviewed', 'redo'],
  ['allocated', 'reserved', 'redo'],
  ['labelled', 'received', 'redo'],
  ['labelled', 'reviewed', 'redo'],
  ['labelled', 'reserved', 'redo'],
  ['labelled', 'allocated', 'redo'],
  ['received', 'cancelled', 'cancel'],
  ['reviewed', 'cancelled', 'cancel'],
  ['reserved', 'cancelled', 'cancel'],
  ['allocated', 'cancelled', 'cancel'],
  ['labelled', 'cancelled', 'cancel'],
];

describe('moves', () => {
  it.each(legal)('%s → %s is %s', (from, to, move) => {
    expect(moveBetween(from, to)).toBe(move);
    expect(advance(from, to)).toBe(to);
  });

  it('are refused everywhere else, staying included', () => {
    const allowed = new Set(legal.map(([from, to]) => `${from} ${to}`));
    for (const from of orderStages) {
      for (const to of orderStages.filter((stage) => !allowed.has(`${from} ${stage}`))) {
        expect(moveBetween(from, to)).toBeNull();
        expect(() => advance(from, to)).toThrow(IllegalMove);
      }
    }
  });

  it('say what is possible instead', () => {
    expect(() => advance('received', 'shipped')).toThrow(
      "received can't become shipped; possible: reviewed, closed, cancelled",
    );
    expect(() => advance('closed', 'received')).toThrow(
      "closed can't become received; possible: nothing, it is final",
    );
    expect(nextStages('shipped')).toEqual(['delivered', 'closed']);
  });

  it('end at closed and cancelled only', () => {
    expect(orderStages.filter(isFinal)).toEqual(['closed', 'cancelled']);
  });

  it('cancel before the hand-over only', () => {
    expect(orderStages.filter(isCancellable)).toEqual([
      'received',
      'reviewed',
      'reserved',
      'allocated',
      'labelled',
    ]);
  });

  it('never take back what has been handed over', () => {
    fc.assert(
      fc.property(stage, stage, (from, to) => {
        if (isFurther(from, 'labelled') && moveBetween(from, to) !== null)
          expect(isFurther(to, from)).toBe(true);
      }),
    );
  });
});

describe('leastAdvanced', () => {
  it.each<[OrderStage[], OrderStage | null]>([
    [[], null],
    [['shipped', 'labelled'], 'labelled'],
    [['shipped', 'cancelled'], 'shipped'],
    [['delivered', 'closed'], 'delivered'],
    [['cancelled', 'cancelled'], 'cancelled'],
    [['closed', 'cancelled'], 'closed'],
  ])('%j → %s', (stages, expected) => {
    expect(leastAdvanced(stages)).toBe(expected);
  });

  it('is one of them, none of the live ones being behind it, whatever their order', () => {
    fc.assert(
      fc.property(fc.array(stage, { minLength: 1 }), (stages) => {
        const least = leastAdvanced(stages)!;
        expect(stages).toContain(least);
        expect(stages.filter((other) => other !== 'cancelled' && isFurther(least, other))).toEqual([]);
        expect(leastAdvanced(stages.toReversed())).toBe(least);
      }),
    );
  });
});
