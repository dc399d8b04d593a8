import { createHmac, randomUUID } from 'node:crypto';
import type { Deliveries } from '../webhooks/deliveries.ts';
import type { Shop } from './model.ts';

/** Base64 HMAC-SHA256 of the raw body with the app's client secret. */
const shopifySignature = (secret: string, body: string): string =>
  createHmac('sha256', secret).update(body, 'utf8').digest('base64');

interface ShopifyEvent {
  topic: string;
  /** Of the order, or what the topic is about. */
  resource: string;
  body: unknown;
  /** ISO time of what caused it. */
  at: string;
  /** Webhooks of one cause share it. */
  eventId: string;
}

export const newEventId = (): string => randomUUID();

/** Sends the event where the shop's app has subscribed to its topic, or to `url` whatever it has. */
export function emit(deliveries: Deliveries, shop: Shop, event: ShopifyEvent, url?: string): void {
  const subscribed = shop.webhooks !== null && shop.webhooks.topics.includes(event.topic);
  const target = url ?? (subscribed ? shop.webhooks!.url : undefined);
  if (target === undefined) return;
  const body = JSON.stringify(event.body);
  const webhookId = randomUUID();
  deliveries.send({
    party: 'shopify',
    account: shop.name,
    topic: event.topic,
    resource: event.resource,
    deliveryId: webhookId,
    url: target,
    body,
    headers: {
      'Content-Type': 'application/json',
      'User-Agent': 'Shopify-Captain-Hook',
      'X-Shopify-Topic': event.topic,
      'X-Shopify-Hmac-Sha256': shopifySignature(shop.secret, body),
      'X-Shopify-Shop-Domain': shop.domain,
      'X-Shopify-API-Version': shop.apiVersion,
      'X-Shopify-Webhook-Id': webhookId,
      'X-Shopify-Event-Id': event.eventId,
      'X-Shopify-Triggered-At': event.at,
    },
    retryDelaysMs: shop.retryDelaysMs,
    timeoutMs: 5000,
  });
}
