import { isUtf8 } from 'node:buffer';
import { timingSafeEqual } from 'node:crypto';
import { createSHA256HMAC, HashFormat } from '@shopify/shopify-api/runtime';
import { z } from 'zod';
import { UnusableWebhook } from '../storefront.ts';
import type { Headers, StorefrontEvent, StorefrontWebhooks } from '../storefront.ts';
import { id, readBody, signedWithAny, usable, utcTime } from '../webhook-body.ts';
import { eraseCustomer, eraseStore, exportCustomer } from './privacy.ts';
import { restOrderEvent, restRefundEvent } from './rest-order.ts';
import { restOrder, restRefund } from './rest-schema.ts';

/** Shopify sends `X-Shopify-…`; its newer family of headers drops the `X-`. */
const header = (headers: Headers, name: string) => headers[`x-shopify-${name}`] ?? headers[`shopify-${name}`];

const fulfillment = z.object({
  id,
  order_id: id,
  status: z.string(),
  tracking_numbers: z.array(z.string()).nullish(),
  created_at: utcTime,
});

type Parser = (rawBody: Buffer) => StorefrontEvent;

const wholeOrder: Parser = (rawBody) => {
  const order = readBody(rawBody, restOrder);
  return usable(() => restOrderEvent(order));
};

const oneFulfillment: Parser = (rawBody) => {
  const made = readBody(rawBody, fulfillment);
  // Cancelled or failed: what is still to be fulfilled has changed.
  if (made.status !== 'success') return { kind: 'order-changed', orderExternalId: made.order_id };
  return {
    kind: 'fulfilled',
    orderExternalId: made.order_id,
    fulfillmentExternalId: made.id,
    trackingNumbers: made.tracking_numbers ?? [],
    at: made.created_at,
  };
};

/** By Shopify's own library, for each secret: its whole-request check knows but one. An empty one lets nobody sign. */
async function signedByLibrary(body: string, given: string | undefined, secrets: string[]): Promise<boolean> {
  const signature = Buffer.from(given ?? '');
  const real = secrets.filter((secret) => secret !== '');
  const made = await Promise.all(real.map((secret) => createSHA256HMAC(secret, body, HashFormat.Base64)));
  const same = made
    .map((text) => Buffer.from(text))
    .map((one) => one.length === signature.length && timingSafeEqual(one, signature));
  return same.includes(true);
}

const parsers: Record<string, Parser> = {
  'orders/create': wholeOrder,
  'orders/updated': wholeOrder,
  'orders/paid': wholeOrder,
  'orders/cancelled': wholeOrder,
  'orders/fulfilled': wholeOrder,
  'orders/partially_fulfilled': wholeOrder,
  // Tells the edit, not the order.
  'orders/edited': (rawBody) => {
    const { order_edit } = readBody(rawBody, z.object({ order_edit: z.object({ order_id: id }) }));
    return { kind: 'order-changed', orderExternalId: order_edit.order_id };
  },
  'orders/delete': (rawBody) => ({
    kind: 'order-deleted',
    orderExternalId: readBody(rawBody, z.object({ id })).id,
  }),
  'refunds/create': (rawBody) => {
    const refund = readBody(rawBody, restRefund.extend({ order_id: id }));
    return usable(() => restRefundEvent(refund));
  },
  'fulfillments/create': oneFulfillment,
  'fulfillments/update': oneFulfillment,
  'customers/redact': eraseCustomer,
  'customers/data_request': exportCustomer,
  'shop/redact': eraseStore,
};

const orderIds = z.object({
  id: id.nullish().catch(null),
  order_id: id.nullish().catch(null),
  order_edit: z.object({ order_id: id }).nullish().catch(null),
});

export const shopifyWebhooks: StorefrontWebhooks = {
  async verify(rawBody, headers, secrets) {
    const given = header(headers, 'hmac-sha256');
    // The library signs text: a body that is none is compared as the bytes that it is.
    const signed = isUtf8(rawBody)
      ? await signedByLibrary(rawBody.toString('utf8'), given, secrets)
      : signedWithAny(rawBody, given, secrets);
    return { verdict: signed ? 'signed' : 'bad-signature' };
  },

  envelope(rawBody, headers) {
    const key = header(headers, 'webhook-id');
    const topic = header(headers, 'topic')?.toLowerCase();
    if (!key) throw new UnusableWebhook('header X-Shopify-Webhook-Id is missing');
    if (!topic) throw new UnusableWebhook('header X-Shopify-Topic is missing');
    const body = readBody(rawBody, orderIds);
    const own = topic.startsWith('orders/') ? body.id : null;
    return { key, topic, orderExternalId: body.order_edit?.order_id ?? body.order_id ?? own ?? null };
  },

  parse(topic, rawBody) {
    const parser = parsers[topic];
    return parser ? parser(rawBody) : { kind: 'ignored', reason: `topic ${topic}` };
  },
};
