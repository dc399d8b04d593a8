import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { PartyFailure } from '../../failure.ts';
import { createHttp, type HttpRequest, type HttpResponse } from '../../http.ts';
import type { CarrierAccount } from '../carrier.ts';
import { party, readUpsError } from './failure.ts';
import type { TokenSource } from './token.ts';

export const upsCredentials = z.object({
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  /** Six characters: the shipper number. */
  accountNumber: z
    .string()
    .trim()
    .toUpperCase()
    .regex(/^[A-Z0-9]{6}$/),
  labelFormat: z.enum(['GIF', 'ZPL']).default('GIF'),
  /** Ask for, and prefer, the account's own rates. */
  negotiatedRates: z.boolean().default(true),
});
export type UpsCredentials = z.output<typeof upsCredentials>;

export interface UpsRequest extends Pick<
  HttpRequest,
  'method' | 'path' | 'query' | 'retryable' | 'timeoutMs'
> {
  json?: unknown;
  /** Becomes the transaction id; by default every request has its own. */
  key?: string;
}

/** One UPS account: requests with its token, refusals as `PartyFailure`. */
export interface UpsApi {
  credentials: UpsCredentials;
  request(request: UpsRequest): Promise<HttpResponse>;
}

/**
 * The newest version of Rating and Shipping in UPS' published specification that is not deprecated. Since
 * v2403 lists are always arrays; the parsers take single objects too, as older versions answer.
 */
export const apiVersion = 'v2409';

export function createUpsApi(account: CarrierAccount, tokens: TokenSource): UpsApi {
  const credentials = upsCredentials.parse(account.credentials);
  const { clientId, clientSecret, accountNumber } = credentials;
  const http = createHttp({ party, baseUrl: account.url, readError: readUpsError, timeoutMs: 20_000 });
  const ask = {
    account: digest(`${account.url}\n${clientId}\n${clientSecret}\n${accountNumber}`),
    http,
    clientId,
    clientSecret,
    accountNumber,
  };

  async function request(req: UpsRequest): Promise<HttpResponse> {
    const { json, key, ...rest } = req;
    const transId = key === undefined ? randomUUID().replaceAll('-', '') : digest(key);
    const send = (token: string) =>
      http.request({
        ...rest,
        headers: { authorization: `Bearer ${token}`, transid: transId, transactionsrc: 'orderloom' },
        body: json === undefined ? undefined : { json },
      });
    const token = await tokens(ask);
    try {
      return await send(token);
    } catch (error) {
      // Refused at the door, so nothing was done: once more with another token.
      if (!(error instanceof PartyFailure) || error.status !== 401) throw error;
      return await send(await tokens(ask, token));
    }
  }

  return { credentials, request };
}

/** 32 characters, the length of UPS' transId. */
const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32);
