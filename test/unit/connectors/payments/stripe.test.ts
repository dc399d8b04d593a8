import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { PartyFailure } from '../../../../connectors/failure.ts';
import type { PaymentClient } from '../../../../connectors/payments/provider.ts';
import { createPaymentRegistry, payments } from '../../../../connectors/payments/registry.ts';
import { fromStripe, toStripe } from '../../../../connectors/payments/stripe/amounts.ts';
import { stripe } from '../../../../connectors/payments/stripe/provider.ts';
import { UnusableWebhook } from '../../../../connectors/storefronts/storefront.ts';
import { sandboxClient, type SandboxClient } from '../../../../sandbox/client.ts';
import { createSandbox, type Sandbox } from '../../../../sandbox/sandbox.ts';

let sandbox: Sandbox;
let control: SandboxClient;
let shop: ReturnType<SandboxClient['stripe']>;
let client: PaymentClient;
const now = { ms: Date.parse('2026-11-24T12:00:00Z') };

beforeAll(async () => {
  sandbox = await createSandbox({ now: () => now.ms });
  control = sandboxClient(sandbox.url);
  shop = control.stripe('tea');
  const { url, secretKey } = await shop.create();
  client = stripe.connect({ id: 'a', provider: 'stripe', url, credentials: { secretKey } });
});
afterAll(() => sandbox.close());

const failureOf = async (call: Promise<unknown>): Promise<PartyFailure> => {
  const error = await call.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(PartyFailure);
  return error as PartyFailure;
};

describe('a payment at Stripe', () => {
  it('is read as it stands, from its beginning to its end', async () => {
    const { id } = await shop.pay({ amount: 2500, currency: 'EUR', state: 'pending' });
    expect(await client.read(id)).toEqual({
      externalId: id,
      state: 'pending',
      payments: [],
      refunds: [],
      failedRefunds: [],
      disputes: [],
      capturable: 0,
      captureBefore: null,
    });
    await shop.confirm(id);
    const paid = { externalId: id, kind: 'capture', amount: 2500, currency: 'EUR', provider: 'stripe' };
    expect(await client.read(id)).toMatchObject({
      state: 'paid',
      payments: [{ ...paid, at: '2026-11-24T12:00:00.000Z' }],
    });
    const dispute = await shop.dispute(id, 'fraudulent');
    const told = { externalId: dispute.id, amount: 2500, currency: 'EUR', reason: 'fraudulent' };
    const at = '2026-11-24T12:00:00.000Z';
    expect((await client.read(id)).disputes).toEqual([
      { ...told, state: 'open', respondBy: '2026-12-01T12:00:00.000Z', at },
    ]);
    await shop.closeDispute(dispute.id, 'lost');
    expect((await client.read(id)).disputes).toEqual([
      { ...told, state: 'lost', respondBy: '2026-12-01T12:00:00.000Z', at },
    ]);
  });

  it('is captured once, at most what is authorized, and not after its authorization ended', async () => {
    const { id } = await shop.pay({ amount: 4000, currency: 'EUR', state: 'authorized' });
    expect(await client.read(id)).toMatchObject({
      state: 'authorized',
      capturable: 4000,
      captureBefore: '2026-12-01T12:00:00.000Z',
      payments: [{ externalId: id, kind: 'authorization', amount: 4000 }],
    });
    const request = { paymentExternalId: id, currency: 'EUR', key: 'order-1/capture' };
    const tooMuch = await failureOf(client.capture({ ...request, amount: 4001, key: 'too-much' }));
    expect([tooMuch.kind, tooMuch.code]).toEqual(['refuse', 'amount_too_large']);
    const taken = { externalId: id, kind: 'capture', amount: 3000, currency: 'EUR', provider: 'stripe' };
    expect(await client.capture({ ...request, amount: 3000 })).toMatchObject(taken);
    expect(await client.capture({ ...request, amount: 3000 })).toMatchObject(taken);
    expect(await client.capture({ ...request, amount: 4000, key: 'other' })).toMatchObject(taken);
    expect(await client.read(id)).toMatchObject({ state: 'paid', capturable: 0 });

    const late = await shop.pay({ amount: 100, currency: 'EUR', state: 'authorized' });
    now.ms += 8 * 86_400_000;
    const ended = await failureOf(
      client.capture({ paymentExternalId: late.id, amount: 100, currency: 'EUR', key: 'late' }),
    );
    expect([ended.kind, ended.code]).toEqual(['refuse', 'charge_expired_for_capture']);
    expect((await client.read(late.id)).state).toBe('voided');
  });

  it('is given back once per key, and never more than was taken', async () => {
    const { id } = await shop.pay({ amount: 1000, currency: 'EUR' });
    const request = { paymentExternalId: id, currency: 'EUR', reason: 'cancelled' };
    const first = await client.refund({ ...request, amount: 400, key: 'k-1' });
    expect(first).toMatchObject({ amount: 400, currency: 'EUR', provider: 'stripe', key: 'k-1' });
    expect(await client.refund({ ...request, amount: 400, key: 'k-1' })).toEqual(first);
    expect(await client.read(id)).toMatchObject({ state: 'partially_refunded', refunds: [first] });
    const other = await failureOf(client.refund({ ...request, amount: 500, key: 'k-1' }));
    expect([other.kind, other.code]).toEqual(['refuse', 'idempotency_error']);
    const more = await failureOf(client.refund({ ...request, amount: 601, key: 'k-2' }));
    expect([more.kind, more.message]).toEqual([
      'refuse',
      'Refund amount (601) is greater than unrefunded amount on charge (600)',
    ]);
    await client.refund({ ...request, amount: 600, key: 'k-3' });
    expect((await client.read(id)).state).toBe('refunded');
    await shop.failRefund(first.externalId);
    expect(await client.read(id)).toMatchObject({
      state: 'partially_refunded',
      failedRefunds: [first.externalId],
    });
    const entries = (await shop.balance()).filter(({ source }) => source === first.externalId);
    expect(entries.map(({ type, amount }) => [type, amount])).toEqual([
      ['refund', -400],
      ['refund_failure', 400],
    ]);
  });

  it('is given back under the same key of ours after a refusal, once, when nothing is in its way any more', async () => {
    const { id } = await shop.pay({ amount: 1000, currency: 'EUR' });
    const request = { paymentExternalId: id, currency: 'EUR', reason: 'cancelled' };
    const first = await client.refund({ ...request, amount: 600, key: `again/${id}/1` });
    const second = () => client.refund({ ...request, amount: 500, key: `again/${id}/2` });
    for (const _ of [1, 2, 3])
      expect((await failureOf(second())).message).toBe(
        'Refund amount (500) is greater than unrefunded amount on charge (400)',
      );
    await shop.failRefund(first.externalId);
    const [one, other] = await Promise.all([second(), second()]);
    expect(one).toEqual(other);
    expect(await second()).toEqual(one);
    expect((await client.read(id)).refunds).toEqual([one]);
  });

  it.each([
    ['429', {}, { kind: 'retry', effect: 'none', retryAfterMs: 1000 }],
    ['5xx', {}, { kind: 'retry', effect: 'unknown' }],
    // The library asks once more by itself, with the same key.
    ['reset-after', { times: 2 }, { kind: 'retry', effect: 'unknown', code: 'no-answer' }],
    ['malformed', {}, { kind: 'retry', effect: 'unknown' }],
    ['refuse', { code: 'charge_disputed', message: 'no' }, { kind: 'refuse', code: 'charge_disputed' }],
  ] as const)(
    'a refund that meets "%s" is classified and moves no money twice',
    async (fault, more, facts) => {
      const { id } = await shop.pay({ amount: 700, currency: 'EUR' });
      await control.fault({ party: 'stripe', operation: 'refunds.create', fault, times: 1, ...more });
      const request = { paymentExternalId: id, amount: 700, currency: 'EUR', reason: '', key: `f/${id}` };
      expect(await failureOf(client.refund(request))).toMatchObject(facts);
      if (fault !== 'refuse') expect(await client.refund(request)).toMatchObject({ amount: 700 });
      const made = (await shop.refunds()).filter(({ intent }) => intent === id);
      expect(made).toHaveLength(fault === 'refuse' ? 0 : 1);
    },
  );

  it('is refused with words where it is unknown, no PaymentIntent, or the key is wrong', async () => {
    expect(await failureOf(client.read('pi_unknown'))).toMatchObject({
      kind: 'refuse',
      code: 'resource_missing',
      message: "No such payment_intent: 'pi_unknown'",
    });
    expect((await failureOf(client.read('ch_1'))).message).toContain('is no PaymentIntent of Stripe');
    const { url } = await shop.get();
    const stranger = stripe.connect({
      id: 'b',
      provider: 'stripe',
      url,
      credentials: { secretKey: 'sk_test_unknown' },
    });
    expect(await failureOf(stranger.read('pi_unknown'))).toMatchObject({ kind: 'refuse', status: 401 });
    const nobody = stripe.connect({
      id: 'c',
      provider: 'stripe',
      url: 'http://127.0.0.1:9',
      credentials: { secretKey: 'sk_test_x' },
    });
    expect(await failureOf(nobody.read('pi_1'))).toMatchObject({ kind: 'retry', effect: 'none' });
  });
});

describe('amounts', () => {
  it.each([
    ['EUR', 1234, 1234],
    ['JPY', 500, 500],
    ['ISK', 500, 50_000],
    ['UGX', 500, 50_000],
    ['MGA', 500, 5],
    ['KWD', 1230, 1230],
  ])('of %s: %d of ours are %d of Stripe’s', (currency, ours, theirs) => {
    expect(toStripe(ours, currency)).toBe(theirs);
    expect(fromStripe(theirs, currency.toLowerCase())).toBe(ours);
  });

  it.each([
    ['KWD', 1231],
    ['MGA', 501],
  ])('of %s that Stripe can not express are refused', (currency, minor) => {
    expect(() => toStripe(minor, currency)).toThrow(PartyFailure);
  });
});

describe('webhooks of Stripe', () => {
  const secret = 'whsec_test';
  const body = (object: object) =>
    Buffer.from(JSON.stringify({ id: 'evt_1', object: 'event', type: 'x.y', data: { object } }));
  const signed = (payload: Buffer, timestamp = Math.floor(Date.now() / 1000)) => ({
    'stripe-signature': Stripe.webhooks.generateTestHeaderString({
      payload: payload.toString(),
      secret,
      timestamp,
    }),
  });
  const { verify, parse } = stripe.webhooks!;

  it('are believed when Stripe’s own library signed them lately', () => {
    const payload = body({ id: 'pi_1', object: 'payment_intent' });
    expect(verify(payload, signed(payload), secret)).toBe(true);
    expect(verify(payload, signed(payload), 'whsec_other')).toBe(false);
    expect(verify(Buffer.concat([payload, Buffer.from(' ')]), signed(payload), secret)).toBe(false);
    expect(verify(payload, signed(payload, Math.floor(Date.now() / 1000) - 600), secret)).toBe(false);
    expect(verify(payload, {}, secret)).toBe(false);
    expect(verify(payload, { 'stripe-signature': 'nonsense' }, secret)).toBe(false);
  });

  it.each([
    [{ id: 'pi_1', object: 'payment_intent' }, 'pi_1'],
    [{ id: 'ch_1', object: 'charge', payment_intent: 'pi_2' }, 'pi_2'],
    [{ id: 're_1', object: 'refund', payment_intent: { id: 'pi_3' } }, 'pi_3'],
    [{ id: 'po_1', object: 'payout' }, null],
    [{ id: 'ch_2', object: 'charge', payment_intent: null }, null],
  ])('of %j name the payment %s', (object, payment) => {
    expect(parse(body(object))).toEqual({ key: 'evt_1', topic: 'x.y', paymentExternalId: payment });
  });

  it.each(['nonsense', '{}', '[]', '{"id":"evt_1","type":"x"}'])('like %s can not be used', (text) => {
    expect(() => parse(Buffer.from(text))).toThrow(UnusableWebhook);
  });
});

describe('the registry of providers', () => {
  it('finds by name and refuses two of one name', () => {
    expect([payments.find('stripe')?.title, payments.find('none')]).toEqual(['Stripe', null]);
    expect(() => createPaymentRegistry([stripe, stripe])).toThrow('share a name: stripe, stripe');
  });
});
