import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { access } from '../../../api/access.ts';
import { apiRoutes } from '../../../api/routes/registry.ts';
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
      if (!admitted) expect(answer.body).toMatchObject({ type: '/problems/forbidden', status: 403 });
      else expect([200, 204, 400, 404]).toContain(answer.status);
    }
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
    expect([last.body.type, last.headers['retry-after']]).toEqual(['/problems/too-many-failures', '60']);
    expect((await api.send('GET', '/v1/me')).status).toBe(200);
  });
});

function requestOf(name: string): [string, string] {
  const [method = '', path = ''] = name.split(' ');
  return [method, path.replaceAll(/\{\w+\}/g, randomUUID())];
}
