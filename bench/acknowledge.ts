/** How fast webhooks are acknowledged that come at a steady rate, whether earlier ones were answered or not. */
import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { type BenchShop, orderOfOne } from './shop.ts';

export interface Acknowledged {
  ms: number;
  status: number;
}

/** New orders of the shop, which it does not send itself: each is signed and sent here. */
export async function acknowledge(
  shop: BenchShop,
  perSecond: number,
  seconds: number,
): Promise<Acknowledged[]> {
  await shop.subscribe(shop.webhookUrl, []);
  const { ids } = await shop.createOrders(perSecond * seconds, orderOfOne(0));
  const bodies: string[] = [];
  for (const id of ids) bodies.push(JSON.stringify(await shop.restOrder(id)));
  await shop.subscribe(shop.webhookUrl);
  const dispatcher = new Agent({ connections: 128 });
  const begun = performance.now();
  const answers = bodies.map(async (body, index) => {
    const due = begun + (index * 1_000) / perSecond;
    await sleep(Math.max(0, due - performance.now()));
    const { statusCode, body: answer } = await request(shop.webhookUrl, {
      method: 'POST',
      headers: headersOf(shop, body),
      body,
      dispatcher,
    });
    await answer.dump();
    // From when it was due: what could not be sent in time waited too.
    return { ms: performance.now() - due, status: statusCode };
  });
  try {
    return await Promise.all(answers);
  } finally {
    await dispatcher.close();
  }
}

const headersOf = ({ secret, domain }: BenchShop, body: string) => ({
  'Content-Type': 'application/json',
  'X-Shopify-Topic': 'orders/create',
  'X-Shopify-Hmac-Sha256': createHmac('sha256', secret).update(body, 'utf8').digest('base64'),
  'X-Shopify-Shop-Domain': domain,
  'X-Shopify-API-Version': '2026-07',
  'X-Shopify-Webhook-Id': randomUUID(),
  'X-Shopify-Event-Id': randomUUID(),
  'X-Shopify-Triggered-At': new Date().toISOString(),
});
