import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { watchStock } from '../../../db/alerts/watch.ts';
import { places } from '../../../db/secrets.ts';
import { invalid, startStocked, type Stocked } from './refused.ts';

let api: Stocked;
beforeAll(async () => {
  api = await startStocked();
});
afterAll(() => api.close());

const path = '/v1/alert-endpoints';
const hook = { channel: 'webhook', target: 'https://pager.example.com/hook' };
const query = <T extends object>(sql: string, values: unknown[] = []) =>
  api.orm.em.fork().execute<T[]>(sql, values);

describe('where alerts go', () => {
  it('is added with a secret that is shown once, sealed, listed and removed', async () => {
    const key = { 'Idempotency-Key': randomUUID() };
    const { status, body: made } = await api.send('POST', path, hook, key);
    expect([status, made]).toEqual([
      201,
      {
        ...hook,
        kinds: ['low_stock', 'lot_expiring'],
        id: expect.any(String),
        createdAt: expect.any(String),
        secret: expect.stringMatching(/^whsec_[A-Za-z\d+/]{32}$/),
      },
    ]);
    expect((await api.send('POST', path, hook, key)).body).toEqual(made);
    const [row] = await query<{ secret: string }>('select secret from alert_endpoint');
    expect(api.deps.secrets.open(row!.secret, places.alertEndpointSecret(made.id))).toBe(made.secret);
    const kept = JSON.stringify(await query('select * from idempotency'));
    expect(kept).not.toContain(made.secret);
    const { secret: _, ...shown } = made;
    expect((await api.send('GET', path)).body).toEqual({ items: [shown], nextCursor: null });
    await api.refused(['POST', path, hook], { status: 409, type: 'conflict', says: 'already' });

    await api.send('PUT', '/v1/replenishment/BER/TEA-100', {
      ...{ reorderPoint: 40, leadTimeDays: 7, supplier: 'Leaf & Co' },
      unitCost: { amount: '3.20', currency: 'EUR' },
    });
    await watchStock(api.orm, new Date(), 30);
    const alertId = (await api.send('GET', '/v1/alerts')).body.items[0].id as string;
    const deliveries = async () => (await api.send('GET', `/v1/alerts/${alertId}`)).body.deliveries;
    const way = { endpoint: made.id, channel: 'webhook', attempts: 0, deliveredAt: null };
    expect(await deliveries()).toEqual([
      { ...way, state: 'due', dueAt: expect.any(String), lastError: null },
    ]);
    expect((await api.send('DELETE', `${path}/${made.id}`)).body).toEqual({});
    expect(await deliveries()).toEqual([
      { ...way, state: 'given_up', dueAt: null, lastError: 'endpoint-removed' },
    ]);
    expect(await query('select secret from alert_endpoint')).toEqual([{ secret: null }]);
    expect((await api.send('GET', path)).body.items).toEqual([]);
    await api.refused(['DELETE', `${path}/${made.id}`], { status: 404, type: 'not-found' });
    const audits = await query('select what, detail from audit where subject = ? order by seq', [made.id]);
    expect(audits).toEqual([
      { what: 'alert_endpoint_added', detail: 'webhook at pager.example.com' },
      { what: 'alert_endpoint_removed', detail: 'webhook' },
    ]);
  });

  it('is added once by many at the same time, and again after it was removed', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => api.send('POST', path, hook)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      201, 409, 409, 409, 409, 409,
    ]);
  });

  it('by email needs a server that sends it', async () => {
    const email = { channel: 'email', target: 'ops@example.com', kinds: ['low_stock'] };
    await api.refused(['POST', path, email], invalid('channel', 'SMTP_URL and ALERTS_FROM are not set'));
    const { config } = api.deps;
    config.mail = { smtpUrl: 'smtp://127.0.0.1', from: 'alerts@example.com' };
    const { status, body } = await api.send('POST', path, email);
    config.mail = null;
    expect([status, body.kinds, body.secret]).toEqual([201, ['low_stock'], null]);
    const audits = await query<{ detail: string }>('select detail from audit where subject = ?', [body.id]);
    expect(audits).toEqual([{ detail: 'email' }]);
    await api.send('DELETE', `${path}/${body.id}`);
    const kept = await query('select target from alert_endpoint where id = ?', [body.id]);
    expect(kept).toEqual([{ target: '' }]);
  });

  it.each([
    ['channel', { channel: 'sms' }],
    ['target', { target: 'ftp://example.com' }],
    ['target', { target: 'https://user:secret@example.com' }],
    ['target', { target: undefined }],
    ['target', { channel: 'email', target: 'nobody' }],
    ['kinds', { kinds: [] }],
    ['kinds', { kinds: ['low_stock', 'low_stock'] }],
    ['kinds.0', { kinds: ['theft'] }],
    ['secret', { secret: 'whsec_own' }],
  ])('with a wrong %s is refused: %j', (field, change) =>
    api.refused(['POST', path, { ...hook, ...change }], invalid(field)),
  );
});
