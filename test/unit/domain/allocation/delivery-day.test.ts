import { expect, it } from '@jest/globals';
import { deliveryDay } from '../../../../domain/allocation/delivery-day.ts';

it.each([
  ['2026-11-24', null, '2026-11-24'],
  ['2026-11-24', 0, '2026-11-24'],
  ['2026-11-24', 1, '2026-11-25'],
  ['2026-11-27', 1, '2026-11-30'],
  ['2026-11-28', 1, '2026-11-30'],
  ['2026-11-24', 5, '2026-12-01'],
  ['2026-12-31', 2, '2027-01-04'],
])('what leaves on %s, promised in %j working days, is there on %s', (shipDay, promiseDays, day) => {
  expect(deliveryDay(shipDay, promiseDays)).toBe(day);
});
