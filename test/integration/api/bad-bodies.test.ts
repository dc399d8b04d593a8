import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { newOrder, product, receipt, shopifyStore, warehouse } from './samples.ts';
import { invalid, startStocked, type Stocked } from './refused.ts';

/** Whatever is wrong with a body, the answer names the field, and nothing has changed. */
describe('a bad body', () => {
  let api: Stocked;

  beforeAll(async () => {
    api = await startStocked();
  });
  afterAll(() => api.close());

  it.each<[string, unknown, string?]>([
    ['code', undefined],
    ['code', 'a b'],
    ['code', 'x'.repeat(51)],
    ['code', "'; drop table warehouse; --"],
    ['code', 5],
    ['code', null],
    ['name', ''],
    ['name', '   '],
    ['name', 'two\nlines'],
    ['name', 'x'.repeat(256)],
    ['latitude', 90.1],
    ['latitude', '52.5'],
    ['longitude', -181],
    ['timeZone', 'Berlin'],
    ['timeZone', '../etc/passwd'],
    ['cutOff', '24:00'],
    ['cutOff', '9:00'],
    ['countries', []],
    ['countries.0', ['de']],
    ['countries.0', ['*', 'DE']],
    ['countries', ['DE', 'DE']],
    ['countries', 'DE'],
    ['priority', -1],
    ['priority', 1.5],
    ['priority', 1e12],
    ['address', undefined],
    ['address.country', { ...warehouse.address, country: 'XX' }, 'address'],
    ['address.line1', { ...warehouse.address, line1: undefined }, 'address'],
    ['address.floor', { ...warehouse.address, floor: 2 }, 'address'],
    ['capacity', 100],
  ])('a warehouse whose %s is %j is refused', (field, value, part = field.split('.')[0]!) =>
    api.refused(['POST', '/v1/warehouses', { ...warehouse, code: 'NEW', [part]: value }], invalid(field)),
  );

  it.each<[string, unknown, string?]>([
    ['sku', undefined],
    ['sku', ''],
    ['sku', 'a\u0007b'],
    ['name', undefined],
    ['weightGrams', 0],
    ['weightGrams', -5],
    ['weightGrams', 1.5],
    ['weightGrams', '120'],
    ['weightGrams', 1e9],
    ['dimensionsMm', undefined],
    ['dimensionsMm', [1, 2, 3]],
    ['dimensionsMm.height', { length: 1, width: 1 }, 'dimensionsMm'],
    ['dimensionsMm.length', { length: 0, width: 1, height: 1 }, 'dimensionsMm'],
    ['hsCode', 'tea'],
    ['hsCode', '123'],
    ['originCountry', 'China'],
    ['originCountry', 'cn'],
    ['reorderPoint', -1],
    ['price', 5],
  ])('a product whose %s is %j is refused', (field, value, part = field.split('.')[0]!) =>
    api.refused(['POST', '/v1/products', { ...product, sku: 'NEW', [part]: value }], invalid(field)),
  );

  const line = receipt.lines[0]!;
  it.each<[string, unknown]>([
    ['lines.0.sku', { ...line, sku: 'NOPE' }],
    ['lines.0.sku', { ...line, sku: undefined }],
    ['lines.0.quantity', { ...line, quantity: 0 }],
    ['lines.0.quantity', { ...line, quantity: -3 }],
    ['lines.0.quantity', { ...line, quantity: 2.5 }],
    ['lines.0.quantity', { ...line, quantity: '4' }],
    ['lines.0.quantity', { ...line, quantity: 1_000_001 }],
    ['lines.0.quantity', { ...line, quantity: null }],
    ['lines.0.expiresAt', { ...line, expiresAt: '2026-02-30' }],
    ['lines.0.expiresAt', { ...line, expiresAt: 'soon' }],
    ['lines.0.expiresAt', { ...line, expiresAt: '0000-01-01' }],
    ['lines.0.lot', { ...line, lot: '' }],
    ['lines.0.unitCost', { ...line, unitCost: undefined }],
    ['lines.0.unitCost', { ...line, unitCost: 3.2 }],
    ['lines.0.unitCost.amount', { ...line, unitCost: { amount: '3.205', currency: 'EUR' } }],
    ['lines.0.unitCost.amount', { ...line, unitCost: { amount: '1e3', currency: 'EUR' } }],
    ['lines.0.unitCost.amount', { ...line, unitCost: { amount: '-1.00', currency: 'EUR' } }],
    ['lines.0.unitCost.amount', { ...line, unitCost: { amount: 'NaN', currency: 'EUR' } }],
    ['lines.0.unitCost.amount', { ...line, unitCost: { amount: '99999999999999999', currency: 'EUR' } }],
    ['lines.0.unitCost.amount', { ...line, unitCost: { amount: '12.5', currency: 'JPY' } }],
    ['lines.0.unitCost.currency', { ...line, unitCost: { amount: '3.20', currency: 'EURO' } }],
    ['lines.0.unitCost.currency', { ...line, unitCost: { amount: '3.20', currency: 'eur' } }],
  ])('a receipt with a wrong %s is refused as a whole: %j', (field, wrong) =>
    api.refused(['POST', '/v1/receipts', { warehouse: 'BER', lines: [wrong] }], invalid(field)),
  );

  it.each([
    ['no lines', { ...receipt, lines: [] }, 'lines'],
    ['too many lines', { ...receipt, lines: Array(1_001).fill(line) }, 'lines'],
    ['an unknown warehouse', { ...receipt, warehouse: 'MARS' }, 'warehouse'],
    [
      'one unknown SKU among good ones',
      { ...receipt, lines: [line, { ...line, sku: 'NOPE' }] },
      'lines.1.sku',
    ],
  ])('a receipt with %s is refused as a whole', (_case, body, field) =>
    api.refused(['POST', '/v1/receipts', body], invalid(field)),
  );

  const adjusted = {
    warehouse: 'BER',
    reason: 'adjustment',
    note: 'found',
    lines: [{ sku: 'TEA-100', quantity: 1 }],
  };
  it.each<[string, object, string]>([
    ['warehouse', { warehouse: 'MARS' }, 'warehouse'],
    ['reason', { reason: 'theft' }, 'reason'],
    ['missing note', { note: undefined }, 'note'],
    ['no lines', { lines: [] }, 'lines'],
    ['SKU', { lines: [{ sku: 'NOPE', quantity: 1 }] }, 'lines.0.sku'],
    ['quantity of nothing', { lines: [{ sku: 'TEA-100', quantity: 0 }] }, 'lines.0.quantity'],
    ['quantity in words', { lines: [{ sku: 'TEA-100', quantity: 'one' }] }, 'lines.0.quantity'],
    ['negative damage', { reason: 'damage', lines: [{ sku: 'TEA-100', quantity: -1 }] }, 'lines.0.quantity'],
    ['field', { cost: 1 }, 'cost'],
  ])('an adjustment with a wrong %s is refused', (_case, change, field) =>
    api.refused(['POST', '/v1/adjustments', { ...adjusted, ...change }], invalid(field)),
  );

  it.each<[string, object, string]>([
    ['more than there is', { lines: [{ sku: 'TEA-100', quantity: -41 }] }, 'lines.0.quantity'],
    [
      'more of a lot than it has',
      { lines: [{ sku: 'TEA-100', lot: 'L1', quantity: -41 }] },
      'lines.0.quantity',
    ],
    ['an unknown lot', { lines: [{ sku: 'TEA-100', lot: 'L9', quantity: 1 }] }, 'lines.0.lot'],
    [
      'more than there is in its second line',
      {
        reason: 'damage',
        lines: [
          { sku: 'TEA-100', quantity: 30 },
          { sku: 'TEA-100', quantity: 11 },
        ],
      },
      'lines.1.quantity',
    ],
  ])('an adjustment of %s is refused as a whole', (_case, change, field) =>
    api.refused(['POST', '/v1/adjustments', { ...adjusted, ...change }], {
      status: 409,
      type: 'conflict',
      field,
    }),
  );

  it.each<[string, object, string]>([
    ['no reason', { lines: [{ sku: 'TEA-100', quantity: 1 }] }, 'reason'],
    ['no lines', { reason: 'x', lines: [] }, 'lines'],
    ['nothing missing', { reason: 'x', lines: [{ sku: 'TEA-100', quantity: 0 }] }, 'lines.0.quantity'],
    [
      'a SKU twice',
      {
        reason: 'x',
        lines: [
          { sku: 'TEA-100', quantity: 1 },
          { sku: 'TEA-100', quantity: 1 },
        ],
      },
      'lines.1.sku',
    ],
  ])('a short pick with %s is refused', (_case, body, field) =>
    api.refused(['POST', `/v1/fulfillments/${randomUUID()}/short-pick`, body], invalid(field)),
  );

  it.each([
    ['platform', { platform: 'magento' }, 'platform'],
    ['URL', { url: 'tea.example.com' }, 'url'],
    ['URL scheme', { url: 'ftp://tea.example.com' }, 'url'],
    ['URL with a password', { url: 'https://me:secret@tea.example.com' }, 'url'],
    ['missing URL', { url: undefined }, 'url'],
    ['missing secret', { webhookSecret: undefined }, 'webhookSecret'],
    ['empty secret', { webhookSecret: '' }, 'webhookSecret'],
    ['currency', { currency: 'XYZ' }, 'currency'],
    ['time', { fulfillFrom: 'yesterday' }, 'fulfillFrom'],
    ['time without a zone', { fulfillFrom: '2026-05-01T00:00:00' }, 'fulfillFrom'],
    ['year', { fulfillFrom: '0001-01-01T00:00:00Z' }, 'fulfillFrom'],
    ['missing credentials', { credentials: {} }, 'credentials.accessToken'],
    ['policy', { policy: { objective: 'random' } }, 'policy.objective'],
    [
      'policy amount',
      { policy: { review: { approvalAbove: { amount: '-1', currency: 'EUR' } } } },
      'policy.review.approvalAbove.amount',
    ],
    ['policy name', { policy: { colour: 'red' } }, 'policy.colour'],
    ['field', { owner: 'me' }, 'owner'],
  ])('a store with a wrong %s is refused', (_case, change, field) =>
    api.refused(['POST', '/v1/stores', { ...shopifyStore, ...change }], invalid(field)),
  );

  it.each([
    ['nothing', {}, ''],
    ['its platform', { platform: 'api' }, 'platform'],
    ['its credentials to something else', { credentials: { token: 'x' } }, 'credentials.accessToken'],
    ['its secret to nothing', { webhookSecret: '' }, 'webhookSecret'],
  ])('a store can not change %s', (_case, body, field) =>
    api.refused(['PATCH', `/v1/stores/${api.shop}`, body], invalid(field)),
  );

  it.each([
    ['carrier', { carrier: 'pigeon' }, 'carrier'],
    ['prototype key as carrier', { carrier: 'constructor' }, 'carrier'],
    ['credentials', { credentials: {} }, 'credentials.clientId'],
    ['URL', { url: 'x' }, 'url'],
    ['missing URL', { url: undefined }, 'url'],
  ])('a carrier account with a wrong %s is refused', (_case, change, field) => {
    const body = { carrier: 'ups', name: 'UPS', url: 'https://ups.example.com', credentials: {}, ...change };
    return api.refused(['POST', '/v1/carriers', body], invalid(field));
  });

  const payments = { provider: 'stripe', name: 'Stripe', credentials: { secretKey: 'sk_test_1' } };
  it.each([
    ['provider', { provider: 'pigeon' }, 'provider'],
    ['prototype key as provider', { provider: 'constructor' }, 'provider'],
    ['secret key', { credentials: { secretKey: 'pk_live_1' } }, 'credentials.secretKey'],
    ['URL', { url: 'x' }, 'url'],
    ['store', { store: randomUUID() }, 'store'],
    ['field', { currency: 'EUR' }, 'currency'],
  ])('a payment account with a wrong %s is refused', (_case, change, field) =>
    api.refused(['POST', '/v1/payment-accounts', { ...payments, ...change }], invalid(field)),
  );
  it('a payment account of a store whose shop took the money is refused', () =>
    api.refused(['POST', '/v1/payment-accounts', { ...payments, store: api.shop }], invalid('store')));

  const orderLine = { sku: 'TEA-100', quantity: 2, unitPrice: '12.50' };
  it.each([
    ['an unknown store', { store: randomUUID() }, 'store'],
    ['no store', { store: undefined }, 'store'],
    ['no external id', { externalId: undefined }, 'externalId'],
    ['an empty external id', { externalId: '' }, 'externalId'],
    ['no lines', { lines: [] }, 'lines'],
    ['an unknown SKU', { lines: [{ ...orderLine, sku: 'NOPE' }] }, 'lines.0.sku'],
    ['a quantity of nothing', { lines: [{ ...orderLine, quantity: 0 }] }, 'lines.0.quantity'],
    ['a negative quantity', { lines: [{ ...orderLine, quantity: -1 }] }, 'lines.0.quantity'],
    ['a price as a number', { lines: [{ ...orderLine, unitPrice: 12.5 }] }, 'lines.0.unitPrice'],
    ['a negative price', { lines: [{ ...orderLine, unitPrice: '-12.50' }] }, 'lines.0.unitPrice'],
    [
      'a price with too many decimals',
      { lines: [{ ...orderLine, unitPrice: '12.505' }] },
      'lines.0.unitPrice',
    ],
    ['a price in words', { lines: [{ ...orderLine, unitPrice: 'twelve' }] }, 'lines.0.unitPrice'],
    [
      'a price in another currency',
      { lines: [{ ...orderLine, unitPrice: { amount: '12.50', currency: 'USD' } }] },
      'lines.0.unitPrice',
    ],
    [
      'lines of one id',
      {
        lines: [
          { ...orderLine, externalId: 'x' },
          { ...orderLine, externalId: 'x' },
        ],
        total: '54.90',
      },
      'lines.1.externalId',
    ],
    [
      'amounts beyond counting',
      { lines: [{ ...orderLine, quantity: 1_000_000, unitPrice: '90000000000.00' }], total: undefined },
      'lines',
    ],
    ['a total that is not the sum', { total: '30.00' }, 'total'],
    ['a discount above everything', { discount: '50.00', total: undefined }, 'lines'],
    ['no currency', { currency: undefined }, 'currency'],
    ['an unknown currency', { currency: 'BTC' }, 'currency'],
    ['no address', { shippingAddress: undefined }, 'shippingAddress'],
    [
      'an address without a country',
      { shippingAddress: { name: 'A', line1: 'B', city: 'C' } },
      'shippingAddress.country',
    ],
    [
      'an unknown country',
      { shippingAddress: { name: 'A', line1: 'B', city: 'C', country: 'ZZ' } },
      'shippingAddress.country',
    ],
    ['an unknown payment state', { payment: { state: 'maybe' } }, 'payment.state'],
    ['a part paid that is not said', { payment: { state: 'partially_paid' } }, 'payment.amount'],
    ['no email', { customer: { email: 'mina' } }, 'customer.email'],
    ['an impossible date', { placedAt: '2026-02-30T00:00:00Z' }, 'placedAt'],
    ['an unknown field', { coupon: 'X' }, 'coupon'],
  ])('an order with %s is refused', (_case, change, field) =>
    api.refused(['POST', '/v1/orders', newOrder(api.store, change)], invalid(field)),
  );

  it('an order for a store that has a shop of its own is refused', () =>
    api.refused(['POST', '/v1/orders', newOrder(api.shop)], invalid('store')));

  it.each([
    ['role', { name: 'x', role: 'root' }, 'role'],
    ['name', { name: '', role: 'ops' }, 'name'],
    ['field', { name: 'x', role: 'ops', key: 'mine' }, 'key'],
  ])('an API key with a wrong %s is refused', (_case, body, field) =>
    api.refused(['POST', '/v1/api-keys', body], invalid(field)),
  );
});
