import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { toRefund } from '../../../../connectors/storefronts/woocommerce/money-facts.ts';
import { wooOrder, wooRefund } from '../../../../connectors/storefronts/woocommerce/schema.ts';
import { toSnapshot } from '../../../../connectors/storefronts/woocommerce/snapshot.ts';
import { woocommerceWebhooks as webhooks } from '../../../../connectors/storefronts/woocommerce/webhooks.ts';
import { UnusableWebhook } from '../../../../connectors/storefronts/storefront.ts';
import { readFixture, toBody } from '../../../fixtures/storefronts/read.ts';
import type { Json } from '../../../fixtures/storefronts/read.ts';

const order = (changes: Json = {}) => readFixture('woocommerce/order', changes);
const [cup] = order()['line_items'] as [Json];

const parse = (body: unknown, topic = 'order.updated') => webhooks.parse(topic, toBody(body));

function snapshotOf(changes: Json) {
  const event = parse(order(changes));
  if (event.kind !== 'order') throw new Error(`it is ${event.kind}`);
  return event.snapshot;
}

describe('orders', () => {
  it.each(['order.created', 'order.updated', 'order.restored'])('%s carries the whole order', (topic) => {
    expect(parse(order(), topic)).toEqual({
      kind: 'order',
      snapshot: {
        externalId: '727',
        number: '#727',
        placedAt: '2026-03-01T09:15:30.000Z',
        updatedAt: '2026-03-01T09:16:02.000Z',
        currency: 'EUR',
        taxesIncluded: false,
        totals: { shipping: 500, tax: 1051, discount: 0, other: 346, total: 6683 },
        test: false,
        cancelledAt: null,
        pickup: false,
        payment: { state: 'paid', provider: 'stripe' },
        fraud: null,
        customer: { externalId: '12', email: 'jane@example.com', phone: '+1 555 0101' },
        shippingAddress: {
          name: 'Jane Sample',
          company: 'Example Ltd',
          line1: 'Example Street 1',
          city: 'Berlin',
          region: 'DE-BE',
          postalCode: '10115',
          country: 'DE',
          phone: '+1 555 0101',
        },
        lines: [
          {
            externalId: '315',
            sku: 'CUP-BLUE',
            title: 'Cup - Blue',
            quantity: 3,
            fulfillable: 3,
            ships: true,
            unitPrice: 1680,
            total: 4536,
            tax: 861,
          },
          {
            externalId: '316',
            sku: null,
            title: 'Ebook',
            quantity: 1,
            fulfillable: 1,
            ships: true,
            unitPrice: 250,
            total: 250,
            tax: 48,
          },
        ],
      },
      payments: [
        {
          externalId: 'ch_1',
          kind: 'capture',
          amount: 6683,
          currency: 'EUR',
          provider: 'stripe',
          at: '2026-03-01T09:15:40.000Z',
        },
      ],
      refunds: [],
    });
  });

  it.each<[string, string | null, string, string]>([
    ['checkout-draft', null, 'stripe', 'pending'],
    ['pending', null, 'stripe', 'pending'],
    ['on-hold', null, 'bacs', 'pending'],
    ['on-hold', '2026-03-01T09:15:40', 'stripe', 'pending'],
    ['processing', '2026-03-01T09:15:40', 'stripe', 'paid'],
    ['processing', null, 'stripe', 'paid'],
    ['processing', null, 'cod', 'authorized'],
    ['processing', '2026-03-01T09:15:40', 'cod', 'paid'],
    ['completed', '2026-03-01T09:15:40', 'cod', 'paid'],
    ['completed', null, 'bacs', 'paid'],
    ['failed', null, 'stripe', 'failed'],
    ['cancelled', null, 'stripe', 'voided'],
    ['cancelled', '2026-03-01T09:15:40', 'stripe', 'paid'],
    ['refunded', '2026-03-01T09:15:40', 'stripe', 'refunded'],
    ['packing', '2026-03-01T09:15:40', 'stripe', 'paid'],
    ['packing', null, 'stripe', 'pending'],
  ])('%s, paid at %j with %s: %s', (status, date_paid_gmt, payment_method, state) => {
    expect(snapshotOf({ status, date_paid_gmt, payment_method }).payment.state).toBe(state);
  });

  it.each([
    ['processing', 3, null],
    ['completed', 0, null],
    ['refunded', 0, '2026-03-01T09:16:02.000Z'],
    ['cancelled', 0, '2026-03-01T09:16:02.000Z'],
  ])('%s: %i to fulfill, cancelled at %j', (status, fulfillable, cancelledAt) => {
    const snapshot = snapshotOf({ status });
    expect([snapshot.lines[0]?.fulfillable, snapshot.cancelledAt]).toEqual([fulfillable, cancelledAt]);
  });

  it.each([
    ['JPY', '12000', { total: 12000, unitPrice: 4000 }],
    ['JPY', '12000.00', { total: 12000, unitPrice: 4000 }],
    ['KWD', '12.345', { total: 12345, unitPrice: 4115 }],
  ])('amounts in %s: %s', (currency, amount, expected) => {
    const line = { ...cup, subtotal: amount, total: amount, total_tax: '0' };
    const snapshot = snapshotOf({
      currency,
      total: amount,
      total_tax: '0',
      shipping_total: '0',
      line_items: [line],
      fee_lines: [],
    });
    expect({ total: snapshot.totals.total, unitPrice: snapshot.lines[0]?.unitPrice }).toEqual(expected);
  });

  it('rounds a unit price half up', () => {
    const priceOf = (subtotal: string, quantity: number) =>
      snapshotOf({ line_items: [{ ...cup, subtotal, quantity }] }).lines[0]?.unitPrice;
    expect([priceOf('10.00', 3), priceOf('0.05', 2), priceOf('5.00', 0)]).toEqual([333, 3, 0]);
  });

  it('a guest has no id', () => {
    expect(snapshotOf({ customer_id: 0 }).customer.externalId).toBeNull();
  });
});

describe('delivery', () => {
  const nowhere = { first_name: '', last_name: '', address_1: '', city: '', postcode: '', country: '' };
  const flatRate = [{ method_id: 'flat_rate' }];

  it.each<[string, Json, unknown]>([
    [
      'local pickup',
      { shipping_lines: [{ method_id: 'local_pickup' }] },
      { pickup: true, country: null, ships: true },
    ],
    [
      'a pickup location',
      { shipping_lines: [{ method_id: 'pickup_location' }] },
      { pickup: true, country: null, ships: true },
    ],
    [
      'pickup of one part only',
      { shipping_lines: [{ method_id: 'local_pickup' }, ...flatRate] },
      { pickup: false, country: 'DE', ships: true },
    ],
    [
      'no shipping address: to the billing address',
      { shipping: nowhere },
      { pickup: false, country: 'DE', ships: true },
    ],
    [
      'nothing asked for',
      { shipping: nowhere, shipping_lines: [] },
      { pickup: false, country: null, ships: false },
    ],
    ['an address without method', { shipping_lines: [] }, { pickup: false, country: 'DE', ships: true }],
  ])('%s', (_name, changes, expected) => {
    const { pickup, shippingAddress, lines } = snapshotOf(changes);
    expect({ pickup, country: shippingAddress?.country ?? null, ships: lines[0]?.ships }).toEqual(expected);
  });

  it('takes the street from the billing address then', () => {
    expect(snapshotOf({ shipping: nowhere }).shippingAddress).toMatchObject({
      line1: 'Billing Street 9',
      city: 'Hamburg',
    });
  });
});

describe('refunds', () => {
  const refund = (changes: Json = {}) => wooRefund.parse(readFixture('woocommerce/refund', changes));
  const refunded = { refunds: [{ id: 731, reason: 'damaged', total: '-17.99' }] };

  it('have to be fetched', () => {
    expect(parse(order(refunded))).toEqual({ kind: 'order-changed', orderExternalId: '727' });
  });

  it('lower what is left to fulfill, and nothing else', () => {
    const snapshot = toSnapshot(wooOrder.parse(order(refunded)), [refund()]);
    expect(snapshot.payment.state).toBe('partially_refunded');
    expect(snapshot.totals.total).toBe(6683);
    expect(snapshot.lines.map(({ quantity, fulfillable }) => [quantity, fulfillable])).toEqual([
      [3, 2],
      [1, 1],
    ]);
  });

  it('of everything', () => {
    const whole = { refunds: [{ id: 731, reason: '', total: '-66.83' }] };
    expect(toSnapshot(wooOrder.parse(order(whole)), []).payment.state).toBe('refunded');
  });

  const byUs = { reason: 'damaged [orderloom o/1]' };
  it.each<[string, string, string | null, Json[], boolean]>([
    ['by the shop', 'refunded', null, [{}], true],
    ['by the shop, as far as we had not', 'refunded', null, [byUs, {}], true],
    ['by us', 'refunded', null, [byUs], false],
    ['by the shop, when it was completed', 'refunded', '2026-03-01T09:16:00', [{}], false],
    ['by the shop in part', 'processing', null, [{}], false],
    ['by us of what the shop cancelled', 'cancelled', null, [byUs], true],
  ])(
    'given back %s is cancelled as the shop has it',
    (_by, status, date_completed_gmt, refunds, cancelled) => {
      const changes = { ...refunded, status, date_completed_gmt };
      const snapshot = toSnapshot(wooOrder.parse(order(changes)), refunds.map(refund));
      expect(snapshot.cancelledAt !== null).toBe(cancelled);
    },
  );

  it.each<[string, Json, string | undefined]>([
    ['made in the shop', {}, undefined],
    ['ours, by its meta data', { meta_data: [{ id: 1, key: '_orderloom_key', value: 'o/1' }] }, 'o/1'],
    ['ours, by its reason', { reason: 'damaged [orderloom o/1]' }, 'o/1'],
  ])('%s', (_name, changes, key) => {
    expect(toRefund(wooOrder.parse(order()), refund(changes))).toEqual({
      externalId: '731',
      amount: 1799,
      currency: 'EUR',
      provider: 'stripe',
      at: '2026-03-02T10:00:00.000Z',
      ...(key && { key }),
    });
  });
});

describe('payments', () => {
  const paymentsOf = (changes: Json) => {
    const event = parse(order(changes));
    return event.kind === 'order'
      ? event.payments.map(({ externalId, amount }) => [externalId, amount])
      : event.kind;
  };

  it.each<[string, Json, unknown]>([
    ['without transaction id', { transaction_id: '' }, [['order-727', 6683]]],
    ['not paid yet', { date_paid_gmt: null }, []],
    ['nothing to pay', { total: '0.00' }, []],
  ])('%s', (_name, changes, expected) => {
    expect(paymentsOf(changes)).toEqual(expected);
  });
});

describe('other topics', () => {
  it.each<[string, unknown, unknown]>([
    ['order.deleted', { id: 727 }, { kind: 'order-deleted', orderExternalId: '727' }],
    [
      'action.woocommerce_payment_complete',
      { action: 'x', arg: 727 },
      { kind: 'ignored', reason: 'topic action.woocommerce_payment_complete' },
    ],
    ['product.updated', { id: 1 }, { kind: 'ignored', reason: 'topic product.updated' }],
  ])('%s', (topic, body, event) => {
    expect(parse(body, topic)).toEqual(event);
  });
});

describe('envelope', () => {
  const envelope = (body: unknown, topic: string, deliveryId = 'd1') =>
    webhooks.envelope(toBody(body), { 'x-wc-webhook-topic': topic, 'x-wc-webhook-delivery-id': deliveryId });

  it('is made of topic, resource and body, not of the delivery id', () => {
    const hash = createHash('sha256').update(toBody(order())).digest('hex');
    expect(envelope(order(), 'order.updated')).toEqual({
      key: `order.updated:727:${hash}`,
      topic: 'order.updated',
      orderExternalId: '727',
    });
    expect(envelope(order(), 'order.updated', 'd2').key).toBe(envelope(order(), 'order.updated').key);
  });

  it('differs between two orders, two states and two topics', () => {
    const keys = [
      envelope(order(), 'order.updated'),
      envelope(order({ id: 728 }), 'order.updated'),
      envelope(order({ status: 'completed' }), 'order.updated'),
      envelope(order(), 'order.created'),
    ].map(({ key }) => key);
    expect(new Set(keys).size).toBe(4);
  });

  it('names no order for what is none', () => {
    expect(envelope({ id: 5 }, 'product.updated').orderExternalId).toBeNull();
    expect(envelope({ action: 'x', arg: 1 }, 'action.x').orderExternalId).toBeNull();
  });

  it('needs its topic, and an id', () => {
    expect(() => webhooks.envelope(toBody(order()), {})).toThrow('header X-WC-Webhook-Topic is missing');
    expect(() => envelope({}, 'order.updated')).toThrow(/^id: /);
    expect(() => envelope({}, 'order.updated')).toThrow(UnusableWebhook);
  });
});

describe('what cannot be used says why, and nothing personal', () => {
  it.each<[string, Json, string | RegExp]>([
    ['no status', { status: undefined }, /^status: /],
    ['no number', { number: undefined }, /^number: /],
    ['too many decimals', { total: '66.835' }, /more than 2 decimals/],
    ['not a time', { date_modified_gmt: 'yesterday' }, 'date_modified_gmt: not a time'],
    ['no lines', { line_items: undefined }, /^line_items: /],
    ['an address of another type', { shipping: 'Secret 1' }, /^shipping: /],
  ])('%s', (_name, changes, reason) => {
    const run = () => parse(order(changes));
    expect(run).toThrow(UnusableWebhook);
    expect(run).toThrow(reason);
    expect(run).not.toThrow(/Jane|Secret|example\.com/);
  });
});
