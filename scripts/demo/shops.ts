/** The demo's shops in the sandbox, alike whatever their platform. */
import type { SandboxClient } from '../../sandbox/client.ts';
import type { DemoProduct, DemoShopPlan } from './catalog.ts';
import { type DemoOrder, emailOf } from './orders.ts';

export interface PlacedOrder {
  /** The shop's. */
  id: number;
}

export interface DemoShop {
  /** What POST /v1/stores takes of this platform. */
  connection: { url: string; webhookSecret: string; credentials: object };
  subscribe(webhookUrl: string): Promise<unknown>;
  offer(product: DemoProduct, price: string, stock: number): Promise<unknown>;
  /** By email. */
  placed(): Promise<Map<string, PlacedOrder>>;
  place(order: DemoOrder): Promise<PlacedOrder>;
  pay(id: number): Promise<unknown>;
}

/** Makes the shop in the sandbox, or takes the one that is there. */
export async function openShop(sandbox: SandboxClient, plan: DemoShopPlan): Promise<DemoShop> {
  return plan.platform === 'shopify' ? openShopify(sandbox, plan) : openWoo(sandbox, plan);
}

async function openShopify(sandbox: SandboxClient, plan: DemoShopPlan): Promise<DemoShop> {
  const shop = sandbox.shopify(plan.key);
  const { currency, taxesIncluded } = plan;
  const made = await shop.create({ currency, taxesIncluded });
  const known = new Set((await shop.products()).map(({ sku }) => sku));
  return {
    connection: {
      url: made.url,
      webhookSecret: made.secret,
      credentials: { accessToken: made.accessToken },
    },
    subscribe: (url) => shop.subscribe(url),
    offer: async ({ sku, name, weightGrams }, price, stock) => {
      if (!known.has(sku)) await shop.createProduct({ sku, title: name, price, stock, grams: weightGrams });
    },
    placed: async () => new Map((await shop.orders()).map(({ email, id }) => [email ?? '', { id }])),
    place: async (order) => {
      const { firstName, lastName, line1, city, region, postalCode, country, phone } = order.to;
      const { id } = await shop.createOrder({
        lines: order.lines,
        email: emailOf(order),
        customer: { firstName, lastName },
        shippingAddress: {
          firstName,
          lastName,
          address1: line1,
          city,
          zip: postalCode,
          countryCode: country,
          ...(region && { provinceCode: region }),
          ...(phone && { phone }),
        },
        shippingPrice: order.shippingPrice,
        taxRate: plan.taxRate,
        taxesIncluded,
        financialStatus: isPaidLater(order) ? 'pending' : 'paid',
      });
      return { id };
    },
    pay: (id) => shop.pay(id),
  };
}

async function openWoo(sandbox: SandboxClient, plan: DemoShopPlan): Promise<DemoShop> {
  const site = sandbox.woocommerce(plan.key);
  const { currency, taxesIncluded: pricesIncludeTax, taxRate } = plan;
  const made = await site.create({ currency, pricesIncludeTax });
  const known = new Set((await site.products()).map(({ sku }) => sku));
  const webhookSecret = `webhooks-of-${plan.key}`;
  return {
    connection: {
      url: made.url,
      webhookSecret,
      credentials: { consumerKey: made.consumerKey, consumerSecret: made.consumerSecret },
    },
    subscribe: (url) => site.subscribe(url, webhookSecret),
    offer: async ({ sku, name }, price, stock) => {
      if (!known.has(sku)) await site.createProduct({ sku, name, price, stock });
    },
    placed: async () => new Map((await site.orders()).map(({ billing, id }) => [billing.email, { id }])),
    place: async (order) => {
      const { firstName, lastName, line1, city, postalCode, country, phone } = order.to;
      const { id } = await site.createOrder({
        lines: order.lines,
        email: emailOf(order),
        shippingAddress: { firstName, lastName, address1: line1, city, postcode: postalCode, country, phone },
        shippingPrice: order.shippingPrice,
        taxRate,
        pricesIncludeTax,
        ...(isPaidLater(order) ? { status: 'on-hold', paymentMethod: 'bacs' } : { paymentMethod: 'stripe' }),
      });
      return { id };
    },
    pay: (id) => site.pay(id),
  };
}

const isPaidLater = ({ told }: DemoOrder) => told === 'unpaid' || told === 'out-of-order';
