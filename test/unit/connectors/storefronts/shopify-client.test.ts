import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PartyFailure } from '../../../../connectors/failure.ts';
import { shopify } from '../../../../connectors/storefronts/shopify/storefront.ts';
import { presentmentAmount } from '../../../../connectors/storefronts/shopify/refund.ts';
import { holdsOf } from '../../../../connectors/storefronts/shopify/graphql-order.ts';
import { assign } from '../../../../connectors/storefronts/shopify/fulfillment.ts';
import type { FulfillmentNotice, StorefrontClient } from '../../../../connectors/storefronts/storefront.ts';
import type { OrderSnapshot } from '../../../../domain/order.ts';
import { sandboxClient } from '../../../../sandbox/client.ts';
import type { ShopOrderView } from '../../../../sandbox/client.ts';
import type { FaultRequest } from '../../../../sandbox/faults.ts';
import { createSandbox } from '../../../../sandbox/sandbox.ts';
import type { Sandbox } from '../../../../sandbox/sandbox.ts';
import { toBody } from '../../../fixtures/storefronts/read.ts';

let sandbox: Sandbox;
let client: StorefrontClient;
let control: ReturnType<typeof sandboxClient>;
let shop: ReturnType<typeof control.shopify>;

beforeAll(async () => {
  sandbox = await createSandbox();
  control = sandboxClient(sandbox.url);
});
afterAll(() => sandbox.close());

beforeEach(async () => {
  await control.reset();
  await control.clearFaults();
  shop = control.shopify('demo');
  const made = await shop.create({
    currency: 'EUR',
    taxesIncluded: true,
    accessToken: 'shpat_test',
    jobMs: 0,
    throttle: { maximumAvailable: 1e9, restoreRate: 1e6 },
  });
  await shop.createProduct({ sku: 'CUP', price: '20.00', stock: 10 });
  await shop.createProduct({ sku: 'POT', price: '35.50', stock: 4 });
  await shop.createProduct({ sku: 'VOUCHER', price: '25.00', giftCard: true, tracked: false });
  client = connect(made.url);
});

function connect(url: string, credentials: object = { accessToken: 'shpat_test' }): StorefrontClient {
  if (!shopify.connect) throw new Error('shopify has no client');
  return shopify.connect({ id: 's1', url, currency: 'EUR', credentials, webhookSecrets: [] });
}

const address = {
  firstName: 'Jane',
  lastName: 'Sample',
  address1: 'Example Street 1',
  city: 'Berlin',
  zip: '10115',
  countryCode: 'DE',
};

const createOrder = (changes: object = {}) =>
  shop.createOrder({
    lines: [
      { sku: 'CUP', quantity: 3, discount: '6.00' },
      { sku: 'POT', quantity: 1 },
    ],
    shippingAddress: address,
    shippingPrice: '5.00',
    taxRate: 0.19,
    ...changes,
  });

const lineId = (order: ShopOrderView, sku: string) =>
  String(order.lines.find((line) => line.sku === sku)?.id);

const notice = (order: ShopOrderView, changes: Partial<FulfillmentNotice> = {}): FulfillmentNotice => ({
  orderExternalId: String(order.id),
  key: 'f-1',
  lines: [
    { externalId: lineId(order, 'CUP'), quantity: 3 },
    { externalId: lineId(order, 'POT'), quantity: 1 },
  ],
  tracking: { number: '1Z999', carrier: 'UPS', url: 'https://ups.example.com/1Z999' },
  completesOrder: true,
  notifyCustomer: true,
  ...changes,
});

const live = (order: ShopOrderView) => order.fulfillments.filter(({ status }) => status === 'SUCCESS');

async function failure(run: Promise<unknown>) {
  const error = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PartyFailure)) throw new Error('no PartyFailure', { cause: error });
  return { kind: error.kind, effect: error.effect, code: error.code };
}

describe('reading an order', () => {
  it.each([
    ['HIGH_RISK_OF_FRAUD', 'high risk of fraud'],
    ['OTHER', 'other'],
  ])('on hold, for %s: all of it is left, which its webhook does not know', async (hold, said) => {
    const order = await createOrder({ hold });
    const counts = (snapshot?: OrderSnapshot) => snapshot?.lines.map(({ fulfillable }) => fulfillable);
    const fetched = await client.fetchOrder(String(order.id));
    const told = shopify.webhooks?.parse('orders/updated', toBody(await shop.restOrder(order.id)));
    if (told?.kind !== 'order') throw new Error(`it is ${told?.kind}`);
    expect([fetched?.snapshot.holds, counts(fetched?.snapshot)]).toEqual([[said], [3, 1]]);
    expect([told.snapshot.holds, counts(told.snapshot)]).toEqual([null, [0, 0]]);
    await shop.edit(order.id, { hold: null });
    expect((await client.fetchOrder(String(order.id)))?.snapshot.holds).toEqual([]);
  });

  it.each<[string, object]>([
    ['paid', {}],
    ['net of tax', { taxesIncluded: false, tip: '3.00' }],
    ['authorized', { financialStatus: 'authorized' }],
    ['a test order', { test: true }],
    ['for pickup', { pickup: true }],
    [
      'with a gift card',
      {
        lines: [
          { sku: 'VOUCHER', quantity: 1 },
          { sku: 'CUP', quantity: 1 },
        ],
      },
    ],
    ['without SKU', { lines: [{ sku: null, price: '9.99', quantity: 2 }] }],
  ])('%s: says what its webhook says', async (_name, changes) => {
    const order = await createOrder(changes);
    const fetched = await client.fetchOrder(String(order.id));
    const told = shopify.webhooks?.parse('orders/updated', toBody(await shop.restOrder(order.id)));
    if (told?.kind !== 'order') throw new Error(`it is ${told?.kind}`);
    expect(told.snapshot.holds).toBeNull();
    expect(fetched?.snapshot).toEqual({ ...told.snapshot, holds: [] });
  });

  it.each([
    [
      'edited',
      async (order: ShopOrderView) => shop.edit(order.id, { quantities: { [lineId(order, 'CUP')]: 1 } }),
    ],
    ['fulfilled', async (order: ShopOrderView) => shop.fulfill(order.id)],
    ['cancelled', async (order: ShopOrderView) => shop.cancel(order.id)],
    [
      'refunded in part',
      async (order: ShopOrderView) =>
        shop.refund(order.id, { amount: '18.00', quantities: { [lineId(order, 'CUP')]: 1 } }),
    ],
  ])('%s: says what its webhook says', async (_name, change) => {
    const order = await createOrder();
    await change(order);
    const fetched = await client.fetchOrder(String(order.id));
    const told = shopify.webhooks?.parse('orders/updated', toBody(await shop.restOrder(order.id)));
    if (told?.kind !== 'order') throw new Error(`it is ${told?.kind}`);
    expect(told.snapshot.holds).toBeNull();
    expect(fetched?.snapshot).toEqual({ ...told.snapshot, holds: [] });
    expect(fetched?.refunds).toEqual(told.refunds);
  });

  it('knows its money and the verdict on fraud', async () => {
    const order = await createOrder({ fraud: 'INVESTIGATE' });
    const fetched = await client.fetchOrder(String(order.id));
    const [sale] = order.transactions;
    expect(fetched?.snapshot.fraud).toBe('investigate');
    expect(fetched?.snapshot.totals).toEqual({
      shipping: 500,
      tax: 1509,
      discount: 0,
      other: 0,
      total: 9450,
    });
    expect(fetched?.payments).toEqual([
      {
        externalId: String(sale?.id),
        kind: 'capture',
        amount: 9450,
        currency: 'EUR',
        provider: 'shopify_payments',
        at: new Date(sale?.at ?? '').toISOString(),
      },
    ]);
    expect(fetched?.refunds).toEqual([]);
  });

  it('an authorization, and the capture after it', async () => {
    const order = await createOrder({ financialStatus: 'authorized' });
    await shop.pay(order.id);
    const { payments } = await client.readMoney(String(order.id));
    expect(payments.map(({ kind, amount }) => [kind, amount])).toEqual([
      ['authorization', 9450],
      ['capture', 9450],
    ]);
  });

  it('reads lines beyond the first page', async () => {
    const lines = Array.from({ length: 120 }, (_, index) => ({
      sku: `S${index}`,
      price: '1.00',
      quantity: 1,
    }));
    const order = await createOrder({ lines, shippingPrice: '0.00' });
    const fetched = await client.fetchOrder(String(order.id));
    expect(fetched?.snapshot.lines.map(({ sku, fulfillable }) => [sku, fulfillable])).toEqual(
      lines.map(({ sku }) => [sku, 1]),
    );
  });

  it('there is none', async () => {
    expect(await client.fetchOrder('1')).toBeNull();
    expect(await failure(client.readMoney('1'))).toMatchObject({ kind: 'refuse', code: 'order-not-found' });
  });
});

describe('orders changed since', () => {
  it('oldest change first, page by page', async () => {
    const at = (minute: number) => `2026-03-01T10:${String(minute).padStart(2, '0')}:00Z`;
    const ids: string[] = [];
    for (let minute = 0; minute < 53; minute++)
      ids.push(
        String(
          (await createOrder({ lines: [{ sku: null, price: '1.00', quantity: 1 }], createdAt: at(minute) }))
            .id,
        ),
      );
    // Saved at the sandbox's own time, one after another.
    const orders = await shop.orders();
    const since = orders.map(({ updatedAt }) => updatedAt).toSorted()[0] ?? '';
    const first = await client.ordersChangedSince(since);
    const second = await client.ordersChangedSince(since, first.next);
    expect(first.orders).toHaveLength(50);
    expect(second.next).toBeUndefined();
    expect([...first.orders, ...second.orders].map(({ snapshot }) => snapshot.externalId)).toEqual(ids);
    expect([...first.refused, ...second.refused]).toEqual([]);
  });

  it('one that the shop does not give keeps none back; a shop that gives none is away', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 5; count++) ids.push(String((await createOrder()).id));
    await control.fault({ operation: 'shopify.Order', fault: '5xx', about: ids[1]! });
    const read = await client.ordersChangedSince('2020-01-01T00:00:00Z');
    expect(read.orders.map(({ snapshot }) => snapshot.externalId)).toEqual(ids.filter((id) => id !== ids[1]));
    expect(read.failed).toMatchObject({ kind: 'retry', code: 'http-503' });
    const away = await control.fault({ operation: 'shopify.Order', fault: '5xx' });
    expect(await failure(client.ordersChangedSince('2020-01-01T00:00:00Z'))).toMatchObject({
      code: 'http-503',
    });
    expect((await control.faults()).find(({ id }) => id === away.id)!.hits).toBe(2);
  });

  it('waits while Shopify throttles, so that a page never begins anew', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 6; count++) ids.push(String((await createOrder()).id));
    await shop.create({ throttle: { maximumAvailable: 500, restoreRate: 3000 } });
    const { orders } = await client.ordersChangedSince('2020-01-01T00:00:00Z');
    expect(orders.map(({ snapshot }) => snapshot.externalId)).toEqual(ids);
  });

  it('nothing since', async () => {
    await createOrder();
    expect(await client.ordersChangedSince('2099-01-01T00:00:00Z')).toEqual({ orders: [], refused: [] });
  });
});

describe('fulfillments', () => {
  it('carry tracking, and a repeat makes none', async () => {
    const order = await createOrder();
    const made = await client.createFulfillment(notice(order));
    expect(await client.createFulfillment(notice(order))).toEqual(made);
    const [only, ...others] = (await shop.order(order.id)).fulfillments;
    expect(others).toEqual([]);
    expect(only).toMatchObject({
      id: Number(made.externalId),
      notifiedCustomer: true,
      tracking: { company: 'UPS', numbers: ['1Z999'], urls: ['https://ups.example.com/1Z999'] },
    });
  });

  it('part of a line, then the rest under another number', async () => {
    const order = await createOrder();
    const cups = (quantity: number) => [{ externalId: lineId(order, 'CUP'), quantity }];
    await client.createFulfillment(notice(order, { lines: cups(1) }));
    const other = { number: '1Z888', carrier: 'UPS', url: null };
    await client.createFulfillment(notice(order, { key: 'f-2', lines: cups(2), tracking: other }));
    const after = await shop.order(order.id);
    expect(after.fulfillments.map(({ lines, tracking }) => [lines[0]?.quantity, tracking.numbers])).toEqual([
      [1, ['1Z999']],
      [2, ['1Z888']],
    ]);
  });

  it('two calls at the same moment leave one', async () => {
    const order = await createOrder();
    const part = notice(order, { lines: [{ externalId: lineId(order, 'CUP'), quantity: 1 }] });
    const [one, other] = await Promise.all([client.createFulfillment(part), client.createFulfillment(part)]);
    const settled = await client.createFulfillment(part);
    const after = await shop.order(order.id);
    expect(live(after).map(({ id }) => String(id))).toEqual([settled.externalId]);
    expect([one.externalId, other.externalId]).toContain(settled.externalId);
  });

  it('more than is left is refused and changes nothing', async () => {
    const order = await createOrder();
    const tooMany = notice(order, { lines: [{ externalId: lineId(order, 'CUP'), quantity: 4 }] });
    expect(await failure(client.createFulfillment(tooMany))).toEqual({
      kind: 'refuse',
      effect: 'none',
      code: 'not-fulfillable',
    });
    expect((await shop.order(order.id)).fulfillments).toEqual([]);
  });

  it('are taken back once', async () => {
    const order = await createOrder();
    const { externalId } = await client.createFulfillment(notice(order));
    await client.cancelFulfillment(String(order.id), externalId, 'k');
    await client.cancelFulfillment(String(order.id), externalId, 'k');
    await client.cancelFulfillment(String(order.id), '1', 'k');
    expect((await shop.order(order.id)).fulfillments.map(({ status }) => status)).toEqual(['CANCELLED']);
    // And can be made anew under the same number.
    await client.createFulfillment(notice(order));
    expect(live(await shop.order(order.id))).toHaveLength(1);
  });

  it.each<[string, Partial<FaultRequest>, object]>([
    [
      'a lost answer',
      { fault: 'reset-after' },
      { kind: 'retry', effect: 'unknown', code: 'connection-reset' },
    ],
    [
      'a 503 after the effect',
      { fault: '5xx-after' },
      { kind: 'retry', effect: 'unknown', code: 'http-503' },
    ],
    ['half a body', { fault: 'malformed' }, { kind: 'retry', effect: 'unknown', code: 'malformed-body' }],
    [
      "a proxy's page",
      { fault: 'malformed-before' },
      { kind: 'retry', effect: 'unknown', code: 'malformed-body' },
    ],
    [
      'a lost request',
      { fault: 'reset-before' },
      { kind: 'retry', effect: 'unknown', code: 'connection-reset' },
    ],
    ['a 503', { fault: '5xx' }, { kind: 'retry', effect: 'unknown', code: 'http-503' }],
    ['a 429', { fault: '429', retryAfter: 2 }, { kind: 'retry', effect: 'none', code: 'http-429' }],
    [
      'throttled',
      { fault: 'refuse', code: 'THROTTLED' },
      { kind: 'retry', effect: 'none', code: 'THROTTLED' },
    ],
    ['refused', { fault: 'refuse', code: 'INVALID' }, { kind: 'refuse', effect: 'none', code: 'user-error' }],
  ])('%s, then again: one fulfillment', async (_name, fault, classified) => {
    const order = await createOrder();
    await control.fault({ operation: 'shopify.fulfillmentCreate', fault: 'latency', times: 1, ...fault });
    expect(await failure(client.createFulfillment(notice(order)))).toEqual(classified);
    await client.createFulfillment(notice(order));
    expect((await shop.order(order.id)).fulfillments).toHaveLength(1);
  });
});

describe('cancelling an order', () => {
  it('neither refunds nor restocks, and is done once', async () => {
    const order = await createOrder();
    await client.cancelOrder(String(order.id), 'customer', 'k');
    await client.cancelOrder(String(order.id), 'customer', 'k');
    const after = await shop.order(order.id);
    expect([after.cancelReason, after.refunded]).toEqual(['CUSTOMER', 0]);
    expect(after.cancelledAt).not.toBeNull();
    expect((await shop.products()).find(({ sku }) => sku === 'CUP')?.levels[0]?.available).toBe(7);
  });

  it('waits for the job', async () => {
    await shop.create({ jobMs: 60 });
    const order = await createOrder();
    await client.cancelOrder(String(order.id), 'out of stock for good', 'k');
    const after = await shop.order(order.id);
    expect(after.cancelReason).toBe('OTHER');
    expect(after.cancelledAt).not.toBeNull();
  });

  it('shipped already: refused', async () => {
    const order = await createOrder();
    await shop.fulfill(order.id);
    expect(await failure(client.cancelOrder(String(order.id), 'other', 'k'))).toEqual({
      kind: 'refuse',
      effect: 'none',
      code: 'INVALID',
    });
    expect((await shop.order(order.id)).cancelledAt).toBeNull();
  });

  it('a lost answer, then again', async () => {
    const order = await createOrder();
    await control.fault({ operation: 'shopify.orderCancel', fault: 'reset-after', times: 1 });
    expect(await failure(client.cancelOrder(String(order.id), 'other', 'k'))).toMatchObject({
      effect: 'unknown',
    });
    await client.cancelOrder(String(order.id), 'other', 'k');
    expect((await shop.order(order.id)).cancelledAt).not.toBeNull();
  });
});

describe('refunds', () => {
  const request = (order: ShopOrderView, changes: object = {}) => ({
    orderExternalId: String(order.id),
    paymentExternalId: String(order.transactions[0]?.id),
    amount: 1850,
    currency: 'EUR',
    reason: 'damaged',
    key: 'o7/refund/1',
    ...changes,
  });

  it('are made once under a key, and their echo carries it', async () => {
    const order = await createOrder();
    const fact = await client.refund(request(order));
    expect(fact).toMatchObject({
      amount: 1850,
      currency: 'EUR',
      provider: 'shopify_payments',
      key: 'o7/refund/1',
    });
    expect(await client.refund(request(order))).toEqual(fact);
    expect((await shop.order(order.id)).refunded).toBe(1850);
    expect((await client.readMoney(String(order.id))).refunds).toEqual([fact]);
    const told = shopify.webhooks?.parse('orders/updated', toBody(await shop.restOrder(order.id)));
    expect(told).toMatchObject({ kind: 'order', refunds: [fact] });
  });

  it('two calls at the same moment give back once', async () => {
    const order = await createOrder();
    const [one, other] = await Promise.all([client.refund(request(order)), client.refund(request(order))]);
    expect(one).toEqual(other);
    expect((await shop.order(order.id)).refunded).toBe(1850);
  });

  it.each<FaultRequest['fault']>(['reset-after', '5xx-after', 'malformed', 'reset-before', '5xx', '429'])(
    '%s, then again: once',
    async (fault) => {
      const order = await createOrder();
      await control.fault({ operation: 'shopify.refundCreate', fault, times: 1 });
      expect(await failure(client.refund(request(order)))).toMatchObject({ kind: 'retry' });
      const fact = await client.refund(request(order));
      expect((await shop.order(order.id)).refunded).toBe(1850);
      expect(fact.amount).toBe(1850);
    },
  );

  it.each<[string, object, string]>([
    ['more than was paid', { amount: 9451 }, 'user-error'],
    ['of no such payment', { paymentExternalId: '1' }, 'payment-not-found'],
    ['in another currency', { currency: 'USD' }, 'currency-differs'],
    ['of no such order', { orderExternalId: '1' }, 'order-not-found'],
  ])('%s is refused and changes nothing', async (_name, changes, code) => {
    const order = await createOrder();
    expect(await failure(client.refund(request(order, changes)))).toEqual({
      kind: 'refuse',
      effect: 'none',
      code,
    });
    expect((await shop.order(order.id)).refunded).toBe(0);
  });

  it.each([
    ['1850', '94.50', 'EUR', '94.50', 'EUR', '18.50'],
    ['9450', '94.50', 'EUR', '101.12', 'USD', '101.12'],
    ['1000', '94.50', 'EUR', '101.12', 'USD', '10.70'],
    ['1', '94.50', 'EUR', '15200', 'JPY', '2'],
  ])('%s of %s %s paid as %s %s: %s', (amount, shopAmount, shopCurrency, paid, currency, expected) => {
    const amountSet = {
      shopMoney: { amount: shopAmount, currencyCode: shopCurrency },
      presentmentMoney: { amount: paid, currencyCode: currency },
    };
    expect(presentmentAmount(amountSet, Number(amount))).toBe(expected);
  });
});

describe('changes made by us', () => {
  const moved = {
    ...{
      name: 'Anna Maria Muster',
      company: 'Muster GmbH',
      line1: 'Weg 2',
      line2: 'Hof 3',
      city: 'New York',
    },
    ...{ region: 'NY', postalCode: '10001', country: 'US', phone: '+1 212 555 0100' },
  };
  const lostOrNot: FaultRequest['fault'][] = [
    'reset-after',
    '5xx-after',
    'malformed',
    'reset-before',
    '5xx',
    '429',
  ];

  it.each(lostOrNot)('an address is read back as it was given, also after %s', async (fault) => {
    const order = await createOrder();
    await control.fault({ operation: 'orderUpdate', fault, times: 1 });
    const change = () => client.changeAddress(String(order.id), moved);
    await change().catch(() => undefined);
    await change();
    expect((await client.fetchOrder(String(order.id)))?.snapshot.shippingAddress).toEqual(moved);
  });

  it('an address that the shop refuses changes nothing', async () => {
    const order = await createOrder();
    const change = client.changeAddress(String(order.id), { ...moved, city: '' });
    expect(await failure(change)).toMatchObject({ kind: 'refuse', effect: 'none' });
    expect(await shop.order(order.id)).toEqual(order);
  });

  it.each(lostOrNot)(
    'dropped units leave the order once and give no money back, also after %s',
    async (fault) => {
      const order = await createOrder();
      await control.fault({ operation: 'refundCreate', fault, times: 1 });
      const drop = () =>
        client.dropLines({
          orderExternalId: String(order.id),
          lines: [{ externalId: lineId(order, 'CUP'), quantity: 2 }],
          reason: 'broken',
          key: 'c-1',
        });
      await drop().catch(() => undefined);
      await Promise.all([drop(), drop()]);
      const { snapshot, refunds } = (await client.fetchOrder(String(order.id)))!;
      expect(snapshot.lines.map(({ sku, quantity, fulfillable }) => [sku, quantity, fulfillable])).toEqual([
        ['CUP', 3, 1],
        ['POT', 1, 1],
      ]);
      expect(snapshot.totals).toEqual(
        (await client.fetchOrder(String((await createOrder()).id)))!.snapshot.totals,
      );
      expect([refunds, (await shop.order(order.id)).refunded]).toEqual([[], 0]);
    },
  );

  it('more than is left is refused and drops nothing', async () => {
    const order = await createOrder();
    const drop = client.dropLines({
      orderExternalId: String(order.id),
      lines: [{ externalId: lineId(order, 'POT'), quantity: 2 }],
      reason: 'broken',
      key: 'c-2',
    });
    expect(await failure(drop)).toMatchObject({ kind: 'refuse' });
    expect(await shop.order(order.id)).toEqual(order);
  });

  it('that was refused is done under the same key of ours, once, when nothing is in its way any more', async () => {
    const order = await createOrder();
    const pot = lineId(order, 'POT');
    const drop = () =>
      client.dropLines({
        orderExternalId: String(order.id),
        lines: [{ externalId: pot, quantity: 2 }],
        reason: 'broken',
        key: 'c-3',
      });
    for (const _ of [1, 2]) {
      const { message } = await drop().then(
        () => ({ message: 'done' }),
        (error: Error) => error,
      );
      // Why, and not that it was refused before.
      expect(message).toMatch(/more than can be refunded/);
    }
    await shop.edit(order.id, { quantities: { [pot]: 4 } });
    await Promise.all([drop(), drop()]);
    await drop();
    const { snapshot } = (await client.fetchOrder(String(order.id)))!;
    expect(snapshot.lines.find(({ sku }) => sku === 'POT')!.fulfillable).toBe(2);
  });
});

describe('stock', () => {
  it('is found by its exact SKU, where the shop tracks it', async () => {
    expect(await client.findStockItem('CUP')).toMatchObject({ quantity: 10 });
    expect(await client.findStockItem('cup')).toBeNull();
    expect(await client.findStockItem('VOUCHER')).toBeNull();
    expect(await client.findStockItem('"; DROP')).toBeNull();
  });

  it('is written against the last number known', async () => {
    const item = await client.findStockItem('CUP');
    const ref = item?.ref ?? '';
    expect(await client.setStock(ref, 7, 10, 'k1')).toEqual({ result: 'set' });
    // The same request again is the same request.
    expect(await client.setStock(ref, 7, 10, 'k1')).toEqual({ result: 'set' });
    expect(await client.findStockItem('CUP')).toEqual({ ref, quantity: 7 });
    await shop.sell('CUP', 2);
    expect(await client.setStock(ref, 6, 7, 'k2')).toEqual({ result: 'conflict' });
    expect(await client.findStockItem('CUP')).toEqual({ ref, quantity: 5 });
  });

  it.each<FaultRequest['fault']>(['reset-after', '5xx-after', 'malformed', '5xx'])(
    '%s, then again: set',
    async (fault) => {
      const { ref = '' } = (await client.findStockItem('CUP')) ?? {};
      await control.fault({ operation: 'shopify.inventorySetQuantities', fault, times: 1 });
      expect(await failure(client.setStock(ref, 3, 10, 'k'))).toMatchObject({
        kind: 'retry',
        effect: 'unknown',
      });
      expect(await client.setStock(ref, 3, 10, 'k')).toEqual({ result: 'set' });
      expect(await client.findStockItem('CUP')).toEqual({ ref, quantity: 3 });
    },
  );

  it('of several locations needs one named', async () => {
    const places = await shop.create({ locations: [{ name: 'Berlin' }, { name: 'Lyon' }] });
    await shop.createProduct({ sku: 'TWO', price: '1.00', stock: { Berlin: 5, Lyon: 8 } });
    expect(await failure(client.findStockItem('TWO'))).toMatchObject({
      kind: 'refuse',
      code: 'location-missing',
    });
    const lyon = String(places.locations[1]?.id);
    const inLyon = connect(places.url, {
      accessToken: 'shpat_test',
      locationId: `gid://shopify/Location/${lyon}`,
    });
    expect(await inLyon.findStockItem('TWO')).toMatchObject({ quantity: 8 });
  });

  it('an unknown ref is refused', async () => {
    expect(await failure(client.setStock('products/1', 1, 1, 'k'))).toMatchObject({
      code: 'unknown-stock-item',
    });
  });
});

describe('the way to the shop', () => {
  it('a wrong token is refused', async () => {
    const { url } = await shop.get();
    const stranger = connect(url, { accessToken: 'shpat_wrong' });
    expect(await failure(stranger.fetchOrder('1'))).toEqual({
      kind: 'refuse',
      effect: 'none',
      code: 'http-401',
    });
  });

  it('a throttled query says when to come again', async () => {
    await shop.create({ throttle: { maximumAvailable: 1, restoreRate: 10 } });
    const error = await client.fetchOrder('1').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'retry', effect: 'none', code: 'THROTTLED' });
    expect((error as PartyFailure).retryAfterMs).toBeGreaterThanOrEqual(100);
  });

  it.each([
    [{}, 'accessToken'],
    [{ accessToken: '' }, 'accessToken'],
    [{ accessToken: 'a', apiVersion: 'latest' }, 'apiVersion'],
    [{ accessToken: 'a', locationId: 'Berlin' }, 'locationId'],
  ])('credentials %j: %s is wrong', (credentials, field) => {
    const issues = shopify.credentials.safeParse(credentials).error?.issues ?? [];
    expect(issues.map(({ path }) => path.join('.'))).toEqual([field]);
  });
});

it.each<[string, [status: string, holds: string[], remaining: number][], string[]]>([
  ['nothing', [['OPEN', [], 2]], []],
  [
    'a hold of a part',
    [
      ['OPEN', [], 2],
      ['ON_HOLD', ['AWAITING_PAYMENT'], 1],
    ],
    ['awaiting payment'],
  ],
  ['two holds of one kind', [['ON_HOLD', ['OTHER', 'OTHER'], 1]], ['other']],
  ['a hold that says nothing', [['ON_HOLD', [], 1]], ['on hold']],
  ['a later day', [['SCHEDULED', [], 1]], ['scheduled for later']],
  ['a hold of what is done', [['ON_HOLD', ['OTHER'], 0]], []],
])('sees that %s holds an order', (_, groups, expected) => {
  const orders = groups.map(([status, holds, remainingQuantity], n) => ({
    ...{ id: `fo${n}`, status, method: 'SHIPPING', locationId: 'B', holds },
    lines: [{ id: 'a', remainingQuantity, lineItem: { id: '1' } }],
  }));
  expect(holdsOf(orders)).toEqual(expected);
});

it('takes units from several fulfillment orders, by location', () => {
  const open = (id: string, locationId: string, lines: [string, string, number][], status = 'OPEN') => ({
    id,
    status,
    method: 'SHIPPING',
    locationId,
    holds: [],
    lines: lines.map(([line, lineItem, remainingQuantity]) => ({
      id: line,
      remainingQuantity,
      lineItem: { id: lineItem },
    })),
  });
  const orders = [
    open('closed', 'B', [['z', '1', 9]], 'CLOSED'),
    open('one', 'B', [
      ['a', '1', 2],
      ['b', '2', 1],
    ]),
    open('two', 'L', [['c', '1', 3]]),
    open('three', 'B', [['d', '1', 1]]),
  ];
  expect(assign(orders, new Map([['1', 6]]))).toEqual([
    [
      { fulfillmentOrderId: 'one', fulfillmentOrderLineItems: [{ id: 'a', quantity: 2 }] },
      { fulfillmentOrderId: 'three', fulfillmentOrderLineItems: [{ id: 'd', quantity: 1 }] },
    ],
    [{ fulfillmentOrderId: 'two', fulfillmentOrderLineItems: [{ id: 'c', quantity: 3 }] }],
  ]);
  expect(assign(orders, new Map([['1', 7]]))).toBeNull();
});
