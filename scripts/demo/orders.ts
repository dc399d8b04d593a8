/** The demo's orders: who buys what where, what happens then, and where each is in the end. */
import type { ParcelStatus } from '../../sandbox/ups/model.ts';
import type { ShopKey } from './catalog.ts';

export interface DemoOrder {
  /** The customer's address is `<key>@example.com`, by which the order is known again after a restart. */
  key: string;
  shop: ShopKey;
  /** What a reader should see in it. */
  shows: string;
  lines: { sku: string; quantity: number }[];
  to: DemoAddress;
  shippingPrice: string;
  /** How the shop tells of it: as usual, each webhook twice, the payment before the order, or not paid yet. */
  told?: 'twice' | 'out-of-order' | 'unpaid';
  /** How far the carrier takes the parcel of each warehouse; those not named wait to be picked up. */
  parcels?: Readonly<Record<string, ParcelStatus>>;
  event?: 'cancel' | 'hand-over' | 'restock';
  expected: { stage: string; condition: string };
}

export interface DemoAddress {
  firstName: string;
  lastName: string;
  line1: string;
  city: string;
  region?: string;
  postalCode: string;
  country: string;
  phone?: string;
}

const closed = { stage: 'closed', condition: 'none' };
const shipped = { stage: 'shipped', condition: 'none' };
const labelled = { stage: 'labelled', condition: 'none' };

export const orders: readonly DemoOrder[] = [
  {
    key: 'greta.probe',
    shop: 'loom',
    shows: 'the plain way, to the door',
    lines: [{ sku: 'MUG-STONE', quantity: 2 }],
    to: address('Greta', 'Probe', 'Musterweg 7', 'Hamburg', '20095', 'DE', '+49 40 66969 100'),
    shippingPrice: '4.90',
    parcels: { BER: 'delivered' },
    expected: closed,
  },
  {
    key: 'louis.exemple',
    shop: 'loom',
    shows: 'split: two warehouses, two countries',
    lines: [
      { sku: 'SCARF-MERINO', quantity: 1 },
      { sku: 'TEA-EARL', quantity: 3 },
    ],
    to: address('Louis', 'Exemple', '3 rue de l’Exemple', 'Lyon', '69002', 'FR', '+33 1 99 00 12 34'),
    shippingPrice: '12.90',
    parcels: { BER: 'delivered', LON: 'in_transit' },
    expected: shipped,
  },
  {
    key: 'sanne.voorbeeld',
    shop: 'loom',
    shows: 'label printed, waits for the pick-up',
    lines: [{ sku: 'MUG-STONE', quantity: 4 }],
    to: address('Sanne', 'Voorbeeld', 'Voorbeeldstraat 21', 'Utrecht', '3511 LX', 'NL', '+1 555 0121'),
    shippingPrice: '9.90',
    expected: labelled,
  },
  {
    key: 'jang.beispill',
    shop: 'loom',
    shows: 'a courier without API, handed over by hand',
    lines: [{ sku: 'SCARF-MERINO', quantity: 2 }],
    to: address('Jang', 'Beispill', '8 rue du Modèle', 'Luxembourg', '1611', 'LU'),
    shippingPrice: '9.90',
    event: 'hand-over',
    expected: shipped,
  },
  {
    key: 'anna.muster',
    shop: 'loom',
    shows: 'high value: a person must approve it',
    lines: [{ sku: 'LAMP-OAK', quantity: 2 }],
    to: address('Anna', 'Muster', 'Mustergasse 4', 'Wien', '1010', 'AT', '+1 555 0131'),
    shippingPrice: '0.00',
    expected: { stage: 'received', condition: 'held' },
  },
  {
    key: 'otto.normal',
    shop: 'loom',
    shows: 'waited for stock until a receipt came',
    lines: [{ sku: 'PRESS-FRENCH', quantity: 1 }],
    to: address('Otto', 'Normal', 'Probestraße 30', 'München', '80331', 'DE', '+49 89 99998 100'),
    shippingPrice: '4.90',
    event: 'restock',
    parcels: { BER: 'delivered' },
    expected: closed,
  },
  {
    key: 'jamie.sample',
    shop: 'harbor',
    shows: 'each webhook came twice: one order',
    lines: [{ sku: 'MUG-STONE', quantity: 1 }],
    to: address('Jamie', 'Sample', '200 Sample Street', 'Austin', '78701', 'US', '+1 512 555 0142', 'TX'),
    shippingPrice: '7.00',
    told: 'twice',
    parcels: { EWR: 'delivered' },
    expected: closed,
  },
  {
    key: 'robin.test',
    shop: 'harbor',
    shows: 'abroad, with customs papers',
    lines: [
      { sku: 'SCARF-MERINO', quantity: 1 },
      { sku: 'TEA-EARL', quantity: 2 },
    ],
    to: address('Robin', 'Test', '77 Test Crescent', 'Toronto', 'M5V 2T6', 'CA', '+1 416 555 0117', 'ON'),
    shippingPrice: '19.00',
    parcels: { EWR: 'in_transit' },
    expected: shipped,
  },
  {
    key: 'casey.wrongzip',
    shop: 'harbor',
    shows: 'UPS refuses the postal code: needs a person',
    lines: [{ sku: 'TEA-EARL', quantity: 1 }],
    to: address('Casey', 'Wrongzip', '9 Oops Hill', 'Boston', '0210', 'US', '+1 617 555 0163', 'MA'),
    shippingPrice: '7.00',
    expected: { stage: 'allocated', condition: 'needs_attention' },
  },
  {
    key: 'alex.regret',
    shop: 'harbor',
    shows: 'cancelled: label voided, money given back',
    lines: [{ sku: 'SCARF-MERINO', quantity: 1 }],
    to: address('Alex', 'Regret', '41 Example Road', 'Denver', '80202', 'US', '+1 303 555 0125', 'CO'),
    shippingPrice: '7.00',
    event: 'cancel',
    expected: { stage: 'cancelled', condition: 'none' },
  },
  {
    key: 'sam.later',
    shop: 'harbor',
    shows: 'its payment was told before the order',
    lines: [{ sku: 'MUG-STONE', quantity: 3 }],
    to: address('Sam', 'Later', '12 Placeholder Way', 'Seattle', '98101', 'US', '+1 206 555 0199', 'WA'),
    shippingPrice: '9.00',
    told: 'out-of-order',
    parcels: { EWR: 'delivered' },
    expected: closed,
  },
  {
    key: 'isla.specimen',
    shop: 'thistle',
    shows: 'WooCommerce, to the door',
    lines: [{ sku: 'TEA-EARL', quantity: 4 }],
    to: address('Isla', 'Specimen', '14 Specimen Close', 'Edinburgh', 'EH1 1YZ', 'GB', '+44 131 496 0142'),
    shippingPrice: '3.50',
    parcels: { LON: 'delivered' },
    expected: closed,
  },
  {
    key: 'conor.sampla',
    shop: 'thistle',
    shows: 'label printed, waits for the pick-up',
    lines: [
      { sku: 'MUG-STONE', quantity: 2 },
      { sku: 'TEA-EARL', quantity: 1 },
    ],
    to: address('Conor', 'Sampla', '6 Sample Quay', 'Cork', 'T12 X8N6', 'IE', '+353 20 912 0142'),
    shippingPrice: '6.50',
    expected: labelled,
  },
  {
    key: 'nia.pending',
    shop: 'thistle',
    shows: 'bank transfer: not paid yet',
    lines: [{ sku: 'TEA-EARL', quantity: 2 }],
    to: address('Nia', 'Pending', '2 Draft Terrace', 'Cardiff', 'CF10 1EP', 'GB', '+44 29 2018 0142'),
    shippingPrice: '3.50',
    told: 'unpaid',
    expected: { stage: 'received', condition: 'awaiting_payment' },
  },
];

function address(
  firstName: string,
  lastName: string,
  line1: string,
  city: string,
  postalCode: string,
  country: string,
  phone?: string,
  region?: string,
): DemoAddress {
  return { firstName, lastName, line1, city, postalCode, country, phone, region };
}

export const emailOf = (order: DemoOrder): string => `${order.key}@example.com`;
