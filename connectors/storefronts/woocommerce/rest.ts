import { createHmac, randomBytes } from 'node:crypto';
import OAuth from 'oauth-1.0a';
import { z } from 'zod';
import { PartyFailure } from '../../failure.ts';
import { createHttp } from '../../http.ts';
import type { ErrorAnswer, ErrorDetail } from '../../http.ts';

export interface WooCredentials {
  consumerKey: string;
  consumerSecret: string;
}

export type Query = Record<string, string | number | boolean>;

/** /wp-json/wc/v3 of one site. Every method throws `PartyFailure`. */
export interface WooRest {
  get<T>(path: string, schema: z.ZodType<T>, query?: Query): Promise<T>;
  post<T>(path: string, body: object, schema: z.ZodType<T>): Promise<T>;
  put<T>(path: string, body: object, schema: z.ZodType<T>): Promise<T>;
}

/** Basic authentication on https. On http WooCommerce takes OAuth 1.0a only, so that the secret isn't sent. */
export function createRest(url: string, credentials: WooCredentials, timeoutMs?: number): WooRest {
  const http = createHttp({
    party: 'woocommerce',
    baseUrl: `${url.replace(/\/+$/, '')}/wp-json/wc/v3`,
    readError,
    ...(timeoutMs !== undefined && { timeoutMs }),
  });
  const isPlain = new URL(url).protocol === 'http:';
  const basic = Buffer.from(`${credentials.consumerKey}:${credentials.consumerSecret}`).toString('base64');

  async function send<T>(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    schema: z.ZodType<T>,
    { query, body }: { query?: Query; body?: object } = {},
  ): Promise<T> {
    const response = await http.request({
      method,
      path,
      query: isPlain ? { ...query, ...sign(credentials, method, http.url(path), query) } : (query ?? {}),
      headers: isPlain ? {} : { authorization: `Basic ${basic}` },
      ...(body && { body: { json: body } }),
    });
    return response.json(schema);
  }

  return {
    get: (path, schema, query) => send('GET', path, schema, query ? { query } : {}),
    post: (path, body, schema) => send('POST', path, schema, { body }),
    put: (path, body, schema) => send('PUT', path, schema, { body }),
  };
}

/** The OAuth parameters of a request, to be put into its query. WooCommerce takes each nonce once. */
function sign(credentials: WooCredentials, method: string, url: URL, query: Query = {}): Query {
  const oauth = new OAuth({
    consumer: { key: credentials.consumerKey, secret: credentials.consumerSecret },
    signature_method: 'HMAC-SHA256',
    hash_function: (base, key) => createHmac('sha256', key).update(base).digest('base64'),
  });
  oauth.getNonce = () => randomBytes(16).toString('hex');
  return { ...oauth.authorize({ url: url.href, method, data: query }) } as unknown as Query;
}

const wooError = z.object({ code: z.string(), message: z.string() });

/** `{ code, message, data: { status } }`, WordPress' form of an error. */
function readError({ json }: ErrorAnswer): ErrorDetail | null {
  const error = wooError.safeParse(json).data;
  if (!error) return null;
  // Answered with status 500 when the gateway won't refund, and the refund is then taken back.
  const refused = error.code === 'woocommerce_rest_cannot_create_order_refund';
  return { code: error.code, message: error.message, ...(refused && { kind: 'refuse', effect: 'none' }) };
}

/**
 * WooCommerce itself says that there is none such. The 404 of a proxy, or of a WordPress whose plugin is off, says
 * nothing about the order: taken for its deletion, it would cancel it.
 */
export const isNotFound = (error: unknown) =>
  error instanceof PartyFailure && /^woocommerce_rest_\w+_invalid_id$/.test(error.code);

export const refusal = (code: string, message: string) =>
  new PartyFailure(message, { party: 'woocommerce', kind: 'refuse', effect: 'none', code });
