import { compareText } from '../compare.ts';
import type { OrderSnapshot } from '../order.ts';

/**
 * Whether an order looks like the same customer's order of shortly before: lines, currency and total are equal
 * and they were placed within so many minutes of each other. Customers are the same by the store's id, or,
 * where one has none, by email without regard to case; an order without either is nobody's duplicate.
 */
export function isDuplicate(order: OrderSnapshot, earlier: OrderSnapshot, withinMinutes: number): boolean {
  const apart = Math.abs(Date.parse(order.placedAt) - Date.parse(earlier.placedAt));
  return (
    order.externalId !== earlier.externalId &&
    apart <= withinMinutes * 60_000 &&
    isSameCustomer(order.customer, earlier.customer) &&
    contentOf(order) === contentOf(earlier)
  );
}

function isSameCustomer(a: OrderSnapshot['customer'], b: OrderSnapshot['customer']): boolean {
  if (a.externalId !== null && b.externalId !== null) return a.externalId === b.externalId;
  return a.email !== null && b.email !== null && a.email.toLowerCase() === b.email.toLowerCase();
}

function contentOf({ lines, currency, totals }: OrderSnapshot): string {
  const wanted = lines.map(({ sku, title, quantity }) => JSON.stringify([sku ?? title, quantity]));
  return JSON.stringify([currency, totals.total, wanted.sort(compareText)]);
}
