import { expect, it } from '@jest/globals';
import { retryDelay } from '../../../activities/retry-delay.ts';

const retryPolicy = { initialInterval: 1000, backoffCoefficient: 2, maximumInterval: 120_000 };

it.each([
  ['as the step’s own retries say, where the party says nothing', undefined, 3, undefined],
  ['as late as the party says', 30_000, 1, 30_000],
  ['no sooner than the step’s own retries, however soon the party says', 100, 1, 1000],
  ['later with each attempt', 100, 5, 16_000],
  ['up to the longest of the step’s own', 100, 12, 120_000],
  ['and beyond it where the party says so', 600_000, 12, 600_000],
])('a limited party is asked again %s', (_when, retryAfterMs, attempt, delay) => {
  expect(retryDelay(retryAfterMs, { attempt, retryPolicy })).toBe(delay);
});

it('outside of Temporal the party’s word is all there is', () => {
  expect(retryDelay(4_321, null)).toBe(4_321);
});
