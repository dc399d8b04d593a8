import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ensureAdminKey } from '../../../api/first-key.ts';
import { startApi, type TestApi } from './test-api.ts';

describe('API keys', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());
  const as = (key: string) => ({ Authorization: `Bearer ${key}` });

  it('are shown once, work at once, and stop working when revoked', async () => {
    const made = await api.send('POST', '/v1/api-keys', { name: 'Anna', role: 'support' });
    expect(made.status).toBe(201);
    const { key, ...rest } = made.body;
    expect(key).toMatch(/^olk_[\w-]{43}$/);
    expect(rest).toEqual({
      id: rest.id,
      name: 'Anna',
      role: 'support',
      createdAt: rest.createdAt,
      revokedAt: null,
    });

    const me = await api.send('GET', '/v1/me', undefined, as(key));
    expect(me.body).toEqual({ id: rest.id, name: 'Anna', role: 'support' });

    const listed = await api.send('GET', '/v1/api-keys');
    expect(listed.body.items.at(-1)).toEqual(rest);
    expect(JSON.stringify(listed.body)).not.toContain(key);

    expect((await api.send('DELETE', `/v1/api-keys/${rest.id}`)).status).toBe(204);
    expect((await api.send('GET', '/v1/me', undefined, as(key))).status).toBe(401);
    expect((await api.send('DELETE', `/v1/api-keys/${rest.id}`)).status).toBe(204);
  });

  it('are kept as hashes alone, also in the answer that is kept for a repeat', async () => {
    const headers = { 'Idempotency-Key': 'make-ben' };
    const first = await api.send('POST', '/v1/api-keys', { name: 'Ben', role: 'ops' }, headers);
    const again = await api.send('POST', '/v1/api-keys', { name: 'Ben', role: 'ops' }, headers);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect([again.status, again.body]).toEqual([201, first.body]);
    const tables = await api.orm.em.fork().execute<{ text: string }[]>(
      `select coalesce(string_agg(t::text, ''), '') as text from
         (select k::text from api_key k union all select i::text from idempotency i) t`,
    );
    expect(tables[0]!.text).not.toContain(first.body.key);
  });

  it('never lose the last admin', async () => {
    const listed = await api.send('GET', '/v1/api-keys');
    const admin = listed.body.items.find(({ role }: { role: string }) => role === 'admin');
    const refused = await api.send('DELETE', `/v1/api-keys/${admin.id}`);
    expect([refused.status, refused.body.type]).toEqual([409, '/problems/conflict']);
    expect((await api.send('GET', '/v1/me')).status).toBe(200);
  });

  it('of two admins, two requests at once revoke one', async () => {
    const second = await api.send('POST', '/v1/api-keys', { name: 'Second', role: 'admin' });
    const listed = await api.send('GET', '/v1/api-keys');
    const first = listed.body.items.find(({ name }: { name: string }) => name === 'admin');
    const both = await Promise.all([
      api.send('DELETE', `/v1/api-keys/${first.id}`),
      api.send('DELETE', `/v1/api-keys/${second.body.id}`),
    ]);
    const left = await api.orm.em
      .fork()
      .execute(`select 1 from api_key where role = 'admin' and revoked_at is null`);
    expect(left).toHaveLength(1);
    expect(both.map(({ status }) => status).filter((status) => status === 204)).toHaveLength(1);
    await api.orm.em.fork().execute('update api_key set revoked_at = null where id = ?', [first.id]);
  });
});

describe('the key of the environment', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi();
    await api.orm.em.fork().execute(`delete from api_key where name = 'admin'`);
  });
  afterAll(() => api.close());
  const works = async (key: string) =>
    (await api.send('GET', '/v1/me', undefined, { Authorization: `Bearer ${key}` })).status === 200;

  it('becomes the admin, is replaced by another, and stays revoked when it was', async () => {
    await ensureAdminKey(api.orm, 'first-key');
    await ensureAdminKey(api.orm, 'first-key');
    expect(await works('first-key')).toBe(true);
    await ensureAdminKey(api.orm, 'second-key');
    expect([await works('first-key'), await works('second-key')]).toEqual([false, true]);
    await api.orm.em.fork().execute(`update api_key set revoked_at = now() where name = 'admin'`);
    await ensureAdminKey(api.orm, 'second-key');
    expect(await works('second-key')).toBe(false);
    await ensureAdminKey(api.orm, 'third-key');
    expect(await works('third-key')).toBe(true);
  });
});
