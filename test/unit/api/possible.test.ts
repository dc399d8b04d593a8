import { describe, expect, it } from '@jest/globals';
import { possibleActions } from '../../../api/orders/possible.ts';
import type { OrderStage } from '../../../domain/stages.ts';

const still = { ended: false, waits: false, movable: false };

describe('possibleActions', () => {
  it.each<[OrderStage, string[], string[], string[]]>([
    ['received', [], [], ['hold', 'cancel']],
    ['labelled', [], [], ['hold', 'cancel']],
    ['shipped', [], [], []],
    ['reviewed', ['held'], [], ['release', 'approve', 'cancel']],
    ['allocated', ['needs_attention'], ['retry', 'cancel'], ['retry', 'cancel', 'hold']],
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
    ).toEqual(['hold', 'cancel', 'reroute', 'extend']));

  it('are none after the end', () =>
    expect(
      possibleActions({ ...still, stage: 'closed', conditions: [], offered: ['retry'], ended: true }),
    ).toEqual([]));
});
