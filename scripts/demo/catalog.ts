/** What the demo sells, where it lies, and in which shops. Names are made up; numbers are of reserved ranges. */

export type ShopKey = 'loom' | 'harbor' | 'thistle';

export interface DemoShopPlan {
  key: ShopKey;
  name: string;
  platform: 'shopify' | 'woocommerce';
  currency: string;
  taxRate: number;
  /** Whether the prices below include tax, as the shop's country has it. */
  taxesIncluded: boolean;
  /** Differences from the default policy. */
  policy: object;
  /** SKU to price, decimal. */
  prices: Readonly<Record<string, string>>;
}

export const shopPlans: readonly DemoShopPlan[] = [
  {
    key: 'loom',
    name: 'Loom & Leaf',
    platform: 'shopify',
    currency: 'EUR',
    taxRate: 0.19,
    taxesIncluded: true,
    policy: { review: { approvalAbove: { amount: '500.00', currency: 'EUR' } } },
    prices: {
      'MUG-STONE': '18.00',
      'TEA-EARL': '9.50',
      'SCARF-MERINO': '49.00',
      'LAMP-OAK': '289.00',
      'PRESS-FRENCH': '39.00',
    },
  },
  {
    key: 'harbor',
    name: 'Harbor Supply',
    platform: 'shopify',
    currency: 'USD',
    taxRate: 0,
    taxesIncluded: false,
    policy: {},
    prices: { 'MUG-STONE': '22.00', 'TEA-EARL': '11.00', 'SCARF-MERINO': '58.00' },
  },
  {
    key: 'thistle',
    name: 'Thistle Teas',
    platform: 'woocommerce',
    currency: 'GBP',
    taxRate: 0.2,
    taxesIncluded: true,
    policy: {},
    prices: { 'MUG-STONE': '16.00', 'TEA-EARL': '8.50' },
  },
];

export const warehouses = [
  {
    code: 'BER',
    name: 'Berlin',
    address: {
      company: 'Loom & Leaf GmbH',
      line1: 'Beispielstraße 12',
      city: 'Berlin',
      postalCode: '10115',
      country: 'DE',
      phone: '+49 30 23125 100',
    },
    latitude: 52.53,
    longitude: 13.38,
    timeZone: 'Europe/Berlin',
    countries: ['DE', 'AT', 'BE', 'DK', 'ES', 'FR', 'IT', 'LU', 'NL', 'PL'],
    priority: 10,
  },
  {
    code: 'LON',
    name: 'London',
    address: {
      company: 'Loom & Leaf Ltd',
      line1: '5 Sample Wharf',
      city: 'London',
      postalCode: 'E1 6AN',
      country: 'GB',
      phone: '+44 20 7946 0100',
    },
    latitude: 51.52,
    longitude: -0.07,
    timeZone: 'Europe/London',
    countries: ['GB', 'IE', 'FR'],
    priority: 20,
  },
  {
    code: 'EWR',
    name: 'Newark',
    address: {
      company: 'Loom & Leaf Inc',
      line1: '100 Example Avenue',
      city: 'Newark',
      region: 'NJ',
      postalCode: '07102',
      country: 'US',
      phone: '+1 973 555 0100',
    },
    latitude: 40.73,
    longitude: -74.17,
    timeZone: 'America/New_York',
    countries: ['US', 'CA'],
    priority: 10,
  },
];

export interface DemoProduct {
  sku: string;
  name: string;
  weightGrams: number;
  dimensionsMm: { length: number; width: number; height: number };
  hsCode: string;
  originCountry: string;
  reorderPoint: number;
}

export const products: readonly DemoProduct[] = [
  product('MUG-STONE', 'Stoneware mug', 420, [120, 100, 100], '691200', 'PT', 20),
  product('TEA-EARL', 'Earl Grey, 100 g tin', 160, [80, 80, 110], '090240', 'IN', 30),
  product('SCARF-MERINO', 'Merino scarf', 250, [300, 220, 40], '611710', 'IT', 10),
  product('LAMP-OAK', 'Oak desk lamp', 2_400, [450, 220, 220], '940521', 'DK', 4),
  product('PRESS-FRENCH', 'French press', 1_100, [240, 180, 140], '732393', 'DE', 6),
];

function product(
  sku: string,
  name: string,
  weightGrams: number,
  [length, width, height]: [number, number, number],
  hsCode: string,
  originCountry: string,
  reorderPoint: number,
): DemoProduct {
  const dimensionsMm = { length, width, height };
  return { sku, name, weightGrams, dimensionsMm, hsCode, originCountry, reorderPoint };
}

export interface DemoLot {
  sku: string;
  quantity: number;
  lot: string;
  unitCost: { amount: string; currency: string };
  /** Days from now until the last day on which it may be delivered. */
  expiresInDays?: number;
}

/** What is there when the demo begins: of the French press nothing. */
export const openingStock: Readonly<Record<string, readonly DemoLot[]>> = {
  BER: [
    lot('MUG-STONE', 200, '4.10 EUR'),
    lot('SCARF-MERINO', 90, '17.20 EUR'),
    lot('LAMP-OAK', 12, '96.00 EUR'),
  ],
  LON: [lot('MUG-STONE', 80, '3.60 GBP'), { ...lot('TEA-EARL', 150, '2.40 GBP'), expiresInDays: 540 }],
  EWR: [
    lot('MUG-STONE', 120, '4.90 USD'),
    { ...lot('TEA-EARL', 60, '3.10 USD'), expiresInDays: 480 },
    lot('SCARF-MERINO', 40, '19.00 USD'),
  ],
};

/** The receipt that frees the order that waits. */
export const restock = {
  warehouse: 'BER',
  line: { ...lot('PRESS-FRENCH', 20, '14.50 EUR'), lot: 'RESTOCK-1' },
};

function lot(sku: string, quantity: number, cost: string): DemoLot {
  const [amount = '', currency = ''] = cost.split(' ');
  return { sku, quantity, lot: 'OPENING', unitCost: { amount, currency } };
}
