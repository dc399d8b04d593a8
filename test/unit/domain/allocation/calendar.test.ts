import { describe, expect, it } from '@jest/globals';
import { type Calendar, isLate, shipDayOf } from '../../../../domain/allocation/calendar.ts';

/** A Tuesday. */
const calendar: Calendar = {
  today: '2026-11-24',
  time: '12:00',
  cutOff: '16:00',
  workingDays: [1, 2, 3, 4, 5],
  holidays: [],
  full: [],
};

describe('shipDayOf', () => {
  it.each<[string, Partial<Calendar>, string | null, string | null]>([
    ['today before the cut-off', {}, null, '2026-11-24'],
    ['today at the cut-off', { time: '16:00' }, null, '2026-11-24'],
    ['tomorrow after it', { time: '16:01' }, null, '2026-11-25'],
    ['Monday after Friday’s', { today: '2026-11-27', time: '17:00' }, null, '2026-11-30'],
    ['Sunday where Sundays are worked', { today: '2026-11-28', workingDays: [7] }, null, '2026-11-29'],
    ['after the holidays', { holidays: ['2026-11-24', '2026-11-25'] }, null, '2026-11-26'],
    ['when there is room again', { full: ['2026-11-24', '2026-11-26'] }, null, '2026-11-25'],
    ['not before what is sold ahead', {}, '2026-12-05', '2026-12-07'],
    ['over the end of the year', { today: '2026-12-31', time: '23:00' }, null, '2027-01-01'],
    ['never without a working day', { workingDays: [] }, null, null],
  ])('%s', (_name, change, notBefore, expected) =>
    expect(shipDayOf({ ...calendar, ...change }, notBefore)).toBe(expected),
  );
});

describe('isLate', () => {
  it.each<[string, number | null, number | null, boolean]>([
    ['2026-12-24', 9, null, false],
    ['2026-11-25', 2, 2, false],
    ['2026-11-26', 2, 2, true],
    ['2026-11-26', 1, 2, false],
    ['2026-11-24', 4, 2, true],
    ['2026-11-25', null, 2, false],
    ['2026-11-26', null, 2, true],
  ])('on %s, %j working days on its way, promised in %j: %j', (shipDay, transit, promise, late) =>
    expect(isLate(calendar, shipDay, transit, promise)).toBe(late),
  );
});
