import { createHmac } from 'node:crypto';
import { newId, seconds, type StripeAccount, type StripeWorld } from './model.ts';

/** Stripe tries for three days; here a few times within seconds. */
const retryDelaysMs = [500, 1_000, 2_000, 4_000];

/** Tells the account's webhook of a change: signed as Stripe signs, over `{timestamp}.{body}`. */
export function emit(
  world: StripeWorld,
  account: StripeAccount,
  type: string,
  object: Record<string, unknown>,
): void {
  if (!account.webhook) return;
  const id = newId(world, 'evt');
  const created = seconds(world);
  const body = JSON.stringify({
    id,
    object: 'event',
    api_version: '2026-10-28.endive',
    created,
    data: { object },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
  });
  const { url, secret } = account.webhook;
  world.deliveries.send({
    party: 'stripe',
    account: account.name,
    topic: type,
    resource: String(object['id']),
    deliveryId: id,
    url,
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'Stripe-Signature': `t=${created},v1=${createHmac('sha256', secret).update(`${created}.${body}`).digest('hex')}`,
      'User-Agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
    },
    body,
    retryDelaysMs,
    timeoutMs: 10_000,
  });
}
