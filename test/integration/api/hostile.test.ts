import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Hostile, mark, showsNothing, startHostile } from './hostile.ts';
import { type Expected, invalid, type Sent } from './refused.ts';
import { product, receipt, shopifyHeaders, shopifyOrder } from './samples.ts';

/** What nobody sends by mistake: the documented problem, nothing has changed, and nothing of the inside is shown. */

let api: Hostile;
beforeAll(async () => {
  api = await startHostile();
});
afterAll(() => api.close());

const nowhere: Expected = { status: 404, type: 'not-found' };
const unreadable: Expected = { status: 400, type: 'malformed-json' };
const notTaken: Expected = { status: 415, type: 'unsupported-media-type' };
const tooLarge: Expected = { status: 413, type: 'too-large' };
const id = '0196f3c2-1111-7222-8333-444455556666';
const cursor = (position: unknown) => Buffer.from(JSON.stringify(position)).toString('base64url');
const json = (type: string) => ({ 'Content-Type': type });
const packed = (encoding: string) => ({ 'Content-Encoding': encoding });

describe('a body', () => {
  const line = receipt.lines[0]!;
  const quantity = (text: string) => JSON.stringify(receipt).replace('"quantity":40', `"quantity":${text}`);
  const wrongQuantity = invalid('lines.0.quantity');

  it.each<[string, string | Buffer, Record<string, string>, Expected]>([
    ['of 2 MB', JSON.stringify({ name: mark.repeat(200_000) }), {}, tooLarge],
    ['that unpacks to 50 MB', gzipSync(Buffer.alloc(50_000_000, 32)), packed('gzip'), tooLarge],
    ['of half a gzip', gzipSync(JSON.stringify(receipt)).subarray(0, 40), packed('gzip'), unreadable],
    ['that is called deflate', JSON.stringify(receipt), packed('deflate'), unreadable],
    ['that is called brotli', JSON.stringify(receipt), packed('br'), unreadable],
    ['packed twice', gzipSync(gzipSync('{}')), packed('gzip, gzip'), notTaken],
    ['in UTF-16', Buffer.from(JSON.stringify(receipt), 'utf16le'), {}, unreadable],
    ['in overlong UTF-8', Buffer.from([0x22, 0xc0, 0x80, 0x22]), {}, unreadable],
    ['with a surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), {}, unreadable],
    ['with a comma too many', '{"warehouse":"BER",}', {}, unreadable],
    ['with a comment', '{/* */}', {}, unreadable],
    ['of two documents', '{}{}', {}, unreadable],
    ['with single quotes', "{'warehouse':'BER'}", {}, unreadable],
    ['with Infinity', quantity('Infinity'), {}, unreadable],
    ['with a hexadecimal number', quantity('0x10'), {}, unreadable],
    ['with a number beyond int4', quantity('2147483648'), {}, wrongQuantity],
    ['with a number beyond 2^53', quantity('9007199254740993'), {}, wrongQuantity],
    ['with a number beyond int8', quantity('9223372036854775808'), {}, wrongQuantity],
    ['with a number beyond all', quantity('1e400'), {}, wrongQuantity],
    ['with a number below all', quantity('-1e400'), {}, wrongQuantity],
    ['with minus zero', quantity('-0'), {}, wrongQuantity],
    ['with a hair more than one', quantity('1.0000000000001'), {}, wrongQuantity],
    ['with the same key twice, the last one bad', quantity('1,"quantity":-1'), {}, wrongQuantity],
    ['with full-width digits', quantity('"４０"'), {}, wrongQuantity],
    ['with a list for a number', quantity('[40]'), {}, wrongQuantity],
    ['with an operator for a number', quantity('{"$gt":0}'), {}, wrongQuantity],
    [
      'with NUL in a text',
      JSON.stringify({ ...receipt, warehouse: 'BER\0' }),
      {},
      invalid('warehouse', 'NUL'),
    ],
    ['with NUL in a key', '{"a\\u0000b":1}', {}, invalid('', 'NUL')],
    ['with half a surrogate pair', '{"warehouse":"\\udc00"}', {}, invalid('warehouse', 'surrogate')],
    ['that reaches a prototype further in', quantity('1,"__proto__":{"admin":true}'), {}, invalid('lines.0')],
    [
      'that reaches a constructor',
      quantity('1,"constructor":{"prototype":{}}'),
      {},
      invalid('lines.0.constructor'),
    ],
    [
      'of a million brackets',
      '['.repeat(500_000) + ']'.repeat(500_000),
      {},
      invalid('0'.concat('.0'.repeat(32))),
    ],
    [
      'as XML',
      '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
      json('application/xml'),
      notTaken,
    ],
    ['as a file', '--b\r\n\r\nx\r\n--b--', json('multipart/form-data; boundary=b'), notTaken],
    ['as JavaScript', '{}', json('text/javascript'), notTaken],
    ['in Latin-1', '{}', json('application/json; charset=iso-8859-1'), notTaken],
    ['of two types', '{}', json('application/json, text/plain'), notTaken],
    ['of a type that only begins so', '{}', json('application/jsonp'), notTaken],
    [
      'on the last day before 1970',
      JSON.stringify({ ...receipt, lines: [{ ...line, expiresAt: '1969-12-31' }] }),
      {},
      invalid('lines.0.expiresAt'),
    ],
    [
      'in the year 2200',
      JSON.stringify({ ...receipt, lines: [{ ...line, expiresAt: '2200-01-01' }] }),
      {},
      invalid('lines.0.expiresAt'),
    ],
    [
      'in the year 275760',
      JSON.stringify({ ...receipt, lines: [{ ...line, expiresAt: '+275760-09-13' }] }),
      {},
      invalid('lines.0.expiresAt'),
    ],
    [
      'on the 0th',
      JSON.stringify({ ...receipt, lines: [{ ...line, expiresAt: '2027-00-00' }] }),
      {},
      invalid('lines.0.expiresAt'),
    ],
  ])('%s is refused', (_case, body, headers, expected) =>
    api.repelled(['POST', '/v1/receipts', body, headers], expected),
  );

  it.each<[string, string, object, string]>([
    ['a day of the year 0', '/v1/warehouses/BER', { holidays: ['0000-01-01'] }, 'holidays.0'],
    ['a day that is infinite', '/v1/warehouses/BER', { holidays: ['infinity'] }, 'holidays.0'],
    ['a Cyrillic letter in a country', '/v1/warehouses/BER', { countries: ['DЕ'] }, 'countries.0'],
    ['full-width digits as time', '/v1/warehouses/BER', { cutOff: '１５:30' }, 'cutOff'],
    ['a preorder in the year 0', '/v1/products/TEA-100', { shipsFrom: '0000-01-01' }, 'shipsFrom'],
  ])('a change to %s is refused', (_case, path, body, field) =>
    api.repelled(['PATCH', path, body], invalid(field)),
  );
});

describe('an address', () => {
  it.each<[string, string, Expected?]>([
    ['climbs', '/v1/orders/..%2f..%2f..%2fetc%2fpasswd'],
    ['climbs over dots', '/v1/orders/%2e%2e%2fproducts'],
    ['climbs in overlong UTF-8', '/v1/orders/%c0%ae%c0%ae', { status: 400, type: 'malformed-address' }],
    ['has a backslash', '/v1/orders/..%5C..%5Cwindows'],
    ['has NUL behind the id', `/v1/orders/${id}%00.json`, { status: 400, type: 'validation' }],
    ['has a line break', `/v1/orders/${id}%0d%0aSet-Cookie:%20a=b`],
    ['ends a statement', `/v1/orders/${id}';drop%20table%20orders;--`],
    ['is always true', "/v1/stock/'%20or%20'1'='1"],
    ['sleeps', "/v1/products/';select%20pg_sleep(10);--"],
    ['has an id that only looks like one', '/v1/orders/0196f3c2-1111-7222-z333-444455556666'],
    ['has an id without hyphens', `/v1/orders/${id.replaceAll('-', '')}`],
    ['has an id in braces', `/v1/orders/%7B${id}%7D`],
    ['has an id as URN', `/v1/orders/urn:uuid:${id}`],
    ['has an id with a blank', `/v1/orders/${id}%20`],
    ['has an id of nothing', '/v1/orders/00000000-0000-0000-0000-000000000000'],
    ['has an id of capitals', `/v1/stores/${id.toUpperCase()}`],
    ['has a number for an id', '/v1/lots/9223372036854775808'],
    ['names what every object has', '/v1/products/hasOwnProperty'],
    ['names a prototype', '/v1/stock/__proto__'],
    ['is a SKU in Cyrillic look-alikes', `/v1/products/${encodeURIComponent('ТЕА-100')}`],
    ['is a SKU with an invisible character', `/v1/stock/${encodeURIComponent('TEA\u200b-100')}`],
    ['is a SKU in full width', `/v1/stock/${encodeURIComponent('ＴＥＡ-100')}`],
    ['is a SKU of another case', '/v1/products/tea-100'],
    ['is a template', '/v1/products/$%7Bprocess.env%7D'],
    ['is 15,000 characters long', `/v1/products/${'x'.repeat(15_000)}`],
    ['asks for a file', '/v1/labels/..%2f.env'],
    ['asks for a file of the documentation', '/docs/..%2f..%2fpackage.json'],
    ['is not there', '/.git/config'],
    ['has an empty part', '/v1/orders//cancel'],
  ])('that %s leads nowhere', (_case, path, expected = nowhere) => api.repelled(['GET', path], expected));
});

describe('a query', () => {
  it.each<[string, string, string]>([
    ['a limit twice', '/v1/orders?limit=5&limit=6', 'limit'],
    ['a limit as a list', '/v1/orders?limit[]=5', 'limit[]'],
    ['an operator', '/v1/orders?store[$ne]=x', 'store[$ne]'],
    ['a limit beyond int8', '/v1/orders?limit=99999999999999999999', 'limit'],
    ['a limit in full width', `/v1/orders?limit=${encodeURIComponent('５')}`, 'limit'],
    ['a limit with a sign', '/v1/orders?limit=%2B5', 'limit'],
    ['a search twice', '/v1/orders?q=a&q=b', 'q'],
    ['a search with NUL', '/v1/orders?q=a%00b', 'q'],
    ['a search with a line break', '/v1/orders?q=a%0Ab', 'q'],
    ['a store that ends a statement', `/v1/orders?store=${id}'--`, 'store'],
    ['a day of the year 0', '/v1/lots?expiringBefore=0000-01-01', 'expiringBefore'],
    ['a day of the year 9999', '/v1/lots?expiringBefore=9999-12-31', 'expiringBefore'],
    ['a day that is no string', '/v1/lots?expiringBefore=2027-01-01&expiringBefore=x', 'expiringBefore'],
    ['a prototype', '/v1/products?__proto__=1', '__proto__'],
    ['a key as parameter', '/v1/me?api_key=x', 'api_key'],
    ['a cursor that is no JSON', '/v1/products?cursor=%F0%9F%92%A9', 'cursor'],
    [
      'a cursor of orders, for products',
      `/v1/products?cursor=${cursor(['2026-01-01T00:00:00Z', id])}`,
      'cursor',
    ],
    ['a cursor of products, for orders', `/v1/orders?cursor=${cursor('TEA-100')}`, 'cursor'],
    ['a cursor of lots, for movements', `/v1/movements?cursor=${cursor(['2026-01-01', id])}`, 'cursor'],
    ['a cursor of stores, for the inbox', `/v1/inbox?cursor=${cursor(id)}`, 'cursor'],
    [
      'a cursor beyond int8',
      `/v1/inbox?cursor=${Buffer.from('9223372036854775808').toString('base64url')}`,
      'cursor',
    ],
    ['a cursor of the year 0', `/v1/orders?cursor=${cursor(['0000-01-01T00:00:00Z', id])}`, 'cursor'],
    [
      'a cursor of a zone that is none',
      `/v1/movements?cursor=${cursor(['2026-01-01T00:00:00+23:59', id])}`,
      'cursor',
    ],
    ['a lot cursor of the year 0', `/v1/lots?cursor=${cursor(['0000-01-01', id])}`, 'cursor'],
    [
      'a cursor with more than it needs',
      `/v1/orders?cursor=${cursor(['2026-01-01T00:00:00Z', id, 1])}`,
      'cursor',
    ],
    ['a cursor with NUL', `/v1/products?cursor=${cursor('a\0b')}`, 'cursor'],
    [
      'a cursor of half a pair',
      `/v1/products?cursor=${Buffer.from('"\\ud800"').toString('base64url')}`,
      'cursor',
    ],
    ['a cursor of 10,000 characters', `/v1/products?cursor=${cursor('x'.repeat(7_500))}`, 'cursor'],
  ])('with %s is refused', (_case, path, field) => api.repelled(['GET', path], invalid(field)));
});

describe('a header', () => {
  const twice = (one: string, other: string) => [one, other] as unknown as string;
  const made = { ...product, sku: 'NEW' };
  it.each<[string, Sent, Expected]>([
    [
      'an empty Idempotency-Key',
      ['POST', '/v1/products', made, { 'Idempotency-Key': '' }],
      invalid('Idempotency-Key'),
    ],
    [
      'an Idempotency-Key of 256',
      ['POST', '/v1/products', made, { 'Idempotency-Key': 'x'.repeat(256) }],
      invalid('Idempotency-Key'),
    ],
    [
      'an Idempotency-Key in Latin-1',
      ['POST', '/v1/products', made, { 'Idempotency-Key': 'schlüssel' }],
      invalid('Idempotency-Key'),
    ],
    [
      'two Idempotency-Keys',
      ['POST', '/v1/products', made, { 'Idempotency-Key': twice('a', 'b') }],
      invalid('Idempotency-Key'),
    ],
    [
      'a key of another scheme',
      ['GET', '/v1/me', undefined, { Authorization: `Basic ${btoa('admin:admin')}` }],
      { status: 401, type: 'unauthorized' },
    ],
    [
      'a key that ends a statement',
      ['GET', '/v1/me', undefined, { Authorization: "Bearer 'or'1'='1" }],
      { status: 401, type: 'unauthorized' },
    ],
    [
      'two keys in one',
      ['GET', '/v1/me', undefined, { Authorization: 'Bearer a, Bearer b' }],
      { status: 401, type: 'unauthorized' },
    ],
    [
      'a key in a cookie',
      ['GET', '/v1/me', undefined, { Authorization: '', Cookie: 'key=x' }],
      { status: 401, type: 'unauthorized' },
    ],
    [
      'another method in a header',
      ['POST', `/v1/api-keys/${id}`, undefined, { 'X-HTTP-Method-Override': 'DELETE' }],
      { status: 405, type: 'method-not-allowed' },
    ],
    [
      'an address in a header',
      ['GET', '/v1/nothing', undefined, { 'X-Original-URL': '/v1/orders' }],
      nowhere,
    ],
  ])('with %s is refused', (_case, request, expected) => api.repelled(request, expected));

  it.each(['<script>', 'a b', 'x'.repeat(65), '{"a":1}', '../x'])(
    'X-Request-Id %j is not taken over',
    async (given) => {
      const answer = await api.send('GET', '/v1/me', undefined, { 'X-Request-Id': given });
      expect(answer.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
    },
  );

  it('Accept of something else, and a Host that is not ours, change nothing', async () => {
    const answer = await api.send('GET', '/v1/me', undefined, { Accept: 'text/html', Host: 'evil.example' });
    expect([answer.status, answer.body.name]).toEqual([200, 'admin']);
    expect(JSON.stringify(answer.headers)).not.toContain('evil');
  });
});

describe('a method', () => {
  it.each([
    ['OPTIONS', '/v1/orders', 'GET, HEAD, POST', 'POST, GET, HEAD'],
    ['TRACE', '/v1/me', 'GET, HEAD'],
    ['DELETE', '/v1/orders', 'POST, GET, HEAD'],
    ['PUT', '/v1/products/TEA-100', 'GET, HEAD, PATCH'],
    ['GET', '/v1/allocation/preview', 'POST'],
    ['HEAD', '/v1/stock-proofs', 'POST'],
    ['GET', `/webhooks/shopify/${id}`, 'POST'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['PROPFIND', '/v1/orders', 'POST, GET, HEAD'],
  ])('%s %s is not possible; Allow says what is', async (method, path, ...allowed) => {
    const before = await api.contents();
    const answer = await api.send(method, path);
    expect(answer.status).toBe(405);
    expect(allowed).toContain(answer.headers['allow']);
    if (method !== 'HEAD') expect(answer.body.type).toBe('/problems/method-not-allowed');
    expect(await api.contents()).toEqual(before);
  });

  it.each(['/v1/products', '/healthz', '/v1/stock/TEA-100', '/openapi.json'])(
    'HEAD %s says what GET would, without it',
    async (path) => {
      const answer = await api.send('HEAD', path);
      expect([answer.status, answer.text]).toEqual([200, undefined]);
      expect(answer.headers['content-type']).toMatch(/^application\/json/);
    },
  );
});

describe('a webhook', () => {
  const body = JSON.stringify(shopifyOrder(7001));
  const badSignature: Expected = { status: 401, type: 'bad-signature' };
  const at = (path: string, headers: Record<string, string>, content: string | Buffer = body): Sent => [
    'POST',
    path,
    content,
    { 'Content-Type': 'application/json', ...headers },
  ];
  it.each<[string, () => Sent, Expected]>([
    ['unsigned', () => at(`/webhooks/shopify/${api.shop}`, {}), badSignature],
    [
      'signed by nothing',
      () => at(`/webhooks/shopify/${api.shop}`, { ...shopifyHeaders(body), 'X-Shopify-Hmac-Sha256': '' }),
      badSignature,
    ],
    [
      'signed by no base64',
      () =>
        at(`/webhooks/shopify/${api.shop}`, {
          ...shopifyHeaders(body),
          'X-Shopify-Hmac-Sha256': '💥'.normalize().codePointAt(0)!.toString(),
        }),
      badSignature,
    ],
    [
      'signed for another body',
      () => at(`/webhooks/shopify/${api.shop}`, shopifyHeaders('{}')),
      badSignature,
    ],
    [
      'of a store of another platform',
      () => at(`/webhooks/woocommerce/${api.shop}`, shopifyHeaders(body)),
      nowhere,
    ],
    ['of a store that takes none', () => at(`/webhooks/api/${api.store}`, shopifyHeaders(body)), nowhere],
    ['of a platform called __proto__', () => at(`/webhooks/__proto__/${api.shop}`, {}), nowhere],
    ['of a store that is none', () => at(`/webhooks/shopify/${randomUUID()}`, shopifyHeaders(body)), nowhere],
    ['of a store that is no id', () => at("/webhooks/shopify/1'--", {}), nowhere],
    ['of a carrier called constructor', () => at('/webhooks/carriers/constructor', {}), nowhere],
    ['of a provider called toString', () => at('/webhooks/payments/toString', {}), nowhere],
    ['of 6 MB', () => at(`/webhooks/shopify/${api.shop}`, {}, Buffer.alloc(6_000_000, 32)), tooLarge],
    [
      'of a bomb',
      () => at(`/webhooks/shopify/${api.shop}`, packed('gzip'), gzipSync(Buffer.alloc(50_000_000))),
      tooLarge,
    ],
    ['of no gzip', () => at(`/webhooks/shopify/${api.shop}`, packed('gzip')), unreadable],
    ['in an unknown encoding', () => at(`/webhooks/shopify/${api.shop}`, packed('rot13')), notTaken],
  ])('%s is refused', (_case, request, expected) => api.repelled(request(), expected));
});

describe('odd text', () => {
  it.each([
    "Robert'); drop table product;--",
    '=HYPERLINK("http://evil.example","x")',
    '+1+1',
    '@SUM(A1)',
    '<script>alert(1)</script>',
    '${7*7}{{7*7}}',
    '../../etc/passwd',
    'ТЕА-100',
    'zero\u200bwidth',
    '\u202egpj.exe',
    '👩‍👩‍👧‍👦'.repeat(5),
    'e\u0301 is not é',
    'null',
  ])('%j is a name like any other: kept and answered as it came', async (name) => {
    const sku = `ODD-${randomUUID()}`;
    const made = await api.send('POST', '/v1/products', { ...product, sku, name });
    expect([made.status, made.body.name]).toEqual([201, name]);
    expect((await api.send('GET', `/v1/products/${sku}`)).body.name).toBe(name);
    showsNothing(made);
  });

  it.each(['%', '_', '%25', '\\', "'", '"', '*', '(', '[a-z]'])(
    '%j as a search finds itself alone',
    async (q) => {
      const answer = await api.send('GET', `/v1/orders?q=${encodeURIComponent(q)}`);
      expect([answer.status, answer.body.items]).toEqual([200, []]);
    },
  );
});

it('nothing of all this is in the log', () => api.expectQuietLog());
