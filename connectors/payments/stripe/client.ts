import Stripe from 'stripe';
import { z } from 'zod';
import { PartyFailure } from '../../failure.ts';
import { rowOfKeys } from '../../row-of-keys.ts';
import type { PaymentAccount } from '../provider.ts';

export const stripeCredentials = z.object({
  /** `sk_live_…`, or a restricted key `rk_live_…` that may read payments, capture and refund. */
  secretKey: z
    .string()
    .regex(
      /^(sk|rk)_(live|test)_\w+$/,
      'must be a secret or restricted key of Stripe: sk_live_…, rk_live_… or one of test',
    ),
});

/** Stripe's own library over the account's URL. It retries nothing: Temporal does. */
export function createStripe(account: PaymentAccount): Stripe {
  const { secretKey } = stripeCredentials.parse(account.credentials);
  const url = new URL(account.url);
  const secure = url.protocol === 'https:';
  return new Stripe(secretKey, {
    host: url.hostname,
    port: url.port || (secure ? '443' : '80'),
    protocol: secure ? 'https' : 'http',
    maxNetworkRetries: 0,
    timeout: 15_000,
    telemetry: false,
    httpClient: below(url.pathname.replace(/\/+$/, '')),
  });
}

/** The library knows hosts alone; ours may be below a path. */
function below(path: string) {
  const client = Stripe.createNodeHttpClient();
  const send = client.makeRequest.bind(client);
  client.makeRequest = (host, port, resource, ...rest) => send(host, port, path + resource, ...rest);
  return client;
}

/** Runs one call and classifies what goes wrong. `reads`: it changes nothing, so its effect is never unknown. */
export async function asking<T>(kind: 'reads' | 'writes', call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toFailure(error, kind === 'reads' ? 'none' : 'unknown');
  }
}

/** Stripe repeats what it answered a key for 24 hours, a refusal too: https://docs.stripe.com/api/idempotent_requests */
export async function underNextKey<T>(key: string, call: (key: string) => Promise<T>): Promise<T> {
  let refusal: unknown;
  for (const each of rowOfKeys(key)) {
    try {
      return await call(each);
    } catch (error) {
      if (!isRefusalAgain(error)) throw error;
      refusal = error;
    }
  }
  throw refusal;
}

const isRefusalAgain = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeError &&
  error.statusCode !== undefined &&
  error.statusCode < 500 &&
  error.headers?.['idempotent-replayed'] === 'true';

/** Codes by which Stripe says that the same request may succeed in a moment. */
const momentary = new Set(['lock_timeout', 'rate_limit', 'idempotency_key_in_use']);

function toFailure(error: unknown, effect: 'none' | 'unknown'): unknown {
  if (!(error instanceof Stripe.errors.StripeError)) return error;
  const status = error.statusCode;
  const words = { party: 'stripe', ...(status !== undefined && { status }) };
  if (error instanceof Stripe.errors.StripeConnectionError)
    return new PartyFailure('stripe: no answer', { ...words, kind: 'retry', effect, code: 'no-answer' });
  const retry = status === undefined || status >= 500 || status === 429 || status === 409;
  if (!retry && !momentary.has(error.code ?? ''))
    return new PartyFailure(error.message, {
      ...words,
      kind: 'refuse',
      effect: 'none',
      code: error.code ?? error.rawType ?? error.type,
    });
  // 429 and a lock that another request holds: certainly nothing was done.
  const certain = status === 429 || status === 409 || momentary.has(error.code ?? '');
  const after = Number(error.headers?.['retry-after']);
  return new PartyFailure(error.message || `stripe answered ${status}`, {
    ...words,
    kind: 'retry',
    effect: certain ? 'none' : effect,
    code: error.code ?? `http-${status ?? 'unreadable'}`,
    ...(Number.isFinite(after) && { retryAfterMs: after * 1000 }),
  });
}
