import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import { openSandbox, openUps, rateRequest, shipRequest, type Stage } from './support.ts';

/**
 * Both sides against UPS' published specifications: what the sandbox answers, and that it takes and refuses the
 * requests that the specification takes and refuses.
 */
const folder =
  process.env['SPECS_DIR'] ?? fileURLToPath(new URL('../../../../shared/specs', import.meta.url));
const present = existsSync(`${folder}/ups-Shipping.yaml`);

/**
 * Where a specification contradicts UPS' own examples in it: BillingWeight/Weight of exactly eight characters (UPS
 * writes "2.0"), and a LabelRecoveryRequest that must carry every way of naming the label at once.
 */
function mend(schemas: Record<string, any>): void {
  const weight = schemas['ShipmentResults_BillingWeight']?.properties.Weight;
  if (weight !== undefined) weight.minLength = 1;
  const recovery = schemas['LabelRecoveryRequest'];
  if (recovery !== undefined)
    recovery.required = recovery.required.filter((name: string) => name === 'Request');
  // v1 writes a single label as an object, which only the note says.
  const results = schemas['LabelRecoveryResponse']?.properties.LabelResults;
  if (results !== undefined)
    schemas['LabelRecoveryResponse'].properties.LabelResults = { anyOf: [results, results.items] };
  for (const [name, code] of [
    ['LabelRecovery_LabelSpecification_LabelImageFormat', 'Code'],
    ['LabelImage_LabelImageFormat', 'Code'],
  ] as const)
    // "GIF", "PDF" and "ZPL" have three characters, the schema wants four.
    if (schemas[name] !== undefined) schemas[name].properties[code].minLength = 3;
}

function validator(file: string) {
  // The published files have tabs, and a quoted text that goes on too far left: read, not refused.
  const text = readFileSync(`${folder}/${file}`, 'utf8').replaceAll('\t', '  ');
  const spec = parseDocument(text, { uniqueKeys: false, logLevel: 'silent' }).toJS();
  mend(spec.components.schemas);
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true, logger: false });
  ajv.addSchema(spec, 'spec');
  return (schema: string, value: unknown): string[] => {
    const check = ajv.compile({ $ref: `spec#/components/schemas/${schema}` });
    check(value);
    return (check.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
  };
}

const suite = present ? describe : describe.skip;
const skipped = present ? '' : `, skipped: none in ${folder} (SPECS_DIR)`;

suite(`UPS' specifications${skipped}`, () => {
  let stage: Stage;
  let ups: Awaited<ReturnType<typeof openUps>>;
  let shipping: ReturnType<typeof validator>;
  let rating: ReturnType<typeof validator>;
  let tracking: ReturnType<typeof validator>;
  beforeAll(async () => {
    stage = await openSandbox();
    ups = await openUps(stage.client);
    shipping = validator('ups-Shipping.yaml');
    rating = validator('ups-Rating.yaml');
    tracking = validator('ups-Tracking.yaml');
  });
  afterAll(() => stage.sandbox.close());

  it.each([
    ['within the US', {}],
    ['within Europe', { from: 'DE', to: 'FR' }],
    ['overseas', { from: 'DE', to: 'US', format: 'ZPL' }],
  ])('hold for a label %s, from purchase to void', async (_where, options) => {
    const request = shipRequest(
      (shipment) =>
        (shipment.ShipTo.Address.PostalCode =
          (options as any).to === 'FR' ? '75001' : shipment.ShipTo.Address.PostalCode),
      options,
    );
    expect(shipping('SHIPRequestWrapper', request)).toEqual([]);
    const bought = await ups.ask('POST', '/api/shipments/v2409/ship', request);
    expect(shipping('SHIPResponseWrapper', bought.body)).toEqual([]);
    const number = bought.body.ShipmentResponse.ShipmentResults.ShipmentIdentificationNumber;

    const recovery = {
      LabelRecoveryRequest: {
        Request: {},
        LabelSpecification: { LabelImageFormat: { Code: 'GIF' } },
        TrackingNumber: number,
      },
    };
    expect(shipping('LABELRECOVERYRequestWrapper', recovery)).toEqual([]);
    const recovered = await ups.ask('POST', '/api/labels/v1/recovery', recovery);
    expect(shipping('LABELRECOVERYResponseWrapper', recovered.body)).toEqual([]);

    const tracked = await ups.ask('GET', `/api/track/v1/details/${number}`);
    expect(tracking('TrackApiResponse', tracked.body)).toEqual([]);

    const voided = await ups.ask('DELETE', `/api/shipments/v2409/void/cancel/${number}`);
    expect(shipping('VOIDSHIPMENTResponseWrapper', voided.body)).toEqual([]);
    const again = await ups.ask('DELETE', `/api/shipments/v2409/void/cancel/${number}`);
    expect(shipping('ErrorResponse', again.body)).toEqual([]);
  });

  it.each([
    ['US', 'US'],
    ['DE', 'FR'],
    ['CN', 'DE'],
  ])('hold for rates from %s to %s', async (from, to) => {
    const request: any = rateRequest(from, to);
    request.RateRequest.Shipment.DeliveryTimeInformation = { PackageBillType: '03' };
    request.RateRequest.Shipment.ShipTo.Address.PostalCode =
      to === 'FR' ? '75001' : request.RateRequest.Shipment.ShipTo.Address.PostalCode;
    if (from === 'CN') {
      request.RateRequest.Shipment.Shipper.Address.PostalCode = '200000';
      request.RateRequest.Shipment.ShipFrom.Address.PostalCode = '200000';
    }
    expect(rating('RATERequestWrapper', request)).toEqual([]);
    const rated = await ups.ask('POST', '/api/rating/v2409/Shoptimeintransit', request);
    expect(rated.status).toBe(200);
    expect(rating('RATEResponseWrapper', rated.body)).toEqual([]);
  });

  const shipFaults: [what: string, change: (shipment: any) => void][] = [
    ['no shipper name', (shipment) => delete shipment.Shipper.Name],
    ['no shipper number', (shipment) => delete shipment.Shipper.ShipperNumber],
    ['a short shipper number', (shipment) => (shipment.Shipper.ShipperNumber = 'A1B2')],
    ['a long recipient name', (shipment) => (shipment.ShipTo.Name = 'x'.repeat(36))],
    ['no recipient address', (shipment) => delete shipment.ShipTo.Address],
    ['a long city', (shipment) => (shipment.ShipTo.Address.City = 'x'.repeat(31))],
    ['a country of three letters', (shipment) => (shipment.ShipTo.Address.CountryCode = 'USA')],
    ['a postal code of ten characters', (shipment) => (shipment.ShipTo.Address.PostalCode = '1234567890')],
    ['a long phone number', (shipment) => (shipment.ShipTo.Phone.Number = '1'.repeat(16))],
    ['no service', (shipment) => delete shipment.Service],
    ['no packages', (shipment) => delete shipment.Package],
    ['no packaging', (shipment) => delete shipment.Package[0].Packaging],
    ['a long weight', (shipment) => (shipment.Package[0].PackageWeight.Weight = '2.0000')],
    ['a number for a weight', (shipment) => (shipment.Package[0].PackageWeight.Weight = 2)],
    ['a length of four characters', (shipment) => (shipment.Package[0].Dimensions.Length = '30.0')],
    [
      'a reference of 36 characters',
      (shipment) => (shipment.Package[0].ReferenceNumber[0].Value = 'x'.repeat(36)),
    ],
    ['a long description', (shipment) => (shipment.Description = 'x'.repeat(51))],
  ];
  it.each(shipFaults)('and the sandbox refuse a purchase with %s', async (_what, change) => {
    const request = shipRequest(change);
    expect(shipping('SHIPRequestWrapper', request)).not.toEqual([]);
    expect((await ups.ask('POST', '/api/shipments/v2409/ship', request)).status).toBe(400);
  });

  const rateFaults: [what: string, change: (shipment: any) => void][] = [
    ['no shipper address', (shipment) => delete shipment.Shipper.Address],
    ['no address lines of the recipient', (shipment) => delete shipment.ShipTo.Address.AddressLine],
    ['a region of three letters', (shipment) => (shipment.ShipTo.Address.StateProvinceCode = 'GEO')],
    ['a shipper number of seven', (shipment) => (shipment.Shipper.ShipperNumber = 'A1B2C3D')],
    ['no weight unit', (shipment) => delete shipment.Package[0].PackageWeight.UnitOfMeasurement],
    ['a packaging code of three', (shipment) => (shipment.Package[0].PackagingType.Code = '002')],
  ];
  it.each(rateFaults)('and the sandbox refuse a rating with %s', async (_what, change) => {
    const request: any = rateRequest();
    change(request.RateRequest.Shipment);
    expect(rating('RATERequestWrapper', request)).not.toEqual([]);
    expect((await ups.ask('POST', '/api/rating/v2409/Shop', request)).status).toBe(400);
  });
});
