import { describe, expect, it } from '@jest/globals';
import { PDFDocument } from 'pdf-lib';
import { manual } from '../../../../connectors/carriers/manual/carrier.ts';
import { drawLabel } from '../../../../connectors/carriers/manual/label.ts';
import { isTrackingNumber, trackingNumberOf } from '../../../../connectors/carriers/manual/number.ts';
import { lanes, places, shipment } from './shipments.ts';

const services = [
  {
    code: 'post',
    name: 'Letter post',
    price: '4.90',
    currency: 'EUR',
    transitDays: 3,
    countries: ['DE', 'FR'],
    maxWeightGrams: 2000,
  },
  { code: 'van', name: 'Own van', price: '1200', currency: 'JPY', transitDays: null },
];
const account = (credentials: unknown) => ({ id: 'a', carrier: 'manual', url: '', credentials });
const client = manual.connect(account({ services }));
const toFrance = lanes['Germany to France']!;

describe('rates', () => {
  const post = {
    service: 'post',
    serviceName: 'Letter post',
    price: { minor: 490, currency: 'EUR' },
    transitDays: 3,
  };
  const van = {
    service: 'van',
    serviceName: 'Own van',
    price: { minor: 1200, currency: 'JPY' },
    transitDays: null,
  };
  it.each([
    ['both', toFrance, [post, van]],
    ['at the weight limit', { ...toFrance, parcel: { ...toFrance.parcel, weightGrams: 2000 } }, [post, van]],
    ['too heavy', { ...toFrance, parcel: { ...toFrance.parcel, weightGrams: 2001 } }, [van]],
    ['too far', lanes['US domestic']!, [van]],
  ])('%s', async (_name, of, expected) => expect(await client.rates(of)).toEqual(expected));
});

describe('the label', () => {
  const request = JSON.parse(JSON.stringify(client.labelRequest(toFrance, 'post'))) as unknown;

  it('is one page of 4 by 6 inches, and bought again the very same', async () => {
    const bought = await client.buyLabel(request, 'k');
    expect(bought).toMatchObject({
      trackingNumber: trackingNumberOf(toFrance.reference),
      shipmentId: trackingNumberOf(toFrance.reference),
      cost: { minor: 490, currency: 'EUR' },
      format: 'PDF',
    });
    expect(await client.buyLabel(request, 'k')).toEqual(bought);
    const pdf = await PDFDocument.load(bought.document);
    expect(pdf.getPages().map((page) => page.getSize())).toEqual([{ width: 288, height: 432 }]);
  });

  it('needs no finding, no voiding and no tracking', async () => {
    expect(await client.findLabel('P-1')).toEqual({ found: null });
    expect(await client.voidLabel({ shipmentId: '1', trackingNumber: '1' })).toBe('voided');
    expect(await client.track('1')).toEqual([]);
  });

  it.each([
    ['Japanese', places.jpWarehouse],
    ['long', places.long],
    ['Arabic, emoji and control characters', { ...places.de, name: 'مثال 📦\u0000\n', city: 'Łódź €' }],
    ['empty', { name: '', line1: '', city: '', country: 'DE' }],
  ])('prints %s names', async (_name, to) => {
    const bought = await client.buyLabel(client.labelRequest(shipment(to, to), 'van'), 'k');
    expect((await PDFDocument.load(bought.document)).getPageCount()).toBe(1);
  });

  it('does not hold up the event loop', async () => {
    await drawLabel(toFrance, 'warm', '12345678901234567890');
    const before = process.cpuUsage();
    for (let count = 0; count < 10; count += 1)
      await drawLabel(toFrance, 'Letter post', '12345678901234567890');
    const spent = process.cpuUsage(before);
    // CPU rather than wall time, so that a busy machine does not decide; a few milliseconds are usual.
    expect((spent.user + spent.system) / 10 / 1000).toBeLessThan(60);
  });

  it('refuses a service that the account does not have', async () => {
    expect(() => client.labelRequest(toFrance, 'bike')).toThrow(
      expect.objectContaining({
        name: 'PartyFailure',
        kind: 'refuse',
        effect: 'none',
        code: 'unknown-service',
      }),
    );
  });
});

describe('tracking numbers', () => {
  it('follow from the reference', () => {
    const reference = 'P-0042-1';
    const number = trackingNumberOf(reference);
    expect(number).toMatch(/^\d{20}$/);
    expect(isTrackingNumber(number)).toBe(true);
    expect(trackingNumberOf(reference)).toBe(number);
  });

  it('differ between references', () => {
    expect(trackingNumberOf('P-0042-1')).not.toBe(trackingNumberOf('P-0042-2'));
  });

  it('show any one mistyped digit and swapped neighbors', () => {
    const number = trackingNumberOf('P-0042-1');
    const wrong = Array.from(number).flatMap((digit, place) => [
      number.slice(0, place) + ((Number(digit) + 1) % 10) + number.slice(place + 1),
      number.slice(0, place) + ((Number(digit) + 5) % 10) + number.slice(place + 1),
    ]);
    expect(wrong.filter(isTrackingNumber)).toEqual([]);
    // Luhn's example number.
    expect(isTrackingNumber('00000000079927398713')).toBe(true);
    expect(isTrackingNumber('00000000079927398731')).toBe(false);
    expect(isTrackingNumber('79927398713')).toBe(false);
  });
});

it.each([
  ['no services', { services: [] }],
  ['a price with three decimals', { services: [{ ...services[0], price: '4.905' }] }],
  ['a negative price', { services: [{ ...services[0], price: '-1' }] }],
  ['a price that is no number', { services: [{ ...services[0], price: '4,90' }] }],
  ['an unknown currency', { services: [{ ...services[0], currency: 'XYZ' }] }],
])('refuses credentials with %s', (_name, credentials) => {
  expect(manual.credentials.safeParse(credentials).success).toBe(false);
  expect(() => manual.connect(account(credentials))).toThrow();
});
