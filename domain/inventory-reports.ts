/** What is said of stock that lies: how old it is, and how often it is sold through. */

const buckets = [30, 60, 90, 180, 365] as const;
export const ageBuckets = ['0-30', '31-60', '61-90', '91-180', '181-365', '366+'] as const;

/** Days since the receipt; what comes from a clock that is ahead counts as new. */
export function ageBucket(days: number): (typeof ageBuckets)[number] {
  const place = buckets.findIndex((last) => days <= last);
  return ageBuckets[place === -1 ? buckets.length : place]!;
}

export interface TurnoverFacts {
  /** Minor units. */
  costShipped: number;
  averageValue: number;
  /** Of the period. */
  days: number;
}

export interface Turnover {
  /** Cost of the goods shipped ÷ average value of the inventory, in the period; null where there was none. */
  turns: number | null;
  /** How many days the average inventory lasts at that rate; null where nothing was shipped. */
  daysOfInventory: number | null;
}

/** Both to two decimals. */
export function turnoverOf({ costShipped, averageValue, days }: TurnoverFacts): Turnover {
  return {
    turns: averageValue > 0 ? twoDecimals(costShipped / averageValue) : null,
    daysOfInventory: costShipped > 0 ? twoDecimals((averageValue * days) / costShipped) : null,
  };
}

const twoDecimals = (number: number) => Math.round(number * 100) / 100;
