/** The one shop of a benchmark: a store that is connected, a warehouse with stock, orders that none of it splits. */
import type { OrderRequest } from '../sandbox/shopify/create-order.ts';
import type { BenchSystem } from './system.ts';

const sku = 'MUG';

export async function connectShop({ api, sandbox }: BenchSystem, units: number) {
  const shop = sandbox.shopify('bench');
  const made = await shop.create({
    currency: 'EUR',
    // What is measured is the engine, not how long a shop makes it wait.
    throttle: { maximumAvailable: 1_000_000, restoreRate: 1_000_000 },
  });
  const store = await api.post<{ id: string; webhookPath: string }>('/v1/stores', {
    name: 'Bench',
    platform: 'shopify',
    url: made.url,
    webhookSecret: made.secret,
    credentials: { accessToken: made.accessToken },
    currency: 'EUR',
  });
  const webhookUrl = api.url + store.webhookPath;
  await shop.subscribe(webhookUrl);
  const address = { line1: 'Beispielstraße 1', city: 'Berlin', postalCode: '10115', country: 'DE' };
  await api.post('/v1/warehouses', {
    code: 'BER',
    name: 'Berlin',
    address: { ...address, phone: '+49 30 23125 100' },
    latitude: 52.5,
    longitude: 13.4,
    countries: ['DE'],
  });
  const dimensionsMm = { length: 120, width: 100, height: 100 };
  await api.post('/v1/products', { sku, name: 'Mug', weightGrams: 400, dimensionsMm });
  const lines = [{ sku, quantity: units, unitCost: { amount: '3.00', currency: 'EUR' } }];
  await api.post('/v1/receipts', { warehouse: 'BER', lines });
  await shop.createProduct({ sku, title: 'Mug', price: '12.00', stock: units, grams: 400 });
  return { ...shop, storeId: store.id, webhookUrl, secret: made.secret, domain: made.domain };
}

export type BenchShop = Awaited<ReturnType<typeof connectShop>>;

export const orderOfOne = (n: number): OrderRequest => ({
  lines: [{ sku, quantity: 1 }],
  email: `customer.${n}@example.com`,
  shippingAddress: {
    firstName: 'Greta',
    lastName: 'Probe',
    address1: `Musterweg ${n + 1}`,
    city: 'Hamburg',
    zip: '20095',
    countryCode: 'DE',
    phone: '+49 40 66969 100',
  },
  taxRate: 0.19,
});
