import { describe, expect, it } from '@jest/globals';
import { conditions, conditionWording, worst, type Condition } from '../../../domain/conditions.ts';

describe('worst', () => {
  it.each<[Condition[], Condition | 'none']>([
    [[], 'none'],
    [['awaiting_stock'], 'awaiting_stock'],
    [['awaiting_stock', 'awaiting_payment'], 'awaiting_payment'],
    [['awaiting_stock', 'held'], 'held'],
    [['held', 'needs_attention'], 'needs_attention'],
    [['needs_attention', 'cancelling', 'held'], 'cancelling'],
  ])('of %j is %s', (present, expected) => {
    expect(worst(present)).toBe(expected);
    expect(worst(new Set(present.toReversed()))).toBe(expected);
  });
});

it('words every condition differently', () => {
  expect(Object.keys(conditionWording)).toEqual([...conditions]);
  expect(new Set(conditions.map((condition) => conditionWording[condition].title)).size).toBe(
    conditions.length,
  );
});
