import type { Address } from '../../../../domain/order.ts';
import type { ParcelItem, ShipmentRequest } from '../../../../connectors/carriers/carrier.ts';

/** Made-up parties; phone numbers of ranges that are reserved for fiction. */
export const places = {
  us: {
    name: 'Robin Sample',
    line1: '100 Example Avenue',
    line2: 'Suite 5',
    city: 'Alpharetta',
    region: 'Georgia',
    postalCode: '30005-1234',
    country: 'US',
    phone: '+1 (555) 010-0123',
  },
  usWarehouse: {
    name: 'Shipping Desk',
    company: 'Example Goods Inc.',
    line1: '1 Sample Road',
    city: 'Timonium',
    region: 'MD',
    postalCode: '21093',
    country: 'US',
    phone: '555-0100-199',
  },
  pr: {
    name: 'Robin Sample',
    line1: '7 Calle Ejemplo',
    city: 'San Juan',
    region: 'PR',
    postalCode: '00901',
    country: 'US',
    phone: '+1 555 010 0124',
  },
  de: {
    name: 'Jürgen Muster',
    line1: 'Musterstraße 12',
    city: 'Köln',
    region: 'NW',
    postalCode: '50667',
    country: 'DE',
    phone: '+49 30 23125 001',
  },
  deWarehouse: {
    name: 'Versand',
    company: 'Beispiel GmbH',
    line1: 'Lagerweg 3',
    city: 'Berlin',
    postalCode: '10785',
    country: 'DE',
    phone: '+49 30 23125 002',
  },
  fr: {
    name: 'Camille Exemple',
    company: 'Exemple SARL',
    line1: '4 rue de l’Exemple',
    city: 'Lyon',
    postalCode: '69001',
    country: 'FR',
    phone: '+33 1 99 00 00 01',
  },
  jpWarehouse: {
    name: '見本 太郎',
    company: '見本商店',
    line1: '千代田区見本町1-2-3',
    city: '東京',
    region: '東京都',
    postalCode: '100-0001',
    country: 'JP',
    phone: '+81 3 0000 0001',
  },
  ca: {
    name: 'Robin Sample',
    line1: '12 Example Street',
    city: 'Montréal',
    region: 'Québec',
    postalCode: 'h2x 1y4',
    country: 'CA',
    phone: '1-555-010-0125',
  },
  long: {
    name: 'Maximiliana Alexandra Theodora von Beispielhausen-Musterstadt',
    company: 'Internationale Beispielgesellschaft für lange Firmennamen mbH & Co. KG',
    line1: 'Donaudampfschifffahrtsgesellschaftskapitänsplatz 123, Hinterhaus',
    line2: '3. Obergeschoss links',
    city: 'Sankt Beispielberg an der langen Musterachse',
    postalCode: '1010',
    country: 'AT',
    phone: '+43 1 000 0000 ext. 12',
  },
} satisfies Record<string, Address>;

export const mug: ParcelItem = {
  sku: 'MUG-1',
  title: 'Stoneware mug, blue',
  quantity: 2,
  unitValue: { minor: 1250, currency: 'USD' },
  weightGrams: 350,
  hsCode: '6912.00',
  originCountry: 'PT',
};

export const lamp: ParcelItem = {
  sku: 'LAMP-7',
  title:
    'Reading lamp with a very long name that needs several lines of the customs invoice to be written out',
  quantity: 1,
  unitValue: { minor: 0, currency: 'USD' },
  weightGrams: 900,
  hsCode: null,
  originCountry: 'VN',
};

export function shipment(
  from: Address,
  to: Address,
  changes: Partial<ShipmentRequest> = {},
): ShipmentRequest {
  return {
    from,
    to,
    parcel: { weightGrams: 1234, dimensions: { length: 200, width: 300, height: 101 } },
    items: [mug],
    reference: 'P-0042-1',
    ...changes,
  };
}

/** Every kind of lane that the UPS connector tells apart. */
export const lanes: Record<string, ShipmentRequest> = {
  'US domestic': shipment(places.usWarehouse, places.us),
  'US to Puerto Rico': shipment(places.usWarehouse, places.pr),
  'US to Canada': shipment(places.usWarehouse, places.ca),
  'US to Germany with customs': shipment(places.usWarehouse, places.de),
  'several items': shipment(places.usWarehouse, places.de, { items: [mug, lamp] }),
  'Germany to France': shipment(places.deWarehouse, places.fr),
  'Germany domestic': shipment(places.deWarehouse, places.de),
  'Japan to the US': shipment(places.jpWarehouse, places.us, {
    items: [{ ...mug, unitValue: { minor: 1800, currency: 'JPY' } }],
  }),
  'long names': shipment(places.deWarehouse, places.long),
  'no size known': shipment(places.usWarehouse, places.us, {
    parcel: { weightGrams: 5, dimensions: { length: 0, width: 0, height: 0 } },
  }),
};
