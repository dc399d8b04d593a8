import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import type { ApiDeps } from '../../../api/deps.ts';
import { createApi } from '../../../api/server.ts';
import { until } from '../../support/until.ts';
import { product, shopifyHeaders, shopifyOrder, shopifyStore } from './samples.ts';
import { startApi, type TestApi } from './test-api.ts';

let api: TestApi;
afterEach(() => api.close());

const start = async (config: Partial<ApiDeps['config']>) => {
  const usual = { temporalUiUrl: 'http://temporal.example.com', trustedProxies: 0, booksCurrency: 'EUR' };
  api = await startApi({
    config: { ...usual, mail: null, wrongKeysPerMinute: 3, costlyAtOnce: 4, ...config },
  });
};
const status = async (headers: Record<string, string>, path = '/v1/me') =>
  (await api.send('GET', path, undefined, headers)).status;
const guess = (from?: string) =>
  status({
    Authorization: `Bearer ${randomUUID()}`,
    ...(from !== undefined && { 'X-Forwarded-For': from }),
  });
const guesses = async (...from: (string | undefined)[]) => {
  const statuses: number[] = [];
  for (const address of from) statuses.push(await guess(address));
  return statuses;
};

describe('wrong keys', () => {
  it('are counted over all routes, whatever X-Forwarded-For claims while no proxy is trusted', async () => {
    await start({});
    expect(await guesses('192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4')).toEqual([401, 401, 401, 429]);
    const last = await api.send('GET', '/v1/orders', undefined, { Authorization: 'Bearer wrong' });
    expect([last.status, last.body.type]).toEqual([429, '/problems/too-many-failures']);
    expect(last.headers['retry-after']).toMatch(/^([1-9]|[1-5]\d|60)$/);
    expect(last.headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  it('stop nobody who has a good key, nor tell one who has none that he guessed', async () => {
    await start({});
    await guesses(undefined, undefined, undefined, undefined);
    expect(await status({})).toBe(200);
    expect(await status({ Authorization: `Bearer ${api.keys.finance}` }, '/v1/api-keys')).toBe(403);
    const none = await supertest(api.app).get('/v1/me');
    expect([none.status, none.body.type]).toEqual([401, '/problems/unauthorized']);
    expect(await guess()).toBe(429);
  });

  it('count by the address that the trusted proxy saw, of IPv6 by the network', async () => {
    await start({ trustedProxies: 1 });
    expect(await guesses(...Array<string>(4).fill('192.0.2.1'))).toEqual([401, 401, 401, 429]);
    expect(await guess('192.0.2.2')).toBe(401);
    // What the caller itself put there is to the left of what the proxy adds.
    expect(await guess('192.0.2.77, 192.0.2.1')).toBe(429);
    const net = ['2001:db8:0:1::1', '2001:db8:0:2::1', '2001:db8:0:ff:1::', '2001:db8:0:7::9'];
    expect(await guesses(...net)).toEqual([401, 401, 401, 429]);
    expect(await guess('2001:db8:0:100::1')).toBe(401);
  });

  it('count in each process by itself', async () => {
    await start({});
    expect(await guesses(undefined, undefined, undefined, undefined)).toEqual([401, 401, 401, 429]);
    const other = createApi(api.deps);
    const answer = await supertest(other).get('/v1/me').set('Authorization', 'Bearer wrong');
    expect(answer.status).toBe(401);
  });
});

describe('wrong signatures', () => {
  it('end in 429, fill no inbox, and let what is rightly signed through', async () => {
    await start({});
    const store = (await api.send('POST', '/v1/stores', shopifyStore)).body.id as string;
    const paths = [`/webhooks/shopify/${store}`, '/webhooks/carriers/ups', '/webhooks/payments/stripe'];
    const body = JSON.stringify(shopifyOrder(1001));
    const before = await api.contents();
    const statuses: number[] = [];
    for (const path of [...paths, ...paths]) {
      const forged = shopifyHeaders(body, { secret: 'guessed' });
      const answer = await api.send('POST', path, body, { ...forged, Authorization: '' });
      statuses.push(answer.status);
    }
    expect(statuses).toEqual([401, 401, 401, 429, 429, 429]);
    expect(await api.contents()).toEqual(before);
    const good = await api.send('POST', paths[0]!, body, shopifyHeaders(body));
    expect(good.status).toBe(200);
    const kept = await api.orm.em.fork().execute('select state from inbox');
    expect(kept).toHaveLength(1);
  });
});

describe('what computes much', () => {
  const preview = { country: 'DE', lines: [{ sku: product.sku, quantity: 1 }] };
  const ask = (headers: Record<string, string> = {}) =>
    api.send('POST', '/v1/allocation/preview', preview, headers);

  it('is refused while as many run as may, and keeps no answer of that', async () => {
    await start({ costlyAtOnce: 1 });
    await api.send('POST', '/v1/products', product);
    const em = api.orm.em.fork();
    await em.begin();
    await em.execute('lock table product in access exclusive mode');
    const first = ask().then((answer) => answer.status);
    await until('the first waits for the lock', async () => {
      const [waiting] = await api.orm.em
        .fork()
        .execute<object[]>(`select 1 from pg_locks where not granted and relation = 'product'::regclass`);
      return waiting;
    });
    const headers = { 'Idempotency-Key': 'later' };
    const second = await ask(headers);
    expect([second.status, second.body.type, second.headers['retry-after']]).toEqual([
      503,
      '/problems/busy',
      '1',
    ]);
    expect(await status({})).toBe(200);
    await em.rollback();
    expect(await first).toBe(200);
    expect((await ask(headers)).status).toBe(200);
  });
});
