import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Answer, Call } from '../http.ts';
import { wooError } from './answers.ts';
import type { Site } from './model.ts';

/** Seconds that a timestamp may be off, and that a nonce is remembered. */
const window = 15 * 60;

const required = [
  'oauth_consumer_key',
  'oauth_timestamp',
  'oauth_nonce',
  'oauth_signature',
  'oauth_signature_method',
];

export type Authentication = { ok: true } | { ok: false; refusal: Answer | null };

/**
 * WooCommerce's one-legged OAuth 1.0a, the only way in over plain http: Basic and a consumer_key in the query
 * are not even looked at there. `refusal: null` means that no credentials were found.
 */
export function createOauth(now: () => number) {
  const nonces = new Map<string, number>();
  return (call: Call, site: Site): Authentication => {
    const params = parameters(call);
    const missing = required.filter((name) => !params.get(name));
    if (missing.length === required.length) return { ok: false, refusal: null };
    if (missing.length > 0)
      return no(
        `Missing OAuth parameter${missing.length > 1 ? 's' : ''} ${missing.join(', ')}`,
        'woocommerce_rest_authentication_missing_parameter',
      );
    if (params.get('oauth_consumer_key') !== site.consumerKey) return no('Consumer key is invalid.');
    const method = params.get('oauth_signature_method')!;
    if (method !== 'HMAC-SHA1' && method !== 'HMAC-SHA256')
      return no('Invalid signature - signature method is invalid.');
    if (
      !equal(
        oauthSignature(call.method, call.address, params, site.consumerSecret),
        params.get('oauth_signature')!,
      )
    )
      return no('Invalid signature - provided signature does not match.');

    const at = Math.floor(now() / 1000);
    const timestamp = Number(params.get('oauth_timestamp'));
    if (!(Math.abs(timestamp - at) <= window)) return no('Invalid timestamp.');
    const nonce = `${site.name}/${params.get('oauth_nonce')}`;
    if ((nonces.get(nonce) ?? -Infinity) >= at - window)
      return no('Invalid nonce - nonce has already been used.');
    nonces.set(nonce, timestamp);
    if (nonces.size > 50_000) for (const [used, when] of nonces) if (when < at - window) nonces.delete(used);
    return { ok: true };
  };
}

const no = (message: string, code = 'woocommerce_rest_authentication_error'): Authentication => ({
  ok: false,
  refusal: wooError(401, code, message),
});

/** The query's parameters and those of an `Authorization: OAuth` header. */
function parameters(call: Call): Map<string, string> {
  const params = new Map(call.query);
  const header = call.headers['authorization'] ?? '';
  if (header.startsWith('OAuth '))
    for (const [, name, value] of header.matchAll(/(oauth_[a-z_-]*)="?([^",]*)"?/g))
      params.set(name!, decodeURIComponent(value!));
  return params;
}

/** RFC 3986: what encodeURIComponent leaves alone is encoded as well. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/**
 * Base64 HMAC over METHOD & address & parameters. Each parameter is encoded, joined with its value by "=" and
 * encoded once more; parameters are sorted by name and joined by an encoded ampersand.
 */
function oauthSignature(
  method: string,
  address: string,
  params: ReadonlyMap<string, string>,
  consumerSecret: string,
): string {
  const pairs = [...params]
    .filter(([name]) => name !== 'oauth_signature')
    .toSorted(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
    .map(([name, value]) => encode(`${encode(name)}=${encode(value)}`));
  const base = `${method.toUpperCase()}&${encode(address)}&${pairs.join('%26')}`;
  const algorithm = params.get('oauth_signature_method') === 'HMAC-SHA1' ? 'sha1' : 'sha256';
  return createHmac(algorithm, `${consumerSecret}&`).update(base).digest('base64');
}

/** A "+" that a form decoder turned into a space is turned back, as WooCommerce does. */
function equal(expected: string, given: string): boolean {
  const one = Buffer.from(expected);
  const other = Buffer.from(given.replaceAll(' ', '+'));
  return one.length === other.length && timingSafeEqual(one, other);
}
