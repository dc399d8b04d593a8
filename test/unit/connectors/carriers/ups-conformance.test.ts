import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createUps } from '../../../../connectors/carriers/ups/carrier.ts';
import { recoveryAnswerSchema, readRecovery } from '../../../../connectors/carriers/ups/find.ts';
import { shipAnswerSchema, toLabel } from '../../../../connectors/carriers/ups/label.ts';
import { rateAnswerSchema, toRate } from '../../../../connectors/carriers/ups/rate.ts';
import { readActivity, trackAnswerSchema } from '../../../../connectors/carriers/ups/tracking.ts';
import { voidAnswerSchema } from '../../../../connectors/carriers/ups/void.ts';
import { fakeUps, refusal, type Fake, type Heard } from './loopback.ts';
import { lanes } from './shipments.ts';
import { faultsOf, operationOf, readSpec, sampleOf, specsDir, type Spec } from './ups-spec.ts';

if (specsDir === null)
  console.warn('UPS conformance is skipped: its OpenAPI files are absent (set SPECS_DIR to their folder).');
const whereSpecs = specsDir === null ? describe.skip : describe;

const files = {
  rating: 'ups-Rating.yaml',
  shipments: 'ups-Shipping.yaml',
  labels: 'ups-Shipping.yaml',
  track: 'ups-Tracking.yaml',
  security: 'ups-OAuthClientCredentials.yaml',
};
type Area = keyof typeof files;

whereSpecs('what the UPS connector sends', () => {
  const specs = new Map<Area, Spec>();
  let ups: Fake;

  beforeAll(async () => {
    for (const area of Object.keys(files) as Area[]) specs.set(area, readSpec(files[area]));
    // Refused throughout: only what was sent matters here.
    ups = await fakeUps(() => refusal(400, '9801031', 'not found'));
  });
  afterAll(() => ups.close());

  const connect = (labelFormat: 'GIF' | 'ZPL', negotiatedRates: boolean) =>
    createUps().connect({
      id: 'a',
      carrier: 'ups',
      url: ups.url,
      credentials: {
        clientId: 'id',
        clientSecret: 'secret',
        accountNumber: 'A1B2C3',
        labelFormat,
        negotiatedRates,
      },
    });

  function faultsOfCall(call: Heard): string[] {
    const path = call.path.replace(/^\/api/, '');
    const spec = specs.get(path.split('/')[1] as Area)!;
    const { operation, parameters } = operationOf(spec, call.method, path);
    const given: Record<string, Record<string, string | undefined>> = {
      path: parameters,
      query: Object.fromEntries(call.query),
      header: Object.fromEntries(
        (operation.parameters ?? []).map(({ name }) => [name, call.headers[name.toLowerCase()] as string]),
      ),
    };
    const parameterFaults = (operation.parameters ?? []).flatMap((parameter) => {
      const value = given[parameter.in]![parameter.name];
      if (value === undefined) return parameter.required ? [`${parameter.name} is missing`] : [];
      return faultsOf(spec, parameter.schema, value).map((fault) => `${parameter.name}${fault}`);
    });
    const unknown = [...call.query.keys()].filter(
      (name) =>
        !operation.parameters?.some((parameter) => parameter.in === 'query' && parameter.name === name),
    );
    return [
      ...parameterFaults,
      ...unknown.map((name) => `unknown query ${name}`),
      ...bodyFaults(spec, operation, call),
    ];
  }

  function bodyFaults(
    spec: Spec,
    operation: ReturnType<typeof operationOf>['operation'],
    call: Heard,
  ): string[] {
    const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
    if (!type || !content) return call.body === '' ? [] : ['an unexpected body'];
    if (call.headers['content-type'] !== type) return [`content type is not ${type}`];
    const body = type.endsWith('json')
      ? (JSON.parse(call.body) as unknown)
      : Object.fromEntries(new URLSearchParams(call.body));
    return faultsOf(spec, content.schema, body);
  }

  const formats = ['GIF', 'ZPL'] as const;
  const cases = Object.keys(lanes).flatMap((lane) => formats.map((format) => [lane, format] as const));

  it.each(cases)('%s with %s labels: rate and ship requests are valid', async (lane, format) => {
    const client = connect(format, format === 'GIF');
    const before = ups.heard.length;
    await expect(client.rates(lanes[lane]!)).rejects.toMatchObject({ code: '9801031' });
    const request = client.labelRequest(lanes[lane]!, '11');
    await expect(client.buyLabel(request, `${lane}/label/1`)).rejects.toMatchObject({ code: '9801031' });
    const calls = ups.heard.slice(before);
    expect(calls.map((call) => call.path)).toEqual([
      '/security/v1/oauth/token',
      '/api/rating/v2409/Shop',
      '/api/shipments/v2409/ship',
    ]);
    expect(calls.flatMap(faultsOfCall)).toEqual([]);
  });

  it.each(formats)('looking up, voiding and tracking with %s labels: requests are valid', async (format) => {
    const client = connect(format, true);
    const before = ups.heard.length;
    await expect(client.findLabel('P-0042-1')).rejects.toMatchObject({ code: '9801031' });
    await expect(
      client.voidLabel({ shipmentId: '1ZA1B2C30300000017', trackingNumber: '' }),
    ).rejects.toThrow();
    await expect(client.track('1ZA1B2C30300000017')).rejects.toMatchObject({ code: '9801031' });
    const calls = ups.heard.slice(before);
    expect(calls.map((call) => `${call.method} ${call.path}`)).toEqual([
      'POST /security/v1/oauth/token',
      'POST /api/labels/v1/recovery',
      'GET /api/track/v1/reference/details/P-0042-1',
      'DELETE /api/shipments/v2409/void/cancel/1ZA1B2C30300000017',
      'GET /api/track/v1/details/1ZA1B2C30300000017',
    ]);
    expect(calls.flatMap(faultsOfCall)).toEqual([]);
  });

  it('finds what is wrong with a request', () => {
    const spec = specs.get('shipments')!;
    const { operation } = operationOf(spec, 'POST', '/shipments/v2409/ship');
    const { schema } = operation.requestBody!.content['application/json']!;
    const request = structuredClone(connect('GIF', true).labelRequest(lanes['US domestic']!, '03')) as {
      ShipmentRequest: { Shipment: Record<string, any> };
    };
    const shipment = request.ShipmentRequest.Shipment;
    shipment['Shipper'].ShipperNumber = 'TOOLONG';
    shipment['ShipTo'].Address.AddressLine = ['x'.repeat(36)];
    delete shipment['Service'];
    shipment['Misspelled'] = '';
    expect(faultsOf(spec, schema, request).toSorted()).toEqual([
      '/ShipmentRequest/Shipment must NOT have additional properties',
      "/ShipmentRequest/Shipment must have required property 'Service'",
      '/ShipmentRequest/Shipment/ShipTo/Address/AddressLine/0 must NOT have more than 35 characters',
      '/ShipmentRequest/Shipment/Shipper/ShipperNumber must NOT have more than 6 characters',
    ]);
  });

  describe('answers as the specification has them', () => {
    const number = '1ZA1B2C30300000017';
    const image = Buffer.from('label').toString('base64');
    const charge = { CurrencyCode: 'USD', MonetaryValue: '12.34' };

    function sample(area: Area, method: string, path: string, known: Record<string, unknown>): unknown {
      const spec = specs.get(area)!;
      const { schema } = operationOf(spec, method, path).operation.responses['200']!.content![
        'application/json'
      ]!;
      const value = sampleOf(spec, schema, known);
      expect(faultsOf(spec, schema, value)).toEqual([]);
      return value;
    }

    it('rates', () => {
      const answer = sample('rating', 'POST', '/rating/v2409/Shop', {
        ...charge,
        BusinessDaysInTransit: '4',
      });
      expect(rateAnswerSchema.parse(answer).map((rated) => toRate(rated, 'DE'))).toEqual([
        { service: 'x', serviceName: 'x', price: { minor: 1234, currency: 'USD' }, transitDays: 4 },
      ]);
    });

    it('a bought label', () => {
      const answer = sample('shipments', 'POST', '/shipments/v2409/ship', {
        ...charge,
        ShipmentIdentificationNumber: number,
        TrackingNumber: number,
        ImageFormat: { Code: 'GIF', Description: 'GIF' },
        GraphicImage: image,
        USI: '1234567890',
      });
      expect(toLabel(shipAnswerSchema.parse(answer))).toEqual({
        trackingNumber: number,
        shipmentId: number,
        cost: { minor: 1234, currency: 'USD' },
        format: 'GIF',
        document: Buffer.from('label'),
        customsForm: Buffer.from('label'),
      });
    });

    it('a recovered label', () => {
      const answer = sample('labels', 'POST', '/labels/v1/recovery', {
        ShipmentIdentificationNumber: number,
        TrackingNumber: number,
        LabelImageFormat: { Code: 'GIF ' },
        GraphicImage: image,
        TrackingCandidate: [],
      }) as {
        LabelRecoveryResponse: { LabelResults: { LabelImage: { LabelImageFormat: { Code: string } } }[] };
      };
      // The specification pads the code to four characters; UPS sends three.
      answer.LabelRecoveryResponse.LabelResults[0]!.LabelImage.LabelImageFormat.Code = 'GIF';
      expect(readRecovery(recoveryAnswerSchema.parse(answer))).toEqual({
        label: {
          trackingNumber: number,
          shipmentId: number,
          cost: null,
          format: 'GIF',
          document: Buffer.from('label'),
          customsForm: Buffer.from('label'),
        },
      });
    });

    it('a void', () => {
      const answer = sample('shipments', 'DELETE', `/shipments/v2409/void/cancel/${number}`, { Code: '1' });
      expect(voidAnswerSchema.parse(answer).VoidShipmentResponse.SummaryResult.Status.Code).toBe('1');
    });

    it('tracking', () => {
      const answer = sample('track', 'GET', `/track/v1/details/${number}`, {
        trackingNumber: number,
        type: 'D',
        code: 'FS',
        description: 'Delivered',
        gmtDate: '20261124',
        gmtTime: '74700',
        city: 'Lyon',
        countryCode: 'FR',
        packageCount: 1,
      });
      const [parcel] = trackAnswerSchema.parse(answer);
      expect(parcel!.activity.map(readActivity)).toEqual([
        {
          code: 'FS',
          status: 'delivered',
          at: '2026-11-24T07:47:00.000Z',
          description: 'Delivered',
          place: 'Lyon, FR',
        },
      ]);
    });
  });
});
