import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHmac, randomUUID } from 'node:crypto';
import OAuth from 'oauth-1.0a';
import { call, openInbox, openSandbox, type Inbox, type Reply, type Stage } from './support.ts';

let stage: Stage;
let inbox: Inbox;
let base: string;
let now: number;
beforeEach(async () => {
  now = Date.parse('2026-03-01T10:00:00Z');
  stage = await openSandbox({ now: () => now });
  inbox = await openInbox();
  base = (await stage.client.woocommerce('store').create({ consumerKey: 'ck_1', consumerSecret: 'cs_1' }))
    .url;
  await site().createProduct({ sku: 'MUG', name: 'Mug', price: '12.00', stock: 10 });
});
afterEach(async () => {
  await stage.sandbox.close();
  await inbox.close();
});

const site = () => stage.client.woocommerce('store');
const address = { address1: 'Beispielweg 1', city: 'Berlin', postcode: '10115', country: 'DE' };
const order = (request: object = {}) =>
  site().createOrder({ lines: [{ sku: 'MUG', quantity: 2 }], shippingAddress: address, ...request });

interface Signing {
  secret?: string;
  key?: string;
  method?: 'HMAC-SHA1' | 'HMAC-SHA256';
  timestamp?: number;
  nonce?: string;
}

/** Signed by a library that the sandbox does not use, in the query as WooCommerce's clients do. */
function signed(
  method: string,
  path: string,
  query: Record<string, string> = {},
  signing: Signing = {},
): string {
  const algorithm = signing.method === 'HMAC-SHA1' ? 'sha1' : 'sha256';
  const oauth = new OAuth({
    consumer: { key: signing.key ?? 'ck_1', secret: signing.secret ?? 'cs_1' },
    signature_method: signing.method ?? 'HMAC-SHA256',
    hash_function: (text, key) => createHmac(algorithm, key).update(text).digest('base64'),
  });
  oauth.getTimeStamp = () => signing.timestamp ?? Math.floor(now / 1000);
  oauth.getNonce = () => signing.nonce ?? randomUUID();
  const url = `${base}/wp-json/wc/v3/${path}`;
  const params = oauth.authorize({ url, method, data: query });
  return `${url}?${new URLSearchParams({ ...query, ...(params as unknown as Record<string, string>) })}`;
}

const ask = (method: string, path: string, json?: unknown, query?: Record<string, string>): Promise<Reply> =>
  call(method, signed(method, path, query), json === undefined ? {} : { json });

describe('OAuth over http', () => {
  it.each(['HMAC-SHA1', 'HMAC-SHA256'] as const)(
    'takes %s, with arguments in the signature',
    async (method) => {
      const reply = await call(
        'GET',
        signed('GET', 'orders', { status: 'any', per_page: '5', search: "it's (a) test!" }, { method }),
      );
      expect([reply.status, reply.body]).toEqual([200, []]);
    },
  );

  it.each([
    ['another secret', { secret: 'cs_2' }, 'Invalid signature - provided signature does not match.'],
    ['an unknown key', { key: 'ck_2' }, 'Consumer key is invalid.'],
    [
      'a timestamp of twenty minutes ago',
      { timestamp: Date.parse('2026-03-01T09:40:00Z') / 1000 },
      'Invalid timestamp.',
    ],
  ])('refuses %s', async (_what, signing, message) => {
    const reply = await call('GET', signed('GET', 'orders', {}, signing));
    expect([reply.status, reply.body]).toEqual([
      401,
      { code: 'woocommerce_rest_authentication_error', message, data: { status: 401 } },
    ]);
  });

  it('takes a nonce once', async () => {
    const url = signed('GET', 'orders', {}, { nonce: 'once' });
    expect((await call('GET', url)).status).toBe(200);
    expect((await call('GET', url)).body.message).toBe('Invalid nonce - nonce has already been used.');
  });

  it('does not even look at Basic, nor at a key in the query', async () => {
    const url = `${base}/wp-json/wc/v3/orders`;
    const basic = await call('GET', url, { headers: { authorization: `Basic ${btoa('ck_1:cs_1')}` } });
    const query = await call('GET', `${url}?consumer_key=ck_1&consumer_secret=cs_1`);
    for (const reply of [basic, query])
      expect([reply.status, reply.body.code]).toEqual([401, 'woocommerce_rest_cannot_view']);
  });

  it('refuses a request whose arguments were changed on the way', async () => {
    const url = signed('GET', 'orders', { per_page: '5' });
    expect((await call('GET', url.replace('per_page=5', 'per_page=6'))).status).toBe(401);
  });

  it('keeps to what the key may do', async () => {
    await site().create({ permissions: 'read' });
    expect((await ask('GET', 'orders')).status).toBe(200);
    const reply = await ask('PUT', 'orders/1', { status: 'completed' });
    expect(reply.body.message).toBe('The API key provided does not have write permissions.');
  });
});

describe('orders', () => {
  it('are net of tax in their lines and have times without zone', async () => {
    const made = await order({ taxRate: 0.2, shippingPrice: '6.00' });
    const { body } = await ask('GET', `orders/${made.id}`);
    expect(body).toMatchObject({
      id: made.id,
      number: String(made.id),
      status: 'processing',
      prices_include_tax: true,
      date_created: '2026-03-01T12:00:00',
      date_created_gmt: '2026-03-01T10:00:00',
      date_modified_gmt: '2026-03-01T10:00:00',
      date_paid_gmt: '2026-03-01T10:00:00',
      total: '30.00',
      total_tax: '5.00',
      shipping_total: '5.00',
      shipping_tax: '1.00',
      line_items: [
        { sku: 'MUG', quantity: 2, subtotal: '20.00', total: '20.00', total_tax: '4.00', price: 10 },
      ],
      shipping_lines: [{ method_id: 'flat_rate', total: '5.00', total_tax: '1.00' }],
      transaction_id: `ch_store_${made.id}`,
    });
    expect((await site().products())[0]!.stock).toBe(8);
  });

  it('are listed by page with totals, at most a hundred', async () => {
    for (let count = 0; count < 3; count += 1) await order();
    const { body, headers } = await ask('GET', 'orders', undefined, {
      per_page: '2',
      page: '2',
      order: 'asc',
      orderby: 'id',
    });
    expect([body.length, headers.get('x-wp-total'), headers.get('x-wp-totalpages')]).toEqual([1, '3', '2']);
    const refused = await ask('GET', 'orders', undefined, { per_page: '101' });
    expect([refused.status, refused.body.code, refused.body.data.params.per_page]).toEqual([
      400,
      'rest_invalid_param',
      'per_page must be between 1 (inclusive) and 100 (inclusive)',
    ]);
  });

  it('changed after a time: local unless told that it is GMT, and exclusive', async () => {
    const made = await order();
    const changed = async (after: string, gmt?: string) =>
      (
        await ask('GET', 'orders', undefined, {
          modified_after: after,
          ...(gmt === undefined ? {} : { dates_are_gmt: gmt }),
        })
      ).body.length;
    // Two hours east of Greenwich, 11:00 is an hour before.
    expect(await changed('2026-03-01T11:00:00')).toBe(1);
    expect(await changed('2026-03-01T11:00:00', 'true')).toBe(0);
    expect(await changed('2026-03-01T09:59:59', 'true')).toBe(1);
    expect(await changed('2026-03-01T10:00:00', 'true')).toBe(0);
    now += 1000;
    await ask('PUT', `orders/${made.id}`, { status: 'completed' });
    expect(await changed('2026-03-01T10:00:00', 'true')).toBe(1);
  });

  it('take a status and meta, and refuse an unknown status', async () => {
    const made = await order();
    const meta = { key: '_wc_shipment_tracking_items', value: [{ tracking_number: '1Z' }] };
    const changed = await ask('PUT', `orders/${made.id}`, { status: 'completed', meta_data: [meta] });
    expect(changed.body).toMatchObject({
      status: 'completed',
      date_completed_gmt: '2026-03-01T10:00:00',
      meta_data: [meta],
    });
    const refused = await ask('PUT', `orders/${made.id}`, { status: 'shipped' });
    expect([refused.status, refused.body.code]).toEqual([400, 'rest_invalid_param']);
    expect((await ask('PUT', 'orders/999999', {})).body).toEqual({
      code: 'woocommerce_rest_shop_order_invalid_id',
      message: 'Invalid ID.',
      data: { status: 404 },
    });
  });

  it('carry notes', async () => {
    const made = await order();
    const created = await ask('POST', `orders/${made.id}/notes`, { note: 'On its way', customer_note: true });
    expect([created.status, created.body.note]).toEqual([201, 'On its way']);
    const listed = await ask('GET', `orders/${made.id}/notes`, undefined, { type: 'customer' });
    expect(listed.body.map((one: any) => one.note)).toEqual(['On its way']);
  });

  it('put stock back when they are cancelled', async () => {
    const made = await order();
    await site().cancel(made.id);
    expect((await site().products())[0]!.stock).toBe(10);
  });
});

describe('refunds', () => {
  it('are made twice by two identical requests, and never beyond what was paid', async () => {
    const made = await order();
    const refund = () =>
      ask('POST', `orders/${made.id}/refunds`, { amount: '10.00', meta_data: [{ key: 'k', value: 'v' }] });
    expect([(await refund()).status, (await refund()).status]).toEqual([201, 201]);
    const third = await refund();
    expect([third.status, third.body.code]).toEqual([500, 'woocommerce_rest_cannot_create_order_refund']);
    const { body } = await ask('GET', `orders/${made.id}/refunds`);
    expect(body.map((one: any) => [one.amount, one.refunded_payment, one.meta_data[0].key])).toEqual([
      ['10.00', true, 'k'],
      ['10.00', true, 'k'],
    ]);
    expect((await ask('GET', `orders/${made.id}`)).body.refunds.map((one: any) => one.total)).toEqual([
      '-10.00',
      '-10.00',
    ]);
    await ask('POST', `orders/${made.id}/refunds`, { amount: '4.00' });
    expect((await site().order(made.id)).status).toBe('refunded');
  });

  it('need a gateway that can, unless made by hand', async () => {
    const made = await order({ paymentMethod: 'bacs' });
    const refused = await ask('POST', `orders/${made.id}/refunds`, { amount: '5.00' });
    expect(refused.body.message).toMatch(/does not support automatic refunds/);
    const byHand = await ask('POST', `orders/${made.id}/refunds`, { amount: '5.00', api_refund: false });
    expect([byHand.status, byHand.body.refunded_payment]).toEqual([201, false]);
  });
});

describe('products', () => {
  it('are found by SKU, variations too, and take a stock quantity', async () => {
    const variation = await site().createProduct({ sku: 'TEE-M', price: '20', stock: 4, variationOf: 'Tee' });
    const [found] = (await ask('GET', 'products', undefined, { sku: 'TEE-M' })).body;
    expect([found.type, found.id, found.parent_id]).toEqual(['variation', variation.id, variation.parentId]);
    const path = `products/${variation.parentId}/variations/${variation.id}`;
    expect((await ask('PUT', path, { stock_quantity: 7 })).body.stock_quantity).toBe(7);
    expect((await ask('PUT', `products/${variation.id}`, { stock_quantity: 1 })).status).toBe(404);
    const wrong = await ask('PUT', path, { stock_quantity: '7.5' });
    expect([wrong.status, wrong.body.code]).toEqual([400, 'rest_invalid_param']);
  });

  it('take batches, each element with its own answer', async () => {
    const [mug] = await site().products();
    const { body } = await ask('POST', 'products/batch', {
      update: [
        { id: mug!.id, stock_quantity: 3 },
        { id: 1, stock_quantity: 3 },
      ],
    });
    expect([body.update[0].stock_quantity, body.update[1].error.code]).toEqual([
      3,
      'woocommerce_rest_product_invalid_id',
    ]);
  });
});

describe('webhooks', () => {
  it('begin with an unsigned ping and are signed from then on', async () => {
    await site().subscribe(inbox.url, 'hush', ['order.created']);
    const made = await order();
    await stage.client.deliveriesIdle();
    const [ping, created] = inbox.received as [Inbox['received'][number], Inbox['received'][number]];
    expect([ping.body, ping.headers['content-type'], ping.headers['x-wc-webhook-signature']]).toEqual([
      'webhook_id=1',
      'application/x-www-form-urlencoded',
      undefined,
    ]);
    expect(created.headers).toMatchObject({
      'x-wc-webhook-source': `${base}/`,
      'x-wc-webhook-topic': 'order.created',
      'x-wc-webhook-resource': 'order',
      'x-wc-webhook-event': 'created',
      'x-wc-webhook-id': '1',
      'x-wc-webhook-signature': createHmac('sha256', 'hush').update(created.body).digest('base64'),
    });
    expect(JSON.parse(created.body).id).toBe(made.id);
  });

  it('share a delivery id within a second', async () => {
    await site().subscribe(inbox.url, 'hush', ['order.created']);
    await order();
    await order();
    now += 1000;
    await order();
    await stage.client.deliveriesIdle();
    const log = await stage.client.deliveries({ topic: 'order.created' });
    const ids = log
      .toSorted((one, other) => Number(one.resource) - Number(other.resource))
      .map(({ deliveryId }) => deliveryId);
    expect([ids[0] === ids[1], ids[1] === ids[2]]).toEqual([true, false]);
    expect(ids[0]).toMatch(/^[0-9a-f]{32}$/);
  });

  it('are never retried, and disabled by the fifth failure in a row', async () => {
    await site().subscribe(inbox.url, 'hush', ['order.created']);
    inbox.answerWith(500);
    for (let count = 0; count < 7; count += 1) {
      await order();
      await stage.client.deliveriesIdle();
    }
    // The ping and five deliveries.
    expect(inbox.received).toHaveLength(6);
    expect((await site().webhooks())[0]).toMatchObject({ status: 'disabled', failureCount: 5 });
  });

  it('of a deleted order carry its id alone', async () => {
    await site().subscribe(inbox.url, 'hush', ['order.deleted']);
    const made = await order();
    await site().removeOrder(made.id);
    await stage.client.deliveriesIdle();
    expect(inbox.received.at(-1)!.body).toBe(`{"id":${made.id}}`);
  });

  it('can be made through the API, which pings as well', async () => {
    const made = await ask('POST', 'webhooks', {
      topic: 'order.updated',
      delivery_url: inbox.url,
      secret: 'hush',
    });
    await stage.client.deliveriesIdle();
    expect([made.status, made.body.status, inbox.received[0]!.body]).toEqual([
      201,
      'active',
      `webhook_id=${made.body.id}`,
    ]);
  });
});
