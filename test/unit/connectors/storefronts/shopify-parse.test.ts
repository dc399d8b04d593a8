import { describe, expect, it } from '@jest/globals';
import { shopifyWebhooks as webhooks } from '../../../../connectors/storefronts/shopify/webhooks.ts';
import { UnusableWebhook } from '../../../../connectors/storefronts/storefront.ts';
import type { StorefrontEvent } from '../../../../connectors/storefronts/storefront.ts';
import { readFixture, toBody } from '../../../fixtures/storefronts/read.ts';
import type { Json } from '../../../fixtures/storefronts/read.ts';

const orderId = '5123456789012';
const order = (changes: Json = {}) => readFixture('shopify/order', changes);
const [cup, saucer] = order()['line_items'] as [Json, Json];
const money = (amount: string, currency = 'EUR') => ({ shop_money: { amount, currency_code: currency } });

const parse = (topic: string, body: unknown) => webhooks.parse(topic, toBody(body));

function snapshotOf(changes: Json, topic = 'orders/updated') {
  const event = parse(topic, order(changes));
  if (event.kind !== 'order') throw new Error(`it is ${event.kind}`);
  return event.snapshot;
}

const wholeEvent: StorefrontEvent = {
  kind: 'order',
  snapshot: {
    externalId: orderId,
    number: '#1001',
    placedAt: '2026-03-01T08:15:28.000Z',
    updatedAt: '2026-03-01T08:16:02.000Z',
    currency: 'EUR',
    taxesIncluded: true,
    totals: { shipping: 599, tax: 1173, discount: 0, other: 200, total: 7547 },
    test: false,
    cancelledAt: null,
    pickup: false,
    holds: null,
    payment: { state: 'paid', provider: 'shopify_payments' },
    fraud: null,
    customer: { externalId: '7001', email: 'jane@example.com', phone: null },
    shippingAddress: {
      name: 'Jane Sample',
      line1: 'Example Street 1',
      line2: '2nd floor',
      city: 'Berlin',
      region: 'BE',
      postalCode: '10115',
      country: 'DE',
      phone: '+1 555 0100',
    },
    lines: [
      {
        externalId: '11001',
        sku: 'CUP-BLUE',
        title: 'Cup - Blue',
        quantity: 3,
        fulfillable: 3,
        ships: true,
        unitPrice: 1999,
        total: 5397,
        tax: 862,
      },
      {
        externalId: '11002',
        sku: 'SAUCER',
        title: 'Saucer',
        quantity: 1,
        fulfillable: 1,
        ships: true,
        unitPrice: 1501,
        total: 1351,
        tax: 216,
      },
    ],
  },
  payments: [],
  refunds: [],
};

describe('orders', () => {
  it.each([
    'orders/create',
    'orders/updated',
    'orders/paid',
    'orders/cancelled',
    'orders/fulfilled',
    'orders/partially_fulfilled',
  ])('%s carries the whole order', (topic) => {
    expect(parse(topic, order())).toEqual(wholeEvent);
  });

  it.each([
    ['pending', 'pending'],
    ['authorized', 'authorized'],
    ['partially_paid', 'partially_paid'],
    ['paid', 'paid'],
    ['partially_refunded', 'partially_refunded'],
    ['refunded', 'refunded'],
    ['voided', 'voided'],
    ['expired', 'voided'],
    [null, 'pending'],
  ])('financial_status %j is %s', (financial_status, state) => {
    expect(snapshotOf({ financial_status }).payment.state).toBe(state);
  });

  it.each([
    [['gift_card', 'shopify_payments'], 'shopify_payments'],
    [['gift_card'], 'gift_card'],
    [[], 'none'],
  ])('paid with %j: provider %s', (payment_gateway_names, provider) => {
    expect(snapshotOf({ payment_gateway_names }).payment.provider).toBe(provider);
  });

  it.each([
    ['JPY', '12000', '1200', '1090', { total: 12000, tax: 1090, price: 1200 }],
    ['KWD', '12.345', '1.234', '0.617', { total: 12345, tax: 617, price: 1234 }],
    ['CLP', '12000.00', '1200.00', '0.00', { total: 12000, tax: 0, price: 1200 }],
  ])('amounts in %s', (currency, total, price, tax, expected) => {
    const line = { ...saucer, price_set: money(price, currency), tax_lines: [], discount_allocations: [] };
    const snapshot = snapshotOf({
      currency,
      total_price_set: money(total, currency),
      total_tax_set: money(tax, currency),
      line_items: [line],
      shipping_lines: [],
    });
    expect({
      total: snapshot.totals.total,
      tax: snapshot.totals.tax,
      price: snapshot.lines[0]?.unitPrice,
    }).toEqual(expected);
  });

  it('takes the shop money of an order in another currency', () => {
    const total_price_set = {
      ...money('75.47'),
      presentment_money: { amount: '81.20', currency_code: 'USD' },
    };
    expect(snapshotOf({ total_price_set, presentment_currency: 'USD' })).toMatchObject({
      currency: 'EUR',
      totals: { total: 7547 },
    });
  });

  it('adds taxes to what excludes them, and takes shipping discounts off', () => {
    const [shipping] = order()['shipping_lines'] as [Json];
    const snapshot = snapshotOf({
      taxes_included: false,
      // 53.97 + 13.51 + 3.99 + 11.73
      total_price_set: money('83.20'),
      shipping_lines: [{ ...shipping, discount_allocations: [{ amount_set: money('2.00') }] }],
    });
    expect(snapshot.totals).toEqual({ shipping: 399, tax: 1173, discount: 0, other: 0, total: 8320 });
  });

  it('leaves removed shipping lines out', () => {
    const [shipping] = order()['shipping_lines'] as [Json];
    expect(
      snapshotOf({ shipping_lines: [{ ...shipping, is_removed: true }, shipping] }).totals.shipping,
    ).toBe(599);
  });

  it.each<[string, Json, { sku: string | null; ships: boolean }]>([
    [
      'a gift card',
      { gift_card: true, requires_shipping: false, sku: 'GIFT' },
      { sku: 'GIFT', ships: false },
    ],
    ['a gift card marked as shipping', { gift_card: true, sku: 'GIFT' }, { sku: 'GIFT', ships: false }],
    ['a service', { requires_shipping: false }, { sku: 'CUP-BLUE', ships: false }],
    ['a line without SKU', { sku: '' }, { sku: null, ships: true }],
    ['a line with SKU null', { sku: null }, { sku: null, ships: true }],
  ])('%s', (_name, changes, expected) => {
    expect(snapshotOf({ line_items: [{ ...cup, ...changes }] }).lines[0]).toMatchObject(expected);
  });

  it('tells test and cancelled orders', () => {
    expect(snapshotOf({ test: true, cancelled_at: '2026-03-02T00:30:00+01:00' })).toMatchObject({
      test: true,
      cancelledAt: '2026-03-01T23:30:00.000Z',
    });
  });

  it('an imported order was placed when it was processed', () => {
    expect(snapshotOf({ processed_at: '2024-01-01T00:00:00Z' }).placedAt).toBe('2024-01-01T00:00:00.000Z');
    expect(snapshotOf({ processed_at: null }).placedAt).toBe('2026-03-01T08:15:30.000Z');
  });

  it.each([
    ['high', 'cancel'],
    ['medium', 'investigate'],
    ['low', 'accept'],
    [undefined, null],
  ])('risk_level %j is %j', (risk_level, fraud) => {
    expect(snapshotOf({ risk_level }).fraud).toBe(fraud);
  });

  it('keeps an incomplete address instead of losing the order', () => {
    const shipping_address = {
      name: null,
      first_name: 'Jo',
      last_name: null,
      city: 'Oslo',
      country_code: 'no',
    };
    expect(snapshotOf({ shipping_address }).shippingAddress).toEqual({
      name: 'Jo',
      line1: '',
      city: 'Oslo',
      country: 'NO',
    });
  });

  it('keeps the last digits of a long id', () => {
    const body = Buffer.from(JSON.stringify(order()).replace(`"id":${orderId}`, '"id":820982911946154508'));
    expect(webhooks.parse('orders/create', body)).toMatchObject({
      snapshot: { externalId: '820982911946154508' },
    });
  });
});

describe('pickup', () => {
  const [shipping] = order()['shipping_lines'] as [Json];
  it.each<[string, Json, boolean]>([
    ['shipped', {}, false],
    ['no address, a shipping line', { shipping_address: null }, true],
    ['the delivery category', { shipping_lines: [{ ...shipping, delivery_category: 'pickup' }] }, true],
    [
      'a pick-up point is shipped to',
      { shipping_lines: [{ ...shipping, delivery_category: 'pickup_point' }] },
      false,
    ],
    ['no address and nothing chosen', { shipping_address: null, shipping_lines: [] }, false],
    [
      'no address and nothing that ships',
      { shipping_address: null, line_items: [{ ...cup, requires_shipping: false }] },
      false,
    ],
  ])('%s', (_name, changes, pickup) => {
    expect(snapshotOf(changes).pickup).toBe(pickup);
  });
});

describe('after edits and refunds', () => {
  const refund = (changes: Json = {}) => readFixture('shopify/refund', changes);
  const twoCups = { ...cup, current_quantity: 2, fulfillable_quantity: 2 };

  it('an edit takes units, their money and their tax out', () => {
    const snapshot = snapshotOf({ line_items: [twoCups, saucer] });
    // A third of 53.97 and of 8.62 leaves.
    expect(snapshot.lines[0]).toMatchObject({ quantity: 2, fulfillable: 2, total: 3598, tax: 575 });
    expect(snapshot.totals).toEqual({ shipping: 599, tax: 886, discount: 0, other: 200, total: 5748 });
  });

  it('the refund that an edit leaves behind, without money, changes nothing in that', () => {
    const edited = snapshotOf({ line_items: [twoCups, saucer], refunds: [refund({ transactions: [] })] });
    expect(edited).toEqual(snapshotOf({ line_items: [twoCups, saucer] }));
  });

  it('refunded units stay ordered, their refund is a fact', () => {
    const refunds = [refund()];
    const event = parse(
      'orders/updated',
      order({ line_items: [twoCups, saucer], refunds, financial_status: 'partially_refunded' }),
    );
    expect(event).toMatchObject({
      kind: 'order',
      snapshot: {
        payment: { state: 'partially_refunded' },
        totals: { total: 7547, tax: 1173 },
        lines: [{ quantity: 3, fulfillable: 2, total: 5397, tax: 862 }, { quantity: 1 }],
      },
      refunds: [
        {
          externalId: '8001',
          amount: 1799,
          currency: 'EUR',
          provider: 'shopify_payments',
          at: '2026-03-02T09:00:05.000Z',
        },
      ],
    });
  });

  it('a cancelled order keeps what it was', () => {
    const gone = [cup, saucer].map((line) => ({ ...line, current_quantity: 0, fulfillable_quantity: 0 }));
    const snapshot = snapshotOf({ line_items: gone, cancelled_at: '2026-03-02T00:00:00Z' });
    expect(snapshot.totals.total).toBe(7547);
    expect(snapshot.lines.map(({ quantity, fulfillable }) => [quantity, fulfillable])).toEqual([
      [3, 0],
      [1, 0],
    ]);
  });

  it('a refund in the currency of the customer has to be fetched', () => {
    const [made] = refund()['transactions'] as [Json];
    const refunds = [refund({ transactions: [{ ...made, currency: 'USD' }] })];
    expect(parse('orders/updated', order({ refunds }))).toEqual({
      kind: 'order-changed',
      orderExternalId: orderId,
    });
  });
});

describe('other topics', () => {
  const fact = {
    externalId: '8001',
    amount: 1799,
    currency: 'EUR',
    provider: 'shopify_payments',
    at: '2026-03-02T09:00:05.000Z',
  };
  const refund = (changes: Json = {}) => readFixture('shopify/refund', changes);
  const [made] = refund()['transactions'] as [Json];
  const changed = { kind: 'order-changed', orderExternalId: orderId };

  it.each<[string, string, unknown, unknown]>([
    ['a refund', 'refunds/create', refund(), { kind: 'refund', orderExternalId: orderId, refund: fact }],
    [
      'the echo of our own refund',
      'refunds/create',
      refund({ note: 'damaged [orderloom order/7/refund/1]' }),
      { kind: 'refund', orderExternalId: orderId, refund: { ...fact, key: 'order/7/refund/1' } },
    ],
    ['a refund of lines only', 'refunds/create', refund({ transactions: [] }), changed],
    [
      'a pending refund',
      'refunds/create',
      refund({ transactions: [{ ...made, status: 'pending' }] }),
      changed,
    ],
    [
      'a refund to two cards',
      'refunds/create',
      refund({ transactions: [made, { ...made, id: 8002 }] }),
      changed,
    ],
    ['a refund abroad', 'refunds/create', refund({ transactions: [{ ...made, currency: 'USD' }] }), changed],
    [
      'a fulfillment',
      'fulfillments/create',
      readFixture('shopify/fulfillment'),
      {
        kind: 'fulfilled',
        orderExternalId: orderId,
        fulfillmentExternalId: '255858046',
        trackingNumbers: ['1Z2345'],
        at: '2026-03-03T13:00:00.000Z',
      },
    ],
    [
      'a cancelled one',
      'fulfillments/update',
      readFixture('shopify/fulfillment', { status: 'cancelled' }),
      changed,
    ],
    ['an edit', 'orders/edited', { order_edit: { id: 1, order_id: 5123456789012 } }, changed],
    [
      'a deletion',
      'orders/delete',
      { id: 5123456789012 },
      { kind: 'order-deleted', orderExternalId: orderId },
    ],
    ['a product', 'products/update', { id: 1 }, { kind: 'ignored', reason: 'topic products/update' }],
  ])('%s', (_name, topic, body, event) => {
    expect(parse(topic, body)).toEqual(event);
  });
});

describe('envelope', () => {
  const headers = { 'x-shopify-webhook-id': 'w-1', 'x-shopify-topic': 'orders/create' };

  it.each<[string, Record<string, string>, unknown, unknown]>([
    ['an order', headers, order(), { key: 'w-1', topic: 'orders/create', orderExternalId: orderId }],
    [
      'headers without X-',
      { 'shopify-webhook-id': 'w-2', 'shopify-topic': 'orders/paid' },
      { id: 5 },
      { key: 'w-2', topic: 'orders/paid', orderExternalId: '5' },
    ],
    [
      'a refund',
      { ...headers, 'x-shopify-topic': 'refunds/create' },
      readFixture('shopify/refund'),
      { key: 'w-1', topic: 'refunds/create', orderExternalId: orderId },
    ],
    [
      'an edit',
      { ...headers, 'x-shopify-topic': 'orders/edited' },
      { order_edit: { order_id: 7 } },
      { key: 'w-1', topic: 'orders/edited', orderExternalId: '7' },
    ],
    [
      'a product names no order',
      { ...headers, 'x-shopify-topic': 'products/update' },
      { id: 8 },
      { key: 'w-1', topic: 'products/update', orderExternalId: null },
    ],
  ])('%s', (_name, given, body, expected) => {
    expect(webhooks.envelope(toBody(body), given)).toEqual(expected);
  });

  it.each([
    [{ 'x-shopify-topic': 'orders/create' }, '{}', 'header X-Shopify-Webhook-Id is missing'],
    [{ 'x-shopify-webhook-id': 'w' }, '{}', 'header X-Shopify-Topic is missing'],
    [headers, '{"id":', 'body: not JSON'],
    [headers, '[]', /^body: Invalid input/],
  ])('%j with %s', (given, body, reason) => {
    expect(() => webhooks.envelope(Buffer.from(body), given)).toThrow(reason);
    expect(() => webhooks.envelope(Buffer.from(body), given)).toThrow(UnusableWebhook);
  });
});

describe('what cannot be used says why, and nothing personal', () => {
  it.each<[string, Json, string | RegExp]>([
    ['no id', { id: undefined }, /^id: /],
    ['no currency', { currency: undefined }, /^currency: /],
    ['an unknown currency', { currency: 'XXX' }, 'Not an ISO 4217 currency: "XXX"'],
    ['too many decimals', { total_price_set: money('1.234') }, /more than 2 decimals/],
    ['an amount in words', { total_price_set: money('ten') }, /not a plain decimal number/],
    ['no time', { updated_at: undefined }, /^updated_at: /],
    ['a time without offset', { updated_at: '2026-03-01T09:16:02' }, 'updated_at: not a time with an offset'],
    ['no lines', { line_items: undefined }, /^line_items: /],
    ['a broken quantity', { line_items: [{ ...cup, quantity: '3' }] }, /^line_items\.0\.quantity: /],
    [
      'an address of another type',
      { shipping_address: { address1: { street: 'Secret 1' } } },
      /^shipping_address\.address1: /,
    ],
  ])('%s', (_name, changes, reason) => {
    const run = () => parse('orders/create', order(changes));
    expect(run).toThrow(UnusableWebhook);
    expect(run).toThrow(reason);
    expect(run).not.toThrow(/Jane|Secret|example\.com/);
  });

  it('a body that is not JSON', () => {
    expect(() => webhooks.parse('orders/create', Buffer.from('{"id"'))).toThrow('body: not JSON');
  });
});
