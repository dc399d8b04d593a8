import { randomBytes } from 'node:crypto';
import { json, type Answer, type Call } from '../http.ts';
import { upsError } from './answers.ts';
import type { UpsAccount, UpsTables } from './model.ts';

/** Tokens live in memory: after a restart clients ask anew, as they must when UPS forgets one. */
interface Tokens {
  issue(call: Call): Answer;
  /** The account whose client asks for a token, or null. */
  asker(call: Call): UpsAccount | null;
  /** The account that the Bearer token was issued to, or null. */
  account(call: Call): UpsAccount | null;
}

export function createTokens(tables: UpsTables, now: () => number): Tokens {
  const issued = new Map<string, { account: string; until: number }>();
  return {
    issue(call) {
      const basic = /^Basic (.+)$/i.exec(call.headers['authorization'] ?? '')?.[1];
      if (basic === undefined) return upsError(401, '10400', 'Invalid/Missing Authorization Header');
      const form = new URLSearchParams(call.body.toString('utf8'));
      if (form.get('grant_type') !== 'client_credentials')
        return upsError(400, '10422', 'grant_type must be client_credentials');
      const [id, secret] = clientOf(basic);
      const account = allAccounts(tables).find((known) => known.clientId === id);
      if (account === undefined || account.clientSecret !== secret)
        return upsError(401, '10401', 'ClientId is Invalid');
      const token = randomBytes(48).toString('base64url');
      issued.set(token, { account: account.name, until: now() + account.tokenSeconds * 1000 });
      return json(200, {
        token_type: 'Bearer',
        issued_at: String(now()),
        client_id: account.clientId,
        access_token: token,
        expires_in: String(account.tokenSeconds),
        status: 'approved',
      });
    },
    asker(call) {
      const basic = /^Basic (.+)$/i.exec(call.headers['authorization'] ?? '')?.[1];
      const [id] = basic === undefined ? [null] : clientOf(basic);
      return allAccounts(tables).find((known) => known.clientId === id) ?? null;
    },
    account(call) {
      const token = /^Bearer (.+)$/i.exec(call.headers['authorization'] ?? '')?.[1];
      const found = token === undefined ? undefined : issued.get(token);
      if (found === undefined || found.until <= now()) return null;
      return tables.accounts.get('', found.account) ?? null;
    },
  };
}

function clientOf(basic: string): [id: string, secret: string] {
  const decoded = Buffer.from(basic, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return [decoded.slice(0, colon), decoded.slice(colon + 1)];
}

const allAccounts = (tables: UpsTables): UpsAccount[] => tables.accounts.all('');
