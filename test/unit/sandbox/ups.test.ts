import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { inflateSync } from 'node:zlib';
import { isTrackingNumber, trackingNumber } from '../../../sandbox/ups/tracking-number.ts';
import {
  call,
  openInbox,
  openSandbox,
  openUps,
  rateRequest,
  shipRequest,
  type Inbox,
  type Stage,
} from './support.ts';

const ship = '/api/shipments/v2409/ship';
const errorOf = (body: any) => body.response.errors[0];

let stage: Stage;
let ups: Awaited<ReturnType<typeof openUps>>;
beforeEach(async () => {
  stage = await openSandbox();
  ups = await openUps(stage.client);
});
afterEach(() => stage.sandbox.close());

const buy = async (change?: (shipment: any) => void, options?: object): Promise<string> => {
  const bought = await ups.ask('POST', ship, shipRequest(change, options));
  expect(bought.status).toBe(200);
  return bought.body.ShipmentResponse.ShipmentResults.PackageResults[0].TrackingNumber;
};

describe('tracking numbers', () => {
  it("carry UPS' check digit", () => {
    // Numbers in common use as examples.
    expect(isTrackingNumber('1Z999AA10123456784')).toBe(true);
    expect(isTrackingNumber('1Z12345E1512345676')).toBe(true);
    expect(isTrackingNumber('1Z12345E1512345670')).toBe(false);
    expect(trackingNumber('12345E', '15', 1234567)).toBe('1Z12345E1512345676');
  });
});

describe('tokens', () => {
  it('are given for client credentials only', async () => {
    expect(ups.token.body).toMatchObject({ token_type: 'Bearer', expires_in: '14399', status: 'approved' });
    const url = `${ups.account.url}/security/v1/oauth/token`;
    const form = { grant_type: 'client_credentials' };
    const wrong = await call('POST', url, {
      headers: { authorization: `Basic ${btoa('client-main:no')}` },
      form,
    });
    expect([wrong.status, errorOf(wrong.body).code]).toEqual([401, '10401']);
    const none = await call('POST', url, { form });
    expect([none.status, errorOf(none.body).code]).toEqual([401, '10400']);
  });

  it('expire', async () => {
    let now = Date.now();
    const other = await openSandbox({ now: () => now });
    const clocked = await openUps(other.client, 'clocked', { tokenSeconds: 60 });
    expect((await clocked.ask('POST', '/api/rating/v2409/Shop', rateRequest())).status).toBe(200);
    now += 60_000;
    const late = await clocked.ask('POST', '/api/rating/v2409/Shop', rateRequest());
    expect([late.status, errorOf(late.body).code]).toEqual([401, '250002']);
    await other.sandbox.close();
  });
});

describe('rates', () => {
  it('are the same for the same parcel and rise with its weight', async () => {
    const prices = async (weight: string) =>
      (
        await ups.ask('POST', '/api/rating/v2409/Shop', rateRequest('US', 'US', weight))
      ).body.RateResponse.RatedShipment.map((rated: any) => [
        rated.Service.Code,
        rated.TotalCharges.MonetaryValue,
        rated.TotalCharges.CurrencyCode,
      ]);
    expect(await prices('2')).toEqual([
      ['03', '11.10', 'USD'],
      ['12', '20.00', 'USD'],
      ['02', '27.70', 'USD'],
      ['01', '49.20', 'USD'],
    ]);
    expect(await prices('2')).toEqual(await prices('2'));
    expect((await prices('10'))[0]).toEqual(['03', '17.90', 'USD']);
  });

  it('say transit days of guaranteed services, and of all with time in transit', async () => {
    const days = (body: any) =>
      body.RateResponse.RatedShipment.map((rated: any) => [
        rated.GuaranteedDelivery?.BusinessDaysInTransit,
        rated.TimeInTransit?.ServiceSummary.EstimatedArrival.BusinessDaysInTransit,
      ]);
    const plain = await ups.ask('POST', '/api/rating/v2409/Shop', rateRequest('DE', 'FR'));
    expect(days(plain.body)).toEqual([
      [undefined, undefined],
      ['2', undefined],
      ['1', undefined],
    ]);
    const timed: any = rateRequest('DE', 'FR');
    timed.RateRequest.Shipment.DeliveryTimeInformation = {
      PackageBillType: '03',
      Pickup: { Date: '20260109' },
    };
    const both = await ups.ask('POST', '/api/rating/v2409/Shoptimeintransit', timed);
    expect(days(both.body)).toEqual([
      [undefined, '4'],
      ['2', '2'],
      ['1', '1'],
    ]);
    // Friday and one working day is Monday.
    expect(
      both.body.RateResponse.RatedShipment[2].TimeInTransit.ServiceSummary.EstimatedArrival.Arrival.Date,
    ).toBe('20260112');
  });

  it('come as one object in old versions when there is one', async () => {
    const one: any = rateRequest();
    one.RateRequest.Shipment.Service = { Code: '03' };
    const old = await ups.ask('POST', '/api/rating/v1/Rate', one);
    expect(old.body.RateResponse.RatedShipment.Service.Code).toBe('03');
    const current = await ups.ask('POST', '/api/rating/v2409/Rate', one);
    expect(current.body.RateResponse.RatedShipment).toHaveLength(1);
  });

  it.each([
    ['an unknown country', (shipment: any) => (shipment.ShipTo.Address.CountryCode = 'XX'), '111286'],
    [
      'a postal code of another form',
      (shipment: any) => (shipment.ShipTo.Address.PostalCode = '123'),
      '111285',
    ],
    ['more than 70 kg', (shipment: any) => (shipment.Package[0].PackageWeight.Weight = '70.5'), '111035'],
    ['a missing package', (shipment: any) => delete shipment.Package, '110002'],
    ["another account's number", (shipment: any) => (shipment.Shipper.ShipperNumber = 'ZZZZZZ'), '111201'],
  ])('are refused for %s', async (_what, change, code) => {
    const request: any = rateRequest();
    change(request.RateRequest.Shipment);
    const refused = await ups.ask('POST', '/api/rating/v2409/Shop', request);
    expect([refused.status, errorOf(refused.body).code]).toEqual([400, code]);
  });
});

describe('labels', () => {
  it('are bought twice by two identical requests', async () => {
    const first = await buy();
    const second = await buy();
    expect(first).not.toBe(second);
    expect([first, second].every(isTrackingNumber)).toBe(true);
    const paid = await stage.client.ups('main').labels();
    expect(
      paid.map(({ trackingNumber: number, references, cost, currency, voided }) => [
        number,
        references,
        cost,
        currency,
        voided,
      ]),
    ).toEqual([
      [first, ['parcel-1'], '11.10', 'USD', false],
      [second, ['parcel-1'], '11.10', 'USD', false],
    ]);
  });

  it('are real images', async () => {
    const image = async (format: string) => {
      const bought = await ups.ask('POST', ship, shipRequest(undefined, { format }));
      const label = bought.body.ShipmentResponse.ShipmentResults.PackageResults[0].ShippingLabel;
      expect(label.ImageFormat.Code).toBe(format);
      return Buffer.from(label.GraphicImage, 'base64');
    };
    const gif = await image('GIF');
    expect([gif.toString('latin1', 0, 6), gif.readUInt16LE(6), gif.readUInt16LE(8)]).toEqual([
      'GIF87a',
      288,
      120,
    ]);
    const png = await image('PNG');
    const length = png.readUInt32BE(33);
    // 120 rows of 36 bytes and a filter byte each.
    expect(inflateSync(png.subarray(41, 41 + length))).toHaveLength(120 * 37);
    expect((await image('ZPL')).toString()).toMatch(/^\^XA[^]*\^BCN[^]*\^XZ\n$/);
  });

  it('are charged at the negotiated rate where it is asked for', async () => {
    const bought = await ups.ask(
      'POST',
      ship,
      shipRequest((shipment) => (shipment.ShipmentRatingOptions = { NegotiatedRatesIndicator: 'Y' })),
    );
    const { ShipmentCharges, NegotiatedRateCharges } = bought.body.ShipmentResponse.ShipmentResults;
    expect(ShipmentCharges.TotalCharges.MonetaryValue).toBe('11.10');
    expect(NegotiatedRateCharges.TotalCharge.MonetaryValue).toBe('9.44');
    expect((await stage.client.ups('main').labels())[0]!.cost).toBe('9.44');
  });

  it('come with the customs forms that were asked for', async () => {
    const bought = await ups.ask(
      'POST',
      ship,
      shipRequest(
        (shipment) =>
          (shipment.ShipmentServiceOptions = {
            InternationalForms: {
              FormType: ['01'],
              Product: [{ Description: ['Shoes'] }],
              CurrencyCode: 'EUR',
            },
          }),
        { from: 'DE', to: 'US' },
      ),
    );
    const form = bought.body.ShipmentResponse.ShipmentResults.Form;
    expect(form.Image.ImageFormat.Code).toBe('PDF');
    expect(Buffer.from(form.Image.GraphicImage, 'base64').toString('latin1')).toMatch(
      /^%PDF-1.4[^]*COMMERCIAL INVOICE[^]*%%EOF\n$/,
    );
  });

  it.each([
    ['a name over 35 characters', (shipment: any) => (shipment.ShipTo.Name = 'x'.repeat(36)), {}, '120200'],
    ['no city', (shipment: any) => delete shipment.ShipTo.Address.City, {}, '120205'],
    [
      'a shipper number of seven',
      (shipment: any) => (shipment.Shipper.ShipperNumber = 'A1B2C3D'),
      {},
      '120100',
    ],
    [
      "another account's number",
      (shipment: any) => (shipment.Shipper.ShipperNumber = 'ZZZZZZ'),
      {},
      '120100',
    ],
    ['a wrong postal code', (shipment: any) => (shipment.ShipTo.Address.PostalCode = 'ABC'), {}, '120207'],
    ['no state in the US', (shipment: any) => delete shipment.ShipTo.Address.StateProvinceCode, {}, '120206'],
    ['too much weight', (shipment: any) => (shipment.Package[0].PackageWeight.Weight = '71'), {}, '121035'],
    ['a service of another lane', (shipment: any) => (shipment.Service.Code = '65'), {}, '121210'],
    [
      'a shipment reference within the US',
      (shipment: any) => (shipment.ReferenceNumber = [{ Value: 'x' }]),
      {},
      '120541',
    ],
    ['no phone abroad', (shipment: any) => delete shipment.ShipTo.Phone, { from: 'DE', to: 'US' }, '120209'],
    [
      'no description abroad',
      (shipment: any) => delete shipment.Description,
      { from: 'DE', to: 'US' },
      '120512',
    ],
    ['a PDF', () => undefined, { format: 'PDF' }, '120702'],
  ])('are refused, and not paid for, with %s', async (_what, change, options, code) => {
    const refused = await ups.ask('POST', ship, shipRequest(change, options));
    expect([refused.status, errorOf(refused.body).code]).toEqual([400, code]);
    expect(await stage.client.ups('main').labels()).toEqual([]);
  });
});

describe('voids', () => {
  const voidOf = (number: string) => ups.ask('DELETE', `/api/shipments/v2409/void/cancel/${number}`);

  it('void once', async () => {
    const number = await buy();
    const voided = await voidOf(number);
    expect(voided.body.VoidShipmentResponse.SummaryResult.Status).toEqual({
      Code: '1',
      Description: 'Voided',
    });
    expect((await stage.client.ups('main').labels())[0]!.voided).toBe(true);
    const again = await voidOf(number);
    expect([again.status, errorOf(again.body)]).toEqual([
      400,
      { code: '190117', message: 'The Shipment has already been voided' },
    ]);
  });

  it('are refused once the parcel was handed over', async () => {
    const number = await buy();
    await stage.client.ups('main').advance(number, 'handed_over');
    const refused = await voidOf(number);
    expect([refused.status, errorOf(refused.body).code]).toEqual([400, '190103']);
    expect((await stage.client.ups('main').labels())[0]!.voided).toBe(false);
  });

  it('are refused for a shipment that UPS does not know', async () => {
    expect(errorOf((await voidOf('1Z12345E1512345676')).body).code).toBe('190102');
  });
});

describe('label recovery', () => {
  const recover = (by: object, format = 'GIF') =>
    ups.ask('POST', '/api/labels/v1/recovery', {
      LabelRecoveryRequest: {
        Request: {},
        LabelSpecification: { LabelImageFormat: { Code: format } },
        ...by,
      },
    });
  const byReference = {
    ReferenceValues: { ReferenceNumber: { Value: 'parcel-1' }, ShipperNumber: 'A1B2C3' },
  };

  it('finds a label by reference, as one object in v1', async () => {
    const number = await buy();
    const found = (await recover(byReference)).body.LabelRecoveryResponse;
    const [paid] = await stage.client.ups('main').labels(true);
    expect([found.ShipmentIdentificationNumber, found.LabelResults.TrackingNumber]).toEqual([number, number]);
    expect(found.LabelResults.LabelImage.GraphicImage).toBe(paid!.image);
    const pdf = (await recover({ TrackingNumber: number }, 'PDF')).body.LabelRecoveryResponse.LabelResults
      .LabelImage;
    expect(Buffer.from(pdf.GraphicImage, 'base64').toString('latin1', 0, 8)).toBe('%PDF-1.4');
  });

  it('names candidates when several shipments carry the reference', async () => {
    const numbers = [await buy(), await buy()];
    const found = (await recover(byReference)).body.LabelRecoveryResponse;
    expect(found.TrackingCandidate.map((one: any) => one.TrackingNumber)).toEqual(numbers);
    expect(found.LabelResults).toEqual([]);
  });

  it('tells unknown from voided', async () => {
    expect(errorOf((await recover(byReference)).body).code).toBe('300007');
    await ups.ask('DELETE', `/api/shipments/v2409/void/cancel/${await buy()}`);
    expect(errorOf((await recover(byReference)).body).code).toBe('300033');
  });
});

describe('tracking', () => {
  const track = (number: string) => ups.ask('GET', `/api/track/v1/details/${number}`);
  const types = (body: any) =>
    body.trackResponse.shipment[0].package[0].activity.map((one: any) => [one.status.type, one.status.code]);

  it('shows the newest scan first', async () => {
    const number = await buy();
    expect(types((await track(number)).body)).toEqual([['M', 'MP']]);
    for (const status of ['handed_over', 'in_transit', 'out_for_delivery', 'delivered'] as const)
      await stage.client.ups('main').advance(number, status, '2026-01-09T23:30:00Z');
    const { body } = await track(number);
    expect(types(body)).toEqual([
      ['D', 'FS'],
      ['I', 'OT'],
      ['I', 'DP'],
      ['I', 'OR'],
      ['M', 'MP'],
    ]);
    expect(body.trackResponse.shipment[0].package[0].activity[0]).toMatchObject({
      date: '20260109',
      time: '183000',
      gmtDate: '20260109',
      gmtTime: '233000',
      gmtOffset: '-05:00',
    });
  });

  it('needs transId and transactionSrc, and knows only its own parcels', async () => {
    const bare = await call('GET', `${ups.account.url}/api/track/v1/details/1Z12345E1512345676`, {
      headers: { authorization: `Bearer ${ups.token.body.access_token}` },
    });
    expect([bare.status, errorOf(bare.body).message]).toEqual([400, 'Missing transId']);
    expect((await track('1Z12345E1512345676')).status).toBe(404);
  });

  it('by reference lags as the account says', async () => {
    let now = Date.now();
    const other = await openSandbox({ now: () => now });
    const lagging = await openUps(other.client, 'lagging', { referenceLagMs: 5000 });
    await lagging.ask('POST', ship, shipRequest());
    const find = () => lagging.ask('GET', '/api/track/v1/reference/details/parcel-1');
    expect((await find()).status).toBe(404);
    now += 5000;
    expect((await find()).body.trackResponse.shipment).toHaveLength(1);
    await other.sandbox.close();
  });

  it('moves by itself where the account says so', async () => {
    let now = Date.now();
    const other = await openSandbox({ now: () => now });
    const moving = await openUps(other.client, 'moving', {
      progress: { handedOver: 1000, inTransit: 2000, outForDelivery: 3000, delivered: 4000 },
    });
    const bought = await moving.ask('POST', ship, shipRequest());
    const number = bought.body.ShipmentResponse.ShipmentResults.ShipmentIdentificationNumber;
    now += 2500;
    const { body } = await moving.ask('GET', `/api/track/v1/details/${number}`);
    expect(types(body)).toEqual([
      ['I', 'DP'],
      ['I', 'OR'],
      ['M', 'MP'],
    ]);
    expect(
      errorOf((await moving.ask('DELETE', `/api/shipments/v2409/void/cancel/${number}`)).body).code,
    ).toBe('190103');
    await other.sandbox.close();
  });
});

describe('track alerts', () => {
  let inbox: Inbox;
  beforeEach(async () => (inbox = await openInbox()));
  afterEach(() => inbox.close());

  it('are pushed to the subscriber with its own credential', async () => {
    const number = await buy();
    const subscribed = await ups.ask('POST', '/api/track/v1/subscription/standard/package', {
      locale: 'en_US',
      countryCode: 'US',
      trackingNumberList: [number, '1Z1'],
      destination: { url: inbox.url, credentialType: 'Bearer', credential: 'hook-secret' },
    });
    expect(subscribed.body).toEqual({ validTrackingNumbers: [number], invalidTrackingNumbers: ['1Z1'] });
    await stage.client.ups('main').advance(number, 'delivered', '2026-01-09T14:50:04Z');
    await stage.client.deliveriesIdle();
    const [{ headers, body }] = inbox.received as [(typeof inbox.received)[number]];
    expect([headers['credential'], headers['user-agent']]).toEqual([
      'hook-secret',
      'UPSPubSubTrackingService',
    ]);
    expect(JSON.parse(body)).toMatchObject({
      trackingNumber: number,
      localActivityDate: '20260109',
      localActivityTime: '095004',
      gmtActivityTime: '145004',
      activityStatus: { type: 'D', code: 'FS', descriptionCode: '011' },
      actualDeliveryDate: '20260109',
    });
  });

  it('are refused without a credential', async () => {
    const refused = await ups.ask('POST', '/api/track/v1/subscription/standard/package', {
      locale: 'en_US',
      countryCode: 'US',
      trackingNumberList: ['1Z12345E1512345676'],
      destination: { url: inbox.url, credentialType: 'Bearer' },
    });
    expect(errorOf(refused.body).code).toBe('VSS700');
  });
});
