import { Webhook } from 'standardwebhooks';
import { createHttp } from '../http.ts';
import type { AlertMessage } from './message.ts';

/**
 * Posts it, signed after Standard Webhooks: `webhook-id`, `webhook-timestamp` (the moment of this attempt) and
 * `webhook-signature` over both and the body. Anything but a 2xx within 10 seconds throws `PartyFailure`.
 */
export async function sendWebhook(
  to: { url: string; secret: string },
  message: AlertMessage,
  now: Date,
): Promise<void> {
  const { origin, pathname, search } = new URL(to.url);
  const http = createHttp({ party: 'webhook', baseUrl: origin, timeoutMs: 10_000, maxBytes: 64 * 1024 });
  const payload = { type: 'alert.opened', timestamp: message.at, data: message.data };
  await http.request({
    ...{ method: 'POST', path: pathname + search, body: { json: payload } },
    headers: {
      'webhook-id': message.id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
      'webhook-signature': new Webhook(to.secret).sign(message.id, now, JSON.stringify(payload)),
    },
  });
}
