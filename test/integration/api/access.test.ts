import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Express } from 'express';
import supertest from 'supertest';
import { access, type RouteName } from '../../../api/access.ts';
import { openRoute, route } from '../../../api/http/route.ts';
import { apiRoutes } from '../../../api/routes/registry.ts';
import { createApi } from '../../../api/server.ts';
import { type Database, openDatabase } from '../../../db/database.ts';
import { roles } from '../../../db/entities/access.ts';
import { startApi, type TestApi } from './test-api.ts';

describe('who may do what', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  const cases = Object.entries(access).map(([name, allowed]) => [name, allowed] as const);
  const restricted = cases.filter(([, allowed]) => Array.isArray(allowed));

  it('is said for every route that there is, and for no other', () => {
    const built = apiRoutes(api.deps).map(({ name }) => name);
    expect([...built].sort()).toEqual(Object.keys(access).sort());
  });

  it.each(restricted)('%s is open to %j alone', async (name, allowed) => {
    const [method, path] = requestOf(name);
    for (const role of roles) {
      const answer = await api.send(method, path, method === 'GET' ? undefined : {}, {
        Authorization: `Bearer ${api.keys[role]}`,
      });
      const admitted = answer.status !== 403;
      expect({ role, admitted }).toEqual({ role, admitted: (allowed as readonly string[]).includes(role) });
      if (admitted) expect([200, 204, 400, 404]).toContain(answer.status);
      else {
        expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
        expect(answer.body).toEqual({
          type: '/problems/forbidden',
          title: 'The role of this API key does not allow it',
          status: 403,
          detail: `The role ${role} may not do this; it needs ${(allowed as readonly string[]).join(', ')}.`,
          requestId: expect.any(String),
        });
      }
    }
  });

  it('names roles that there are, each once, and always lets the admin in', () => {
    for (const [, allowed] of restricted as [string, readonly string[]][]) {
      expect(allowed.filter((role) => !(roles as readonly string[]).includes(role))).toEqual([]);
      expect([new Set(allowed).size, allowed.includes('admin')]).toEqual([allowed.length, true]);
    }
  });

  it('has no way around: what is not in the table can not be built, with a key or without', () => {
    const nowhere = 'GET /v1/unlisted' as RouteName;
    const spec = {
      ...{ summary: '', tag: '', answer: { description: '', schema: null } },
      handle: async () => ({ body: undefined }),
    };
    for (const build of [() => route(nowhere, spec), () => openRoute(nowhere, spec)])
      expect(build).toThrow('is not in the table of access');
    expect(() => openRoute('GET /v1/api-keys', spec)).toThrow('needs an API key');
    expect(() => route('GET /healthz', spec)).toThrow('needs no API key');
  });

  const wrongKeys = [
    '',
    'Bearer',
    'Bearer ',
    'Basic abc',
    `Bearer ${'x'.repeat(600)}`,
    'Bearer wrong',
    'Bearer a b',
  ];
  // One each: more failures than 200 in a minute are answered by 429.
  const keyless = restricted.map(([name], index) => [name, wrongKeys[index % wrongKeys.length]!] as const);

  it.each([...keyless, ...wrongKeys.map((key) => ['GET /v1/me', key] as const)])(
    '%s needs a key, not %j',
    async (name, authorization) => {
      const [method, path] = requestOf(name);
      const answer = await api.send(method, path, method === 'GET' ? undefined : {}, {
        Authorization: authorization,
      });
      expect([answer.status, answer.body.type]).toEqual([401, '/problems/unauthorized']);
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="orderloom"');
    },
  );

  it('is asked before the body is read', async () => {
    const answer = await api.send('POST', '/v1/products', '{"broken', {
      Authorization: `Bearer ${api.keys.finance}`,
    });
    expect(answer.status).toBe(403);
  });

  it.each(['GET /healthz', 'GET /readyz', 'GET /metrics', 'GET /openapi.json', 'GET /'])(
    '%s needs no key',
    async (name) => {
      const [method, path] = requestOf(name);
      expect((await api.send(method, path, undefined, { Authorization: '' })).status).toBe(200);
    },
  );
});

describe('a revoked key', () => {
  let api: TestApi;
  let second: Database;
  let others: Express;
  beforeAll(async () => {
    let address = '';
    api = await startApi({}, async (database) => {
      address = database.href;
      return database;
    });
    second = await openDatabase(address, 2);
    others = createApi({ ...api.deps, orm: second });
  });
  afterAll(async () => {
    await second.close(true);
    await api.close();
  });

  it('is refused at once by every process, on every route, also where it just worked', async () => {
    const { key, id } = (await api.send('POST', '/v1/api-keys', { name: 'Anna', role: 'admin' })).body;
    const ask = async (app: Express, path = '/v1/me') =>
      (await supertest(app).get(path).set('Authorization', `Bearer ${key}`)).status;
    expect([await ask(api.app), await ask(others)]).toEqual([200, 200]);
    expect((await api.send('DELETE', `/v1/api-keys/${id}`)).status).toBe(204);
    expect([await ask(others), await ask(api.app)]).toEqual([401, 401]);
    const lists = Object.keys(access).filter((name) => /^GET \/v1\/[\w-]+$/.test(name));
    for (const name of lists) expect([name, await ask(others, requestOf(name)[1])]).toEqual([name, 401]);
  });

  it('no longer repeats an answer that it was given under an Idempotency-Key', async () => {
    const { key, id } = (await api.send('POST', '/v1/api-keys', { name: 'Ben', role: 'admin' })).body;
    const make = (app: Express) =>
      supertest(app)
        .post('/v1/api-keys')
        .set({ Authorization: `Bearer ${key}`, 'Idempotency-Key': 'twice' })
        .send({ name: 'Cleo', role: 'ops' });
    expect([(await make(api.app)).status, (await make(others)).status]).toEqual([201, 201]);
    await api.send('DELETE', `/v1/api-keys/${id}`);
    const before = await api.contents();
    expect((await make(others)).status).toBe(401);
    expect(await api.contents()).toEqual(before);
  });
});

describe('guessing keys', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  it('ends in 429, while a good key still works', async () => {
    const guess = () => api.send('GET', '/v1/me', undefined, { Authorization: `Bearer ${randomUUID()}` });
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 201; attempt++) statuses.push((await guess()).status);
    expect([statuses.slice(0, 200).every((status) => status === 401), statuses.at(-1)]).toEqual([true, 429]);
    const last = await guess();
    expect(last.body.type).toBe('/problems/too-many-failures');
    expect(last.headers['retry-after']).toMatch(/^([1-9]|[1-5]\d|60)$/);
    expect((await api.send('GET', '/v1/me')).status).toBe(200);
  });
});

function requestOf(name: string): [string, string] {
  const [method = '', path = ''] = name.split(' ');
  return [method, path.replaceAll(/\{\w+\}/g, randomUUID())];
}
