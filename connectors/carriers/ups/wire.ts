import { z } from 'zod';
import { InvalidMoney, parseMinor } from '../../../domain/money.ts';
import type { Money } from '../../../domain/money.ts';

/** UPS writes a list of one as a single object in versions before v2403, and leaves an empty one out. */
export const listOf = <T extends z.ZodType>(item: T) =>
  z.preprocess(
    (value) => (value === undefined || value === null || value === '' ? [] : [value].flat()),
    z.array(item),
  );

/** `{ CurrencyCode: "USD", MonetaryValue: "12.34" }` as money. */
export const chargeSchema = z
  .object({ CurrencyCode: z.string(), MonetaryValue: z.string() })
  .transform((charge, context): Money => {
    try {
      return { minor: parseMinor(charge.MonetaryValue, charge.CurrencyCode), currency: charge.CurrencyCode };
    } catch (error) {
      if (!(error instanceof InvalidMoney)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
      return z.NEVER;
    }
  });

/** A base64 image, not empty. */
export const imageSchema = z
  .string()
  .transform((text) => Buffer.from(text, 'base64'))
  .refine((image) => image.length > 0);
