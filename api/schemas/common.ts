import { z } from 'zod';
import { isCountry } from '../../domain/countries.ts';
import { fromWire, InvalidMoney, isCurrency, type Money } from '../../domain/money.ts';

/** PostgreSQL's integer. */
const LARGEST_INTEGER = 2_147_483_647;

/** One line of text: no control characters, not only blanks. */
export const text = (longest: number) =>
  z
    .string()
    .max(longest, `must have at most ${longest} characters`)
    // eslint-disable-next-line no-control-regex
    .regex(/^[^\u0000-\u001f\u007f-\u009f]*$/, 'must be one line without control characters')
    .regex(/\S/, 'must not be empty')
    .refine((given) => given.isWellFormed(), 'must not hold half a surrogate pair');

export const uuid = z.uuid('must be a UUID');
export const idParams = z.strictObject({ id: uuid });
export const sku = text(255).meta({
  description: 'Stock keeping unit, exactly as the stores have it',
  example: 'TEA-100',
});
export const warehouseCode = text(50).meta({ description: "The warehouse's code", example: 'BER' });
export const reason = text(500).meta({ description: 'Why, for the timeline; no personal data' });

export const currency = z
  .string()
  .refine(isCurrency, 'must be an ISO 4217 currency in capitals')
  .meta({ description: 'ISO 4217', example: 'EUR' });

export const country = z
  .string()
  .refine(isCountry, 'must be an ISO 3166-1 alpha-2 country in capitals')
  .meta({ description: 'ISO 3166-1 alpha-2', example: 'DE' });

export const integer = (from: number, to = LARGEST_INTEGER) =>
  z.int('must be a whole number').min(from, `must be at least ${from}`).max(to, `must be at most ${to}`);

export const quantity = integer(1, 1_000_000);

const amountText = z
  .string()
  .max(30)
  .meta({ description: "Decimal, at most the currency's decimals", example: '12.34' });

/** As it is answered. */
export const wireMoney = z.strictObject({ amount: amountText, currency }).meta({ id: 'Money' });

/** As it is taken: becomes `Money`; negative amounts are refused. */
export const moneyInput = wireMoney.transform((wire, context): Money => {
  try {
    const money = fromWire(wire);
    if (money.minor >= 0) return money;
    context.addIssue({ code: 'custom', path: ['amount'], message: 'must not be negative' });
  } catch (error) {
    if (!(error instanceof InvalidMoney)) throw error;
    context.addIssue({ code: 'custom', path: ['amount'], message: error.message });
  }
  return z.NEVER;
});

/** Becomes RFC 3339 UTC. */
export const time = z.iso
  .datetime({ offset: true, error: 'must be a time like 2026-05-04T12:00:00Z' })
  .transform((given) => new Date(given).toISOString())
  .refine((utc) => utc >= '1970' && utc < '2200', 'must be between the years 1970 and 2199')
  .meta({ description: 'RFC 3339', example: '2026-05-04T12:00:00Z' });

/** As it is answered. */
export const wireTime = z.iso.datetime().meta({ description: 'RFC 3339 UTC' });

/** A calendar day; of a time, its day is taken. */
export const day = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], 'must be a day like 2027-03-31')
  .transform((given) => given.slice(0, 10))
  .refine((given) => given >= '1970' && given < '2200', 'must be between the years 1970 and 2199')
  .meta({ description: 'YYYY-MM-DD', example: '2027-03-31' });

export const webAddress = z
  .string()
  .max(255)
  .refine((given) => /^https?:$/.test(URL.parse(given)?.protocol ?? ''), 'must be an http or https URL')
  .refine((given) => !/^[^/]*\/\/[^/]*@/.test(given), 'must not hold a password')
  .meta({ example: 'https://shop.example.com' });

export const address = z
  .strictObject({
    name: text(255),
    company: text(255).optional(),
    line1: text(255),
    line2: text(255).optional(),
    city: text(255),
    region: text(100).optional(),
    postalCode: text(20).optional(),
    country,
    phone: text(50).optional(),
  })
  .meta({ id: 'Address' });

export const secret = z
  .string()
  .min(1, 'must not be empty')
  .max(500)
  .regex(/^[\x20-\x7e]+$/, 'must be printable ASCII');
