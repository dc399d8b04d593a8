const DAY = 86_400_000;

/**
 * The day on which the customer is promised to have it: so many working days (Monday to Friday, as carriers count
 * transit) after the day on which it leaves. Where nothing is promised, that day itself. Days are YYYY-MM-DD.
 */
export function deliveryDay(shipDay: string, promiseDays: number | null): string {
  let day = Date.parse(shipDay);
  for (let left = promiseDays ?? 0; left > 0;) {
    day += DAY;
    if (isWorkingDay(day)) left--;
  }
  return new Date(day).toISOString().slice(0, 10);
}

const isWorkingDay = (day: number) => ![0, 6].includes(new Date(day).getUTCDay());
