import { deliveryDay } from './delivery-day.ts';

/** When a warehouse ships, in its own time zone. Days are YYYY-MM-DD. */
export interface Calendar {
  /** Its day and time ("HH:MM") at the moment of asking. */
  today: string;
  time: string;
  /** "HH:MM" after which what comes in leaves on the next working day. */
  cutOff: string;
  /** ISO 8601 days of the week, Monday is 1. */
  workingDays: readonly number[];
  holidays: readonly string[];
  /** Days on which it can't take one fulfillment more. */
  full: readonly string[];
}

/** A warehouse that does not work within a year never ships. */
const farthestDays = 366;

/**
 * The first day on which a warehouse ships what it is given now: a working day that is no holiday and has room, today
 * only until the cut-off, not before `notBefore`. null: never within a year.
 */
export function shipDayOf(calendar: Calendar, notBefore: string | null): string | null {
  const { today, time, cutOff, workingDays, holidays, full } = calendar;
  for (let ahead = time <= cutOff ? 0 : 1; ahead <= farthestDays; ahead++) {
    const date = new Date(today);
    date.setUTCDate(date.getUTCDate() + ahead);
    const day = date.toISOString().slice(0, 10);
    if (notBefore !== null && day < notBefore) continue;
    if (workingDays.includes(date.getUTCDay() || 7) && !holidays.includes(day) && !full.includes(day))
      return day;
  }
  return null;
}

/**
 * Whether it comes after the day that was promised. What is ordered today leaves by the next working day and is so
 * many working days on its way, that is the promise; without one nothing is late. `transitDays`: null where nobody
 * knows how long the way takes, then as long as was promised.
 */
export function isLate(
  { today }: Pick<Calendar, 'today'>,
  shipDay: string,
  transitDays: number | null,
  promiseDays: number | null,
): boolean {
  if (promiseDays === null) return false;
  return deliveryDay(shipDay, transitDays ?? promiseDays) > deliveryDay(today, promiseDays + 1);
}
