import type { Call } from '../http.ts';
import { seededRandom, shuffled } from '../random.ts';
import { addressOf, createOrder, putProduct, putSite } from '../woocommerce/create-order.ts';
import { orderJson } from '../woocommerce/json.ts';
import { totalsOf, wholeSecond, type Site, type WooOrder, type WooWorld } from '../woocommerce/model.ts';
import { updateOrder } from '../woocommerce/orders.ts';
import { refundOrder } from '../woocommerce/refunds.ts';
import { createWebhook, emit } from '../woocommerce/webhooks.ts';
import { NotThere, type ControlRoute } from './routes.ts';

export function wooControl(world: WooWorld): ControlRoute[] {
  const { tables } = world;
  const siteOf = (name: string | undefined): Site => {
    const site = tables.sites.get('', name ?? '');
    if (site === undefined) throw new NotThere(`there is no site "${name}"`);
    return site;
  };
  const on =
    (action: (site: Site, order: WooOrder, body: any, base: string) => unknown): ControlRoute[2] =>
    ({ call, part: [name, id], body }) => {
      const site = siteOf(name);
      const order = tables.orders.get(site.name, id!);
      if (order === undefined) throw new NotThere(`site ${site.name} has no order ${id}`);
      return action(site, order, body, baseOf(call, site));
    };
  const update = (site: Site, order: WooOrder, base: string, change: object) =>
    orderView(site, updateOrder(world, site, base, order, change));
  const order = String.raw`^\/woocommerce\/([a-z0-9-]+)\/orders\/(\d+)`;

  return [
    [
      'PUT',
      /^\/woocommerce\/([a-z0-9-]+)$/,
      ({ call, part: [name], body }) => siteView(call, putSite(world, name!, body)),
    ],
    ['GET', /^\/woocommerce\/([a-z0-9-]+)$/, ({ call, part: [name] }) => siteView(call, siteOf(name))],
    ['DELETE', /^\/woocommerce\/([a-z0-9-]+)$/, ({ part: [name] }) => removeSite(world, siteOf(name))],
    [
      'POST',
      /^\/woocommerce\/([a-z0-9-]+)\/webhooks$/,
      ({ part: [name], body }) => subscribe(world, siteOf(name), body),
    ],
    [
      'GET',
      /^\/woocommerce\/([a-z0-9-]+)\/webhooks$/,
      ({ part: [name] }) => tables.webhooks.all(siteOf(name).name),
    ],
    [
      'POST',
      /^\/woocommerce\/([a-z0-9-]+)\/products$/,
      ({ part: [name], body }) => putProduct(world, siteOf(name), body),
    ],
    [
      'GET',
      /^\/woocommerce\/([a-z0-9-]+)\/products$/,
      ({ part: [name] }) => tables.products.all(siteOf(name).name),
    ],
    [
      'POST',
      /^\/woocommerce\/([a-z0-9-]+)\/products\/([^/]+)\/sell$/,
      ({ part: [name, sku], body }) => sell(world, siteOf(name), sku!, body.quantity ?? 1),
    ],
    [
      'POST',
      /^\/woocommerce\/([a-z0-9-]+)\/orders$/,
      ({ call, part: [name], body }) =>
        orderView(siteOf(name), createOrder(world, siteOf(name), baseOf(call, siteOf(name)), body)),
    ],
    [
      'GET',
      /^\/woocommerce\/([a-z0-9-]+)\/orders$/,
      ({ part: [name] }) => tables.orders.all(siteOf(name).name).map((one) => orderView(siteOf(name), one)),
    ],
    [
      'POST',
      /^\/woocommerce\/([a-z0-9-]+)\/orders\/bulk$/,
      ({ call, part: [name], body }) => createMany(world, siteOf(name), baseOf(call, siteOf(name)), body),
    ],
    [
      'POST',
      /^\/woocommerce\/([a-z0-9-]+)\/webhooks\/send$/,
      ({ call, part: [name], body }) => sendMany(world, siteOf(name), baseOf(call, siteOf(name)), body),
    ],
    ['GET', new RegExp(`${order}$`), on((site, one) => orderView(site, one))],
    ['GET', new RegExp(`${order}/rest$`), on((site, one, _body, base) => orderJson(site, base, one))],
    [
      'POST',
      new RegExp(`${order}/pay$`),
      on((site, one, _body, base) =>
        update(site, one, base, {
          set_paid: true,
          status: 'processing',
          transaction_id: `ch_${site.name}_${one.id}`,
        }),
      ),
    ],
    [
      'POST',
      new RegExp(`${order}/cancel$`),
      on((site, one, _body, base) => update(site, one, base, { status: 'cancelled' })),
    ],
    ['POST', new RegExp(`${order}/touch$`), on((site, one, _body, base) => update(site, one, base, {}))],
    [
      'POST',
      new RegExp(`${order}/edit$`),
      on((site, one, body, base) => update(site, one, base, editOf(body))),
    ],
    [
      'POST',
      new RegExp(`${order}/refund$`),
      on((site, one, body, base) => refund(world, site, one, body, base)),
    ],
    ['DELETE', new RegExp(`${order}$`), on((site, one, _body, base) => remove(world, site, one, base))],
  ];
}

const baseOf = (call: Call, site: Site): string => `${new URL(call.address).origin}/woocommerce/${site.name}`;

const siteView = (call: Call, site: Site) => ({ ...site, url: baseOf(call, site) });

const orderView = (site: Site, order: WooOrder) => ({
  ...order,
  site: site.name,
  total: totalsOf(order).total,
  refunded: totalsOf(order).refunded,
});

function removeSite(world: WooWorld, site: Site) {
  for (const table of [world.tables.orders, world.tables.products, world.tables.webhooks])
    table.clear(site.name);
  world.tables.sites.remove('', site.name);
  return { removed: site.name };
}

/** Replaces the site's webhooks with one for each topic, pinging the address for each, as creating them does. */
async function subscribe(world: WooWorld, site: Site, body: any) {
  world.tables.webhooks.clear(site.name);
  const topics: string[] = body.topics ?? ['order.created', 'order.updated', 'order.deleted'];
  const hooks = topics.map((topic) =>
    createWebhook(world, site, {
      topic,
      deliveryUrl: body.url,
      secret: body.secret ?? `wc-secret-${site.name}`,
    }),
  );
  await world.deliveries.idle();
  return hooks;
}

function sell(world: WooWorld, site: Site, sku: string, quantity: number) {
  const product = world.tables.products.all(site.name).find((one) => one.sku === sku);
  if (product === undefined) throw new NotThere(`site ${site.name} has no ${sku}`);
  const sold = { ...product, stock: product.stock - quantity, modifiedAt: wholeSecond(world.now()) };
  world.tables.products.put(site.name, String(product.id), sold);
  return sold;
}

const editOf = ({ shippingAddress, status, customerNote, email }: any) => ({
  ...(shippingAddress === undefined ? {} : { shipping: addressOf(shippingAddress) }),
  ...(status === undefined ? {} : { status }),
  ...(customerNote === undefined ? {} : { customer_note: customerNote }),
  ...(email === undefined ? {} : { billing: { email } }),
});

function refund(world: WooWorld, site: Site, order: WooOrder, body: any, base: string) {
  const made = refundOrder(world, site, base, order, { api_refund: false, ...body });
  if ('status' in made) throw new RangeError((made.body as { message: string }).message);
  return orderView(site, made.order);
}

function remove(world: WooWorld, site: Site, order: WooOrder, base: string) {
  world.tables.orders.remove(site.name, String(order.id));
  emit(world, site, base, 'order.deleted', order);
  return { removed: order.id };
}

async function createMany(world: WooWorld, site: Site, base: string, body: any) {
  const ids: number[] = [];
  for (let index = 0; index < body.count; index += 1) ids.push(createOrder(world, site, base, body.order).id);
  if (body.wait) await world.deliveries.idle();
  return { ids };
}

async function sendMany(world: WooWorld, site: Site, base: string, body: any) {
  const wanted = body.orderIds as number[] | undefined;
  const orders = world.tables.orders
    .all(site.name)
    .filter((one) => wanted === undefined || wanted.includes(one.id));
  const batch = orders.flatMap((one) => Array.from({ length: body.copies ?? 1 }, () => one));
  const ordered = body.shuffle === undefined ? batch : shuffled(batch, seededRandom(body.shuffle));
  for (const one of ordered) emit(world, site, base, body.topic, one, body.url);
  if (body.wait) await world.deliveries.idle();
  return { sent: ordered.length };
}
