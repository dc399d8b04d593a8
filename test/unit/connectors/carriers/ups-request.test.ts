import { describe, expect, it } from '@jest/globals';
import { toParty, toUpsAddress } from '../../../../connectors/carriers/ups/address.ts';
import { upsCredentials } from '../../../../connectors/carriers/ups/api.ts';
import { shipmentRequest } from '../../../../connectors/carriers/ups/label.ts';
import { rateRequest } from '../../../../connectors/carriers/ups/rate.ts';
import { sizeIn, weightIn } from '../../../../connectors/carriers/ups/units.ts';
import type { ShipmentRequest } from '../../../../connectors/carriers/carrier.ts';
import { lamp, lanes, mug, places, shipment } from './shipments.ts';

const credentials = upsCredentials.parse({ clientId: 'id', clientSecret: 's', accountNumber: 'a1b2c3' });
const request = (of: ShipmentRequest, service = '11') =>
  shipmentRequest(of, service, credentials, '20261124').ShipmentRequest;
const refused = (code: string) =>
  expect.objectContaining({ name: 'PartyFailure', party: 'ups', kind: 'refuse', effect: 'none', code });
const thrown = (act: () => unknown) => {
  try {
    return act();
  } catch (error) {
    return error;
  }
};

describe('addresses', () => {
  it.each([
    ['a US address', places.us, { StateProvinceCode: 'GA', PostalCode: '300051234', CountryCode: 'US' }],
    ['Puerto Rico as a state', places.pr, { PostalCode: '00901', CountryCode: 'PR' }],
    [
      'Canada',
      places.ca,
      { StateProvinceCode: 'QC', PostalCode: 'H2X1Y4', CountryCode: 'CA', City: 'Montréal' },
    ],
    ['Germany without its state', places.de, { PostalCode: '50667', CountryCode: 'DE' }],
    [
      'an Irish county',
      { ...places.de, country: 'IE', region: 'Co', postalCode: 'T12 X70A' },
      { StateProvinceCode: 'CO' },
    ],
  ])('%s', (_name, address, expected) => {
    const { AddressLine: _lines, ...rest } = toUpsAddress(address);
    expect(rest).toEqual(expect.objectContaining(expected));
    expect('StateProvinceCode' in rest).toBe('StateProvinceCode' in expected);
  });

  it('spreads long streets over three lines and cuts long names at a word', () => {
    expect(toParty(places.long)).toEqual({
      Name: 'Internationale Beispielgesellschaft',
      AttentionName: 'Maximiliana Alexandra Theodora von',
      Phone: { Number: '4310000000' },
      Address: {
        AddressLine: [
          'Donaudampfschifffahrtsgesellschafts',
          'kapitänsplatz 123, Hinterhaus',
          '3. Obergeschoss links',
        ],
        City: 'Sankt Beispielberg an der',
        PostalCode: '1010',
        CountryCode: 'AT',
      },
    });
  });

  it('joins short parts where there would be more than three lines', () => {
    const line1 = 'Building twenty-seven of the Example Park, entrance B';
    const line2 = 'Third floor on the left hand side, door 5';
    expect(toUpsAddress({ ...places.us, line1, line2 }).AddressLine).toEqual([
      'Building twenty-seven of the',
      'Example Park, entrance B, Third',
      'floor on the left hand side, door 5',
    ]);
  });

  it('romanizes other scripts', () => {
    expect(toParty(places.jpWarehouse)).toMatchObject({
      Name: expect.stringMatching(/^[\x20-\x7e]+$/),
      Address: { City: expect.stringMatching(/^[A-Za-z]+$/), CountryCode: 'JP' },
    });
  });

  it.each([
    ['region-unknown', { ...places.us, region: 'Bavaria' }],
    ['region-unknown', { ...places.ca, region: undefined }],
    ['street-too-long', { ...places.us, line2: 'x'.repeat(100) }],
    ['street-missing', { ...places.us, line1: ' ', line2: undefined }],
    ['city-missing', { ...places.us, city: '' }],
    ['postal-code-too-long', { ...places.de, postalCode: '1234567890' }],
    ['name-missing', { ...places.us, name: ' ' }],
  ])('refuses: %s', (code, address) => {
    expect(thrown(() => toParty(address))).toEqual(refused(code));
  });
});

describe('weights and sizes', () => {
  it.each([
    ['KGS', 1, '0.1'],
    ['KGS', 1000, '1.0'],
    ['KGS', 1001, '1.1'],
    ['LBS', 453, '1.0'],
    ['LBS', 454, '1.1'],
    ['LBS', 45_359_237, '100000.0'],
  ])('%s of %d g', (unit, grams, expected) => expect(weightIn(unit, grams)).toBe(expected));

  it.each([
    ['CM', { length: 200, width: 301, height: 100 }, ['31', '20', '10']],
    ['IN', { length: 254, width: 255, height: 1 }, ['11', '10', '1']],
    ['IN', { length: 254, width: 0, height: 1 }, null],
  ])('%s', (unit, dimensions, expected) => expect(sizeIn(unit, dimensions)).toEqual(expected));
});

describe('the ship request', () => {
  it('within the US: reference on the package, pounds and inches, no customs', () => {
    expect(request(lanes['US domestic']!, '03')).toEqual({
      Request: { RequestOption: 'nonvalidate' },
      Shipment: {
        Shipper: {
          Name: 'Example Goods Inc.',
          AttentionName: 'Shipping Desk',
          Phone: { Number: '5550100199' },
          Address: {
            AddressLine: ['1 Sample Road'],
            City: 'Timonium',
            StateProvinceCode: 'MD',
            PostalCode: '21093',
            CountryCode: 'US',
          },
          ShipperNumber: 'A1B2C3',
        },
        ShipTo: {
          Name: 'Robin Sample',
          AttentionName: 'Robin Sample',
          Phone: { Number: '5550100123' },
          Address: {
            AddressLine: ['100 Example Avenue', 'Suite 5'],
            City: 'Alpharetta',
            StateProvinceCode: 'GA',
            PostalCode: '300051234',
            CountryCode: 'US',
            ResidentialAddressIndicator: 'Y',
          },
        },
        ShipFrom: expect.objectContaining({ Name: 'Example Goods Inc.' }),
        PaymentInformation: { ShipmentCharge: [{ Type: '01', BillShipper: { AccountNumber: 'A1B2C3' } }] },
        Service: { Code: '03' },
        ShipmentRatingOptions: { NegotiatedRatesIndicator: 'Y' },
        Package: [
          {
            Packaging: { Code: '02' },
            Dimensions: {
              UnitOfMeasurement: { Code: 'IN', Description: 'Inches' },
              Length: '12',
              Width: '8',
              Height: '4',
            },
            PackageWeight: { UnitOfMeasurement: { Code: 'LBS', Description: 'Pounds' }, Weight: '2.8' },
            ReferenceNumber: [{ Value: 'P-0042-1' }],
          },
        ],
      },
      LabelSpecification: {
        LabelImageFormat: { Code: 'GIF' },
        HTTPUserAgent: 'Mozilla/4.5',
        LabelStockSize: { Height: '6', Width: '4' },
      },
    });
  });

  it('from the US to Germany: reference on the shipment, invoice of every item', () => {
    const { Shipment } = request(lanes['several items']!);
    expect(Shipment).toMatchObject({
      Description: 'Stoneware mug, blue, Reading lamp with a very long',
      ReferenceNumber: [{ Value: 'P-0042-1' }],
      InvoiceLineTotal: { CurrencyCode: 'USD', MonetaryValue: '25.01' },
    });
    expect(Shipment.ShipmentServiceOptions?.InternationalForms).toEqual({
      FormType: ['01'],
      Contacts: {
        SoldTo: expect.objectContaining({ Name: 'Jürgen Muster', Phone: { Number: '493023125001' } }),
      },
      Product: [
        {
          Description: ['Stoneware mug, blue'],
          Unit: { Number: '2', UnitOfMeasurement: { Code: 'PCS' }, Value: '12.50' },
          CommodityCode: '691200',
          PartNumber: 'MUG-1',
          OriginCountryCode: 'PT',
        },
        {
          Description: [
            'Reading lamp with a very long name',
            'that needs several lines of the',
            'customs invoice to be written out',
          ],
          // Given away: declared at the smallest coin.
          Unit: { Number: '1', UnitOfMeasurement: { Code: 'PCS' }, Value: '0.01' },
          PartNumber: 'LAMP-7',
          OriginCountryCode: 'VN',
        },
      ],
      InvoiceNumber: 'P-0042-1',
      InvoiceDate: '20261124',
      ReasonForExport: 'SALE',
      CurrencyCode: 'USD',
    });
  });

  it('within the EU: a description, but no invoice', () => {
    const { Shipment } = request(lanes['Germany to France']!);
    expect(Shipment).toMatchObject({
      Description: 'Stoneware mug, blue',
      ReferenceNumber: [{ Value: 'P-0042-1' }],
    });
    expect(Object.keys(Shipment)).not.toContain('ShipmentServiceOptions');
    expect(Object.keys(Shipment)).not.toContain('InvoiceLineTotal');
  });

  it('from the US to Puerto Rico: the value, but no invoice', () => {
    const { Shipment } = request(lanes['US to Puerto Rico']!);
    expect(Shipment).toMatchObject({ InvoiceLineTotal: { CurrencyCode: 'USD', MonetaryValue: '25.00' } });
    expect(Object.keys(Shipment)).not.toContain('ShipmentServiceOptions');
  });

  it('yen have no decimals; kilograms and centimeters from Japan', () => {
    const { Shipment } = request(lanes['Japan to the US']!);
    expect(Shipment).toMatchObject({
      InvoiceLineTotal: { CurrencyCode: 'JPY', MonetaryValue: '3600' },
      Package: [{ PackageWeight: { UnitOfMeasurement: { Code: 'KGS' }, Weight: '1.3' } }],
    });
  });

  it('is plain JSON, so the stored request is what is sent', () => {
    const made = request(lanes['several items']!);
    expect(JSON.parse(JSON.stringify(made))).toEqual(made);
  });

  it.each([
    ['recipient-phone-missing', shipment(places.usWarehouse, { ...places.de, phone: undefined }), '11'],
    ['sender-phone-missing', shipment({ ...places.usWarehouse, phone: '' }, places.de), '11'],
    ['recipient-phone-missing', shipment(places.usWarehouse, { ...places.us, phone: undefined }), '14'],
    [
      'origin-missing',
      shipment(places.usWarehouse, places.de, { items: [{ ...mug, originCountry: null }] }),
      '11',
    ],
    [
      'hs-code-invalid',
      shipment(places.usWarehouse, places.de, { items: [{ ...mug, hsCode: '691' }] }),
      '11',
    ],
    ['nothing-to-declare', shipment(places.usWarehouse, places.de, { items: [] }), '11'],
    ['too-many-products', shipment(places.usWarehouse, places.de, { items: Array(51).fill(mug) }), '11'],
    [
      'mixed-currencies',
      shipment(places.usWarehouse, places.de, {
        items: [mug, { ...lamp, unitValue: { minor: 100, currency: 'EUR' } }],
      }),
      '11',
    ],
  ])('refuses: %s', (code, of, service) => {
    expect(thrown(() => request(of, service))).toEqual(refused(code));
  });

  it('needs no phone within a country', () => {
    const to = { ...places.us, phone: undefined };
    expect(Object.keys(request(shipment(places.usWarehouse, to), '03').Shipment.ShipTo)).not.toContain(
      'Phone',
    );
  });
});

it('the rate request asks for transit days, and abroad gives weight and value', () => {
  const { Shipment } = rateRequest(lanes['US to Germany with customs']!, credentials).RateRequest;
  expect(Shipment).toMatchObject({
    Shipper: { ShipperNumber: 'A1B2C3', Address: { StateProvinceCode: 'MD' } },
    ShipmentTotalWeight: { UnitOfMeasurement: { Code: 'LBS' }, Weight: '2.8' },
    InvoiceLineTotal: { CurrencyCode: 'USD', MonetaryValue: '25.00' },
    DeliveryTimeInformation: { PackageBillType: '03' },
  });
  const domestic = rateRequest(lanes['US domestic']!, { ...credentials, negotiatedRates: false }).RateRequest;
  expect(Object.keys(domestic.Shipment)).toEqual([
    'Shipper',
    'ShipTo',
    'ShipFrom',
    'Package',
    'DeliveryTimeInformation',
  ]);
});
