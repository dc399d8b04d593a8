import { afterEach, describe, expect, it } from '@jest/globals';
import { createUps } from '../../../../connectors/carriers/ups/carrier.ts';
import { fakeUps, refusal, type Fake, type Heard, type Reply } from './loopback.ts';
import { lanes } from './shipments.ts';

const number = '1ZA1B2C30300000017';
const other = '1ZA1B2C30300000026';
const start = Date.parse('2026-11-24T12:00:00Z');
const minutes = (count: number) => new Date(start - count * 60_000).toISOString();

let fake: Fake | null = null;
afterEach(async () => {
  await fake?.close();
  fake = null;
});

async function connect(answer: (heard: Heard) => Reply | Promise<Reply>, now = () => start) {
  fake = await fakeUps(answer);
  const ups = createUps({ now });
  const client = ups.connect({
    id: 'a',
    carrier: 'ups',
    url: fake.url,
    credentials: { clientId: 'id', clientSecret: 'secret', accountNumber: 'A1B2C3' },
  });
  return { client, ups, fake };
}

const charge = (MonetaryValue: string, CurrencyCode = 'USD') => ({ CurrencyCode, MonetaryValue });
const parcel = (TrackingNumber: string) => ({
  TrackingNumber,
  ShippingLabel: { ImageFormat: { Code: 'GIF' }, GraphicImage: Buffer.from('GIF89a').toString('base64') },
});
const shipped = (changes: object = {}) => ({
  json: {
    ShipmentResponse: {
      Response: { ResponseStatus: { Code: '1', Description: 'Success' } },
      ShipmentResults: {
        ShipmentCharges: { TotalCharges: charge('15.20') },
        NegotiatedRateCharges: { TotalCharge: charge('11.05') },
        ShipmentIdentificationNumber: number,
        PackageResults: [parcel(number)],
        ...changes,
      },
    },
  },
});
const recovered = (trackingNumber: string) => ({
  json: {
    LabelRecoveryResponse: {
      ShipmentIdentificationNumber: trackingNumber,
      LabelResults: {
        TrackingNumber: trackingNumber,
        LabelImage: {
          LabelImageFormat: { Code: 'gif' },
          GraphicImage: Buffer.from('GIF89a').toString('base64'),
        },
      },
    },
  },
});
const tracked = (...numbers: string[]) => ({
  json: {
    trackResponse: { shipment: numbers.map((one) => ({ package: [{ trackingNumber: one, activity: [] }] })) },
  },
});
const label = (trackingNumber: string) => ({
  trackingNumber,
  shipmentId: trackingNumber,
  cost: null,
  format: 'GIF',
  document: Buffer.from('GIF89a'),
});

describe('tokens', () => {
  const none = tracked();

  it('share one request, and last until shortly before they expire', async () => {
    let at = start;
    const { client, fake } = await connect(
      () => none,
      () => at,
    );
    await Promise.all([client.track(number), client.track(number), client.track(number)]);
    at += 14_399_000 - 61_000;
    await client.track(number);
    expect(fake.calls().map((call) => call.headers.authorization)).toEqual(Array(4).fill('Bearer token-1'));
    at += 2_000;
    await client.track(number);
    expect(fake.calls().at(-1)!.headers.authorization).toBe('Bearer token-2');
    const [asked] = fake.heard;
    expect(asked!.headers.authorization).toBe(`Basic ${Buffer.from('id:secret').toString('base64')}`);
    expect(asked!.headers['x-merchant-id']).toBe('A1B2C3');
    expect(asked!.body).toBe('grant_type=client_credentials');
  });

  it('are per account, and shared by its clients', async () => {
    const { client, ups, fake } = await connect(() => none);
    const account = (clientId: string) => ({
      id: clientId,
      carrier: 'ups',
      url: fake.url,
      credentials: { clientId, clientSecret: 'secret', accountNumber: 'A1B2C3' },
    });
    await client.track(number);
    await ups.connect(account('id')).track(number);
    await ups.connect(account('other')).track(number);
    expect(fake.calls().map((call) => call.headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-1',
      'Bearer token-2',
    ]);
  });

  it('are renewed once when refused, by all callers together', async () => {
    const { client, fake } = await connect((heard) =>
      heard.headers.authorization === 'Bearer token-1'
        ? refusal(401, '250002', 'Invalid Authentication')
        : none,
    );
    await Promise.all([client.track(number), client.track(number)]);
    expect(fake.heard.length - fake.calls().length).toBe(2);
  });

  it('refused again, it may work later; a purchase was certainly not made', async () => {
    const { client, fake } = await connect(() =>
      refusal(401, '250002', 'Invalid Authentication Information.'),
    );
    await expect(client.buyLabel({}, 'k')).rejects.toMatchObject({
      code: '250002',
      kind: 'retry',
      effect: 'none',
      status: 401,
    });
    expect(fake.calls()).toHaveLength(2);
  });
});

describe('rates', () => {
  const rated = {
    Service: { Code: '07', Description: '' },
    TotalCharges: charge('80.10'),
    NegotiatedRateCharges: { TotalCharge: charge('64.08') },
    BillingWeight: { UnitOfMeasurement: { Code: 'LBS', Description: 'Pounds' }, Weight: '11.0' },
    TimeInTransit: { ServiceSummary: { EstimatedArrival: { BusinessDaysInTransit: '2' } } },
  };

  it.each([
    ['a list', [rated]],
    ['a single object', rated],
  ])('%s: own rates before published ones, with transit days', async (_name, RatedShipment) => {
    const { client, fake } = await connect(() => ({ json: { RateResponse: { RatedShipment } } }));
    expect(await client.rates(lanes['US to Germany with customs']!)).toEqual([
      {
        service: '07',
        serviceName: 'UPS Worldwide Express',
        price: { minor: 6408, currency: 'USD' },
        transitDays: 2,
        billedGrams: 4990,
      },
    ]);
    expect(fake.calls()[0]!.path + '?' + String(fake.calls()[0]!.query)).toBe(
      '/api/rating/v2409/Shop?additionalinfo=timeintransit',
    );
  });

  it('published rates, guaranteed days, unknown services and yen', async () => {
    const { client } = await connect(() => ({
      json: {
        RateResponse: {
          RatedShipment: [
            {
              Service: { Code: '65' },
              TotalCharges: charge('4500.00', 'JPY'),
              GuaranteedDelivery: { BusinessDaysInTransit: '3' },
              BillingWeight: { UnitOfMeasurement: { Code: 'KGS' }, Weight: '2.5' },
            },
            { Service: { Code: 'ZZ', Description: 'New' }, TotalCharges: charge('1', 'JPY') },
          ],
        },
      },
    }));
    expect(await client.rates(lanes['Japan to the US']!)).toEqual([
      {
        ...{ service: '65', serviceName: 'UPS Saver', price: { minor: 4500, currency: 'JPY' } },
        ...{ transitDays: 3, billedGrams: 2500 },
      },
      { service: 'ZZ', serviceName: 'New', price: { minor: 1, currency: 'JPY' }, transitDays: null },
    ]);
  });

  it('none for a lane that UPS does not serve; a refusal for anything else', async () => {
    let code = '111210';
    const { client } = await connect(() => refusal(400, code, 'The requested service is unavailable'));
    expect(await client.rates(lanes['US domestic']!)).toEqual([]);
    code = '111286';
    await expect(client.rates(lanes['US domestic']!)).rejects.toMatchObject({
      code: '111286',
      kind: 'refuse',
    });
  });
});

describe('buying a label', () => {
  it('sends the stored request with an id that follows from the key', async () => {
    const { client, fake } = await connect(() => shipped());
    const request = client.labelRequest(lanes['US domestic']!, '03');
    expect(await client.buyLabel(request, 'parcel-1/label/1')).toEqual({
      trackingNumber: number,
      shipmentId: number,
      cost: { minor: 1105, currency: 'USD' },
      format: 'GIF',
      document: Buffer.from('GIF89a'),
    });
    await client.buyLabel(request, 'parcel-1/label/1');
    const [first, second] = fake.calls();
    expect(JSON.parse(first!.body)).toEqual(request);
    expect(second!.body).toBe(first!.body);
    expect(first!.headers['transid']).toMatch(/^[0-9a-f]{32}$/);
    expect(second!.headers['transid']).toBe(first!.headers['transid']);
    expect(first!.headers['transactionsrc']).toBe('orderloom');
  });

  it.each([
    ['a single package', { PackageResults: parcel(number) }, { minor: 1105, currency: 'USD' }],
    ['published charges', { NegotiatedRateCharges: undefined }, { minor: 1520, currency: 'USD' }],
    ['no charges', { NegotiatedRateCharges: undefined, ShipmentCharges: undefined }, null],
  ])('%s', async (_name, changes, cost) => {
    const { client } = await connect(() => shipped(changes));
    expect(await client.buyLabel({}, 'k')).toMatchObject({ trackingNumber: number, cost });
  });

  it.each([
    ['a reset', 'reset' as const, { code: 'connection-reset', kind: 'retry', effect: 'unknown' }],
    ['503', { status: 503, json: {} }, { code: 'http-503', kind: 'retry', effect: 'unknown' }],
    ['no JSON', { text: '<html>' }, { code: 'malformed-body', kind: 'retry', effect: 'unknown' }],
    [
      'no label',
      shipped({ PackageResults: [] }),
      { code: 'malformed-body', kind: 'retry', effect: 'unknown' },
    ],
    [
      '429',
      { status: 429, json: {}, headers: { 'retry-after': '7' } },
      { kind: 'retry', effect: 'none', retryAfterMs: 7000 },
    ],
    ['10429', refusal(403, '10429', 'Too Many Requests'), { code: '10429', kind: 'retry', effect: 'none' }],
    [
      '20001',
      refusal(400, '20001', 'General process failure'),
      { code: '20001', kind: 'retry', effect: 'unknown' },
    ],
    [
      'a refusal',
      refusal(400, '120213', 'Missing phone'),
      { code: '120213', kind: 'refuse', effect: 'none', status: 400 },
    ],
    [
      'errors at the top',
      { status: 400, json: { errors: [{ code: 120100, message: 'x' }] } },
      { code: '120100', kind: 'refuse' },
    ],
  ])('%s', async (_name, reply, expected) => {
    const { client } = await connect(() => reply);
    await expect(client.buyLabel({}, 'k')).rejects.toMatchObject({
      name: 'PartyFailure',
      party: 'ups',
      ...expected,
    });
  });
});

describe('finding a label after a lost answer', () => {
  it('does not take the 404 of something in front of UPS for a no', async () => {
    const page = { status: 404, text: '<html>Not here</html>' };
    const { client } = await connect((heard) =>
      heard.path.startsWith('/api/track/') ? page : refusal(400, '9801031', 'could not be found'),
    );
    await expect(client.findLabel('REF-1', minutes(9))).rejects.toMatchObject({
      ...{ kind: 'retry', effect: 'none', code: 'http-404' },
    });
  });

  const notFound = refusal(400, '9801031', 'could not be found');
  const gone = refusal(400, '9801040', 'has been voided');
  const untracked = refusal(404, 'TW0001', 'Tracking Information Not Found');

  /** Answers by what is asked: recovery by reference, tracking by reference, recovery by number. */
  const answering =
    (byReference: Reply, tracking: Reply, byNumber: Record<string, Reply> = {}) =>
    (heard: Heard): Reply => {
      if (heard.path.startsWith('/api/track/')) return tracking;
      const asked = (JSON.parse(heard.body) as { LabelRecoveryRequest: { TrackingNumber?: string } })
        .LabelRecoveryRequest;
      return asked.TrackingNumber === undefined ? byReference : byNumber[asked.TrackingNumber]!;
    };

  it.each<[string, (heard: Heard) => Reply, string | undefined, unknown]>([
    ['label recovery knows it', answering(recovered(number), 'reset'), undefined, label(number)],
    ['it was voided', answering(gone, 'reset'), undefined, null],
    [
      'only tracking knows it',
      answering(notFound, tracked(number), { [number]: recovered(number) }),
      undefined,
      label(number),
    ],
    [
      'tracking knows it, but its label is not there yet',
      answering(notFound, tracked(number), { [number]: notFound }),
      minutes(60),
      'cannot-tell',
    ],
    [
      'tracking knows a voided one',
      answering(notFound, tracked(number), { [number]: gone }),
      undefined,
      null,
    ],
    ['nobody knows it, no time given', answering(notFound, untracked), undefined, 'cannot-tell'],
    ['nobody knows it after 9 minutes', answering(notFound, untracked), minutes(9), null],
    ['nobody knows it after 10 minutes', answering(notFound, untracked), minutes(10), null],
    ['nobody knows it after 15 days', answering(notFound, untracked), minutes(15 * 24 * 60), 'cannot-tell'],
    ['nobody knows it, the time is no time', answering(notFound, untracked), 'soon', 'cannot-tell'],
    [
      'several, of which one was voided',
      answering(
        {
          json: {
            LabelRecoveryResponse: {
              TrackingCandidate: [{ TrackingNumber: number }, { TrackingNumber: other }],
            },
          },
        },
        'reset',
        { [number]: gone, [other]: recovered(other) },
      ),
      undefined,
      label(other),
    ],
    [
      'several, named by tracking',
      answering(refusal(400, '300001', 'Multiple shipments found'), tracked(number), {
        [number]: recovered(number),
      }),
      undefined,
      label(number),
    ],
    [
      'several, none of them named',
      answering(refusal(400, '300035', 'Too many'), untracked),
      minutes(60),
      'cannot-tell',
    ],
  ])('%s', async (_name, answer, lastAskedAt, found) => {
    const { client } = await connect(answer);
    expect(await client.findLabel('P-1', lastAskedAt)).toEqual({ found });
  });

  it('two live labels under one reference are for a person', async () => {
    const { client } = await connect(
      answering(notFound, tracked(number, other), { [number]: recovered(number), [other]: recovered(other) }),
    );
    await expect(client.findLabel('P-1', minutes(60))).rejects.toMatchObject({
      code: 'several-labels',
      kind: 'refuse',
      effect: 'none',
      message: expect.stringContaining(`${number}, ${other}`),
    });
  });

  it.each([
    ['the look-up fails', answering(refusal(503, '300000', 'unavailable'), untracked)],
    ['the second look-up fails', answering(notFound, { status: 500, json: {} })],
  ])('%s: a failure, never a no', async (_name, answer) => {
    const { client } = await connect(answer);
    await expect(client.findLabel('P-1', minutes(60))).rejects.toMatchObject({
      kind: 'retry',
      effect: 'none',
    });
  });

  it('asks by reference and shipper number, and of our packages only', async () => {
    const { client, fake } = await connect(answering(notFound, untracked));
    await client.findLabel('P/1');
    const [recovery, track] = fake.calls();
    expect(JSON.parse(recovery!.body)).toEqual({
      LabelRecoveryRequest: {
        Request: { SubVersion: '1903' },
        LabelSpecification: { LabelImageFormat: { Code: 'GIF' }, HTTPUserAgent: 'Mozilla/4.5' },
        ReferenceValues: { ReferenceNumber: { Value: 'P/1' }, ShipperNumber: 'A1B2C3' },
      },
    });
    expect(track!.path).toBe('/api/track/v1/reference/details/P%2F1');
    expect(Object.fromEntries(track!.query)).toEqual({
      locale: 'en_US',
      shipperNum: 'A1B2C3',
      refNumType: 'SmallPackage',
    });
  });
});

describe('voiding', () => {
  const summary = (Code: string) => ({
    json: { VoidShipmentResponse: { SummaryResult: { Status: { Code, Description: 'x' } } } },
  });

  it.each<[string, Reply, 'voided' | 'refused']>([
    ['success', summary('1'), 'voided'],
    ['not voided', summary('0'), 'refused'],
    ['already voided', refusal(400, '190117', 'The Shipment has already been voided'), 'voided'],
    ['time expired', refusal(400, '190101', 'Time for voiding has expired.'), 'refused'],
    [
      'no shipment in the period',
      refusal(400, '190102', 'No shipment found within the allowed void period'),
      'refused',
    ],
    ['picked up', refusal(400, '190103', 'The Pickup Request has already been completed'), 'refused'],
    ['a code of voided with other words', refusal(400, '190117', 'Something else'), 'refused'],
  ])('%s', async (_name, reply, expected) => {
    const { client, fake } = await connect(() => reply);
    expect(await client.voidLabel({ shipmentId: number, trackingNumber: other })).toBe(expected);
    expect(`${fake.calls()[0]!.method} ${fake.calls()[0]!.path}`).toBe(
      `DELETE /api/shipments/v2409/void/cancel/${number}`,
    );
  });

  it.each<[string, Reply, object]>([
    [
      'an unknown shipment',
      refusal(400, '190100', 'Invalid ShipmentIdentificationNumber.'),
      { kind: 'refuse', effect: 'none' },
    ],
    [
      'not available',
      refusal(400, '190001', 'Void not available at this time'),
      { kind: 'retry', effect: 'none' },
    ],
    ['a reset', 'reset', { kind: 'retry', effect: 'unknown' }],
  ])('%s', async (_name, reply, expected) => {
    const { client } = await connect(() => reply);
    await expect(client.voidLabel({ shipmentId: number, trackingNumber: number })).rejects.toMatchObject(
      expected,
    );
  });
});

it.each([
  ['an account number of five characters', { accountNumber: 'A1B2C' }],
  ['a PDF label', { labelFormat: 'PDF' }],
  ['no secret', { clientSecret: '' }],
])('refuses credentials with %s', (_name, changes) => {
  const credentials = { clientId: 'id', clientSecret: 'secret', accountNumber: 'A1B2C3', ...changes };
  const account = { id: 'a', carrier: 'ups', url: 'http://127.0.0.1', credentials };
  expect(() => createUps().connect(account)).toThrow();
});
