import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { InvalidMoney } from '../../domain/money.ts';
import { UnusableWebhook } from './storefront.ts';

/**
 * Whether the signature is the base64 HMAC-SHA256 of the raw body under one of the secrets. In constant time,
 * and every secret is tried, so the answer's time tells neither how much matched nor which.
 */
export function signedWithAny(rawBody: Buffer, signature: string | undefined, secrets: string[]): boolean {
  if (!signature) return false;
  const given = Buffer.from(signature);
  return secrets.reduce((signed, secret) => {
    const made = Buffer.from(createHmac('sha256', secret).update(rawBody).digest('base64'));
    const same = made.length === given.length && timingSafeEqual(made, given);
    // An empty secret would let anybody sign.
    return (same && secret !== '') || signed;
  }, false);
}

/**
 * JSON in which integers beyond 2^53 come as strings, so that a long id keeps its last digits. Throws
 * `SyntaxError`.
 */
export function parseJson(text: string): unknown {
  // The digits of 2^53 are sixteen; without so many in a row there is nothing to look after.
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  const reviver = (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')
      ? context?.source
      : value;
  return JSON.parse(text, reviver);
}

/** The body by its schema. Throws `UnusableWebhook` that names the fields, never their values. */
export function readBody<T>(rawBody: Buffer, schema: z.ZodType<T>): T {
  return usable(() => schema.parse(parseJson(rawBody.toString('utf8'))));
}

/** What `read` returns; what it can't read in the body becomes an `UnusableWebhook`. */
export function usable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    const reason = unreadable(error);
    if (reason === null) throw error;
    throw new UnusableWebhook(reason);
  }
}

/** Why data of a store can't be read, or null for any other error. Fields and amounts only. */
export function unreadable(error: unknown): string | null {
  if (error instanceof z.ZodError)
    return error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; ');
  if (error instanceof InvalidMoney) return error.message;
  return error instanceof SyntaxError ? 'body: not JSON' : null;
}

/** An id, numeric in JSON and text everywhere else. */
export const id = z.union([z.int(), z.string().regex(/^\d+$/, 'not an id')]).transform(String);

/** A time with its offset, as RFC 3339 UTC. */
export const utcTime = z.string().transform((text, context) => {
  const at = Date.parse(text);
  if (!Number.isNaN(at) && /(Z|[+-]\d\d:?\d\d)$/.test(text)) return new Date(at).toISOString();
  context.addIssue({ code: 'custom', message: 'not a time with an offset' });
  return z.NEVER;
});

/** Absent, null and '' are all null. */
export const optionalText = z
  .string()
  .nullish()
  .transform((text) => text || null);
