import '@shopify/shopify-api/adapters/mock';
import { createHmac } from 'node:crypto';
import { shopifyApi } from '@shopify/shopify-api';
import { describe, expect, it } from '@jest/globals';
import { shopifyWebhooks } from '../../../../connectors/storefronts/shopify/webhooks.ts';
import { woocommerceWebhooks } from '../../../../connectors/storefronts/woocommerce/webhooks.ts';
import { signedWithAny } from '../../../../connectors/storefronts/webhook-body.ts';

const sign = (body: Buffer, secret: string) => createHmac('sha256', secret).update(body).digest('base64');
const body = Buffer.from('{"id":1,"name":"Zoë"}');
const signed = { verdict: 'signed' };
const bad = { verdict: 'bad-signature' };

describe.each([
  ['shopify', shopifyWebhooks, 'x-shopify-hmac-sha256'],
  ['shopify without X-', shopifyWebhooks, 'shopify-hmac-sha256'],
  ['woocommerce', woocommerceWebhooks, 'x-wc-webhook-signature'],
])('%s', (_name, webhooks, name) => {
  it.each([
    ['the present secret', body, sign(body, 'new'), ['new', 'old'], signed],
    ['the secret before the rotation', body, sign(body, 'old'), ['new', 'old'], signed],
    ['a secret that is gone', body, sign(body, 'gone'), ['new', 'old'], bad],
    ['another body', Buffer.from('{"id":2,"name":"Zoë"}'), sign(body, 'new'), ['new'], bad],
    ['a body with one more blank', Buffer.concat([body, Buffer.from(' ')]), sign(body, 'new'), ['new'], bad],
    ['a shorter signature', body, sign(body, 'new').slice(0, -1), ['new'], bad],
    ['a signature in hex', body, createHmac('sha256', 'new').update(body).digest('hex'), ['new'], bad],
    ['an empty signature', body, '', ['new'], bad],
    ['no signature', body, undefined, ['new'], bad],
    ['no secret', body, sign(body, ''), [], bad],
    ['an empty secret', body, sign(body, ''), [''], bad],
  ])('%s', async (_case, rawBody, signature, secrets, verdict) => {
    expect(await webhooks.verify(rawBody, { [name]: signature }, secrets)).toEqual(verdict);
  });
});

it('signs the bytes, not the text', () => {
  const latin1 = Buffer.from([0x7b, 0xe4, 0x7d]);
  expect(signedWithAny(latin1, sign(latin1, 's'), ['s'])).toBe(true);
  expect(signedWithAny(Buffer.from(latin1.toString('utf8')), sign(latin1, 's'), ['s'])).toBe(false);
});

describe("WooCommerce's ping", () => {
  it.each([
    ['webhook_id=12', {}, { verdict: 'ping' }],
    ['webhook_id=12', { 'content-type': 'application/x-www-form-urlencoded' }, { verdict: 'ping' }],
    ['webhook_id=12&id=3', {}, bad],
    ['webhook_id=', {}, bad],
    ['{"webhook_id":12}', {}, bad],
    ['webhook_id=12', { 'x-wc-webhook-signature': 'x' }, bad],
  ])('%s with %j', async (text, headers, verdict) => {
    expect(await woocommerceWebhooks.verify(Buffer.from(text), headers, ['s'])).toEqual(verdict);
  });
});

describe("Shopify's own library says the same", () => {
  const shopify = shopifyApi({
    apiKey: 'key',
    apiSecretKey: 'secret',
    apiVersion: '2026-07' as never,
    hostName: 'app.example.com',
    isEmbeddedApp: false,
    logger: { log: () => {} },
  });

  it.each([
    ['signed', sign(body, 'secret'), body],
    ['tampered', sign(body, 'secret'), Buffer.from('{"id":2}')],
    ['foreign', sign(body, 'other'), body],
  ])('%s', async (_name, hmac, rawBody) => {
    const headers = {
      'X-Shopify-Hmac-Sha256': hmac,
      'X-Shopify-Topic': 'orders/create',
      'X-Shopify-Shop-Domain': 'demo.myshopify.com',
      'X-Shopify-API-Version': '2026-07',
      'X-Shopify-Webhook-Id': 'b54557e4',
    };
    const theirs = await shopify.webhooks.validate({
      rawBody: rawBody.toString('utf8'),
      rawRequest: { method: 'POST', url: '/webhooks', headers },
    });
    const ours = await shopifyWebhooks.verify(rawBody, { 'x-shopify-hmac-sha256': hmac }, ['secret']);
    expect(ours.verdict === 'signed').toBe(theirs.valid);
  });
});
