import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { startApi, type TestApi } from './test-api.ts';

const event = {
  id: 'evt_1',
  object: 'event',
  type: 'payment_intent.succeeded',
  data: { object: { id: 'pi_1', object: 'payment_intent' } },
};

describe('payment providers', () => {
  let api: TestApi;
  const post = (body: object, secret: string) => {
    const payload = JSON.stringify(body);
    const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret });
    return api.send('POST', '/webhooks/payments/stripe', payload, {
      Authorization: '',
      'Stripe-Signature': signature,
    });
  };
  const rows = () => api.orm.em.fork().execute('select source, key, topic, state, reason from inbox');
  const account = {
    provider: 'stripe',
    name: 'Stripe Berlin',
    credentials: { secretKey: 'sk_test_hidden' },
    webhookSecret: 'whsec_hidden',
  };

  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());
  beforeEach(() => api.orm.em.fork().execute('delete from inbox'));

  it('are connected once per name, and shown without their secrets', async () => {
    const made = await api.send('POST', '/v1/payment-accounts', account);
    const shown = {
      id: made.body.id,
      provider: 'stripe',
      title: 'Stripe',
      name: 'Stripe Berlin',
      url: 'https://api.stripe.com',
      store: null,
      enabled: true,
      connectedAt: expect.any(String),
      webhookPath: '/webhooks/payments/stripe',
    };
    expect([made.status, made.body]).toEqual([201, shown]);
    expect((await api.send('GET', '/v1/payment-accounts')).body).toEqual({
      items: [shown],
      nextCursor: null,
    });
    expect(JSON.stringify(await api.contents())).not.toMatch(/sk_test_hidden|whsec_hidden/);
    const before = await api.contents();
    expect((await api.send('POST', '/v1/payment-accounts', account)).status).toBe(409);
    expect(await api.contents()).toEqual(before);
  });

  it('keep a signed event once, whatever it names', async () => {
    const payout = { ...event, id: 'evt_2', data: { object: { id: 'po_1', object: 'payout' } } };
    for (const body of [event, event, payout, { id: 'evt_3' }])
      expect((await post(body, 'whsec_hidden')).status).toBe(200);
    expect(await rows()).toEqual([
      { source: 'payment/stripe', key: 'evt_1', topic: event.type, state: 'received', reason: null },
      {
        source: 'payment/stripe',
        key: 'evt_2',
        topic: event.type,
        state: 'applied',
        reason: 'names no payment',
      },
      expect.objectContaining({ state: 'refused', reason: 'The body is no event of Stripe' }),
    ]);
  });

  it('refuse an event that none of their accounts signed, and keep nothing', async () => {
    const answer = await post(event, 'whsec_other');
    expect([answer.status, answer.body.type]).toEqual([401, '/problems/bad-signature']);
    expect(await rows()).toEqual([]);
  });
});
