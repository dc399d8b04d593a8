import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ApiRoute } from '../../../api/http/route.ts';
import { apiRoutes } from '../../../api/routes/registry.ts';
import { newOrder, product, receipt, shopifyStore, warehouse } from './samples.ts';
import { invalid, startStocked, type Stocked } from './refused.ts';

// Some go through every route one by one.
jest.setTimeout(60_000);

/** Bad addresses, queries, bodies that are none, methods: refused on every route, and nothing has changed. */
describe('a bad request', () => {
  let api: Stocked;

  beforeAll(async () => {
    api = await startStocked();
  });
  afterAll(() => api.close());

  it.each([
    ['/v1/orders?limit=0', 'limit'],
    ['/v1/orders?limit=201', 'limit'],
    ['/v1/orders?limit=-1', 'limit'],
    ['/v1/orders?limit=ten', 'limit'],
    ['/v1/orders?limit=1e2', 'limit'],
    ['/v1/orders?limit=5&limit=6', 'limit'],
    ['/v1/orders?cursor=nonsense', 'cursor'],
    ["/v1/orders?cursor='%20or%201=1", 'cursor'],
    [`/v1/orders?cursor=${Buffer.from('["2026","x"]').toString('base64url')}`, 'cursor'],
    [`/v1/orders?cursor=${Buffer.from('{"__proto__":1}').toString('base64url')}`, 'cursor'],
    ['/v1/orders?cursor=', 'cursor'],
    ['/v1/orders?stage=shippedd', 'stage'],
    ['/v1/orders?stage=__proto__', 'stage'],
    ['/v1/orders?condition=fine', 'condition'],
    ['/v1/orders?store=1', 'store'],
    ['/v1/orders?q=', 'q'],
    ['/v1/orders?q=%00', 'q'],
    [`/v1/orders?q=${'x'.repeat(255)}`, 'q'],
    ['/v1/orders?page=2', 'page'],
    ['/v1/orders?__proto__=2', '__proto__'],
    ['/v1/inbox?state=lost', 'state'],
    ['/v1/inbox?cursor=bm8', 'cursor'],
    ['/v1/products?limit=x', 'limit'],
    ['/v1/products?cursor=x', 'cursor'],
    ['/v1/warehouses?limit=999', 'limit'],
    ['/v1/stores?cursor=x', 'cursor'],
    ['/v1/carriers?limit=', 'limit'],
    ['/v1/blocked-customers?cursor=x', 'cursor'],
    [`/v1/stores/${randomUUID()}/policy/history?cursor=x`, 'cursor'],
    ['/v1/payment-accounts?cursor=x', 'cursor'],
    ['/v1/me?verbose=1', 'verbose'],
    [`/v1/orders/${randomUUID()}?full=1`, 'full'],
    ['/v1/stock/TEA-100?at=now', 'at'],
    ['/v1/movements?reason=theft', 'reason'],
    ['/v1/movements?cursor=x', 'cursor'],
    ['/v1/replenishment?cursor=x', 'cursor'],
    ['/v1/replenishment?low=1', 'low'],
    ['/v1/reports/lot-ageing?format=xml', 'format'],
    ['/v1/reports/turnover?to=2026-01-01', 'from'],
  ])('GET %s is refused', (path, field) => api.refused(['GET', path], invalid(field)));

  it.each([
    ['GET', '/v1/orders/1'],
    ['GET', "/v1/orders/1'--"],
    ['GET', `/v1/orders/${randomUUID()}`],
    ['GET', '/v1/stock/NOPE'],
    ['GET', '/v1/stock/%00'],
    ['GET', "/v1/stock/'%20or%20'1'='1"],
    ['GET', '/v1/products/NOPE'],
    ['GET', `/v1/products/${'x'.repeat(300)}`],
    ['GET', `/v1/stores/${randomUUID()}`],
    ['GET', '/v1/stores/__proto__'],
    ['GET', `/v1/labels/${randomUUID()}`],
    ['DELETE', `/v1/api-keys/${randomUUID()}`],
    ['GET', '/v1/nothing'],
    ['GET', '/v1'],
    ['POST', `/v1/orders/${randomUUID()}/explode`],
  ])('%s %s finds nothing', async (method, path) => {
    const says = path.includes('%00')
      ? { status: 400, type: 'validation' }
      : { status: 404, type: 'not-found' };
    await api.refused([method, path, method === 'POST' ? { reason: 'x' } : undefined], says);
  });

  it.each(['retry', 'cancel', 'hold', 'release', 'approve'])(
    '%s of an unknown order, or without a reason, is refused',
    async (action) => {
      const path = `/v1/orders/${randomUUID()}/${action}`;
      await api.refused(['POST', path, { reason: 'because' }], { status: 404, type: 'not-found' });
      for (const reason of [undefined, '', ' ', 5, null, 'x'.repeat(501), 'a\nb', {}])
        await api.refused(['POST', path, { reason }], invalid('reason'));
      await api.refused(['POST', path, { reason: 'x', force: true }], invalid('force'));
      await api.refused(['POST', path], invalid(''));
    },
  );

  it('a hand-over of nothing, or with a number too long, is refused', async () => {
    const path = `/v1/fulfillments/${randomUUID()}/ship`;
    await api.refused(['POST', path, { reason: 'gone' }], { status: 404, type: 'not-found' });
    await api.refused(
      ['POST', path, { reason: 'gone', trackingNumber: 'x'.repeat(101) }],
      invalid('trackingNumber'),
    );
    await api.refused(['POST', path, {}], invalid('reason'));
    const missing = { reason: 'empty', lines: [{ sku: 'TEA-100', quantity: 1 }] };
    const short = path.replace('/ship', '/short-pick');
    await api.refused(['POST', short, missing], { status: 404, type: 'not-found' });
  });

  it.each([
    ['a broken escape', '/v1/orders/%E0%A4%A'],
    ['bytes that are no UTF-8', '/v1/stock/%FF'],
  ])('an address with %s is refused', (_case, path) =>
    api.refused(['GET', path], { status: 400, type: 'malformed-address' }),
  );

  describe('every route that takes a body', () => {
    const routes = (): ApiRoute[] =>
      apiRoutes(api.deps).filter((route): route is ApiRoute => route.kind === 'api' && route.body !== null);
    const addressOf = (route: ApiRoute) => {
      const id = route.path.startsWith('/v1/stores') ? api.store : randomUUID();
      return route.path.replaceAll(/\{\w+\}/g, id);
    };
    const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

    it.each<[string, unknown, Record<string, string>, { status: number; type: string; says?: string }]>([
      ['no body', undefined, {}, { status: 400, type: 'validation' }],
      ['an empty body', '', {}, { status: 400, type: 'validation' }],
      ['an empty object', {}, {}, { status: 400, type: 'validation' }],
      ['broken JSON', '{"a":', {}, { status: 400, type: 'malformed-json' }],
      ['NaN', '{"quantity":NaN}', {}, { status: 400, type: 'malformed-json' }],
      ['a number beyond all', '{"quantity":1e999}', {}, { status: 400, type: 'validation' }],
      ['a list', '[]', {}, { status: 400, type: 'validation' }],
      ['a text', '"x"', {}, { status: 400, type: 'validation' }],
      ['null', 'null', {}, { status: 400, type: 'validation' }],
      [
        'a key of the prototype',
        '{"__proto__":{"role":"admin"}}',
        {},
        { status: 400, type: 'validation', says: '__proto__' },
      ],
      ['a constructor', '{"constructor":{"prototype":{}}}', {}, { status: 400, type: 'validation' }],
      ['deep nesting', deep(40), {}, { status: 400, type: 'validation', says: 'nested deeper' }],
      [
        'nesting that overflows stacks',
        `${'['.repeat(200_000)}${']'.repeat(200_000)}`,
        {},
        { status: 400, type: 'validation' },
      ],
      [
        'bytes that are no UTF-8',
        Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
        {},
        { status: 400, type: 'malformed-json', says: 'UTF-8' },
      ],
      ['a NUL character', '{"name":"a\\u0000b"}', {}, { status: 400, type: 'validation', says: 'NUL' }],
      [
        'half a surrogate pair',
        '{"name":"\\ud800"}',
        {},
        { status: 400, type: 'validation', says: 'surrogate' },
      ],
      [
        'more than a megabyte',
        JSON.stringify({ name: 'x'.repeat(1_100_000) }),
        {},
        { status: 413, type: 'too-large' },
      ],
      [
        'a form',
        'name=x',
        { 'Content-Type': 'application/x-www-form-urlencoded' },
        { status: 415, type: 'unsupported-media-type' },
      ],
      ['plain text', '{}', { 'Content-Type': 'text/plain' }, { status: 415, type: 'unsupported-media-type' }],
      [
        'another charset',
        '{}',
        { 'Content-Type': 'application/json; charset=utf-16' },
        { status: 415, type: 'unsupported-media-type' },
      ],
      [
        'an unknown encoding',
        '{}',
        { 'Content-Encoding': 'rot13' },
        { status: 415, type: 'unsupported-media-type' },
      ],
      ['a broken gzip', '{}', { 'Content-Encoding': 'gzip' }, { status: 400, type: 'malformed-json' }],
    ])('refuses %s', async (_case, body, headers, expected) => {
      for (const route of routes())
        await api.refused([route.method, addressOf(route), body, headers], expected);
    });

    it('refuses a wrong Idempotency-Key', async () => {
      for (const route of routes().filter(({ method }) => method === 'POST'))
        for (const key of ['a b', 'x'.repeat(256)])
          await api.refused(
            [
              route.method,
              addressOf(route),
              validBodies[route.path] ?? { reason: 'x' },
              { 'Idempotency-Key': key },
            ],
            {
              status: 400,
              type: 'validation',
              field: 'Idempotency-Key',
            },
          );
    });

    const validBodies: Record<string, unknown> = {
      '/v1/api-keys': { name: 'new', role: 'ops' },
      '/v1/stores': shopifyStore,
      '/v1/carriers': { carrier: 'ups', name: 'UPS', url: 'https://ups.example.com', credentials: {} },
      '/v1/payment-accounts': {
        provider: 'stripe',
        name: 'Stripe',
        credentials: { secretKey: 'sk_test_1' },
      },
      '/v1/warehouses': { ...warehouse, code: 'NEW' },
      '/v1/products': { ...product, sku: 'NEW' },
      '/v1/adjustments': {
        warehouse: 'BER',
        reason: 'adjustment',
        note: 'found',
        lines: [{ sku: 'TEA-100', quantity: 1 }],
      },
      '/v1/fulfillments/{id}/short-pick': { reason: 'x', lines: [{ sku: 'TEA-100', quantity: 1 }] },
      '/v1/orders/{id}/reroute': { reason: 'x', fulfillmentId: randomUUID() },
      '/v1/orders/{id}/extend': { reason: 'x', hours: 1 },
      '/v1/orders/bulk': { action: 'hold', reason: 'x', filter: { stage: 'received' } },
      '/v1/orders/bulk/preview': { action: 'hold', filter: { stage: 'received' } },
      '/v1/orders/{id}/skip': { reason: 'x' },
      '/v1/orders/{id}/change-address': {
        reason: 'x',
        address: { name: 'x', line1: 'x', city: 'x', country: 'DE' },
      },
      '/v1/orders/{id}/edit-lines': { reason: 'x', lines: [{ externalId: '1', quantity: 0 }] },
      '/v1/orders/{id}/refund': { reason: 'x' },
      '/v1/recalls': { sku: 'TEA-100', lot: 'L1', reason: 'x' },
      '/v1/allocation/preview': { country: 'DE', lines: [{ sku: 'TEA-100', quantity: 1 }] },
      '/v1/box-types': {
        ...{ code: 'M', name: 'x', weightGrams: 0, maxWeightGrams: 1 },
        ...{ innerMm: { length: 1, width: 1, height: 1 }, outerMm: { length: 1, width: 1, height: 1 } },
      },
      '/v1/rate-cards': {
        ...{ warehouse: 'BER', carrier: 'ups', service: '11', name: 'x', countries: ['*'], transitDays: 1 },
        brackets: [{ upToGrams: 1, price: { amount: '1', currency: 'EUR' } }],
      },
      '/v1/purchase-orders': {
        supplier: 'x',
        warehouse: 'BER',
        currency: 'EUR',
        lines: [{ sku: 'TEA-100', quantity: 1, unitCost: { amount: '1', currency: 'EUR' } }],
      },
      '/v1/orders/preview': { orderId: randomUUID() },
      '/v1/blocked-customers': { email: 'x@example.com', label: 'x', reason: 'x' },
      '/v1/alert-endpoints': { channel: 'webhook', target: 'https://pager.example.com' },
      '/v1/purchase-orders/suggested': { warehouse: 'BER', reason: 'x' },
      '/v1/transfers': { from: 'BER', to: 'MUC', lines: [{ sku: 'TEA-100', quantity: 1 }] },
      '/v1/transfers/{id}/receive': { lines: [{ position: 1, quantity: 1 }] },
      '/v1/counts': { warehouse: 'BER' },
      '/v1/counts/{id}/lines': { lines: [{ sku: 'TEA-100', lot: 'x', counted: 1 }] },
      '/v1/privacy/erasures': { email: 'mina@example.com', reason: 'x' },
      '/v1/privacy/exports': { email: 'mina@example.com', reason: 'x' },
      '/v1/receipts': receipt,
      '/v1/orders': newOrder('00000000-0000-4000-8000-000000000000'),
    };
  });

  it('every route answers 405 and Allow to another method', async () => {
    const paths = Map.groupBy(apiRoutes(api.deps), ({ path }) => path);
    for (const [path, routes] of paths) {
      const address = path.replaceAll(/\{\w+\}/g, randomUUID());
      const allowed = routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
      const answer = await api.send('REPORT', address, {});
      expect([path, answer.status, answer.body.type, answer.headers['allow']]).toEqual([
        path,
        405,
        '/problems/method-not-allowed',
        allowed.join(', '),
      ]);
    }
  });

  it.each([
    ['a warehouse', '/v1/warehouses', () => warehouse],
    ['a product', '/v1/products', () => product],
    ['a key', '/v1/api-keys', () => ({ name: 'ops', role: 'ops' })],
  ])('%s that is there already is a conflict', (_case, path, body) =>
    api.refused(['POST', path, body()], { status: 409, type: 'conflict', says: 'already' }),
  );
});
