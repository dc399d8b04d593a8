import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  berlin,
  call,
  openSandbox,
  openShop,
  openUps,
  rateRequest,
  shipRequest,
  type Stage,
} from './support.ts';

let stage: Stage;
let ups: Awaited<ReturnType<typeof openUps>>;
beforeEach(async () => {
  stage = await openSandbox();
  ups = await openUps(stage.client);
});
afterEach(() => stage.sandbox.close());

const buy = () => ups.ask('POST', '/api/shipments/v2409/ship', shipRequest());
const paid = async () => (await stage.client.ups('main').labels()).length;

describe('faults', () => {
  it('before the effect leave nothing done', async () => {
    await stage.client.fault({ operation: 'ups.ship', fault: 'reset-before', times: 1 });
    await expect(buy()).rejects.toThrow();
    expect(await paid()).toBe(0);
    await stage.client.fault({ operation: 'ups.ship', fault: '5xx', times: 1 });
    const failed = await buy();
    expect([failed.status, failed.body.response.errors[0].message, await paid()]).toEqual([
      503,
      'Service unavailable',
      0,
    ]);
    await stage.client.fault({ operation: 'ups.ship', fault: 'malformed-before', times: 1 });
    await expect(buy()).rejects.toThrow(SyntaxError);
    expect(await paid()).toBe(0);
    expect((await buy()).status).toBe(200);
  });

  it('after the effect lose only the answer', async () => {
    await stage.client.fault({ operation: 'ups.ship', fault: 'reset-after', times: 1 });
    await expect(buy()).rejects.toThrow();
    expect(await paid()).toBe(1);
    await stage.client.fault({ operation: 'ups.ship', fault: '5xx-after', times: 1, status: 502 });
    expect([(await buy()).status, await paid()]).toEqual([502, 2]);
    await stage.client.fault({ operation: 'ups.ship', fault: 'malformed', times: 1 });
    await expect(buy()).rejects.toThrow(SyntaxError);
    expect(await paid()).toBe(3);
  });

  it('say when to come back', async () => {
    await stage.client.fault({ operation: 'ups.rate', fault: '429', times: 1, retryAfter: 7 });
    const slow = await ups.ask('POST', '/api/rating/v2409/Shop', rateRequest());
    expect([slow.status, slow.headers.get('retry-after')]).toEqual([429, '7']);
  });

  it('delay before or after the effect', async () => {
    await stage.client.fault({ operation: 'ups.ship', fault: 'latency-after', ms: 60_000, times: 1 });
    const stopped = new AbortController();
    const lost = fetch(`${ups.account.url}/api/shipments/v2409/ship`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ups.token.body.access_token}`, 'content-type': 'application/json' },
      body: JSON.stringify(shipRequest()),
      signal: stopped.signal,
    });
    while ((await paid()) === 0);
    stopped.abort();
    await expect(lost).rejects.toThrow(/abort/i);
    await stage.client.fault({ operation: 'ups.ship', fault: 'latency', ms: 30, times: 1 });
    const started = performance.now();
    expect((await buy()).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThanOrEqual(29);
  });

  it('refuse in the words of the party', async () => {
    await stage.client.fault({
      operation: 'ups.ship',
      fault: 'refuse',
      code: '120802',
      message: 'Address Validation Error on ShipTo address',
      times: 1,
    });
    const refused = await buy();
    expect([refused.status, refused.body.response.errors]).toEqual([
      400,
      [{ code: '120802', message: 'Address Validation Error on ShipTo address' }],
    ]);

    const shop = await openShop(stage.client);
    const order = await stage.client
      .shopify('demo')
      .createOrder({ lines: [{ sku: 'X', quantity: 1, price: '5' }], shippingAddress: berlin });
    await stage.client.fault({
      operation: 'shopify.orderCancel',
      fault: 'refuse',
      code: 'INTERNAL_ERROR',
      message: 'No',
      times: 1,
    });
    const cancel = `mutation { orderCancel(orderId: "gid://shopify/Order/${order.id}", reason: OTHER, restock: false) {
      job { id } orderCancelUserErrors { code message } } }`;
    expect((await shop.graphql(cancel)).data.orderCancel).toEqual({
      job: null,
      orderCancelUserErrors: [{ code: 'INTERNAL_ERROR', message: 'No' }],
    });
    expect((await stage.client.shopify('demo').order(order.id)).cancelledAt).toBe(null);
    await stage.client.fault({ operation: 'shopify.shop', fault: 'refuse', code: 'THROTTLED', times: 1 });
    expect((await shop.graphql('{ shop { name } }')).errors[0].extensions.code).toBe('THROTTLED');

    await stage.client.woocommerce('store').create();
    await stage.client.fault({
      operation: 'woocommerce.orders.*',
      fault: '5xx',
      status: 500,
      message: 'Database error',
      times: 1,
    });
    const { url } = await stage.client.woocommerce('store').get();
    const broken = await call('GET', `${url}/wp-json/wc/v3/orders`);
    expect([broken.status, broken.body.message]).toEqual([500, 'Database error']);
  });

  it('strike so often, after so many, with the same luck for the same seed', async () => {
    await stage.client.fault({ operation: 'ups.ship', fault: '5xx', skip: 1, times: 2 });
    const statuses = [];
    for (let count = 0; count < 4; count += 1) statuses.push((await buy()).status);
    expect(statuses).toEqual([200, 503, 503, 200]);

    const luck = async () => {
      await stage.client.clearFaults();
      await stage.client.fault({ operation: 'ups.rate', fault: '5xx', probability: 0.5, seed: 42 });
      const drawn = [];
      for (let count = 0; count < 8; count += 1)
        drawn.push((await ups.ask('POST', '/api/rating/v2409/Shop', rateRequest())).status);
      return drawn;
    };
    const first = await luck();
    expect(new Set(first).size).toBe(2);
    expect(await luck()).toEqual(first);
  });

  it('strike one account and one operation only, and are logged', async () => {
    const other = await openUps(stage.client, 'other', { shipperNumber: 'Z9Y8X7' });
    const fault = await stage.client.fault({ party: 'ups', operation: '*', fault: '5xx', account: 'other' });
    expect((await ups.ask('POST', '/api/rating/v2409/Shop', rateRequest())).status).toBe(200);
    expect((await other.ask('POST', '/api/rating/v2409/Shop', {})).status).toBe(503);
    expect(await stage.client.faultHits()).toEqual([
      { fault: fault.id, kind: '5xx', operation: 'ups.rate', account: 'other', at: expect.any(String) },
    ]);
    expect((await stage.client.faults())[0]).toMatchObject({ seen: 1, hits: 1 });
    await stage.client.clearFaults(fault.id);
    expect((await other.ask('POST', '/api/rating/v2409/Shop', {})).status).toBe(400);
  });

  it('strike what is about one recipient, order or payment, by whichever id it is named', async () => {
    const named = (Name: string) => {
      const body = shipRequest();
      const shipment = body.ShipmentRequest.Shipment;
      return {
        ShipmentRequest: {
          ...body.ShipmentRequest,
          Shipment: { ...shipment, ShipTo: { ...shipment.ShipTo, Name } },
        },
      };
    };
    const send = (Name: string) => ups.ask('POST', '/api/shipments/v2409/ship', named(Name));
    await stage.client.fault({ operation: 'ups.ship', fault: '4xx', status: 403, about: 'Ada One' });
    expect([(await send('Ada One')).status, (await send('Ada Only')).status]).toEqual([403, 200]);
    const [label] = await stage.client.ups('main').labels();
    await stage.client.fault({ operation: 'ups.track', fault: '5xx', about: 'Ada Only' });
    const number = label!.trackingNumber;
    expect((await ups.ask('GET', `/api/track/v1/details/${number}`)).status).toBe(503);

    const shop = await openShop(stage.client);
    const lines = [{ sku: 'X', quantity: 1, price: '5' }];
    const sell = () => stage.client.shopify('demo').createOrder({ lines, shippingAddress: berlin });
    const [one, other] = [await sell(), await sell()];
    await stage.client.fault({
      operation: 'shopify.Lines',
      fault: '5xx',
      status: 500,
      about: String(one.id),
    });
    const query = `query Lines($id: ID!) { fulfillmentOrder(id: $id) { id } }`;
    const ask = ({ fulfillmentOrders: [first] }: typeof one) =>
      shop.graphql(query, { id: `gid://shopify/FulfillmentOrder/${first!.id}` });
    expect([(await ask(one)).errors, (await ask(other)).errors]).toEqual(['Service unavailable', undefined]);
  });

  it('answer with a page, mislabelled, or not at all', async () => {
    const rate = `${ups.account.url}/api/rating/v2409/Shop`;
    const ask = (signal?: AbortSignal) =>
      fetch(rate, {
        method: 'POST',
        headers: { authorization: `Bearer ${ups.token.body.access_token}` },
        body: JSON.stringify(rateRequest()),
        ...(signal ? { signal } : {}),
      });
    await stage.client.fault({ operation: 'ups.rate', fault: 'page', times: 1 });
    await stage.client.fault({ operation: 'ups.rate', fault: 'mislabelled', times: 1 });
    const answers = [await ask(), await ask()];
    expect(answers.map((one) => [one.status, one.headers.get('content-type')])).toEqual([
      [404, 'text/html'],
      [200, 'text/html'],
    ]);
    expect(await answers[1]!.json()).toHaveProperty('RateResponse');
    await stage.client.fault({ operation: 'ups.ship', fault: 'hang-after', times: 1 });
    const stopped = new AbortController();
    const lost = fetch(`${ups.account.url}/api/shipments/v2409/ship`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ups.token.body.access_token}` },
      body: JSON.stringify(shipRequest()),
      signal: stopped.signal,
    });
    while ((await paid()) === 0);
    stopped.abort();
    await expect(lost).rejects.toThrow(/abort/i);
  });

  it('never strike the control API, which refuses what it does not know', async () => {
    await stage.client.fault({ operation: '*', fault: 'reset-before' });
    expect(await stage.client.health()).toEqual({ ok: true });
    await expect(stage.client.fault({ operation: '*', fault: 'rain' as '429' })).rejects.toThrow(
      /422.*a fault is one of/,
    );
  });
});
