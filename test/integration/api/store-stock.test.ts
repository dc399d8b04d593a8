import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pushStock } from '../../../activities/stock-push.ts';
import { createStorefrontRegistry, storefronts } from '../../../connectors/storefronts/registry.ts';
import { createFakeShop } from '../activities/fake-shop.ts';
import { invalid, startStocked, type Stocked } from './refused.ts';
import { product, shopifyStore } from './samples.ts';

const shop = createFakeShop();
let api: Stocked;
let store: string;

beforeAll(async () => {
  api = await startStocked({
    storefronts: createStorefrontRegistry([shop.storefront, ...storefronts.all]),
  });
  const made = await api.send('POST', '/v1/stores', {
    ...shopifyStore,
    platform: 'shop',
    credentials: {},
    policy: { stockBuffer: 3 },
  });
  store = made.body.id;
  // Only the shop in memory is to be called.
  await api.orm.em.fork().execute(`update store set platform = 'api' where id = ?`, [api.shop]);
  for (const sku of ['CUP', 'POT']) await api.send('POST', '/v1/products', { ...product, sku });
});
afterAll(() => api.close());

const push = () => pushStock({ ...api.deps, labelSettleMs: 0, trackingIntervalSeconds: 0 });
const stock = async (query = '') => (await api.send('GET', `/v1/stores/${store}/stock${query}`)).body;
const buffer = (sku: string, body: unknown = { quantity: 5, reason: 'scarce' }, of = store) =>
  [`/v1/stores/${of}/buffers/${sku}`, body] as const;
const audits = () =>
  api.orm.em
    .fork()
    .execute(`select actor, what, subject, detail from audit where what like 'buffer%' order by seq`);
const tea = {
  ...{ sku: 'TEA-100', onHand: 40, unavailable: 0, reserved: 0, waiting: 0 },
  ...{ buffer: { quantity: 3, from: 'policy' }, availableToPromise: 37, shop: null },
};
const none = { ...tea, onHand: 0, availableToPromise: 0 };

describe('what a store may offer', () => {
  it('is listed by SKU, page by page, also of a store without a shop', async () => {
    const all = [{ ...none, sku: 'CUP' }, { ...none, sku: 'POT' }, tea];
    expect(await stock()).toEqual({ items: all, nextCursor: null });
    const first = await stock('?limit=2');
    expect(first).toEqual({ items: all.slice(0, 2), nextCursor: expect.any(String) });
    expect(await stock(`?limit=2&cursor=${first.nextCursor}`)).toEqual({ items: [tea], nextCursor: null });
    expect((await stock('?sku=POT')).items).toEqual([all[1]]);
    expect((await stock('?sku=NOPE')).items).toEqual([]);
    const own = await api.send('GET', `/v1/stores/${api.store}/stock?sku=TEA-100`);
    const buffered = { quantity: 0, from: 'policy' };
    expect(own.body.items).toEqual([{ ...tea, buffer: buffered, availableToPromise: 40 }]);
  });

  it('is the number that is pushed, before and after its buffer changes', async () => {
    shop.stock.set('TEA-100', 1).set('POT', 0);
    const [path, body] = buffer('TEA-100');
    for (const change of [null, body, { quantity: 38, reason: 'less' }, { quantity: 99, reason: 'none' }]) {
      if (change) expect((await api.send('PUT', path, change)).status).toBe(200);
      await push();
      const [item] = (await stock('?sku=TEA-100')).items;
      expect(shop.stock.get('TEA-100')).toBe(item.availableToPromise);
      expect(item.shop).toEqual({
        ...{ sells: true, shows: item.availableToPromise, error: null, conflictAt: null },
        ...{ checkedAt: expect.any(String), pushedAt: expect.any(String) },
      });
    }
    expect(shop.written.map(({ quantity }) => quantity)).toEqual([37, 35, 2, 0]);
    const [cup, pot] = (await stock()).items;
    expect(cup.shop).toMatchObject({ sells: false, shows: null, pushedAt: null });
    expect(pot.shop).toMatchObject({ sells: true, shows: 0, pushedAt: null });
    expect((await api.send('DELETE', path)).status).toBe(200);
  });
});

describe('buffers', () => {
  it('are set, changed, listed and removed; the same again changes nothing', async () => {
    const before = (await audits()).length;
    const [path, body] = buffer('TEA-100');
    const set = await api.send('PUT', path, body);
    const expected = { sku: 'TEA-100', quantity: 5, updatedAt: expect.any(String) };
    expect([set.status, set.body]).toEqual([200, expected]);
    const contents = await api.contents();
    expect((await api.send('PUT', path, body)).body).toEqual(set.body);
    expect(await api.contents()).toEqual(contents);
    const cup = await api.send('PUT', ...buffer('CUP', { quantity: 0, reason: 'all of it' }));
    expect((await api.send('PUT', path, { quantity: 6, reason: 'more' })).body.quantity).toBe(6);
    const list = `/v1/stores/${store}/buffers`;
    const page = await api.send('GET', `${list}?limit=1`);
    expect(page.body).toEqual({ items: [cup.body], nextCursor: expect.any(String) });
    const next = await api.send('GET', `${list}?limit=1&cursor=${page.body.nextCursor}`);
    expect(next.body).toEqual({ items: [{ ...expected, quantity: 6 }], nextCursor: null });
    expect((await stock('?sku=TEA-100')).items[0].buffer).toEqual({ quantity: 6, from: 'sku' });
    expect((await api.send('DELETE', path)).body).toEqual({});
    expect((await stock('?sku=TEA-100')).items[0].buffer).toEqual({ quantity: 3, from: 'policy' });
    const entry = { actor: 'admin', subject: store };
    expect((await audits()).slice(before)).toEqual([
      { ...entry, what: 'buffer_set', detail: 'TEA-100: 5, scarce' },
      { ...entry, what: 'buffer_set', detail: 'CUP: 0, all of it' },
      { ...entry, what: 'buffer_set', detail: 'TEA-100: 6, more' },
      { ...entry, what: 'buffer_removed', detail: 'TEA-100: no longer 6' },
    ]);
  });

  it('set and removed at the same moment leave one or none, and an audit row for each change', async () => {
    const before = (await audits()).length;
    const [path] = buffer('POT');
    const answers = await Promise.all(
      [1, 2, 3, 4].flatMap((quantity) => [
        api.send('PUT', path, { quantity, reason: 'race' }),
        api.send('DELETE', path),
      ]),
    );
    expect(
      [...new Set(answers.map(({ status }) => status))].filter((status) => ![200, 404].includes(status)),
    ).toEqual([]);
    const told = (await audits()).slice(before) as { what: string; detail: string }[];
    const [item] = (await stock('?sku=POT')).items;
    expect(item.buffer.from).toBe(told.at(-1)!.what === 'buffer_set' ? 'sku' : 'policy');
    expect(told.filter(({ what }) => what === 'buffer_removed')).toHaveLength(
      answers.filter(({ status }, index) => index % 2 === 1 && status === 200).length,
    );
  });

  it.each<[string, unknown, string]>([
    ['quantity', { quantity: -1, reason: 'x' }, 'quantity'],
    ['half quantity', { quantity: 1.5, reason: 'x' }, 'quantity'],
    ['large quantity', { quantity: 1_000_001, reason: 'x' }, 'quantity'],
    ['reason', { quantity: 1 }, 'reason'],
    ['field', { quantity: 1, reason: 'x', force: true }, 'force'],
  ])('with a wrong %s are refused', async (_case, body, field) => {
    const [path] = buffer('TEA-100');
    await api.refused(['PUT', path, body], invalid(field));
  });

  it.each<[string, string, () => string]>([
    ['PUT', 'unknown store', () => buffer('TEA-100', undefined, randomUUID())[0]],
    ['PUT', 'unknown SKU', () => buffer('NOPE')[0]],
    ['DELETE', 'buffer that is not there', () => buffer('TEA-100')[0]],
    ['DELETE', 'unknown store', () => buffer('TEA-100', undefined, randomUUID())[0]],
    ['GET', 'unknown store', () => `/v1/stores/${randomUUID()}/buffers`],
    ['GET', 'unknown store', () => `/v1/stores/${randomUUID()}/stock`],
  ])('%s of an %s finds nothing', (method, _case, path) =>
    api.refused([method, path(), method === 'PUT' ? buffer('x')[1] : undefined], {
      status: 404,
      type: 'not-found',
    }),
  );

  it.each(['limit=0', 'cursor=x', 'warehouse=BER'])('a list with ?%s is refused', async (query) => {
    for (const list of ['stock', 'buffers'])
      await api.refused(['GET', `/v1/stores/${store}/${list}?${query}`], invalid(query.split('=')[0]!));
  });
});
