import { exponent } from '../../../domain/money.ts';
import { PartyFailure } from '../../failure.ts';

/**
 * Stripe's minor units where they are not those of ISO 4217: ISK and UGX have no decimals but are written with two;
 * MGA is written without. Source: Stripe's documentation, "Supported currencies".
 */
const decimals: Readonly<Record<string, number>> = { ISK: 2, UGX: 2, MGA: 0 };

const decimalsOf = (currency: string) => decimals[currency] ?? exponent(currency);

/** Throws `PartyFailure` where Stripe can't express the amount: its three-decimal currencies end in 0. */
export function toStripe(minor: number, currency: string): number {
  const exact = scaled(minor, decimalsOf(currency) - exponent(currency));
  if (exact === null || (decimalsOf(currency) === 3 && exact % 10 !== 0))
    throw new PartyFailure(`Stripe can't move ${minor} of the smallest unit of ${currency}`, {
      party: 'stripe',
      kind: 'refuse',
      effect: 'none',
      code: 'amount_not_representable',
    });
  return exact;
}

/** Throws `PartyFailure` where the amount has more decimals than the currency. */
export function fromStripe(amount: number, currency: string): number {
  const code = currency.toUpperCase();
  const exact = scaled(amount, exponent(code) - decimalsOf(code));
  if (exact === null)
    throw new PartyFailure(`Stripe told an amount of ${code} with more decimals than it has`, {
      party: 'stripe',
      kind: 'refuse',
      effect: 'none',
      code: 'amount_not_representable',
    });
  return exact;
}

/** null where digits would be lost. */
function scaled(amount: number, by: number): number | null {
  const result = by >= 0 ? amount * 10 ** by : amount / 10 ** -by;
  return Number.isSafeInteger(result) ? result : null;
}
