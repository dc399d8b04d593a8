import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startApi, type TestApi } from './test-api.ts';

const event = {
  trackingNumber: '1Z9999999999999999',
  gmtActivityDate: '20261124',
  gmtActivityTime: '101500',
  activityLocation: { city: 'WIEN', country: 'AT' },
  activityStatus: { type: 'I', code: 'OR', description: 'Origin Scan' },
};

describe('POST /webhooks/carriers/{carrier}', () => {
  let api: TestApi;
  const post = (body: unknown, credential: string) =>
    api.send('POST', '/webhooks/carriers/ups', body, { Authorization: '', credential });
  const rows = () =>
    api.orm.em
      .fork()
      .execute('select source, store_id as store, topic, state, reason, body from inbox order by seq');

  beforeAll(async () => {
    api = await startApi();
    const credentials = { clientId: 'id', clientSecret: 'hidden', accountNumber: 'A1B2C3' };
    const account = { carrier: 'ups', url: 'https://ups.example.com', credentials };
    for (const [name, webhookSecret] of [
      ['one', 'first-secret'],
      ['two', 'second-secret'],
      ['off', 'off-secret'],
      ['none', undefined],
    ])
      expect((await api.send('POST', '/v1/carriers', { ...account, name, webhookSecret })).status).toBe(201);
    await api.orm.em.fork().execute(`update carrier_account set enabled = false where name = 'off'`);
  });
  afterAll(() => api.close());
  beforeEach(() => api.orm.em.fork().execute('delete from inbox'));

  it.each(['first-secret', 'second-secret'])(
    'believes an enabled account (%s), and keeps the event once',
    async (secret) => {
      const answers = [await post(event, secret), await post(event, secret)];
      expect(answers.map(({ status, body }) => [status, body])).toEqual([
        [200, {}],
        [200, {}],
      ]);
      expect(await rows()).toEqual([
        {
          source: 'carrier/ups',
          store: null,
          topic: 'tracking',
          state: 'received',
          reason: null,
          body: JSON.stringify(event),
        },
      ]);
    },
  );

  it.each(['off-secret', 'wrong', ''])('refuses %j with 401 and keeps nothing', async (secret) => {
    const answer = await post(event, secret);
    expect([answer.status, answer.body.type]).toEqual([401, '/problems/bad-signature']);
    expect(await rows()).toEqual([]);
  });

  it('keeps what it can not read as refused', async () => {
    expect((await post({ number: 1 }, 'first-secret')).status).toBe(200);
    expect(await rows()).toMatchObject([
      { state: 'refused', reason: expect.stringContaining('trackingNumber') },
    ]);
  });
});
