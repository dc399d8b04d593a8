import anyAscii from 'any-ascii';
import type { Address, OrderSnapshot } from '../domain/order.ts';
import type { Database, Em } from './database.ts';

/** Everything in the last versions of the order's content that tells who the customer is or where they live. */
export async function personalStrings(orm: Database, orderId: string): Promise<string[]> {
  return personalStringsIn(orm.em.fork(), orderId);
}

export async function personalStringsIn(em: Em, orderId: string): Promise<string[]> {
  const rows = await em.execute<{ snapshot: OrderSnapshot }[]>(
    'select snapshot from order_version where order_id = ? order by version desc limit 5',
    [orderId],
  );
  return [...new Set(rows.flatMap(({ snapshot }) => personalIn(snapshot)))];
}

export function personalIn({ customer, shippingAddress }: OrderSnapshot): string[] {
  return [
    ...said([customer.email, customer.phone]),
    ...(shippingAddress ? personalInAddress(shippingAddress) : []),
  ];
}

export function personalInAddress(address: Address): string[] {
  const { name, company, line1, line2, city, postalCode, phone } = address;
  const words = [name, line1].flatMap((text) => text?.split(/[\s,]+/) ?? []);
  return [
    ...said([name, company, line1, line2, city, postalCode, phone]),
    ...words.filter((word) => /\p{L}{2}/u.test(word)),
  ];
}

const said = (texts: readonly (string | null | undefined)[]): string[] =>
  texts.filter((text) => text != null && text.trim() !== '') as string[];

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

/** What names this one customer wherever it stands: not a city, a first name or a house number, which others share. */
export function unmistakableIn({ customer, shippingAddress: address }: OrderSnapshot): string[] {
  const texts = [
    customer.email,
    customer.phone,
    address?.phone,
    ...[address?.name, address?.line1, address?.company].filter((text) => /\S{2}\s+\S/.test(text ?? '')),
  ];
  return [...new Set(texts.filter((text) => (text?.trim().length ?? 0) > 5) as string[])];
}

const SHORT = 3;
const PHONE_DIGITS = 7;

function patternOf(word: string): string {
  const digits = word.replace(/\D/g, '');
  if (digits.length >= PHONE_DIGITS && !/\p{L}/u.test(word))
    return `(?:[+(\\d][\\d\\s()./-]*)?${[...digits.slice(-PHONE_DIGITS)].join('[\\s()./-]*')}`;
  const escaped = word.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  // A postal code may stand inside of a tracking number or an amount by chance.
  if (/^\d+$/.test(word) && word.length > SHORT) return `(?<!\\d|\\d[.,])${escaped}(?!\\d|[.,]\\d)`;
  return word.length > SHORT ? escaped : `(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`;
}
