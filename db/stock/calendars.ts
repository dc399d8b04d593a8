import type { Calendar } from '../../domain/allocation/calendar.ts';
import type { Em } from '../database.ts';

/**
 * The calendars of these warehouses as they are at a moment. `lock`: those that ship a limited number a day are locked
 * by code, so that what is added to a day is counted by whoever asks next; no lock stands in the way of others.
 */
export async function readCalendars(
  em: Em,
  codes: readonly string[],
  now: Date,
  lock: boolean,
): Promise<Map<string, Calendar>> {
  if (codes.length === 0) return new Map();
  const locked = lock
    ? em.execute(
        'select 1 from warehouse where code in (?) and daily_capacity is not null order by code for no key update',
        [[...codes]],
      )
    : null;
  // Read once that is held: one statement of a transaction follows the other.
  const read = em.execute<(Calendar & { code: string })[]>(
    `select w.code, to_char(here.now, 'YYYY-MM-DD') as today, to_char(here.now, 'HH24:MI') as time,
            w.cut_off as "cutOff", w.working_days as "workingDays", w.holidays,
            coalesce((select jsonb_agg(day) from (
              select to_char(f.ship_day, 'YYYY-MM-DD') as day from fulfillment f
              where w.daily_capacity is not null and f.warehouse = w.code and f.ship_day >= here.now::date
                and f.stage <> 'cancelled' group by f.ship_day having count(*) >= w.daily_capacity) full_days), '[]') as full
     from warehouse w cross join lateral (select ?::timestamptz at time zone w.time_zone as now) here
     where w.code in (?)`,
    [now.toISOString(), [...codes]],
  );
  const [rows] = await Promise.all([read, locked]);
  return new Map(rows.map(({ code, ...calendar }) => [code, calendar]));
}
