import { createHash } from 'node:crypto';

/**
 * Our own tracking number: 19 digits that follow from the reference, and Luhn's check digit (ISO/IEC 7812-1), so
 * that a mistyped number is noticed. The same reference always has the same number.
 */
export function trackingNumberOf(reference: string): string {
  const hash = createHash('sha256').update(reference).digest();
  const digits = (hash.readBigUInt64BE(0) % 10n ** 19n).toString().padStart(19, '0');
  return digits + luhnDigit(digits);
}

/** Whether the check digit fits. */
export function isTrackingNumber(text: string): boolean {
  return /^\d{20}$/.test(text) && luhnDigit(text.slice(0, -1)) === text.at(-1);
}

function luhnDigit(digits: string): string {
  const sum = Array.from(digits, Number)
    .toReversed()
    .map((digit, place) => (place % 2 === 0 ? digit * 2 : digit))
    .reduce((total, digit) => total + (digit > 9 ? digit - 9 : digit), 0);
  return String((10 - (sum % 10)) % 10);
}
