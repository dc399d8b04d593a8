import { describe, expect, it } from '@jest/globals';
import { possibleActions } from '../../../api/orders/possible.ts';
import type { OrderStage } from '../../../domain/stages.ts';

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
    expect(possibleActions({ stage, conditions, offered, ended: false })).toEqual(expected),
  );

  it('are none after the end', () =>
    expect(possibleActions({ stage: 'closed', conditions: [], offered: ['retry'], ended: true })).toEqual(
      [],
    ));
});
