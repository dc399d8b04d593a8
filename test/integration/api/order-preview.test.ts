import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ActivityDeps } from '../../../activities/deps.ts';
import { capture } from '../../../activities/capture.ts';
import { reserve } from '../../../activities/reserve.ts';
import { review } from '../../../activities/review.ts';
import { listCarriers, quote } from '../../../activities/quotes.ts';
import { chooseService } from '../../../activities/shipping.ts';
import { allocate } from '../../../activities/stock.ts';
import { createCarrierRegistry } from '../../../connectors/carriers/registry.ts';
import { createFakeCarrier, type FakeCarrier, lost, rate, refused } from '../activities/fake-carrier.ts';
import { invalid, startStocked, type Stocked } from './refused.ts';
import { newOrder, product } from './samples.ts';

let api: Stocked;
let activities: ActivityDeps;
let fast: FakeCarrier;
let slow: FakeCarrier;

beforeAll(async () => {
  fast = createFakeCarrier('fast');
  slow = createFakeCarrier('slow');
  api = await startStocked({ carriers: createCarrierRegistry([fast.carrier, slow.carrier]) });
  activities = { ...api.deps, labelSettleMs: 0, trackingIntervalSeconds: 0 };
  for (const carrier of ['fast', 'slow']) {
    const account = { carrier, name: carrier, url: 'https://carrier.example.com', credentials: {} };
    expect((await api.send('POST', '/v1/carriers', account)).status).toBe(201);
  }
  expect((await api.send('POST', '/v1/products', { ...product, sku: 'CUP' })).status).toBe(201);
});
afterAll(() => api.close());
beforeEach(() => {
  fast.rates = [rate('standard', 500, 2), rate('express', 900, 1)];
  slow.rates = [rate('economy', 450, 6)];
});

const order = (change: object = {}) => newOrder(api.store, { placedAt: undefined, ...change });

/** The answer, and that nothing was touched: no row of any table, nothing told to a workflow, nothing bought. */
async function preview(body: object, headers: Record<string, string> = {}) {
  const before = await api.contents();
  const delivered = api.engine.delivered.length;
  const answer = await api.send('POST', '/v1/orders/preview', body, headers);
  expect(await api.contents()).toEqual(before);
  expect([api.engine.delivered.length, api.engine.acted]).toEqual([delivered, []]);
  for (const carrier of [fast, slow])
    expect([carrier.sold, carrier.requests, carrier.calls.filter((call) => call !== 'rates')]).toEqual([
      [],
      [],
      [],
    ]);
  expect(answer.status).toBe(200);
  return answer.body;
}

describe('a rehearsal', () => {
  it('says of an order that nothing stops what each step would decide, and why', async () => {
    const seen = await preview({ order: order() }, { 'Idempotency-Key': 'again' });
    expect(seen).toMatchObject({
      order: { store: api.store, number: 'A-1', currency: 'EUR', country: 'AT' },
      stopsAt: null,
      eligible: { lines: [{ externalId: '1', sku: 'TEA-100', quantity: 2 }], left: [], why: null },
      review: { outcome: 'pass', findings: [] },
      ...{ unknownSkus: [], queue: [] },
      allocation: { possible: true, short: [], fulfillments: [{ warehouse: 'BER' }] },
    });
    const [shipment, ...others] = seen.shipments;
    expect(others).toEqual([]);
    const eur = (amount: string) => ({ amount, currency: 'EUR' });
    const day = expect.stringMatching(/^\d{4}-\d\d-\d\d$/);
    const offer = (carrier: string, service: string, amount: string, transitDays: number) => ({
      ...{ carrier, service, price: eur(amount), transitDays, deliveryDay: day },
    });
    const offers = [
      offer('fast', 'standard', '5.00', 2),
      offer('fast', 'express', '9.00', 1),
      offer('slow', 'economy', '4.50', 6),
    ];
    expect(shipment).toEqual({
      ...{ warehouse: 'BER', late: false, why: null },
      asked: [
        { carrier: 'fast', account: 'fast', error: null },
        { carrier: 'slow', account: 'slow', error: null },
      ],
      parcels: [
        {
          ...{ box: null, weightGrams: 340 },
          offers: offers.map((one) => ({ ...one, serviceName: one.service, allowed: true })),
        },
      ],
      considered: [
        { ...offers[2], chosen: true, why: 'The cheapest; no promise to meet.' },
        { ...offers[0], chosen: false, why: 'Another costs less.' },
        { ...offers[1], chosen: false, why: 'Another costs less.' },
      ],
    });
  });

  it('goes by the store’s policy: thresholds, blocked customers, promise and services', async () => {
    const store = (await api.send('POST', '/v1/stores', { name: 'Strict', platform: 'api', currency: 'EUR' }))
      .body.id;
    const policy = {
      ...{ promiseDays: 3, objective: 'priority' },
      review: { approvalAbove: { amount: '20.00', currency: 'EUR' }, maxQuantityPerLine: 1 },
    };
    await api.send('PATCH', `/v1/stores/${store}/policy`, { version: 1, reason: 'x', policy });
    const body = { phone: '+43 1 5550100', label: 'x', reason: 'x' };
    const block = await api.send('POST', '/v1/blocked-customers', body);
    const customer = { email: 'mina@example.com', phone: '0043 1 555 01 00' };
    const seen = await preview({ order: { ...order({ customer }), store } });
    expect(seen.stopsAt).toBe('review');
    expect(seen.review).toEqual({
      outcome: 'hold',
      findings: [
        { code: 'customer-blocked', severity: 'hold', message: 'The customer is blocked by phone number.' },
        { code: 'approval-needed', severity: 'hold', message: 'Orders of 20.00 EUR or more need approval.' },
        {
          ...{ code: 'quantity-high', severity: 'hold' },
          message: '2 of TEA-100 are ordered; a line of more than 1 needs a look.',
        },
      ],
    });
    expect(seen.allocation.objective).toBe('priority');
    expect(seen.shipments[0].considered[0]).toMatchObject({ service: 'standard', chosen: true });
    await api.send('DELETE', `/v1/blocked-customers/${block.body.id}`);
  });

  it('names a carrier that fails, without the customer, and chooses among the others', async () => {
    fast.fail('rates', refused);
    const postal = { ...order().shippingAddress, postalCode: '20095' };
    const seen = await preview({ order: order({ shippingAddress: postal }) });
    expect(seen.shipments[0].asked).toEqual([
      { carrier: 'fast', account: 'fast', error: '120802: invalid postal code [redacted]' },
      { carrier: 'slow', account: 'slow', error: null },
    ]);
    expect([seen.stopsAt, seen.shipments[0].considered[0].carrier]).toEqual([null, 'slow']);
    for (const carrier of [fast, slow]) carrier.fail('rates', lost);
    const none = await preview({ order: order() });
    expect([none.stopsAt, none.shipments[0].why]).toEqual([
      ...['rate', 'None of fast, slow offered a rate for this lane and parcel'],
    ]);
    fast.fail('rates', new TypeError('cannot read mina@example.com'));
    const broken = await preview({ order: order() });
    expect(broken.shipments[0].asked[0].error).toBe('TypeError');
  });

  it('shows services that may not be bought, and does not choose them', async () => {
    const { items } = (await api.send('GET', '/v1/carriers')).body;
    const path = `/v1/carriers/${items.find(({ name }: { name: string }) => name === 'slow').id}`;
    await api.send('PATCH', path, { services: ['other'], reason: 'x' });
    const [shipment] = (await preview({ order: order() })).shipments;
    const allowed = shipment.parcels[0].offers.map((offer: { service: string; allowed: boolean }) => [
      ...[offer.service, offer.allowed],
    ]);
    expect(allowed).toEqual([
      ['standard', true],
      ['express', true],
      ['economy', false],
    ]);
    expect(shipment.considered.map(({ service }: { service: string }) => service)).toEqual([
      'standard',
      'express',
    ]);
    await api.send('PATCH', path, { services: null, reason: 'x' });
  });

  it('says what is missing, how long the queue for it is, and when it is expected', async () => {
    const lines = [{ sku: 'CUP', quantity: 3, unitPrice: '1.00' }];
    const seen = await preview({ order: order({ lines, shipping: undefined, total: undefined }) });
    expect(seen).toMatchObject({
      ...{ stopsAt: 'stock', shipments: [] },
      allocation: { possible: false, short: [{ sku: 'CUP', missing: 3 }] },
      queue: [{ sku: 'CUP', quantity: 3, place: 1, missing: 3, expectedAt: null }],
    });
  });

  it('says what would only be recorded, what is left out, and what is no product', async () => {
    const test = await preview({ order: order({ test: true }) });
    expect([test.stopsAt, test.eligible.why, test.allocation, test.shipments]).toEqual([
      ...['recorded', 'It is a test order of the shop.', null, []],
    ]);
    const old = await preview({ order: order({ placedAt: '2020-01-01T00:00:00Z' }) });
    expect(old.eligible.why).toMatch(/^It was placed before the moment/);
    const lines = [
      { sku: 'NOPE', quantity: 1, unitPrice: '1.00' },
      { sku: 'CARD', quantity: 1, unitPrice: '1.00', ships: false },
    ];
    const seen = await preview({ order: order({ lines, shipping: undefined, total: undefined }) });
    expect(seen).toMatchObject({ stopsAt: 'stock', unknownSkus: ['NOPE'], allocation: null });
    expect(seen.eligible.left).toEqual([
      {
        ...{ externalId: '2', quantity: 1, reason: 'does-not-ship' },
        sentence: 'It is not shipped: a gift card, a service or a download.',
      },
    ]);
  });

  it('of an order that there is says what its steps then do, also once it holds its stock', async () => {
    api.engine.onDeliver = async (input) => {
      await capture(activities, { ...input, knownVersion: 0, settleTies: false });
    };
    const lines = [{ sku: 'TEA-100', quantity: 40, unitPrice: '1.00' }];
    const body = order({ externalId: 'B-1', lines, shipping: undefined, total: undefined });
    const { body: made } = await api.send('POST', '/v1/orders', body);
    const orderId = made.id as string;
    const first = await preview({ orderId });
    expect([first.order.id, first.stopsAt, first.review]).toEqual([
      orderId,
      null,
      { outcome: 'pass', findings: [] },
    ]);
    expect(await review(activities, { orderId, generation: 1, approved: [] })).toEqual(first.review);
    await reserve(activities, { orderId, generation: 1 });
    // All of it is taken now: by itself.
    expect((await preview({ orderId })).allocation).toEqual(first.allocation);
    const other = await preview({ order: order() });
    expect([other.stopsAt, other.allocation.short]).toEqual(['stock', [{ sku: 'TEA-100', missing: 2 }]]);
    const { fulfillments } = await allocate(activities, { orderId, generation: 1 });
    expect(fulfillments.length).toBe(first.allocation.fulfillments.length);
    const seen = await preview({ orderId });
    expect(seen.allocation).toEqual(first.allocation);
    const carriers = await listCarriers(activities, { orderId });
    const fulfillmentId = fulfillments[0]!.id;
    for (const { accountId } of carriers) await quote(activities, { orderId, fulfillmentId, accountId });
    const chosen = await chooseService(activities, {
      orderId,
      generation: 1,
      fulfillmentId,
      carriers,
      round: 0,
    });
    const { carrier, service } = seen.shipments[0].considered[0];
    expect({ carrier, service }).toEqual({ carrier: chosen.carrier, service: chosen.service });
  });

  it.each<[string, () => object, string]>([
    ['nothing', () => ({}), ''],
    ['both', () => ({ order: order(), orderId: randomUUID() }), ''],
    ['an unknown order', () => ({ orderId: randomUUID() }), 'orderId'],
    ['no id', () => ({ orderId: "1' or 1=1" }), 'orderId'],
    ['an unknown store', () => ({ order: { ...order(), store: randomUUID() } }), 'order.store'],
    ['amounts that do not add up', () => ({ order: order({ total: '1.00' }) }), 'order.total'],
    ['no address', () => ({ order: order({ shippingAddress: null }) }), 'order.shippingAddress'],
    ['another field', () => ({ order: { ...order(), colour: 'red' } }), 'order.colour'],
  ])('of %s is refused', async (_case, body, field) => {
    api.engine.delivered.length = 0;
    await api.refused(['POST', '/v1/orders/preview', body()], invalid(field));
  });

  it.each(['finance', 'warehouse'] as const)('is not for the role %s', (role) =>
    api.refused(
      ['POST', '/v1/orders/preview', { order: order() }, { Authorization: `Bearer ${api.keys[role]}` }],
      { status: 403, type: 'forbidden' },
    ),
  );
});
