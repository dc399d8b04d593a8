import { json, parseJson, type Answer, type Call } from '../http.ts';
import { invalidId, invalidParam, paged, pageOf } from './answers.ts';
import { webhookJson } from './product-json.ts';
import { baseOf } from './orders.ts';
import { wholeSecond, type Site, type WooWebhook, type WooWorld } from './model.ts';
import { createWebhook } from './webhooks.ts';

interface WebhookBody {
  name?: string;
  topic?: string;
  delivery_url?: string;
  secret?: string;
  status?: string;
}

export function listWebhooks(call: Call, site: Site, world: WooWorld): Answer {
  const page = pageOf(call.query);
  if ('status' in page) return page;
  const hooks = world.tables.webhooks.all(site.name).map((hook) => webhookJson(site, baseOf(call), hook));
  return paged(hooks, page);
}

export function postWebhook(call: Call, site: Site, world: WooWorld): Answer {
  const body = parseJson(call.body) as WebhookBody | undefined;
  if (
    body?.topic === undefined ||
    !/^(order|product|customer|coupon)\.(created|updated|deleted|restored)$/.test(body.topic)
  )
    return invalidParam('topic', 'Webhook topic is required and must be valid.');
  if (body.delivery_url === undefined || !/^https?:\/\//.test(body.delivery_url))
    return invalidParam(
      'delivery_url',
      'Webhook delivery URL must be a valid URL starting with http:// or https://.',
    );
  const hook = createWebhook(world, site, {
    topic: body.topic,
    deliveryUrl: body.delivery_url,
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.secret === undefined ? {} : { secret: body.secret }),
  });
  return json(201, webhookJson(site, baseOf(call), hook));
}

export function putWebhook(call: Call, site: Site, world: WooWorld, id: string): Answer {
  const hook = world.tables.webhooks.get(site.name, id);
  if (hook === undefined) return invalidId('shop_webhook');
  const body = (parseJson(call.body) as WebhookBody | undefined) ?? {};
  if (body.status !== undefined && !['active', 'paused', 'disabled'].includes(body.status))
    return invalidParam('status', 'status is not one of active, paused, disabled.');
  const changed: WooWebhook = {
    ...hook,
    name: body.name ?? hook.name,
    deliveryUrl: body.delivery_url ?? hook.deliveryUrl,
    secret: body.secret ?? hook.secret,
    status: (body.status as WooWebhook['status'] | undefined) ?? hook.status,
    // Activating it again forgets the failures.
    failureCount: body.status === 'active' ? 0 : hook.failureCount,
    modifiedAt: wholeSecond(world.now()),
  };
  world.tables.webhooks.put(site.name, id, changed);
  return json(200, webhookJson(site, baseOf(call), changed));
}

export function deleteWebhook(call: Call, site: Site, world: WooWorld, id: string): Answer {
  const hook = world.tables.webhooks.get(site.name, id);
  if (hook === undefined) return invalidId('shop_webhook');
  world.tables.webhooks.remove(site.name, id);
  return json(200, webhookJson(site, baseOf(call), hook));
}
