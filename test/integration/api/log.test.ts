import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { createBackground } from '../../../api/background.ts';
import { createLog } from '../../../api/http/log.ts';
import { orderIdOf } from '../../../db/order-id.ts';
import { shopifyHeaders, shopifyOrder, shopifyStore } from './samples.ts';
import { startApi, type TestApi } from './test-api.ts';

/** Every line that is logged for a request says which, and who asked. */

const lines: Record<string, any>[] = [];
let api: TestApi;
beforeAll(async () => {
  const log = createLog('trace', { write: (line: string) => void lines.push(JSON.parse(line)) });
  api = await startApi({ log, background: createBackground(log) });
});
afterAll(() => api.close());
beforeEach(() => void lines.splice(0));

it('the line of the request itself, and a warning on its way', async () => {
  api.engine.away = true;
  await api.send('GET', '/readyz', undefined, { 'X-Request-Id': 'ready-1' });
  api.engine.away = false;
  await api.send('GET', '/v1/orders', undefined, { 'X-Request-Id': 'orders-1' });
  await api.send('GET', '/v1/orders', undefined, { 'X-Request-Id': 'orders-2', Authorization: '' });
  expect(lines.map(({ msg, requestId, caller }) => [msg, requestId, caller])).toEqual([
    ['temporal can not be reached', 'ready-1', undefined],
    ['request errored', 'ready-1', undefined],
    ['request completed', 'orders-1', 'admin'],
    ['request completed', 'orders-2', undefined],
  ]);
});

it('an event that its workflow could not be told of also says whose order it is', async () => {
  const store = (await api.send('POST', '/v1/stores', shopifyStore)).body.id as string;
  lines.splice(0);
  api.engine.away = true;
  const order = shopifyOrder(1001);
  const body = JSON.stringify(order);
  await api.send('POST', `/webhooks/shopify/${store}`, body, {
    ...shopifyHeaders(body),
    'X-Request-Id': 'hook-1',
  });
  expect(lines[0]).toMatchObject({
    msg: 'event kept, its workflow not told yet',
    requestId: 'hook-1',
    orderId: orderIdOf(store, String(order.id)),
  });
});

it('what goes on after the answer keeps the request that began it; a line of the process names none', async () => {
  const store = (await api.send('POST', '/v1/stores', shopifyStore)).body.id as string;
  api.engine.away = false;
  api.engine.onDeliver = async () => {
    // So that marking it as delivered, which nobody waits for, fails.
    await api.orm.em.fork().execute('alter table inbox rename to inbox_away');
  };
  lines.splice(0);
  const body = JSON.stringify(shopifyOrder(1002));
  const headers = { ...shopifyHeaders(body), 'X-Request-Id': 'hook-2' };
  await api.send('POST', `/webhooks/shopify/${store}`, body, headers);
  await api.deps.background.settled();
  await api.orm.em.fork().execute('alter table inbox_away rename to inbox');
  expect(lines.find(({ msg }) => msg === 'marking an event as delivered')).toMatchObject({
    requestId: 'hook-2',
    err: { type: 'TableNotFoundException' },
  });
  api.deps.log.info('by itself');
  expect(lines.at(-1)).not.toHaveProperty('requestId');
});
