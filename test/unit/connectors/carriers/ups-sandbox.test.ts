import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createUps } from '../../../../connectors/carriers/ups/carrier.ts';
import type { CarrierClient } from '../../../../connectors/carriers/carrier.ts';
import { sandboxClient, type SandboxClient } from '../../../../sandbox/client.ts';
import type { FaultRequest } from '../../../../sandbox/faults.ts';
import { createSandbox, type Sandbox } from '../../../../sandbox/sandbox.ts';
import { lanes } from './shipments.ts';

let sandbox: Sandbox;
let control: SandboxClient;
let client: CarrierClient;
let account = 0;
let at = Date.parse('2026-11-24T12:00:00Z');
const now = () => at;
const name = () => `account-${account}`;
const labels = () => control.ups(name()).labels();

beforeAll(async () => {
  sandbox = await createSandbox({ now });
  control = sandboxClient(sandbox.url);
});
afterAll(() => sandbox.close());

beforeEach(async () => {
  await control.clearFaults();
  account += 1;
  client = await connect({});
});

async function connect(request: { referenceLagMs?: number; tokenSeconds?: number }): Promise<CarrierClient> {
  const made = await control.ups(name()).create(request);
  return createUps({ now }).connect({
    id: name(),
    carrier: 'ups',
    url: made.url,
    credentials: {
      clientId: made.clientId,
      clientSecret: made.clientSecret,
      accountNumber: made.shipperNumber,
      negotiatedRates: true,
    },
  });
}

const fault = (request: Omit<FaultRequest, 'operation'>, operation = 'ups.ship') =>
  control.fault({ account: name(), operation, times: 1, ...request });

describe('every lane', () => {
  it.each(Object.keys(lanes))('%s: what is quoted can be bought, found, tracked and voided', async (lane) => {
    const shipment = lanes[lane]!;
    const rates = await client.rates(shipment);
    expect(rates.length).toBe(new Set(rates.map((rate) => rate.service)).size);
    const [rate] = rates;
    const request = client.labelRequest(shipment, rate!.service);
    const bought = await client.buyLabel(JSON.parse(JSON.stringify(request)), `${lane}/label/1`);
    expect(bought).toMatchObject({ cost: rate!.price, format: 'GIF' });
    expect(await client.findLabel(shipment.reference)).toEqual({ found: { ...bought, cost: null } });
    expect((await client.track(bought.trackingNumber)).map((scan) => scan.status)).toEqual(['label_created']);
    expect(await client.voidLabel(bought)).toBe('voided');
    expect(await client.voidLabel(bought)).toBe('voided');
    expect(await client.findLabel(shipment.reference)).toEqual({ found: null });
  });
});

describe('a lost answer to a purchase', () => {
  const shipment = lanes['US to Germany with customs']!;
  const buy = () => client.buyLabel(client.labelRequest(shipment, '65'), 'parcel-1/label/1');

  it.each([
    ['reset-after', { fault: 'reset-after' as const }, { code: 'connection-reset', effect: 'unknown' }],
    ['5xx-after', { fault: '5xx-after' as const }, { status: 503, effect: 'unknown' }],
    ['half an answer', { fault: 'malformed' as const }, { code: 'malformed-body', effect: 'unknown' }],
  ])('%s: exactly the paid label is found', async (_name, broken, expected) => {
    await fault(broken);
    await expect(buy()).rejects.toMatchObject({ kind: 'retry', ...expected });
    const [paid, ...more] = await labels();
    expect(more).toEqual([]);
    expect(await client.findLabel(shipment.reference)).toEqual({
      found: expect.objectContaining({
        trackingNumber: paid!.trackingNumber,
        shipmentId: paid!.shipmentId,
        format: 'GIF',
        cost: null,
      }),
    });
  });

  it.each([
    ['reset-before', { fault: 'reset-before' as const }, { code: 'connection-reset', effect: 'unknown' }],
    ['503', { fault: '5xx' as const }, { status: 503, effect: 'unknown' }],
    ["a proxy's page", { fault: 'malformed-before' as const }, { code: 'malformed-body', effect: 'unknown' }],
  ])('%s: nothing was paid, and the look-up says so', async (_name, broken, expected) => {
    await fault(broken);
    const lastAskedAt = new Date(at).toISOString();
    await expect(buy()).rejects.toMatchObject({ kind: 'retry', ...expected });
    expect(await labels()).toEqual([]);
    expect(await client.findLabel(shipment.reference, lastAskedAt)).toEqual({ found: null });
  });

  it.each([
    ['429', { fault: '429' as const, retryAfter: 3 }, { kind: 'retry', effect: 'none', retryAfterMs: 3000 }],
    [
      'a refusal',
      { fault: 'refuse' as const, code: '120203', message: 'Invalid address' },
      { kind: 'refuse', effect: 'none', code: '120203' },
    ],
  ])('%s: certainly nothing was paid', async (_name, broken, expected) => {
    await fault(broken);
    await expect(buy()).rejects.toMatchObject(expected);
    expect(await labels()).toEqual([]);
  });

  it('a failing look-up is a failure, never a no', async () => {
    for (const broken of ['reset-before', '5xx', 'malformed-before', '429'] as const) {
      await fault({ fault: broken }, 'ups.recovery');
      await expect(client.findLabel(shipment.reference)).rejects.toMatchObject({
        kind: 'retry',
        effect: 'none',
      });
    }
  });

  it('two paid labels under one reference are reported, not chosen from', async () => {
    await buy();
    await buy();
    await expect(client.findLabel(shipment.reference)).rejects.toMatchObject({ code: 'several-labels' });
    const [first] = await labels();
    expect(await client.voidLabel(first!)).toBe('voided');
    const [, second] = await labels();
    expect(await client.findLabel(shipment.reference)).toEqual({
      found: expect.objectContaining({ trackingNumber: second!.trackingNumber }),
    });
  });
});

it('a lost answer to a void: asked again, it is voided', async () => {
  const bought = await client.buyLabel(client.labelRequest(lanes['US domestic']!, '03'), 'k');
  await fault({ fault: 'reset-after' }, 'ups.void');
  await expect(client.voidLabel(bought)).rejects.toMatchObject({ kind: 'retry', effect: 'unknown' });
  expect(await client.voidLabel(bought)).toBe('voided');
});

it('a parcel that has left is not voided, and its way is told in order', async () => {
  const bought = await client.buyLabel(client.labelRequest(lanes['US domestic']!, '03'), 'k');
  const statuses = ['handed_over', 'in_transit', 'out_for_delivery', 'exception', 'delivered'] as const;
  for (const status of statuses) {
    at += 3_600_000;
    await control.ups(name()).advance(bought.trackingNumber, status);
  }
  expect(await client.voidLabel(bought)).toBe('refused');
  const scans = await client.track(bought.trackingNumber);
  expect(scans.map((scan) => scan.status)).toEqual(['label_created', ...statuses]);
  expect(scans.at(-1)).toMatchObject({ code: 'FS', at: new Date(at).toISOString(), place: 'Alpharetta, US' });
});

it('an expired token is renewed', async () => {
  client = await connect({ tokenSeconds: 100 });
  const shipment = lanes['US domestic']!;
  const rates = await client.rates(shipment);
  at += 95_000;
  expect(await client.rates(shipment)).toEqual(rates);
  // Expired here, too: the token of the second call was granted 200 s ago.
  at += 200_000;
  expect(await client.rates(shipment)).toEqual(rates);
});
