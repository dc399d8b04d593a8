import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PartyFailure } from '../../../../connectors/failure.ts';
import { ordersChangedSince } from '../../../../connectors/storefronts/woocommerce/read.ts';
import { createRest } from '../../../../connectors/storefronts/woocommerce/rest.ts';
import { woocommerce } from '../../../../connectors/storefronts/woocommerce/storefront.ts';
import type { FulfillmentNotice, StorefrontClient } from '../../../../connectors/storefronts/storefront.ts';
import { sandboxClient } from '../../../../sandbox/client.ts';
import type { WooOrderView } from '../../../../sandbox/client.ts';
import type { FaultRequest } from '../../../../sandbox/faults.ts';
import { createSandbox } from '../../../../sandbox/sandbox.ts';
import type { Sandbox } from '../../../../sandbox/sandbox.ts';
import { readFixture, toBody } from '../../../fixtures/storefronts/read.ts';

let sandbox: Sandbox;
let client: StorefrontClient;
let url: string;
let control: ReturnType<typeof sandboxClient>;
let site: ReturnType<typeof control.woocommerce>;

beforeAll(async () => {
  sandbox = await createSandbox();
  control = sandboxClient(sandbox.url);
});
afterAll(() => sandbox.close());

beforeEach(async () => {
  await control.reset();
  await control.clearFaults();
  site = control.woocommerce('demo');
  ({ url } = await site.create({ currency: 'EUR', pricesIncludeTax: true }));
  await site.createProduct({ sku: 'CUP', price: '20.00', stock: 10 });
  await site.createProduct({ sku: 'POT-RED', price: '35.50', stock: 4, variationOf: 'Pot' });
  await site.createProduct({ sku: 'EBOOK', price: '5.00', manageStock: false, virtual: true });
  client = connect();
});

function connect(
  credentials: object = { consumerKey: 'ck_demo', consumerSecret: 'cs_demo' },
): StorefrontClient {
  if (!woocommerce.connect) throw new Error('woocommerce has no client');
  return woocommerce.connect({ id: 's1', url, currency: 'EUR', credentials, webhookSecrets: [] });
}

const createOrder = (changes: object = {}) =>
  site.createOrder({
    lines: [
      { sku: 'CUP', quantity: 3, discount: '6.00' },
      { sku: 'POT-RED', quantity: 1 },
    ],
    shippingAddress: {
      firstName: 'Jane',
      lastName: 'Sample',
      address1: 'Example Street 1',
      city: 'Berlin',
      postcode: '10115',
      country: 'DE',
    },
    shippingPrice: '5.00',
    taxRate: 0.19,
    ...changes,
  });

const notice = (order: WooOrderView, changes: Partial<FulfillmentNotice> = {}): FulfillmentNotice => ({
  orderExternalId: String(order.id),
  key: 'f-1',
  lines: order.lines.map(({ id, quantity }) => ({ externalId: String(id), quantity })),
  tracking: { number: '1Z999', carrier: 'UPS', url: 'https://ups.example.com/1Z999' },
  completesOrder: true,
  notifyCustomer: true,
  ...changes,
});

const trackingNumbers = (order: WooOrderView) => {
  const meta = order.meta.filter(({ key }) => key === '_wc_shipment_tracking_items');
  return meta.flatMap(({ value }) =>
    (value as { tracking_number: string }[]).map((item) => item.tracking_number),
  );
};

const shipped = (order: WooOrderView) => ({
  status: order.status,
  numbers: trackingNumbers(order),
  notes: order.notes.filter(({ note }) => note.startsWith('Shipped')).map(({ customerNote }) => customerNote),
});

async function failure(run: Promise<unknown>) {
  const error = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PartyFailure)) throw new Error('no PartyFailure', { cause: error });
  return { kind: error.kind, effect: error.effect, code: error.code };
}

describe('reading an order', () => {
  it.each<[string, object]>([
    ['paid', {}],
    ['awaiting a transfer', { status: 'on-hold', paymentMethod: 'bacs' }],
    ['cash on delivery', { paymentMethod: 'cod' }],
    ['with a fee', { fee: { name: 'Gift wrap', amount: '3.00' } }],
    ['for pickup', { pickup: true }],
    ['completed', { status: 'completed' }],
  ])('%s: says what its webhook says', async (_name, changes) => {
    const order = await createOrder(changes);
    const told = woocommerce.webhooks?.parse('order.updated', toBody(await site.restOrder(order.id)));
    expect(await client.fetchOrder(String(order.id))).toEqual(told);
  });

  it('refunds lower what is left to fulfill', async () => {
    const order = await createOrder();
    await site.refund(order.id, { amount: '10.00', reason: 'late' });
    const fetched = await client.fetchOrder(String(order.id));
    expect(fetched?.snapshot.payment.state).toBe('partially_refunded');
    expect(fetched?.refunds.map(({ amount, currency, provider }) => [amount, currency, provider])).toEqual([
      [1000, 'EUR', 'stripe'],
    ]);
    expect(await client.readMoney(String(order.id))).toEqual({
      payments: fetched?.payments,
      refunds: fetched?.refunds,
    });
  });

  it('there is none', async () => {
    expect(await client.fetchOrder('999999')).toBeNull();
    expect(await failure(client.readMoney('999999'))).toMatchObject({
      kind: 'refuse',
      code: 'order-not-found',
    });
  });

  it.each([
    ['a page', { fault: 'page', status: 404 }, { kind: 'retry', code: 'http-404' }],
    [
      'WordPress without WooCommerce',
      { fault: '4xx', status: 404, code: 'rest_no_route' },
      { kind: 'refuse', code: 'rest_no_route' },
    ],
  ] as const)('%s in its place is no word about the order', async (_, fault, expected) => {
    const order = await createOrder();
    await control.fault({ operation: 'woocommerce.orders.get', times: 2, ...fault });
    expect(await failure(client.fetchOrder(String(order.id)))).toMatchObject(expected);
    expect(await failure(client.readMoney(String(order.id)))).toMatchObject(expected);
    expect(await client.fetchOrder(String(order.id))).not.toBeNull();
  });

  it('removed by the merchant', async () => {
    const order = await createOrder();
    await site.removeOrder(order.id);
    expect(await client.fetchOrder(String(order.id))).toBeNull();
  });
});

describe('orders changed since', () => {
  const rest = () => createRest(url, { consumerKey: 'ck_demo', consumerSecret: 'cs_demo' });

  async function readAll(since: string, pageSize: number) {
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const page = await ordersChangedSince(rest(), since, cursor, pageSize);
      pages.push(page.orders.map(({ snapshot }) => snapshot.externalId));
      cursor = page.next;
    } while (cursor);
    return pages;
  }

  it('all of them, also when a whole page changed in one second', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 7; count++) ids.push(String((await createOrder()).id));
    const pages = await readAll('2020-01-01T00:00:00Z', 3);
    expect([...new Set(pages.flat())].toSorted()).toEqual(ids.toSorted());
  });

  it('at or after the moment, not before', async () => {
    const order = await createOrder();
    const [since = ''] = (await client.fetchOrder(String(order.id)))?.snapshot.updatedAt.split('.') ?? [];
    expect((await client.ordersChangedSince(`${since}Z`)).orders).toHaveLength(1);
    expect(await client.ordersChangedSince('2099-01-01T00:00:00Z')).toEqual({ orders: [], refused: [] });
  });

  it('an order that changes meanwhile makes none be skipped', async () => {
    const first = await createOrder();
    for (let count = 0; count < 4; count++) await createOrder();
    const one = await ordersChangedSince(rest(), '2020-01-01T00:00:00Z', undefined, 2);
    await site.touch(first.id);
    const seen = new Set(one.orders.map(({ snapshot }) => snapshot.externalId));
    let cursor = one.next;
    while (cursor) {
      const page = await ordersChangedSince(rest(), '2020-01-01T00:00:00Z', cursor, 2);
      for (const { snapshot } of page.orders) seen.add(snapshot.externalId);
      cursor = page.next;
    }
    expect([...seen].toSorted()).toEqual((await site.orders()).map(({ id }) => String(id)).toSorted());
  });
});

describe('fulfillments', () => {
  it('write tracking, a note and the status, each once', async () => {
    const order = await createOrder();
    const made = await client.createFulfillment(notice(order));
    expect(await client.createFulfillment(notice(order))).toEqual(made);
    expect(shipped(await site.order(order.id))).toEqual({
      status: 'completed',
      numbers: ['1Z999'],
      notes: [true],
    });
  });

  it('one of several leaves the order open, without mailing', async () => {
    const order = await createOrder();
    await client.createFulfillment(notice(order, { completesOrder: false, notifyCustomer: false }));
    expect(shipped(await site.order(order.id))).toEqual({
      status: 'processing',
      numbers: ['1Z999'],
      notes: [false],
    });
    const other = { number: '1Z888', carrier: 'UPS', url: null };
    await client.createFulfillment(notice(order, { key: 'f-2', tracking: other }));
    expect(shipped(await site.order(order.id))).toEqual({
      status: 'completed',
      numbers: ['1Z999', '1Z888'],
      notes: [false, true],
    });
  });

  it.each(['cancelled', 'refunded'])('leave an order %s that the site made so meanwhile', async (status) => {
    const order = await createOrder();
    await site.edit(order.id, { status });
    const { externalId } = await client.createFulfillment(notice(order));
    expect(shipped(await site.order(order.id))).toEqual({ status, numbers: ['1Z999'], notes: [true] });
    await client.cancelFulfillment(String(order.id), externalId, 'k');
    expect(shipped(await site.order(order.id))).toMatchObject({ status, numbers: [] });
    await client.cancelOrder(String(order.id), 'as it was', 'k');
    expect(shipped(await site.order(order.id))).toMatchObject({ status });
  });

  it('are taken back once', async () => {
    const order = await createOrder();
    const { externalId } = await client.createFulfillment(notice(order));
    for (let twice = 0; twice < 2; twice++) await client.cancelFulfillment(String(order.id), externalId, 'k');
    await client.cancelFulfillment('999999', externalId, 'k');
    expect(shipped(await site.order(order.id))).toMatchObject({ status: 'processing', numbers: [] });
  });

  it.each(
    (['orders.update', 'notes.create'] as const).flatMap((operation) =>
      (['reset-after', '5xx-after', 'malformed', 'reset-before', '5xx', '429'] as const).map(
        (fault) => [operation, fault] as const,
      ),
    ),
  )('%s: %s, then again: once', async (operation, fault) => {
    const order = await createOrder();
    await control.fault({ operation: `woocommerce.${operation}`, fault, times: 1 });
    expect(await failure(client.createFulfillment(notice(order)))).toMatchObject({
      kind: 'retry',
      effect: fault === '429' ? 'none' : 'unknown',
    });
    await client.createFulfillment(notice(order));
    expect(shipped(await site.order(order.id))).toEqual({
      status: 'completed',
      numbers: ['1Z999'],
      notes: [true],
    });
  });

  it('of no such order is refused', async () => {
    const order = await createOrder();
    const other = notice(order, { orderExternalId: '999999' });
    expect(await failure(client.createFulfillment(other))).toEqual({
      kind: 'refuse',
      effect: 'none',
      code: 'order-not-found',
    });
  });
});

describe('cancelling an order', () => {
  it('is done once and refunds nothing', async () => {
    const order = await createOrder();
    for (let twice = 0; twice < 2; twice++) await client.cancelOrder(String(order.id), 'customer', 'k');
    const after = await site.order(order.id);
    expect([after.status, after.refunded]).toEqual(['cancelled', 0]);
  });
});

describe('refunds', () => {
  const request = (order: WooOrderView, changes: object = {}) => ({
    orderExternalId: String(order.id),
    paymentExternalId: 'ch_1',
    amount: 1850,
    currency: 'EUR',
    reason: 'damaged',
    key: 'o7/refund/1',
    ...changes,
  });

  it('go through the gateway once under a key, and restock nothing', async () => {
    const order = await createOrder();
    const stock = await client.findStockItem('CUP');
    const fact = await client.refund(request(order));
    expect(fact).toMatchObject({ amount: 1850, currency: 'EUR', provider: 'stripe', key: 'o7/refund/1' });
    expect(await client.refund(request(order))).toEqual(fact);
    const after = await site.order(order.id);
    expect(after.refunds.map(({ amount, refundedPayment }) => [amount, refundedPayment])).toEqual([
      [1850, true],
    ]);
    expect((await client.readMoney(String(order.id))).refunds).toEqual([fact]);
    expect(await client.findStockItem('CUP')).toEqual(stock);
  });

  it.each<FaultRequest['fault']>(['reset-after', '5xx-after', 'malformed', 'reset-before', '5xx', '429'])(
    '%s, then again: once',
    async (fault) => {
      const order = await createOrder();
      await control.fault({ operation: 'woocommerce.refunds.create', fault, times: 1 });
      expect(await failure(client.refund(request(order)))).toMatchObject({ kind: 'retry' });
      await client.refund(request(order));
      expect((await site.order(order.id)).refunded).toBe(1850);
    },
  );

  it.each<[string, object, object, string]>([
    ['more than was paid', {}, { amount: 99_999 }, 'woocommerce_rest_cannot_create_order_refund'],
    ['a gateway that cannot', { paymentMethod: 'bacs' }, {}, 'woocommerce_rest_cannot_create_order_refund'],
    ['in another currency', {}, { currency: 'USD' }, 'currency-differs'],
    ['of no such order', {}, { orderExternalId: '999999' }, 'order-not-found'],
  ])('%s is refused and changes nothing', async (_name, orderChanges, changes, code) => {
    const order = await createOrder(orderChanges);
    expect(await failure(client.refund(request(order, changes)))).toEqual({
      kind: 'refuse',
      effect: 'none',
      code,
    });
    expect((await site.order(order.id)).refunded).toBe(0);
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
  const lost: FaultRequest['fault'][] = [
    'reset-after',
    '5xx-after',
    'malformed',
    'reset-before',
    '5xx',
    '429',
  ];

  it.each(lost)('an address is read back as it was given, also after %s', async (fault) => {
    const order = await createOrder();
    await control.fault({ operation: 'woocommerce.orders.update', fault, times: 1 });
    const change = () => client.changeAddress(String(order.id), moved);
    await change().catch(() => undefined);
    await change();
    expect((await client.fetchOrder(String(order.id)))?.snapshot.shippingAddress).toEqual(moved);
  });

  it.each(lost)('the staff reads once what is not shipped any more, also after %s', async (fault) => {
    const order = await createOrder();
    await control.fault({ operation: 'woocommerce.notes.create', fault, times: 1 });
    const drop = () =>
      client.dropLines({
        orderExternalId: String(order.id),
        lines: [{ externalId: String(order.lines[0]!.id), quantity: 2 }],
        reason: 'broken',
        key: 'c-1',
      });
    await drop().catch(() => undefined);
    await drop();
    await drop();
    const after = await site.order(order.id);
    expect(after.notes.map(({ note, customerNote }) => [note, customerNote])).toEqual([
      ['Not shipped any more: 2 × CUP. broken [orderloom c-1]', false],
    ]);
    expect([after.refunded, after.lines]).toEqual([0, order.lines]);
  });
});

describe('stock', () => {
  it('is found by SKU, variations too, where the site manages it', async () => {
    expect(await client.findStockItem('CUP')).toMatchObject({ quantity: 10 });
    const variation = await client.findStockItem('POT-RED');
    expect(variation?.quantity).toBe(4);
    expect(variation?.ref).toMatch(/^products\/\d+\/variations\/\d+$/);
    expect(await client.findStockItem('EBOOK')).toBeNull();
    expect(await client.findStockItem('NONE')).toBeNull();
  });

  it.each(['CUP', 'POT-RED'])('of %s is written against the last number known', async (sku) => {
    const { ref = '', quantity = 0 } = (await client.findStockItem(sku)) ?? {};
    expect(await client.setStock(ref, 3, quantity, 'k1')).toEqual({ result: 'set' });
    expect(await client.setStock(ref, 3, quantity, 'k1')).toEqual({ result: 'set' });
    expect(await client.findStockItem(sku)).toEqual({ ref, quantity: 3 });
    await site.sell(sku, 1);
    expect(await client.setStock(ref, 5, 3, 'k2')).toEqual({ result: 'conflict' });
    expect(await client.findStockItem(sku)).toEqual({ ref, quantity: 2 });
  });

  it.each<FaultRequest['fault']>(['reset-after', '5xx-after', 'malformed', '5xx'])(
    '%s, then again: set',
    async (fault) => {
      const { ref = '' } = (await client.findStockItem('CUP')) ?? {};
      await control.fault({ operation: 'woocommerce.products.update', fault, times: 1 });
      expect(await failure(client.setStock(ref, 3, 10, 'k'))).toMatchObject({
        kind: 'retry',
        effect: 'unknown',
      });
      expect(await client.setStock(ref, 3, 10, 'k')).toEqual({ result: 'set' });
      expect(await client.findStockItem('CUP')).toEqual({ ref, quantity: 3 });
    },
  );

  it.each(['5@6', 'orders/1', 'products/1/../2'])('the ref %s is refused', async (ref) => {
    expect(await failure(client.setStock(ref, 1, 1, 'k'))).toMatchObject({ code: 'unknown-stock-item' });
  });
});

describe('the way to the site', () => {
  it('a wrong secret is refused', async () => {
    const stranger = connect({ consumerKey: 'ck_demo', consumerSecret: 'cs_wrong' });
    expect(await failure(stranger.fetchOrder('1'))).toEqual({
      kind: 'refuse',
      effect: 'none',
      code: 'woocommerce_rest_authentication_error',
    });
  });

  it('signs with OAuth on http, also what needs escaping', async () => {
    await site.createProduct({ sku: "Ä & b+c'(*)!", price: '1.00', stock: 2 });
    expect(await client.findStockItem("Ä & b+c'(*)!")).toMatchObject({ quantity: 2 });
  });

  it('an order that cannot be read stops none of the others', async () => {
    const listed = [
      readFixture('woocommerce/order', { id: 1, currency: 'XXX' }),
      readFixture('woocommerce/order', { id: 2 }),
      readFixture('woocommerce/order', { id: 3, status: undefined }),
    ];
    const server = createServer((_req, res) => res.end(JSON.stringify(listed)));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const rest = createRest(address, { consumerKey: 'ck', consumerSecret: 'cs' });
    const { orders, refused } = await ordersChangedSince(rest, '2026-01-01T00:00:00Z');
    expect(orders.map(({ snapshot }) => snapshot.externalId)).toEqual(['2']);
    expect(refused).toEqual([
      { orderExternalId: '1', reason: 'Not an ISO 4217 currency: "XXX"' },
      { orderExternalId: '3', reason: expect.stringMatching(/^status: /) },
    ]);
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });

  it('asks for UTC and sends its secret neither in the address nor in a header', async () => {
    const seen: { url: URL; headers: IncomingHttpHeaders }[] = [];
    const server = createServer((req, res) => {
      seen.push({ url: new URL(req.url ?? '', 'http://site.test'), headers: req.headers });
      res.end('[]');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const rest = createRest(`http://127.0.0.1:${(server.address() as AddressInfo).port}/shop/`, {
      consumerKey: 'ck',
      consumerSecret: 'cs_secret',
    });
    await ordersChangedSince(rest, '2026-03-01T10:00:00.500Z', '2026-03-01T12:00:00.000Z|3');
    const [call] = seen;
    expect(call?.url.pathname).toBe('/shop/wp-json/wc/v3/orders');
    expect(
      Object.fromEntries([...(call?.url.searchParams ?? [])].filter(([name]) => !name.startsWith('oauth'))),
    ).toEqual({
      modified_after: '2026-03-01T11:59:59',
      dates_are_gmt: 'true',
      orderby: 'modified',
      order: 'asc',
      status: 'any',
      per_page: '100',
      page: '3',
    });
    expect(call?.headers.authorization).toBeUndefined();
    expect(call?.url.href).not.toContain('cs_secret');
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });

  it.each([
    [{}, ['consumerKey', 'consumerSecret']],
    [{ consumerKey: 'ck', consumerSecret: '' }, ['consumerSecret']],
  ])('credentials %j: %j is wrong', (credentials, fields) => {
    const issues = woocommerce.credentials.safeParse(credentials).error?.issues ?? [];
    expect(issues.map(({ path }) => path.join('.'))).toEqual(fields);
  });
});
