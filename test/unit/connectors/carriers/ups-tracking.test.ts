import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createUps } from '../../../../connectors/carriers/ups/carrier.ts';
import { statusOf } from '../../../../connectors/carriers/ups/scan.ts';
import { upsWebhooks } from '../../../../connectors/carriers/ups/webhook.ts';
import { fakeUps, refusal, type Fake, type Reply } from './loopback.ts';

const fixture = (name: string) =>
  readFileSync(new URL(`../../../fixtures/carriers/ups/${name}`, import.meta.url), 'utf8');

describe('status codes', () => {
  it.each([
    ['M', 'MP', '003', 'label_created'],
    ['MV', 'VP', '026', null],
    ['P', 'PU', '038', 'handed_over'],
    ['I', 'OR', '005', 'handed_over'],
    ['I', 'DP', '005', 'in_transit'],
    ['I', 'YP', '071', 'in_transit'],
    ['I', 'OT', '021', 'out_for_delivery'],
    ['I', 'ZZ', '021', 'out_for_delivery'],
    ['O', 'OT', undefined, 'out_for_delivery'],
    ['D', 'OT', undefined, 'out_for_delivery'],
    ['D', 'FS', '011', 'delivered'],
    ['X', 'X2', '007', 'exception'],
    ['RS', 'RS', '016', 'returned'],
    ['U', 'IP', '071', null],
    ['NA', undefined, undefined, null],
    [undefined, undefined, undefined, null],
  ])('%s %s %s: %s', (type, code, statusCode, expected) => {
    expect(statusOf({ type, code, statusCode })).toBe(expected);
  });
});

describe('tracking', () => {
  let fake: Fake;
  let reply: Reply;
  beforeAll(async () => {
    fake = await fakeUps(() => reply);
  });
  afterAll(() => fake.close());
  const track = () =>
    createUps()
      .connect({
        id: 'a',
        carrier: 'ups',
        url: fake.url,
        credentials: { clientId: 'id', clientSecret: 's', accountNumber: 'A1B2C3' },
      })
      .track('1ZA1B2C30300000017');

  it('reads every scan with a time and a meaning, oldest first, in UTC', async () => {
    reply = { text: fixture('track.json') };
    expect(await track()).toEqual([
      {
        code: 'MP',
        status: 'label_created',
        at: '2026-11-20T15:04:05.000Z',
        description: 'Shipper created a label.',
        place: 'US',
      },
      {
        code: 'OR',
        status: 'handed_over',
        at: '2026-11-21T02:29:01.000Z',
        description: 'Origin Scan',
        place: 'Hickory, US',
      },
      {
        code: 'DP',
        status: 'in_transit',
        at: '2026-11-21T07:47:00.000Z',
        description: 'Departed from Facility',
        place: 'Hickory, US',
      },
      {
        code: 'FS',
        status: 'delivered',
        at: '2026-11-24T09:50:04.000Z',
        description: 'DELIVERED',
        place: 'Köln, DE',
      },
    ]);
    const { headers, path, query } = fake.calls().at(-1)!;
    expect(path + '?' + String(query)).toBe('/api/track/v1/details/1ZA1B2C30300000017?locale=en_US');
    expect([headers['transid'], headers['transactionsrc']]).toEqual([
      expect.stringMatching(/^\w{32}$/),
      'orderloom',
    ]);
  });

  it('knows nothing yet of a new number', async () => {
    reply = refusal(404, 'TW0001', 'Tracking Information Not Found');
    expect(await track()).toEqual([]);
  });

  it.each<[string, Reply, object]>([
    ['a bad number', refusal(400, 'TV1002', 'Invalid inquiry number'), { kind: 'refuse', code: 'TV1002' }],
    ['no body', { text: '' }, { kind: 'retry', code: 'malformed-body', effect: 'none' }],
    ['503', { status: 503, json: {} }, { kind: 'retry', code: 'http-503' }],
    ["somebody else's 404", { status: 404, text: '<html></html>' }, { kind: 'retry', code: 'http-404' }],
  ])('%s', async (_name, answer, expected) => {
    reply = answer;
    await expect(track()).rejects.toMatchObject(expected);
  });
});

describe('Track Alert webhooks', () => {
  const event = JSON.parse(fixture('alert.json')) as Record<string, unknown> & { activityStatus: object };
  const parse = (changes: object = {}) =>
    upsWebhooks.parse(Buffer.from(JSON.stringify({ ...event, ...changes })));

  it.each([
    [{ credential: 's3cret' }, 's3cret', true],
    [{ credential: 's3cret ' }, 's3cret', false],
    [{}, 's3cret', false],
    [{ credential: '' }, '', false],
  ])('%j with the secret %j: %s', (headers, secret, expected) => {
    expect(upsWebhooks.verify(Buffer.from(''), headers, secret)).toBe(expected);
  });

  it('reads the scan', () => {
    expect(parse()).toEqual({
      key: expect.stringMatching(/^[0-9a-f]{64}$/),
      trackingNumber: '1ZA1B2C30300000017',
      scan: {
        code: 'OT',
        status: 'out_for_delivery',
        at: '2026-11-24T13:15:19.000Z',
        description: 'Out for Delivery',
        place: 'Charlotte, US',
      },
    });
  });

  it('a repeated event has the same key, another has another', () => {
    expect(parse({ deliveryTimeDescription: '' }).key).toBe(parse().key);
    expect(parse({ gmtActivityTime: '131520' }).key).not.toBe(parse().key);
    expect(parse({ activityStatus: { ...event.activityStatus, code: 'DP' } }).key).not.toBe(parse().key);
  });

  it('a changed delivery time is an event without a scan', () => {
    expect(parse({ activityStatus: { type: 'U', code: 'IP', descriptionCode: '071' } }).scan).toBeNull();
  });

  it.each([
    ['not JSON', Buffer.from('{'), 'not JSON'],
    [
      'not an event',
      Buffer.from('{"trackingNumber":" "}'),
      'not a tracking event: trackingNumber, activityStatus',
    ],
  ])('%s can not be used', (_name, body, message) => {
    expect(() => upsWebhooks.parse(body)).toThrow(
      expect.objectContaining({ name: 'UnusableWebhook', message }),
    );
  });
});
