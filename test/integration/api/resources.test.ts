import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { places } from '../../../db/secrets.ts';
import { apiStore, product, receipt, shopifyStore, warehouse } from './samples.ts';
import { startApi, type TestApi } from './test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());
const none = { amount: '0.00', currency: 'EUR' };
/** What a product is unless it says otherwise. */
const usual = { backorder: true, shipsFrom: null, parcelClass: null, shipsAlone: false };
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe('stores', () => {
  it('are shown without their secrets', async () => {
    const made = await api.send('POST', '/v1/stores', {
      ...shopifyStore,
      fulfillFrom: '2026-05-01T02:00:00+02:00',
    });
    const shown = {
      id: made.body.id,
      name: 'Tea shop',
      platform: 'shopify',
      url: 'https://tea.example.com',
      currency: 'EUR',
      fulfillFrom: '2026-05-01T00:00:00.000Z',
      connectedAt: time,
      webhookPath: `/webhooks/shopify/${made.body.id}`,
      policy: {},
      backfill: { readUpTo: '2026-05-01T00:00:00.000Z', succeededAt: null, error: null },
      stockPush: { succeededAt: null, error: null },
    };
    expect([made.status, made.headers['location']]).toEqual([201, `/v1/stores/${made.body.id}`]);
    expect(made.body).toEqual(shown);
    expect((await api.send('GET', `/v1/stores/${made.body.id}`)).body).toEqual(shown);
    const listed = await api.send('GET', '/v1/stores');
    expect(listed.body).toEqual({ items: [shown], nextCursor: null });
    expect(JSON.stringify([made.body, listed.body])).not.toMatch(/shpss|shpat/);
  });

  it('are fulfilled from the second on in which they were connected, since shops write times to the second', async () => {
    const { body: made } = await api.send('POST', '/v1/stores', shopifyStore);
    const second = Math.floor(Date.parse(made.connectedAt) / 1000) * 1000;
    expect(made.fulfillFrom).toBe(new Date(second).toISOString());
  });

  it('change what is given and nothing else', async () => {
    const { body: made } = await api.send('POST', '/v1/stores', apiStore);
    const changed = await api.send('PATCH', `/v1/stores/${made.id}`, { name: 'Renamed' });
    expect([changed.status, changed.body]).toEqual([200, { ...made, name: 'Renamed' }]);
    expect((await api.send('GET', `/v1/stores/${made.id}`)).body).toEqual(changed.body);
  });

  it('keep one secret before the newest', async () => {
    const { body: made } = await api.send('POST', '/v1/stores', shopifyStore);
    for (const webhookSecret of ['second', 'second', 'third'])
      await api.send('PATCH', `/v1/stores/${made.id}`, { webhookSecret });
    const [row] = await api.orm.em
      .fork()
      .execute<{ secrets: string }[]>('select webhook_secrets as secrets from store where id = ?', [made.id]);
    const sealed = row!.secrets;
    expect(sealed).not.toMatch(/second|third/);
    expect(api.deps.secrets.open(sealed, places.storeWebhooks(made.id))).toEqual(['third', 'second']);
  });
});

describe('carriers', () => {
  it('are shown without their secrets', async () => {
    const credentials = { clientId: 'id', clientSecret: 'hidden-1', accountNumber: 'A1B2C3' };
    const body = { carrier: 'ups', name: 'UPS Berlin', url: 'https://ups.example.com', credentials };
    const made = await api.send('POST', '/v1/carriers', body);
    const shown = {
      id: made.body.id,
      carrier: 'ups',
      title: 'UPS',
      name: 'UPS Berlin',
      url: 'https://ups.example.com',
      enabled: true,
      services: null,
      connectedAt: time,
      webhookPath: made.body.webhookPath,
    };
    expect([made.status, made.body]).toEqual([201, shown]);
    expect((await api.send('GET', '/v1/carriers')).body.items).toEqual([shown]);
    const twice = await api.send('POST', '/v1/carriers', body);
    expect([twice.status, twice.body.type]).toEqual([409, '/problems/conflict']);
  });
});

describe('warehouses, products and stock', () => {
  const cost = { amount: '3.20', currency: 'EUR' };

  it('a warehouse takes its own name for its address', async () => {
    const made = await api.send('POST', '/v1/warehouses', warehouse);
    const address = { ...warehouse.address, name: 'Berlin' };
    expect([made.status, made.body]).toEqual([
      201,
      {
        ...{ ...warehouse, address, handlingCost: none, active: true, createdAt: time },
        ...{ workingDays: [1, 2, 3, 4, 5], holidays: [], dailyCapacity: null },
      },
    ]);
    const { timeZone, cutOff, priority, ...least } = { ...warehouse, code: 'ALL', countries: ['*'] };
    const all = await api.send('POST', '/v1/warehouses', least);
    expect(all.body).toMatchObject({ timeZone: 'UTC', cutOff: '16:00', priority: 100, countries: ['*'] });
    expect([timeZone, cutOff, priority]).toEqual(['Europe/Berlin', '15:30', 10]);
    expect(
      (await api.send('GET', '/v1/warehouses')).body.items.map(({ code }: { code: string }) => code),
    ).toEqual(['ALL', 'BER']);
  });

  it('products are listed page by page, also with names that need escaping', async () => {
    const skus = ['TEA-100', 'A/B C?', 'Ü&1'];
    for (const sku of skus) {
      const made = await api.send('POST', '/v1/products', { ...product, sku });
      expect([made.status, made.body]).toEqual([201, { ...product, ...usual, sku, createdAt: time }]);
      expect((await api.send('GET', made.headers['location']!)).body.sku).toBe(sku);
    }
    const seen: string[] = [];
    for (let path = '/v1/products?limit=1'; path !== '';) {
      const { body, headers } = await api.send('GET', path);
      seen.push(...body.items.map(({ sku }: { sku: string }) => sku));
      path = /^<([^>]+)>/.exec(headers['link'] ?? '')?.[1] ?? '';
    }
    expect([...seen].sort()).toEqual([...skus].sort());
  });

  it('receipts become stock, by warehouse and lot, the first to expire first', async () => {
    expect((await api.send('GET', '/v1/stock/TEA-100')).body).toEqual({
      sku: 'TEA-100',
      onHand: 0,
      reserved: 0,
      available: 0,
      incoming: 0,
      warehouses: [],
    });
    const lines = [
      { sku: 'TEA-100', quantity: 5, lot: 'late', expiresAt: '2099-06-30T00:00:00Z', unitCost: cost },
      { sku: 'TEA-100', quantity: 7, lot: 'early', expiresAt: '2099-01-31', unitCost: cost },
    ];
    const made = await api.send('POST', '/v1/receipts', { warehouse: 'BER', lines });
    expect([made.status, made.body]).toEqual([201, { id: made.body.id, warehouse: 'BER', receivedAt: time }]);
    await api.send('POST', '/v1/receipts', {
      warehouse: 'ALL',
      lines: [{ sku: 'TEA-100', quantity: 1, unitCost: cost }],
    });
    const lot = { state: 'sellable', receivedAt: time, unitCost: cost };
    const level = (quantity: number) => ({ onHand: quantity, reserved: 0, available: quantity });
    expect((await api.send('GET', '/v1/stock/TEA-100')).body).toEqual({
      sku: 'TEA-100',
      ...level(13),
      incoming: 0,
      warehouses: [
        {
          warehouse: 'ALL',
          ...level(1),
          incoming: [],
          lots: [{ lot: expect.any(String), onHand: 1, expiresAt: null, ...lot }],
        },
        {
          warehouse: 'BER',
          ...level(12),
          incoming: [],
          lots: [
            { lot: 'early', onHand: 7, expiresAt: '2099-01-31', ...lot },
            { lot: 'late', onHand: 5, expiresAt: '2099-06-30', ...lot },
          ],
        },
      ],
    });
  });

  it('ten receipts at the same moment all count', async () => {
    const one = { warehouse: 'BER', lines: [{ ...receipt.lines[0], lot: 'same' }] };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => api.send('POST', '/v1/receipts', one)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(201));
    expect((await api.send('GET', '/v1/stock/TEA-100')).body.onHand).toBe(413);
  });
});
