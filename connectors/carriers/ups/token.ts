import { z } from 'zod';
import type { Http } from '../../http.ts';

export interface TokenAsk {
  /** Names the account and its secret: a changed secret gets its own token. */
  account: string;
  http: Http;
  clientId: string;
  clientSecret: string;
  accountNumber: string;
}

/** A token of the account; `rejected` is one that UPS has just refused, so that another is fetched. */
export type TokenSource = (ask: TokenAsk, rejected?: string) => Promise<string>;

interface Held {
  value: string;
  until: number;
}

const tokenSchema = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().positive() });

/** Before it expires, so that no request leaves with a token that dies on the way. */
const marginMs = 60_000;

/**
 * OAuth client-credentials tokens, one per account, kept until shortly before they expire (UPS grants four
 * hours). Concurrent callers share one request; a failed one is not kept.
 */
export function createTokenSource(now: () => number): TokenSource {
  const held = new Map<string, Promise<Held>>();

  function fetchInto(ask: TokenAsk): Promise<Held> {
    const pending = fetchToken(ask, now);
    held.set(ask.account, pending);
    pending.catch(() => forget(ask.account, pending));
    return pending;
  }

  const forget = (account: string, token: Promise<Held>) => {
    if (held.get(account) === token) held.delete(account);
  };

  return async (ask, rejected) => {
    const known = held.get(ask.account);
    if (known) {
      const token = await known;
      if (token.until > now() && token.value !== rejected) return token.value;
      forget(ask.account, known);
    }
    return (await (held.get(ask.account) ?? fetchInto(ask))).value;
  };
}

async function fetchToken(ask: TokenAsk, now: () => number): Promise<Held> {
  const basic = Buffer.from(`${ask.clientId}:${ask.clientSecret}`).toString('base64');
  const askedAt = now();
  const answer = await ask.http.request({
    method: 'POST',
    path: '/security/v1/oauth/token',
    headers: { authorization: `Basic ${basic}`, 'x-merchant-id': ask.accountNumber },
    body: { form: { grant_type: 'client_credentials' } },
    retryable: true,
  });
  const { access_token, expires_in } = answer.json(tokenSchema);
  const lifeMs = expires_in * 1000;
  return { value: access_token, until: askedAt + lifeMs - Math.min(marginMs, lifeMs / 10) };
}
