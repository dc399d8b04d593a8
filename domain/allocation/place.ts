import { compareText } from '../compare.ts';

/** What waits before an order for one SKU, of one lane: the warehouses that may serve it. */
export interface Ahead {
  warehouses: readonly string[];
  orders: number;
  quantity: number;
}

/** Units on their way that can be sold once they are there. */
export interface Coming {
  warehouse: string;
  quantity: number;
  /** YYYY-MM-DD; null: nobody has said. */
  expectedAt: string | null;
}

/** Where an order stands that waits for a SKU. */
export interface Place {
  /** 1 is next. Only those count that a warehouse may serve which may serve this order too. */
  place: number;
  /** Units of what it waits for that are not there for it yet. 0: they are, and it waits for something else. */
  missing: number;
  /** YYYY-MM-DD: when what is on its way should reach so far; null where it does not, or on no known day. */
  expectedAt: string | null;
}

/** By what is free, wanted before and on its way in the warehouses that may serve the order. */
export function placeInQueue(
  own: { quantity: number; warehouses: readonly string[] },
  ahead: readonly Ahead[],
  free: readonly { warehouse: string; quantity: number }[],
  coming: readonly Coming[],
): Place {
  const mine = new Set(own.warehouses);
  const rivals = ahead.filter(({ warehouses }) => warehouses.some((code) => mine.has(code)));
  const there = sum(free.filter(({ warehouse }) => mine.has(warehouse)));
  const needed = sum(rivals) + own.quantity - there;
  const missing = Math.min(own.quantity, Math.max(0, needed));
  return {
    place: 1 + rivals.reduce((all, { orders }) => all + orders, 0),
    missing,
    expectedAt:
      missing === 0
        ? null
        : dayWhenThere(
            coming.filter(({ warehouse }) => mine.has(warehouse)),
            needed,
          ),
  };
}

function dayWhenThere(coming: readonly Coming[], needed: number): string | null {
  let left = needed;
  for (const { quantity, expectedAt } of coming.toSorted(byDay)) {
    left -= quantity;
    if (left <= 0) return expectedAt;
  }
  return null;
}

/** What comes on no known day is counted last. */
const LAST = '9999-12-31';
const byDay = (a: Coming, b: Coming) => compareText(a.expectedAt ?? LAST, b.expectedAt ?? LAST);

const sum = (all: readonly { quantity: number }[]) =>
  all.reduce((total, { quantity }) => total + quantity, 0);
