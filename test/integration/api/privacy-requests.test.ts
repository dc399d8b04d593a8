import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { orderIdOf } from '../../../db/order-id.ts';
import { drainPrivacyMail, eraseEnded } from '../../../workers/loops/privacy.ts';
import { mina, type PrivacyWorld, startPrivacy } from './privacy-world.ts';
import { shopifyHeaders, shopifyOrder } from './samples.ts';

let world: PrivacyWorld;
let number = 5000;
let orderId: string;

beforeAll(async () => {
  world = await startPrivacy();
});
afterAll(() => world.close());
beforeEach(async () => {
  number += 10;
  orderId = await world.delivered(number);
  await world.end(orderId);
});

const shop = { shop_id: 954889, shop_domain: 'tea.example.com' };
const customer = { id: mina.id, email: mina.email, phone: mina.phone };
/** Each drain takes all that waits; then the orders that have ended. */
async function workOff() {
  await drainPrivacyMail(world.activities);
  await eraseEnded(world.activities);
}
/** The wish itself is an event that was not there before. */
const withoutEvents = (books: unknown) => {
  const { sums, ...stock } = books as { sums: { events: unknown }[] };
  return { ...stock, sums: sums.map(({ events: _, ...rest }) => rest) };
};
const mailOf = (topic: string) =>
  world.query('select state, reason, body from inbox where topic = ? order by seq desc limit 1', [topic]);

describe('an export', () => {
  const get = (change: object = {}, headers: Record<string, string> = {}) =>
    world.send('POST', '/v1/privacy/exports', { email: mina.email, reason: 'asked', ...change }, headers);

  it('has all that is held, and says so without naming anybody', async () => {
    const { status, body } = await get({ reason: `asked by ${mina.email}`, orderIds: [orderId] });
    expect(status).toBe(200);
    const mine = body.orders.find(({ order }: { order: { id: string } }) => order.id === orderId);
    expect(mine).toMatchObject({
      order: {
        number: `#${number}`,
        customerEmail: mina.email,
        total: { amount: '25.00', currency: 'EUR' },
        erasedAt: null,
      },
      content: [
        { version: 1, snapshot: { shippingAddress: { line1: 'Altweg 9' } } },
        { version: 2, snapshot: { shippingAddress: { line1: 'Quittengasse 41' } } },
      ],
      payments: [{ externalId: `pi_mina_${number}`, amount: { amount: '25.00', currency: 'EUR' } }],
      shipments: [{ carrier: 'fast', request: { to: { line1: 'Quittengasse 41' } } }],
      scans: [{ place: 'Oberammersdorf, DE' }],
      attention: [{ sentence: expect.stringContaining('WILHELMINA') }],
    });
    expect(mine.timeline.map(({ detail }: { detail: string }) => detail)).toContain(
      'Called Wilhelmina Zuckerschlag at 030 5550177: QX79ZW is right',
    );
    expect(mine.events.map(({ source }: { source: string }) => source.split('/')[0]).sort()).toEqual([
      ...['carrier', 'payment', 'store', 'store'],
    ]);
    const document = await world.send('GET', mine.shipments[0].document);
    expect(document.status).toBe(200);
    const audits = await world.query(
      `select detail from audit where what = 'customer_exported' order by seq`,
    );
    expect(audits.map(({ detail }) => detail)).toEqual([
      '1 orders: asked by [redacted]',
      'Everything that is held about its customer was exported',
    ]);
  });

  it('is kept nowhere: under the same Idempotency-Key it is read again', async () => {
    const key = { 'Idempotency-Key': 'export-1' };
    const first = await get({}, key);
    const second = await get({ phone: mina.phone }, key);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.headers['idempotent-replayed']).toBeUndefined();
    expect(await world.query(`select 1 from idempotency where answer::text like '%Altweg%'`)).toEqual([]);
  });
});

describe('customers/redact', () => {
  it('erases the orders that it names and all others of the customer, also one that comes later', async () => {
    const unknown = number + 1;
    const other = await world.ordered(number + 2);
    const orders_to_redact = [number, unknown];
    await world.webhook('customers/redact', { ...shop, customer, orders_to_redact }, `redact-${number}`);
    await world.webhook('customers/redact', { ...shop, customer, orders_to_redact }, `redact-${number}`);
    await workOff();
    expect(await mailOf('customers/redact')).toEqual([{ state: 'applied', reason: null, body: '' }]);
    const [erasure] = await world.query<{ id: string; reason: string; actor: string }>(
      'select id, reason, actor from erasure order by id desc limit 1',
    );
    expect(erasure).toMatchObject({ reason: 'shopify: customers/redact', actor: 'store' });
    const { body } = await world.send('GET', `/v1/privacy/erasures/${erasure!.id}`);
    expect(body).toMatchObject({ state: 'waiting', waiting: [{ id: other }] });
    const late = await world.ordered(unknown, { fulfillment_status: 'fulfilled' });
    for (const id of [other, late]) await world.end(id);
    await workOff();
    expect(await world.found()).toEqual([]);
  });

  it('of somebody unknown is done, and nothing of them stays', async () => {
    const before = await world.query('select count(*)::int as n from erasure');
    const nobody = { id: 4, email: 'nobody@kundin.example', phone: null };
    await world.webhook('customers/redact', { ...shop, customer: nobody, orders_to_redact: [] });
    await workOff();
    expect(await mailOf('customers/redact')).toEqual([
      { state: 'applied', reason: expect.stringContaining('Nothing is held'), body: '' },
    ]);
    expect(await world.query('select count(*)::int as n from erasure')).toEqual(before);
  });

  it('that another signed is refused with 401, and one that can not be read is kept as refused', async () => {
    const before = await world.contents();
    const body = JSON.stringify({ ...shop, customer, orders_to_redact: [number] });
    const headers = shopifyHeaders(body, { topic: 'customers/redact', secret: 'wrong' });
    const path = `/webhooks/shopify/${world.store}`;
    expect((await world.send('POST', path, body, { Authorization: '', ...headers })).status).toBe(401);
    expect(await world.contents()).toEqual(before);
    await world.webhook('customers/redact', { ...shop, orders_to_redact: 'all' });
    expect(await mailOf('customers/redact')).toMatchObject([
      { state: 'refused', reason: expect.stringContaining('orders_to_redact') },
    ]);
  });
});

describe('customers/data_request', () => {
  it('opens a case that an export answers, once', async () => {
    const request = { ...shop, customer, orders_requested: [number], data_request: { id: number } };
    await world.webhook('customers/data_request', request);
    await world.webhook('customers/data_request', request);
    await workOff();
    expect(await mailOf('customers/data_request')).toMatchObject([{ state: 'applied', body: '' }]);
    const { body } = await world.send('GET', '/v1/attention?reason=customer_asks_for_data&open=true');
    expect(body.items).toHaveLength(1);
    const [item] = body.items;
    const dataRequest = item.subject.split('/')[1];
    expect(item.sentence).toContain(`(request ${number}), to be answered by `);
    expect(item.sentence).toContain(`"dataRequest": "${dataRequest}"`);
    expect(mina.words.filter((word) => JSON.stringify(item).toLowerCase().includes(word))).toEqual([]);
    const exported = await world.send('POST', '/v1/privacy/exports', {
      dataRequest,
      reason: 'for the merchant',
    });
    expect(exported.status).toBe(200);
    expect(exported.body.orders.map(({ order }: { order: { id: string } }) => order.id)).toContain(orderId);
    const [row] = await world.query(
      'select exported_at is not null as exported from data_request where id = ?',
      [dataRequest],
    );
    expect(row).toEqual({ exported: true });
    const resolved = await world.send('POST', `/v1/attention/${item.id}/resolve`, { reason: 'sent' });
    expect(resolved.status).toBe(200);
  });

  it('of somebody unknown says that nothing is held', async () => {
    const nobody = { id: 4, email: 'nobody@example.com' };
    const request = { ...shop, customer: nobody, orders_requested: [], data_request: { id: 77 } };
    await world.webhook('customers/data_request', request);
    await workOff();
    const { body } = await world.send('GET', '/v1/attention?reason=customer_asks_for_data&open=true');
    expect(body.items[0].sentence).toContain('Nothing is held: tell the merchant so');
    const dataRequest = body.items[0].subject.split('/')[1];
    const exported = await world.send('POST', '/v1/privacy/exports', { dataRequest, reason: 'x' });
    expect([exported.status, exported.body.orders]).toEqual([200, []]);
  });
});

describe('shop/redact', () => {
  it('erases every customer of the shop and of no other', async () => {
    const another = await world.ordered(number + 1, { email: 'someone@kundin.example', customer: null });
    await world.end(another);
    const { body: counter } = await world.send('POST', '/v1/stores', {
      name: `C${number}`,
      platform: 'api',
      currency: 'EUR',
    });
    await world.query(
      `insert into inbox (source, key, store_id, topic, body, state) values (?, 'x', ?, 'x', 'of another', 'applied')`,
      [`store/${counter.id}`, counter.id],
    );
    const before = await world.books();
    await world.webhook('shop/redact', shop);
    await workOff();
    await eraseEnded(world.activities);
    expect(await world.found()).toEqual([]);
    expect(withoutEvents(await world.books())).toEqual(withoutEvents(before));
    expect(await world.query(`select body from inbox where key = 'x'`)).toEqual([{ body: 'of another' }]);
    expect(await world.query('select 1 from orders where erased_at is null')).toEqual([]);
    await world.webhook('shop/redact', shop);
    await workOff();
    const erasures = await world.query(`select 1 from erasure where reason = 'shopify: shop/redact'`);
    expect(erasures).toHaveLength(1);
    // Later ones are of somebody who came later.
    await world.webhook('orders/create', shopifyOrder(number + 3));
    const shown = await world.send('GET', `/v1/orders/${orderIdOf(world.store, String(number + 3))}`);
    expect(shown.body.customer).not.toBeNull();
  });
});
