import { createHash } from 'node:crypto';
import { z } from 'zod';
import { UnusableWebhook } from '../storefront.ts';
import type { StorefrontWebhooks } from '../storefront.ts';
import { id, readBody, signedWithAny, usable } from '../webhook-body.ts';
import { toPayments } from './money-facts.ts';
import { wooOrder } from './schema.ts';
import { toSnapshot } from './snapshot.ts';

const resource = z.object({ id });

const orderTopics = new Set(['order.created', 'order.updated', 'order.restored']);

export const woocommerceWebhooks: StorefrontWebhooks = {
  /** The ping that WooCommerce sends when a webhook is saved is a form, unsigned and without its headers. */
  async verify(rawBody, headers, secrets) {
    const signature = headers['x-wc-webhook-signature'];
    if (signature === undefined && /^webhook_id=\d+$/.test(rawBody.toString('latin1').trim()))
      return { verdict: 'ping' };
    return signedWithAny(rawBody, signature, secrets) ? { verdict: 'signed' } : { verdict: 'bad-signature' };
  },

  /**
   * The key is made of topic, resource and body: WooCommerce's delivery id hashes the webhook and the second,
   * so two orders within one second share it.
   */
  envelope(rawBody, headers) {
    const topic = headers['x-wc-webhook-topic']?.toLowerCase();
    if (!topic) throw new UnusableWebhook('header X-WC-Webhook-Topic is missing');
    const isOrder = topic.startsWith('order.');
    const orderExternalId = isOrder ? readBody(rawBody, resource).id : null;
    const hash = createHash('sha256').update(rawBody).digest('hex');
    return { key: [topic, orderExternalId ?? '', hash].join(':'), topic, orderExternalId };
  },

  parse(topic, rawBody) {
    if (topic === 'order.deleted')
      return { kind: 'order-deleted', orderExternalId: readBody(rawBody, resource).id };
    if (!orderTopics.has(topic)) return { kind: 'ignored', reason: `topic ${topic}` };
    const order = readBody(rawBody, wooOrder);
    // The body tells of refunds neither when they were made nor which lines they concern.
    if (order.refunds.length > 0) return { kind: 'order-changed', orderExternalId: order.id };
    return usable(() => ({
      kind: 'order',
      snapshot: toSnapshot(order, []),
      payments: toPayments(order),
      refunds: [],
    }));
  },
};
