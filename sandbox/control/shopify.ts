import { shuffled, seededRandom } from '../random.ts';
import { addFulfillmentEvent, cancelFulfillment, fulfill } from '../shopify/fulfill.ts';
import { cancelOrder } from '../shopify/cancel.ts';
import { createOrder } from '../shopify/create-order.ts';
import { putProduct, putShop } from '../shopify/create-shop.ts';
import { editOrder, orderOf, payOrder } from '../shopify/edit.ts';
import * as figures from '../shopify/figures.ts';
import { second, type Shop, type ShopOrder } from '../shopify/model.ts';
import { refundOrder } from '../shopify/refund.ts';
import { restOrder } from '../shopify/rest-order.ts';
import { moveStock, productBySku } from '../shopify/stock.ts';
import { emit, newEventId } from '../shopify/webhooks.ts';
import { saveOrder, type Outcome, type ShopWorld } from '../shopify/world.ts';
import { toMinor } from '../money.ts';
import { NotThere, type ControlRoute } from './routes.ts';

export function shopifyControl(world: ShopWorld): ControlRoute[] {
  const { tables } = world;
  const shopOf = (name: string | undefined): Shop => {
    const shop = tables.shops.get('', name ?? '');
    if (shop === undefined) throw new NotThere(`there is no shop "${name}"`);
    return shop;
  };
  const on =
    (action: (shop: Shop, order: ShopOrder, body: any) => unknown): ControlRoute[2] =>
    ({ part: [name, id], body }) => {
      const shop = shopOf(name);
      return action(shop, orderOf(world, shop, Number(id)), body);
    };
  const order = String.raw`^\/shopify\/([a-z0-9-]+)\/orders\/(\d+)`;

  return [
    [
      'PUT',
      /^\/shopify\/([a-z0-9-]+)$/,
      ({ call, part: [name], body }) => shopView(putShop(world, name!, body), call.address),
    ],
    ['GET', /^\/shopify\/([a-z0-9-]+)$/, ({ call, part: [name] }) => shopView(shopOf(name), call.address)],
    ['DELETE', /^\/shopify\/([a-z0-9-]+)$/, ({ part: [name] }) => removeShop(world, shopOf(name))],
    [
      'POST',
      /^\/shopify\/([a-z0-9-]+)\/products$/,
      ({ part: [name], body }) => putProduct(world, shopOf(name), body),
    ],
    [
      'GET',
      /^\/shopify\/([a-z0-9-]+)\/products$/,
      ({ part: [name] }) => tables.products.all(shopOf(name).name),
    ],
    [
      'POST',
      /^\/shopify\/([a-z0-9-]+)\/products\/([^/]+)\/sell$/,
      ({ part: [name, sku], body }) => sell(world, shopOf(name), sku!, body.quantity ?? 1),
    ],
    [
      'POST',
      /^\/shopify\/([a-z0-9-]+)\/orders$/,
      ({ part: [name], body }) => orderView(shopOf(name), createOrder(world, shopOf(name), body)),
    ],
    [
      'GET',
      /^\/shopify\/([a-z0-9-]+)\/orders$/,
      ({ part: [name] }) => tables.orders.all(shopOf(name).name).map((one) => orderView(shopOf(name), one)),
    ],
    [
      'POST',
      /^\/shopify\/([a-z0-9-]+)\/orders\/bulk$/,
      ({ part: [name], body }) => createMany(world, shopOf(name), body),
    ],
    [
      'POST',
      /^\/shopify\/([a-z0-9-]+)\/webhooks\/send$/,
      ({ part: [name], body }) => sendMany(world, shopOf(name), body),
    ],
    ['GET', new RegExp(`${order}$`), on((shop, one) => orderView(shop, one))],
    ['GET', new RegExp(`${order}/rest$`), on((shop, one) => restOrder(shop, one))],
    [
      'POST',
      new RegExp(`${order}/pay$`),
      on((shop, one, body) => orderView(shop, payOrder(world, shop, one.id, body.amount))),
    ],
    [
      'POST',
      new RegExp(`${order}/edit$`),
      on((shop, one, body) => orderView(shop, editOrder(world, shop, one.id, body))),
    ],
    [
      'POST',
      new RegExp(`${order}/touch$`),
      on((shop, one) => orderView(shop, saveOrder(world, shop, one, ['orders/updated']))),
    ],
    [
      'POST',
      new RegExp(`${order}/cancel$`),
      on((shop, one, body) => orderView(shop, done(cancelOrder(world, shop, cancelRequest(one, body))))),
    ],
    [
      'POST',
      new RegExp(`${order}/refund$`),
      on((shop, one, body) =>
        orderView(shop, done(refundOrder(world, shop, refundRequest(one, body))).order),
      ),
    ],
    [
      'POST',
      new RegExp(`${order}/fulfill$`),
      on((shop, one, body) => orderView(shop, done(fulfill(world, shop, fulfillRequest(one, body))).order)),
    ],
    [
      'POST',
      new RegExp(`${order}/fulfillments/(\\d+)/cancel$`),
      ({ part: [name, , id] }) =>
        orderView(shopOf(name), done(cancelFulfillment(world, shopOf(name), Number(id))).order),
    ],
    [
      'POST',
      new RegExp(`${order}/fulfillments/(\\d+)/event$`),
      ({ part: [name, , id], body }) =>
        orderView(
          shopOf(name),
          done(addFulfillmentEvent(world, shopOf(name), { ...body, fulfillmentId: Number(id) })).order,
        ),
    ],
  ];
}

const shopView = (shop: Shop, address: string) => ({
  ...shop,
  url: `${new URL(address).origin}/shopify/${shop.name}`,
});

/** The order's facts with what follows from them. */
const orderView = (shop: Shop, order: ShopOrder) => ({
  ...order,
  shop: shop.name,
  financialStatus: figures.financialStatus(order),
  fulfillmentStatus: figures.fulfillmentStatus(order),
  total: figures.totalsOf(order).total,
  received: figures.received(order),
  refunded: figures.refunded(order),
});

/** What the shop refuses in its own admin is said as it would say it to an app. */
function done<Value>(outcome: Outcome<Value>): Value {
  if ('faults' in outcome) throw new RangeError(outcome.faults.map((fault) => fault.message).join('; '));
  return outcome.value;
}

function removeShop(world: ShopWorld, shop: Shop) {
  world.tables.orders.clear(shop.name);
  world.tables.products.clear(shop.name);
  world.tables.idempotent.clear(shop.name);
  world.tables.shops.remove('', shop.name);
  return { removed: shop.name };
}

/** A sale that no order of ours tells of: at the till, or in another channel. */
function sell(world: ShopWorld, shop: Shop, sku: string, quantity: number) {
  const product = productBySku(world.tables, shop.name, sku);
  if (product === undefined) throw new NotThere(`shop ${shop.name} has no ${sku}`);
  const place = product.levels[0]!.locationId;
  moveStock(world.tables, shop.name, sku, place, { available: -quantity }, second(world.now()));
  return productBySku(world.tables, shop.name, sku);
}

const cancelRequest = (order: ShopOrder, body: any) => ({
  orderId: order.id,
  reason: body.reason ?? 'CUSTOMER',
  refund: body.refund ?? false,
  restock: body.restock ?? true,
});

/** Of an amount, the whole remainder unless given; of line quantities by line id where given. */
function refundRequest(order: ShopOrder, body: any) {
  const parent = order.transactions.find((made) => made.kind === 'SALE' || made.kind === 'CAPTURE');
  const rest = figures.received(order) - figures.refunded(order);
  const amount = body.amount === undefined ? rest : toMinor(body.amount, order.currency);
  return {
    orderId: order.id,
    currency: order.presentment.currency,
    note: body.note ?? null,
    lines: Object.entries((body.quantities ?? {}) as Record<string, number>).map(([id, quantity]) => ({
      lineId: Number(id),
      quantity,
      restockType: body.restockType ?? 'NO_RESTOCK',
      locationId: null,
    })),
    shipping: 0,
    transactions: amount === 0 ? [] : [{ amount, parentId: parent?.id ?? null, gateway: order.gateway }],
    allowOverRefunding: false,
  };
}

const fulfillRequest = (order: ShopOrder, body: any) => ({
  parts: order.fulfillmentOrders
    .filter(figures.isOpen)
    .slice(0, 1)
    .map(({ id }) => ({ fulfillmentOrderId: id, lines: null })),
  tracking: {
    company: body.company ?? null,
    numbers: body.trackingNumber === undefined ? [] : [body.trackingNumber],
    urls: [],
  },
  notifyCustomer: false,
});

async function createMany(world: ShopWorld, shop: Shop, body: any) {
  const ids: number[] = [];
  for (let index = 0; index < body.count; index += 1) ids.push(createOrder(world, shop, body.order).id);
  if (body.wait) await world.deliveries.idle();
  return { ids };
}

/** The current bodies of these orders (all of the shop unless named), `copies` times each, maybe shuffled. */
async function sendMany(world: ShopWorld, shop: Shop, body: any) {
  const orders =
    (body.orderIds as number[] | undefined)?.map((id) => orderOf(world, shop, id)) ??
    world.tables.orders.all(shop.name);
  const batch = orders.flatMap((one) => Array.from({ length: body.copies ?? 1 }, () => one));
  const ordered = body.shuffle === undefined ? batch : shuffled(batch, seededRandom(body.shuffle));
  const at = new Date(world.now()).toISOString();
  for (const one of ordered) {
    const event = {
      topic: body.topic,
      resource: String(one.id),
      body: restOrder(shop, one),
      at,
      eventId: newEventId(),
    };
    emit(world.deliveries, shop, event, body.url ?? shop.webhooks?.url);
  }
  if (body.wait) await world.deliveries.idle();
  return { sent: ordered.length };
}
