import { describe, expect, it } from '@jest/globals';
import { possibleActions } from '../../../api/orders/possible.ts';
import type { OrderStage } from '../../../domain/stages.ts';

const still = { ended: false, waits: false, movable: false, refundable: false };

describe('possibleActions', () => {
  it.each<[OrderStage, string[], string[], string[]]>([
    ['received', [], [], ['hold', 'cancel', 'change-address', 'edit-lines']],
    ['labelled', [], [], ['hold', 'cancel', 'change-address', 'edit-lines']],
    ['shipped', [], [], []],
    ['reviewed', ['held'], [], ['release', 'approve', 'cancel', 'change-address', 'edit-lines']],
    [
      'allocated',
      ['needs_attention'],
      ['retry', 'cancel'],
      ['retry', 'cancel', 'hold', 'change-address', 'edit-lines'],
    ],
    ['allocated', ['cancelling', 'needs_attention'], ['retry'], ['retry']],
    ['shipped', ['needs_attention'], ['retry'], ['retry']],
  ])('of %s with %j and %j offered are %j', (stage, conditions, offered, expected) =>
    expect(possibleActions({ ...still, stage, conditions, offered })).toEqual(expected),
  );

  it('are a reroute of what has not left, and a longer wait', () =>
    expect(
      possibleActions({
        ...still,
        stage: 'allocated',
        conditions: [],
        offered: [],
        movable: true,
        waits: true,
      }),
    ).toEqual(['hold', 'cancel', 'change-address', 'edit-lines', 'reroute', 'extend']));

  it('are a refund of what was taken, also after the end, and what its aftercare offers', () => {
    const closed = { ...still, stage: 'closed', conditions: [], offered: [], ended: true } as const;
    expect(possibleActions(closed)).toEqual([]);
    expect(possibleActions({ ...closed, refundable: true })).toEqual(['refund']);
    expect(possibleActions({ ...closed, offered: ['retry', 'skip'] })).toEqual(['retry', 'skip']);
    expect(
      possibleActions({ ...still, stage: 'shipped', conditions: [], offered: [], refundable: true }),
    ).toEqual(['refund']);
  });
});
