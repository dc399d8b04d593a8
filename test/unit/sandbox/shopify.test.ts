import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { berlin, call, openInbox, openSandbox, openShop, type Inbox, type Stage } from './support.ts';

let stage: Stage;
let inbox: Inbox;
let shop: Awaited<ReturnType<typeof openShop>>;
beforeEach(async () => {
  stage = await openSandbox();
  inbox = await openInbox();
  shop = await openShop(stage.client, 'demo', { jobMs: 0 });
  await stage.client.shopify('demo').createProduct({ sku: 'SHOE', title: 'Shoe', price: '50.00', stock: 10 });
});
afterEach(async () => {
  await stage.sandbox.close();
  await inbox.close();
});

const gid = (type: string, id: number) => `gid://shopify/${type}/${id}`;
const store = () => stage.client.shopify('demo');
const order = (request: object = {}) =>
  store().createOrder({ lines: [{ sku: 'SHOE', quantity: 2 }], shippingAddress: berlin, ...request });
const topics = () => inbox.received.map(({ headers }) => headers['x-shopify-topic']);

const fulfillQuery = `mutation ($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) {
    fulfillment { id status trackingInfo { number url company } }
    userErrors { field message }
  }
}`;
const refundQuery = `mutation ($input: RefundInput!, $key: String!) {
  refundCreate(input: $input) @idempotent(key: $key) { refund { id note totalRefundedSet { shopMoney { amount } } } userErrors { field message } }
}`;
const stockQuery = `mutation ($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { changes { name delta quantityAfterChange } }
    userErrors { code field message }
  }
}`;

async function fulfillmentOrders(id: number) {
  const { data } = await shop.graphql(
    `query ($id: ID!) { order(id: $id) { fulfillmentOrders(first: 10) { nodes {
      id status deliveryMethod { methodType } lineItems(first: 10) { nodes { id remainingQuantity totalQuantity lineItem { id } } } } } } }`,
    { id: gid('Order', id) },
  );
  return data.order.fulfillmentOrders.nodes as any[];
}

describe('webhooks', () => {
  it('carry the whole order, signed with the secret over the raw body', async () => {
    await store().subscribe(inbox.url);
    const made = await order({
      taxRate: 0.19,
      shippingPrice: '4.90',
      lines: [{ sku: 'SHOE', quantity: 2, discount: '10' }],
    });
    await stage.client.deliveriesIdle();
    expect(topics()).toEqual(['orders/create', 'orders/paid']);
    const [{ headers, body }] = inbox.received as [Inbox['received'][number]];
    expect(headers['x-shopify-hmac-sha256']).toBe(
      createHmac('sha256', shop.shop.secret).update(body).digest('base64'),
    );
    expect(headers['x-shopify-shop-domain']).toBe('demo.myshopify.com');
    expect(headers['x-shopify-api-version']).toBe('2026-07');
    const told = JSON.parse(body);
    expect(told).toMatchObject({
      id: made.id,
      admin_graphql_api_id: gid('Order', made.id),
      name: '#1001',
      currency: 'EUR',
      taxes_included: true,
      subtotal_price: '90.00',
      total_discounts: '10.00',
      total_tax: '15.15',
      total_price: '94.90',
      total_shipping_price_set: { shop_money: { amount: '4.90', currency_code: 'EUR' } },
      financial_status: 'paid',
      fulfillment_status: null,
      shipping_address: { name: 'Ada Example', country_code: 'DE', zip: '10115' },
      line_items: [
        { sku: 'SHOE', quantity: 2, current_quantity: 2, fulfillable_quantity: 2, price: '50.00' },
      ],
    });
    expect(told.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+01:00$/);
    const ids = inbox.received.map((one) => one.headers['x-shopify-webhook-id']);
    expect(new Set(ids).size).toBe(2);
    expect(inbox.received[0]!.headers['x-shopify-event-id']).toBe(
      inbox.received[1]!.headers['x-shopify-event-id'],
    );
  });

  it('are retried with the same id and body where the shop is told to', async () => {
    await stage.client
      .shopify('demo')
      .create({ retryDelaysMs: [1, 1], webhooks: { url: inbox.url, topics: ['orders/create'] } });
    inbox.answerWith((index) => (index < 2 ? 503 : 200));
    await order();
    await stage.client.deliveriesIdle();
    expect(
      new Set(inbox.received.map(({ headers, body }) => headers['x-shopify-webhook-id'] + body)).size,
    ).toBe(1);
    expect((await stage.client.deliveries()).map(({ attempt, status }) => [attempt, status])).toEqual([
      [1, 503],
      [2, 503],
      [3, 200],
    ]);
  });

  it('tell amounts in the money that the customer saw, and in currencies without decimals', async () => {
    await openShop(stage.client, 'tokyo', {
      currency: 'JPY',
      webhooks: { url: inbox.url, topics: ['orders/create'] },
    });
    await stage.client.shopify('tokyo').createOrder({
      lines: [{ sku: 'X', quantity: 1, price: '1200' }],
      shippingAddress: berlin,
      presentment: { currency: 'EUR', rate: 0.006 },
    });
    await stage.client.deliveriesIdle();
    expect(JSON.parse(inbox.received[0]!.body).total_price_set).toEqual({
      shop_money: { amount: '1200', currency_code: 'JPY' },
      presentment_money: { amount: '7.20', currency_code: 'EUR' },
    });
  });

  it('tell a pickup by its shipping line alone', async () => {
    const made = await order({ pickup: true });
    const rest: any = await store().restOrder(made.id);
    expect([rest.shipping_address, rest.shipping_lines[0].carrier_identifier]).toEqual([
      null,
      '650f1a14fa979ec5c74d063e968411d4',
    ]);
    expect((await fulfillmentOrders(made.id)).map((group) => group.deliveryMethod.methodType)).toEqual([
      'PICK_UP',
    ]);
  });
});

describe('the Admin API', () => {
  it('refuses a wrong token, an unknown version and an invalid query', async () => {
    const url = `${shop.shop.url}/admin/api/2026-07/graphql.json`;
    const wrong = await call('POST', url, {
      headers: { 'x-shopify-access-token': 'no' },
      json: { query: '{ shop { name } }' },
    });
    expect(wrong.status).toBe(401);
    const headers = { 'x-shopify-access-token': shop.shop.accessToken };
    expect(
      (
        await call('POST', url.replace('2026-07', '2026-05'), {
          headers,
          json: { query: '{ shop { name } }' },
        })
      ).status,
    ).toBe(404);
    const invalid = await shop.graphql('{ shop { nonsense } }');
    expect(invalid.errors[0].message).toBe('Cannot query field "nonsense" on type "Shop".');
  });

  it('throttles by cost and says what is left', async () => {
    await store().create({ throttle: { maximumAvailable: 3, restoreRate: 0 } });
    const first = await shop.graphql('{ shop { name } }');
    expect(first.extensions.cost).toEqual({
      requestedQueryCost: 1,
      actualQueryCost: 1,
      throttleStatus: { maximumAvailable: 3, currentlyAvailable: 2, restoreRate: 0 },
    });
    const second = await shop.graphql('{ locations(first: 250) { nodes { id } } }');
    expect(second.errors[0]).toEqual({ message: 'Throttled', extensions: { code: 'THROTTLED' } });
  });

  it('lists orders by when they changed, page after page', async () => {
    const made = [await order(), await order(), await order()];
    const query = `query ($after: String, $query: String) { orders(first: 2, after: $after, sortKey: UPDATED_AT, query: $query) {
      nodes { legacyResourceId } pageInfo { hasNextPage endCursor } } }`;
    const first = (await shop.graphql(query, { query: "updated_at:>='2020-01-01T00:00:00Z'" })).data.orders;
    const second = (
      await shop.graphql(query, {
        query: "updated_at:>='2020-01-01T00:00:00Z'",
        after: first.pageInfo.endCursor,
      })
    ).data.orders;
    expect([...first.nodes, ...second.nodes].map((one: any) => Number(one.legacyResourceId))).toEqual(
      made.map(({ id }) => id),
    );
    expect([first.pageInfo.hasNextPage, second.pageInfo.hasNextPage]).toEqual([true, false]);
    const later = await shop.graphql(query, { query: "updated_at:>='2100-01-01T00:00:00Z'" });
    expect(later.data.orders.nodes).toEqual([]);
  });
});

describe('fulfillments', () => {
  it('take what remains, in parts, and never more', async () => {
    await store().subscribe(inbox.url);
    const made = await order({
      lines: [
        { sku: 'SHOE', quantity: 3 },
        { sku: null, title: 'Gift card', price: '10', quantity: 1, giftCard: true },
      ],
    });
    const groups = await fulfillmentOrders(made.id);
    expect(groups.map((group) => group.deliveryMethod.methodType)).toEqual(['SHIPPING', 'NONE']);
    const [group] = groups;
    const part = (quantity: number) => ({
      fulfillment: {
        lineItemsByFulfillmentOrder: [
          {
            fulfillmentOrderId: group.id,
            fulfillmentOrderLineItems: [{ id: group.lineItems.nodes[0].id, quantity }],
          },
        ],
        trackingInfo: { number: '1Z999AA10123456784', company: 'UPS' },
      },
    });
    const first = await shop.graphql(fulfillQuery, part(2));
    expect(first.data.fulfillmentCreate).toMatchObject({
      fulfillment: {
        status: 'SUCCESS',
        trackingInfo: [{ number: '1Z999AA10123456784', company: 'UPS', url: null }],
      },
      userErrors: [],
    });
    const more = await shop.graphql(fulfillQuery, part(2));
    expect(more.data.fulfillmentCreate).toEqual({
      fulfillment: null,
      userErrors: [
        { field: ['fulfillment'], message: 'Invalid fulfillment order line item quantity requested.' },
      ],
    });
    await shop.graphql(fulfillQuery, part(1));
    expect((await fulfillmentOrders(made.id))[0]).toMatchObject({
      status: 'CLOSED',
      lineItems: { nodes: [{ remainingQuantity: 0 }] },
    });
    const closed = await shop.graphql(fulfillQuery, part(1));
    expect(closed.data.fulfillmentCreate.userErrors[0].message).toMatch(/unfulfillable status= closed/);
    await stage.client.deliveriesIdle();
    expect(topics().filter((topic) => topic === 'fulfillments/create')).toHaveLength(2);
    expect((await store().products())[0]!.levels[0]).toMatchObject({ available: 7, committed: 0 });
  });

  it('are given back by cancelling: wholly as a new fulfillment order', async () => {
    const made = await order();
    const [group] = await fulfillmentOrders(made.id);
    const whole = { fulfillment: { lineItemsByFulfillmentOrder: [{ fulfillmentOrderId: group.id }] } };
    const { fulfillment } = (await shop.graphql(fulfillQuery, whole)).data.fulfillmentCreate;
    const cancel =
      'mutation ($id: ID!) { fulfillmentCancel(id: $id) { fulfillment { status } userErrors { message } } }';
    const cancelled = await shop.graphql(cancel, { id: fulfillment.id });
    expect(cancelled.data.fulfillmentCancel).toEqual({
      fulfillment: { status: 'CANCELLED' },
      userErrors: [],
    });
    const groups = await fulfillmentOrders(made.id);
    expect(groups.map(({ status }) => status)).toEqual(['CLOSED', 'OPEN']);
    expect(groups[1].id).not.toBe(group.id);
    const again = await shop.graphql(cancel, { id: fulfillment.id });
    expect(again.data.fulfillmentCancel.userErrors).toEqual([
      { message: 'Fulfillment is already cancelled.' },
    ]);
  });

  it('carry tracking events', async () => {
    const made = await order();
    const done = await store().fulfill(made.id, { trackingNumber: '1Z' });
    const event = await shop.graphql(
      `mutation ($fulfillmentEvent: FulfillmentEventInput!) { fulfillmentEventCreate(fulfillmentEvent: $fulfillmentEvent) {
        fulfillmentEvent { status } userErrors { message } } }`,
      {
        fulfillmentEvent: {
          fulfillmentId: gid('Fulfillment', done.fulfillments[0]!.id),
          status: 'OUT_FOR_DELIVERY',
        },
      },
    );
    expect(event.data.fulfillmentEventCreate).toEqual({
      fulfillmentEvent: { status: 'OUT_FOR_DELIVERY' },
      userErrors: [],
    });
    const rest: any = await store().restOrder(made.id);
    expect(rest.fulfillments[0]).toMatchObject({
      tracking_number: '1Z',
      shipment_status: 'out_for_delivery',
      status: 'success',
    });
  });
});

describe('cancelling an order', () => {
  const query = `mutation ($orderId: ID!, $refundMethod: OrderCancelRefundMethodInput) {
    orderCancel(orderId: $orderId, reason: CUSTOMER, restock: true, refundMethod: $refundMethod) {
      job { id done } orderCancelUserErrors { code message } } }`;

  it('is a job, and neither refunds nor cancels twice', async () => {
    await store().subscribe(inbox.url);
    const made = await order();
    const asked = await shop.graphql(query, { orderId: gid('Order', made.id) });
    const { job, orderCancelUserErrors } = asked.data.orderCancel;
    expect([job.done, orderCancelUserErrors]).toEqual([false, []]);
    expect(
      (await shop.graphql('query ($id: ID!) { job(id: $id) { done } }', { id: job.id })).data.job.done,
    ).toBe(true);
    const after = await store().order(made.id);
    expect([after.cancelReason, after.financialStatus, after.refunded]).toEqual(['CUSTOMER', 'PAID', 0]);
    expect((await store().products())[0]!.levels[0]).toMatchObject({ available: 10, committed: 0 });
    const again = await shop.graphql(query, { orderId: gid('Order', made.id) });
    expect(again.data.orderCancel).toEqual({
      job: null,
      orderCancelUserErrors: [{ code: 'INVALID', message: 'Order has already been cancelled' }],
    });
    await stage.client.deliveriesIdle();
    expect(topics()).toEqual(
      expect.arrayContaining(['orders/cancelled', 'orders/updated', 'refunds/create']),
    );
    const rest: any = await store().restOrder(made.id);
    expect(rest.line_items[0]).toMatchObject({ quantity: 2, current_quantity: 0, fulfillable_quantity: 0 });
  });

  it('refunds where it is told to', async () => {
    const made = await order();
    await shop.graphql(query, {
      orderId: gid('Order', made.id),
      refundMethod: { originalPaymentMethodsRefund: true },
    });
    expect((await store().order(made.id)).financialStatus).toBe('REFUNDED');
  });

  it('is refused while something is fulfilled', async () => {
    const made = await order();
    await store().fulfill(made.id);
    const refused = await shop.graphql(query, { orderId: gid('Order', made.id) });
    expect(refused.data.orderCancel.orderCancelUserErrors[0].code).toBe('INVALID');
    expect((await store().order(made.id)).cancelledAt).toBe(null);
  });
});

describe('refunds', () => {
  const input = (made: { id: number; transactions: { id: number }[] }, amount: string) => ({
    orderId: gid('Order', made.id),
    note: 'late',
    transactions: [
      {
        orderId: gid('Order', made.id),
        parentId: gid('OrderTransaction', made.transactions[0]!.id),
        amount,
        gateway: 'shopify_payments',
        kind: 'REFUND',
      },
    ],
  });

  it('happen once per key', async () => {
    const made = await order();
    const first = await shop.graphql(refundQuery, { input: input(made, '30.00'), key: 'a' });
    const second = await shop.graphql(refundQuery, { input: input(made, '30.00'), key: 'a' });
    expect(second.data).toEqual(first.data);
    expect((await store().order(made.id)).refunded).toBe(3000);
    const other = await shop.graphql(refundQuery, { input: input(made, '31.00'), key: 'a' });
    expect(other.data.refundCreate.userErrors[0].message).toMatch(/different operation parameters/);
    await shop.graphql(refundQuery, { input: input(made, '70.00'), key: 'b' });
    expect(await store().order(made.id)).toMatchObject({ refunded: 10000, financialStatus: 'REFUNDED' });
  });

  it('never exceed what was taken', async () => {
    const made = await order();
    const refused = await shop.graphql(refundQuery, { input: input(made, '100.01'), key: 'a' });
    expect(refused.data.refundCreate.refund).toBe(null);
    expect((await store().order(made.id)).refunded).toBe(0);
    const again = await shop.graphql(refundQuery, { input: input(made, '100.01'), key: 'a' });
    expect(again.data.refundCreate.userErrors[0].message).toMatch(
      /previous request with this idempotency key failed/,
    );
  });

  it('are given in the currency that the customer paid in', async () => {
    const made = await order({ presentment: { currency: 'USD', rate: 1.1 } });
    const unnamed = await shop.graphql(refundQuery, { input: input(made, '55.00'), key: 'a' });
    expect(unnamed.data.refundCreate.userErrors[0].field).toEqual(['currency']);
    await shop.graphql(refundQuery, { input: { ...input(made, '55.00'), currency: 'USD' }, key: 'b' });
    expect((await store().order(made.id)).refunded).toBe(5000);
  });

  it('need the directive from 2026-04 on', async () => {
    const made = await order();
    const bare = refundQuery.replace(' @idempotent(key: $key)', '').replace(', $key: String!', '');
    const refused = await shop.graphql(bare, { input: input(made, '10.00') });
    expect(refused.errors[0]).toMatchObject({ extensions: { code: 'BAD_REQUEST' } });
    expect(
      (await shop.graphql(bare, { input: input(made, '10.00') }, '2026-01')).data.refundCreate.userErrors,
    ).toEqual([]);
  });
});

describe('stock', () => {
  const set = async (quantity: number, changeFromQuantity: number | null | undefined, key: string) => {
    const [product] = await store().products();
    const { data } = await shop.graphql(stockQuery, {
      key,
      input: {
        name: 'available',
        reason: 'correction',
        quantities: [
          {
            inventoryItemId: gid('InventoryItem', product!.inventoryItemId),
            locationId: gid('Location', product!.levels[0]!.locationId),
            quantity,
            ...(changeFromQuantity === undefined ? {} : { changeFromQuantity }),
          },
        ],
      },
    });
    return data.inventorySetQuantities;
  };
  const available = async () => (await store().products())[0]!.levels[0]!.available;

  it('is written only over the number that was expected', async () => {
    await store().sell('SHOE', 1);
    const stale = await set(20, 10, 'a');
    expect(stale.userErrors.map((one: any) => one.code)).toEqual(['CHANGE_FROM_QUANTITY_STALE']);
    expect(await available()).toBe(9);
    const fresh = await set(20, 9, 'b');
    expect(fresh).toEqual({
      inventoryAdjustmentGroup: { changes: [{ name: 'available', delta: 11, quantityAfterChange: 20 }] },
      userErrors: [],
    });
    expect(await available()).toBe(20);
  });

  it('must name what it expects, be it null', async () => {
    expect((await set(20, undefined, 'a')).userErrors[0].code).toBe('COMPARE_QUANTITY_REQUIRED');
    expect((await set(20, null, 'b')).userErrors).toEqual([]);
    expect((await set(-1, null, 'c')).userErrors[0].code).toBe('INVALID_QUANTITY_NEGATIVE');
  });

  it('is written once per key', async () => {
    const first = await set(20, 10, 'a');
    await store().sell('SHOE', 5);
    expect(await set(20, 10, 'a')).toEqual(first);
    expect(await available()).toBe(15);
  });

  it('is found by SKU, committed by orders and freed by cancelling', async () => {
    const made = await order();
    const { data } = await shop.graphql(
      `{ productVariants(first: 1, query: "sku:SHOE") { nodes { inventoryItem { tracked inventoryLevels(first: 1) { nodes {
        quantities(names: ["available", "committed", "on_hand"]) { name quantity } } } } } } }`,
    );
    expect(data.productVariants.nodes[0].inventoryItem.inventoryLevels.nodes[0].quantities).toEqual([
      { name: 'available', quantity: 8 },
      { name: 'committed', quantity: 2 },
      { name: 'on_hand', quantity: 10 },
    ]);
    await store().cancel(made.id);
    expect(await available()).toBe(10);
  });
});

describe('what the merchant does', () => {
  it('changes quantities as Shopify does: removals show in current_quantity only', async () => {
    await store().subscribe(inbox.url, ['orders/edited', 'orders/updated']);
    const made = await order({ lines: [{ sku: 'SHOE', quantity: 3 }] });
    const [line] = made.lines;
    await store().edit(made.id, { quantities: { [line!.id]: 1 } });
    const rest: any = await store().restOrder(made.id);
    expect(rest.line_items[0]).toMatchObject({ quantity: 3, current_quantity: 1, fulfillable_quantity: 1 });
    expect([rest.total_price, rest.current_total_price]).toEqual(['150.00', '50.00']);
    await stage.client.deliveriesIdle();
    const edited = inbox.received.find(({ headers }) => headers['x-shopify-topic'] === 'orders/edited')!;
    expect(JSON.parse(edited.body).order_edit).toMatchObject({
      order_id: made.id,
      line_items: { additions: [], removals: [{ id: line!.id, delta: 2 }] },
    });
  });

  it('captures what was authorized', async () => {
    await store().subscribe(inbox.url, ['orders/paid']);
    const made = await order({ financialStatus: 'authorized' });
    expect(made.financialStatus).toBe('AUTHORIZED');
    const paid = await store().pay(made.id);
    expect([paid.financialStatus, paid.transactions.map(({ kind }) => kind)]).toEqual([
      'PAID',
      ['AUTHORIZATION', 'CAPTURE'],
    ]);
    await stage.client.deliveriesIdle();
    expect(topics()).toEqual(['orders/paid']);
  });

  it('is refused in words what the shop would not do', async () => {
    const made = await order();
    await expect(store().pay(made.id)).rejects.toThrow(/422.*nothing of that amount is open/);
    await expect(store().order(1)).rejects.toThrow(/422.*has no order 1/);
    await expect(stage.client.shopify('other').orders()).rejects.toThrow(/404.*no shop/);
  });
});
