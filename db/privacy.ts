import anyAscii from 'any-ascii';
import type { OrderSnapshot } from '../domain/order.ts';
import type { Database } from './database.ts';

/** Everything in the last versions of the order's content that tells who the customer is or where they live. */
export async function personalStrings(orm: Database, orderId: string): Promise<string[]> {
  const rows = await orm.em
    .fork()
    .execute<{ snapshot: OrderSnapshot }[]>(
      'select snapshot from order_version where order_id = ? order by version desc limit 5',
      [orderId],
    );
  return [...new Set(rows.flatMap(({ snapshot }) => ofSnapshot(snapshot)))];
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
  return [...whole, ...names.filter((word) => /\p{L}{2}/u.test(word))];
}

/**
 * Takes these strings out, the longest first, whatever their case, and as carriers echo them: with their letters
 * romanized, phone numbers with other separators or without the country. Short ones only as words of their own.
 */
export function scrub(text: string, personal: readonly string[]): string {
  const spellings = personal.flatMap((word) => [
    ...[word, word.toUpperCase(), anyAscii(word)],
    ...[word.normalize('NFC'), word.normalize('NFD')],
  ]);
  const patterns = [...new Set(spellings)]
    .filter((word) => word.trim() !== '')
    .sort((a, b) => b.length - a.length)
    .map(patternOf);
  return patterns.length === 0 ? text : text.replace(new RegExp(patterns.join('|'), 'giu'), '[redacted]');
}

const SHORT = 3;
const PHONE_DIGITS = 7;

function patternOf(word: string): string {
  const digits = word.replace(/\D/g, '');
  if (digits.length >= PHONE_DIGITS && !/\p{L}/u.test(word))
    return `(?:[+(\\d][\\d\\s()./-]*)?${[...digits.slice(-PHONE_DIGITS)].join('[\\s()./-]*')}`;
  const escaped = word.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  return word.length > SHORT ? escaped : `(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`;
}
