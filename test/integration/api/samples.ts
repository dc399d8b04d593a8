import { createHmac, randomUUID } from 'node:crypto';

/** Valid requests, to be sent as they are or with one thing wrong. */

export const warehouse = {
  code: 'BER',
  name: 'Berlin',
  address: { line1: 'Lagerstraße 1', city: 'Berlin', postalCode: '10115', country: 'DE' },
  latitude: 52.5,
  longitude: 13.4,
  timeZone: 'Europe/Berlin',
  cutOff: '15:30',
  countries: ['DE', 'AT'],
  priority: 10,
};

export const product = {
  sku: 'TEA-100',
  name: 'Green tea, 100 g',
  weightGrams: 120,
  dimensionsMm: { length: 100, width: 60, height: 150 },
  hsCode: '090210',
  originCountry: 'CN',
  reorderPoint: 5,
};

export const receipt = {
  warehouse: 'BER',
  lines: [
    {
      sku: 'TEA-100',
      quantity: 40,
      lot: 'L1',
      expiresAt: '2099-03-31',
      unitCost: { amount: '3.20', currency: 'EUR' },
    },
  ],
};

export const shopifySecret = 'shpss_f00d';
export const shopifyStore = {
  name: 'Tea shop',
  platform: 'shopify',
  url: 'https://tea.example.com',
  webhookSecret: shopifySecret,
  credentials: { accessToken: 'shpat_sample' },
  currency: 'EUR',
};

export const apiStore = { name: 'Own shop', platform: 'api', credentials: {}, currency: 'EUR' };

export const newOrder = (store: string, change: object = {}) => ({
  store,
  externalId: 'A-1',
  currency: 'EUR',
  lines: [{ sku: 'TEA-100', quantity: 2, unitPrice: '12.50' }],
  shippingAddress: { name: 'Mina Muster', line1: 'Weg 1', city: 'Wien', postalCode: '1010', country: 'AT' },
  shipping: '4.90',
  total: '29.90',
  payment: { state: 'paid', provider: 'stripe', externalId: 'pi_1' },
  customer: { email: 'mina@example.com' },
  placedAt: '2026-11-20T10:00:00+01:00',
  ...change,
});

const money = (amount: string) => ({ shop_money: { amount, currency_code: 'EUR' } });

export const shopifyOrder = (id: number, change: object = {}) => ({
  id,
  name: `#${id}`,
  created_at: '2026-11-20T10:00:00+01:00',
  processed_at: '2026-11-20T10:00:00+01:00',
  updated_at: '2026-11-20T10:00:01+01:00',
  cancelled_at: null,
  currency: 'EUR',
  taxes_included: true,
  total_price_set: money('25.00'),
  total_tax_set: money('0.00'),
  total_discounts_set: money('0.00'),
  total_shipping_price_set: money('0.00'),
  total_tip_received: '0.00',
  test: false,
  financial_status: 'paid',
  payment_gateway_names: ['shopify_payments'],
  email: 'mina@example.com',
  shipping_address: {
    name: 'Mina Muster',
    address1: 'Weg 1',
    city: 'Wien',
    zip: '1010',
    country_code: 'AT',
  },
  shipping_lines: [],
  line_items: [
    {
      id: 11,
      sku: 'TEA-100',
      name: 'Green tea',
      title: 'Green tea',
      quantity: 2,
      fulfillable_quantity: 2,
      requires_shipping: true,
      price_set: money('12.50'),
      tax_lines: [],
      discount_allocations: [],
    },
  ],
  refunds: [],
  ...change,
});

/** The headers of a webhook with this body, as Shopify signs it. */
export function shopifyHeaders(
  body: string | Buffer,
  change: { topic?: string; id?: string; secret?: string } = {},
): Record<string, string> {
  const { topic = 'orders/create', id = randomUUID(), secret = shopifySecret } = change;
  return {
    'Content-Type': 'application/json',
    'X-Shopify-Topic': topic,
    'X-Shopify-Webhook-Id': id,
    'X-Shopify-Hmac-Sha256': createHmac('sha256', secret).update(body).digest('base64'),
  };
}
