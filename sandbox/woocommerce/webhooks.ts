import { createHmac } from 'node:crypto';
import { orderJson } from './json.ts';
import { wholeSecond, wpHash, type Site, type WooOrder, type WooWebhook, type WooWorld } from './model.ts';

/** Consecutive failures after which WooCommerce's documentation says that a webhook is disabled. */
const failuresAllowed = 5;

/** Base64 HMAC-SHA256 of the raw body with the webhook's secret. */
const wooSignature = (secret: string, body: string): string =>
  createHmac('sha256', secret).update(body, 'utf8').digest('base64');

interface WebhookRequest {
  name?: string;
  topic: string;
  deliveryUrl: string;
  secret?: string;
}

/** Makes the webhook and sends the unsigned, form-encoded ping that WooCommerce sends then. */
export function createWebhook(world: WooWorld, site: Site, request: WebhookRequest): WooWebhook {
  const at = wholeSecond(world.now());
  const id = world.state.next(`woo-webhooks/${site.name}`);
  const hook: WooWebhook = {
    id,
    name: request.name ?? `Webhook created on ${at}`,
    status: 'active',
    topic: request.topic,
    deliveryUrl: request.deliveryUrl,
    secret: request.secret ?? `wc-secret-${site.name}`,
    failureCount: 0,
    createdAt: at,
    modifiedAt: at,
  };
  world.tables.webhooks.put(site.name, String(id), hook);
  world.deliveries.send({
    party: 'woocommerce',
    account: site.name,
    topic: 'ping',
    resource: String(id),
    deliveryId: `ping-${id}`,
    url: hook.deliveryUrl,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'User-Agent': userAgent(site) },
    body: `webhook_id=${id}`,
    retryDelaysMs: [],
    timeoutMs: 60_000,
  });
  return hook;
}

const userAgent = (site: Site) => `WooCommerce/${site.version} Hookshot (WordPress/6.9)`;

/** Tells every active webhook of the topic, or `url` with the first one's secret. Nothing is ever retried. */
export function emit(
  world: WooWorld,
  site: Site,
  base: string,
  topic: string,
  order: WooOrder,
  url?: string,
): void {
  for (const hook of world.tables.webhooks.all(site.name)) {
    if (hook.topic !== topic || hook.status !== 'active') continue;
    // A deleted resource is told by its id alone.
    const body = JSON.stringify(topic.endsWith('.deleted') ? { id: order.id } : orderJson(site, base, order));
    world.deliveries.send({
      party: 'woocommerce',
      account: site.name,
      topic,
      resource: String(order.id),
      deliveryId: deliveryIdOf(site, hook.id, world.now()),
      url: url ?? hook.deliveryUrl,
      headers: headersOf(site, base, hook, body, world.now()),
      body,
      retryDelaysMs: [],
      timeoutMs: 60_000,
      onAnswer: (status) => count(world, site, hook.id, status),
    });
  }
}

/** A hash of webhook and second: two deliveries of one webhook within a second share it. */
const deliveryIdOf = (site: Site, hookId: number, now: number): string =>
  wpHash(site.name, `${hookId}${Math.floor(now / 1000)}`);

function headersOf(
  site: Site,
  base: string,
  hook: WooWebhook,
  body: string,
  now: number,
): Record<string, string> {
  const [resource, event] = hook.topic.split('.');
  return {
    'Content-Type': 'application/json',
    'User-Agent': userAgent(site),
    'X-WC-Webhook-Source': `${base}/`,
    'X-WC-Webhook-Topic': hook.topic,
    'X-WC-Webhook-Resource': resource!,
    'X-WC-Webhook-Event': event!,
    'X-WC-Webhook-Signature': wooSignature(hook.secret, body),
    'X-WC-Webhook-ID': String(hook.id),
    'X-WC-Webhook-Delivery-ID': deliveryIdOf(site, hook.id, now),
  };
}

/** 200 to 302 is a success and forgets earlier failures; the fifth failure in a row disables the webhook. */
function count(world: WooWorld, site: Site, hookId: number, status: number | null): void {
  const hook = world.tables.webhooks.get(site.name, String(hookId));
  if (hook === undefined) return;
  const delivered = status !== null && status >= 200 && status < 303;
  const failureCount = delivered ? 0 : hook.failureCount + 1;
  if (failureCount === hook.failureCount) return;
  world.tables.webhooks.put(site.name, String(hookId), {
    ...hook,
    failureCount,
    status: failureCount >= failuresAllowed ? 'disabled' : hook.status,
  });
}
