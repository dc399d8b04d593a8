import type { Database } from '../db/database.ts';
import type { OrderSnapshot } from '../domain/order.ts';

/**
 * Everything in any version of the order's content that tells who the customer is or where they live. Empty when
 * the database can't be asked: then the failure's text came from no one who knows.
 */
export async function personalStrings(orm: Database, orderId: string): Promise<string[]> {
  try {
    const rows = await orm.em
      .fork()
      .execute<{ snapshot: OrderSnapshot }[]>(
        'select snapshot from order_version where order_id = ? order by version desc limit 5',
        [orderId],
      );
    return [...new Set(rows.flatMap(({ snapshot }) => ofSnapshot(snapshot)))];
  } catch {
    return [];
  }
}

function ofSnapshot({ customer, shippingAddress: address }: OrderSnapshot): string[] {
  const whole = [
    customer.email,
    customer.phone,
    address?.name,
    address?.company,
    address?.line1,
    address?.line2,
    address?.city,
    address?.postalCode,
    address?.phone,
  ].filter((text) => text != null && text.trim() !== '') as string[];
  const names = [address?.name, address?.line1].flatMap((text) => text?.split(/[\s,]+/) ?? []);
  return [...whole, ...names.filter((word) => word.length > 2)];
}

/** Takes these strings out, whatever their case, the longest first. */
export function scrub(text: string, personal: readonly string[]): string {
  const escaped = [...personal]
    .sort((a, b) => b.length - a.length)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return escaped.length === 0 ? text : text.replace(new RegExp(escaped.join('|'), 'giu'), '[redacted]');
}
