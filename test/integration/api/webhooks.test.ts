import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { orderIdOf } from '../../../db/order-id.ts';
import { shopifyHeaders, shopifyOrder, shopifySecret, shopifyStore } from './samples.ts';
import { startApi, type TestApi } from './test-api.ts';

interface Row {
  key: string;
  topic: string;
  order: string | null;
  state: string;
  reason: string | null;
}

describe('POST /webhooks/{platform}/{storeId}', () => {
  let api: TestApi;
  let store: string;
  const path = () => `/webhooks/shopify/${store}`;
  const post = (body: string | Buffer, headers = shopifyHeaders(body)) =>
    api.send('POST', path(), body, { Authorization: '', ...headers });
  const rows = async () => {
    await api.deps.background.settled();
    return api.orm.em
      .fork()
      .execute<Row[]>('select key, topic, order_external_id as order, state, reason from inbox order by seq');
  };

  beforeAll(async () => {
    api = await startApi();
    const made = await api.send('POST', '/v1/stores', shopifyStore);
    store = made.body.id;
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    await api.orm.em.fork().execute('delete from inbox');
    Object.assign(api.engine, { delivered: [], away: false });
  });

  it('keeps a signed order, tells its workflow and answers 200', async () => {
    const body = JSON.stringify(shopifyOrder(1001));
    const answer = await post(body, shopifyHeaders(body, { id: 'w1' }));
    expect([answer.status, answer.body]).toEqual([200, {}]);
    expect(await rows()).toEqual([
      { key: 'w1', topic: 'orders/create', order: '1001', state: 'delivered', reason: null },
    ]);
    const input = {
      orderId: orderIdOf(store, '1001'),
      storeId: store,
      externalId: '1001',
      platform: 'shopify',
    };
    expect(api.engine.delivered).toEqual([{ input, standing: 'unknown' }]);
  });

  it.each([
    ['null', 'under-way'],
    ['now()', 'ended'],
  ])(
    'says how the order stands (ended at %s) by which its workflow is told: %s',
    async (endedAt, standing) => {
      const em = api.orm.em.fork();
      const order = { id: orderIdOf(store, '1009'), store };
      await em.execute(
        `insert into orders (id, store_id, external_id, workflow_id, disposition, number, placed_at, source_updated_at,
         currency, total, payment_state, stage, conditions, version, ended_at)
       values (?, ?, '1009', 'order:x', 'fulfill', '#1009', now(), now(), 'EUR', 1, 'paid', 'received', '{}', 1, ${endedAt})`,
        [order.id, order.store],
      );
      const body = JSON.stringify(shopifyOrder(1009));
      await post(body, shopifyHeaders(body, { id: `stands-${standing}` }));
      await rows();
      expect(api.engine.delivered.map((one) => one.standing)).toEqual([standing]);
      await em.execute('delete from orders where id = ?', [order.id]);
    },
  );

  it('keeps the body to the byte', async () => {
    const body = `${JSON.stringify(shopifyOrder(1002, { note: 'Grüße 🍵 \\u0000' }))}  \n`;
    await post(body);
    const [row] = await api.orm.em.fork().execute<{ body: string }[]>('select body from inbox');
    expect(row!.body).toBe(body);
  });

  it('takes a duplicate once and tells the workflow once', async () => {
    const body = JSON.stringify(shopifyOrder(1003));
    const headers = shopifyHeaders(body, { id: 'twice' });
    const answers = [await post(body, headers)];
    await rows();
    answers.push(await post(body, headers), await post(body, headers));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await rows()).toHaveLength(1);
    expect(api.engine.delivered).toHaveLength(1);
  });

  it('keeps one of ten that come at the same moment', async () => {
    const body = JSON.stringify(shopifyOrder(1004));
    const headers = shopifyHeaders(body, { id: 'race' });
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(body, headers)));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(await rows()).toHaveLength(1);
  });

  it('answers 200 while Temporal is away, and tells the workflow when the event comes again', async () => {
    api.engine.away = true;
    const body = JSON.stringify(shopifyOrder(1005));
    const headers = shopifyHeaders(body, { id: 'away' });
    expect((await post(body, headers)).status).toBe(200);
    expect(await rows()).toMatchObject([{ state: 'received' }]);
    api.engine.away = false;
    expect((await post(body, headers)).status).toBe(200);
    expect(await rows()).toMatchObject([{ state: 'delivered' }]);
  });

  it.each([
    ['no signature', () => ({ 'Content-Type': 'application/json' })],
    ['another secret', (body: string) => shopifyHeaders(body, { secret: 'wrong' })],
    ['a signature of another body', () => shopifyHeaders('{}')],
  ])('refuses %s with 401 and keeps nothing', async (_case, headers) => {
    const body = JSON.stringify(shopifyOrder(1006));
    const before = await api.contents();
    const answer = await post(body, headers(body) as Record<string, string>);
    expect([answer.status, answer.body.type]).toEqual([401, '/problems/bad-signature']);
    expect(await api.contents()).toEqual(before);
  });

  it.each([
    ['no JSON', 'hello', 'orders/create'],
    ['an order without lines', JSON.stringify({ id: 7, name: '#7' }), 'orders/create'],
    ['a body that is no text', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 'orders/create'],
    ['a NUL byte', Buffer.from('{"id":7,"x":"\0"}'), 'orders/create'],
  ])('keeps %s as refused, with the reason, and answers 200', async (_case, body, topic) => {
    const answer = await post(body, shopifyHeaders(body, { topic }));
    expect(answer.status).toBe(200);
    const kept = await rows();
    expect(kept).toMatchObject([{ state: 'refused', reason: expect.stringMatching(/\w/) }]);
    expect(api.engine.delivered).toEqual([]);
    const listed = await api.send('GET', `/v1/inbox?state=refused&store=${store}`);
    expect(listed.body.items).toMatchObject([{ reason: kept[0]!.reason, store }]);
  });

  it('keeps an event without headers as refused, once', async () => {
    const body = JSON.stringify(shopifyOrder(1007));
    const { 'X-Shopify-Hmac-Sha256': signature } = shopifyHeaders(body);
    const headers = { 'Content-Type': 'application/json', 'X-Shopify-Hmac-Sha256': signature! };
    await post(body, headers);
    await post(body, headers);
    expect(await rows()).toMatchObject([{ state: 'refused', key: expect.stringMatching(/^refused\//) }]);
  });

  it('keeps a header too long for its column as refused', async () => {
    const body = JSON.stringify(shopifyOrder(1008));
    await post(body, shopifyHeaders(body, { id: 'x'.repeat(300) }));
    expect(await rows()).toMatchObject([
      { state: 'refused', reason: expect.stringContaining('longer than 255') },
    ]);
  });

  it('keeps an event of no concern as applied', async () => {
    const body = JSON.stringify({ id: 5 });
    await post(body, shopifyHeaders(body, { topic: 'products/update' }));
    expect(await rows()).toMatchObject([{ state: 'applied', reason: 'topic products/update' }]);
    expect(api.engine.delivered).toEqual([]);
  });

  it('believes the secret before and the new one after a rotation', async () => {
    await api.send('PATCH', `/v1/stores/${store}`, { webhookSecret: 'next' });
    const body = JSON.stringify(shopifyOrder(1009));
    const statuses = [];
    for (const secret of [shopifySecret, 'next', 'other'])
      statuses.push((await post(body, shopifyHeaders(body, { secret }))).status);
    await api.send('PATCH', `/v1/stores/${store}`, { webhookSecret: shopifySecret });
    expect(statuses).toEqual([200, 200, 401]);
  });

  it.each([
    ['another platform', () => `/webhooks/woocommerce/${store}`],
    ['an unknown platform', () => `/webhooks/magento/${store}`],
    ['a platform without webhooks', () => `/webhooks/api/${store}`],
    ['a key of the prototype', () => `/webhooks/__proto__/${store}`],
    ['an unknown store', () => '/webhooks/shopify/0190a1b2-0000-7000-8000-000000000000'],
    ['no UUID', () => '/webhooks/shopify/tea'],
    ['an unknown carrier', () => '/webhooks/carriers/pigeon'],
    ['a carrier without webhooks', () => '/webhooks/carriers/manual'],
    ['an unknown payment provider', () => '/webhooks/payments/pigeon'],
  ])('knows no %s', async (_case, address) => {
    const body = JSON.stringify(shopifyOrder(1010));
    const before = await api.contents();
    const answer = await api.send('POST', address(), body, shopifyHeaders(body));
    expect([answer.status, answer.body.type]).toEqual([404, '/problems/not-found']);
    expect(await api.contents()).toEqual(before);
  });

  it('takes 4 MB and refuses 6', async () => {
    const [fits, tooLarge] = [4, 6].map((size) =>
      JSON.stringify(shopifyOrder(1011, { note: 'x'.repeat(size * 1e6) })),
    );
    expect((await post(fits!)).status).toBe(200);
    const answer = await post(tooLarge!);
    expect([answer.status, answer.body.type]).toEqual([413, '/problems/too-large']);
  });

  it('answers the ping of WooCommerce 200 and keeps nothing', async () => {
    const made = await api.send('POST', '/v1/stores', {
      ...shopifyStore,
      platform: 'woocommerce',
      credentials: { consumerKey: 'ck_1', consumerSecret: 'cs_1' },
    });
    const form = { Authorization: '', 'Content-Type': 'application/x-www-form-urlencoded' };
    const answer = await api.send('POST', `/webhooks/woocommerce/${made.body.id}`, 'webhook_id=5', form);
    expect(answer.status).toBe(200);
    expect(await rows()).toEqual([]);
  });
});
