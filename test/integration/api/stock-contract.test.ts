import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { access, type RouteName } from '../../../api/access.ts';
import { roles } from '../../../db/entities/access.ts';
import { invalid, type Stocked } from './refused.ts';
import { as, changes, gone, looks, startOperations } from './stock-operations.ts';

/** What each operation of stock keeps: it is documented, has roles, is audited, is done once per key, and refused as a whole. */

let api: Stocked;
let document: { paths: Record<string, Record<string, Operation>> };

interface Operation {
  summary: string;
  description: string;
  tags: string[];
  parameters?: { name: string }[];
}

beforeAll(async () => {
  api = await startOperations();
  document = (await api.send('GET', '/openapi.json')).body;
});
afterAll(() => api.close());

const ofStock =
  /\/v1\/(warehouses|products|stock|receipts|adjustments|movements|lots|recalls|allocation|box-types|rate-cards|purchase-orders|replenishment|transfers|counts|stock-proofs|stores\/\{id\}\/(stock|buffers)|fulfillments\/\{id\}\/short-pick)\b/;
const names = (Object.keys(access) as RouteName[]).filter((name) => ofStock.test(name));
const sent = (name: RouteName) => {
  const [method, path] = name.split(' ') as [string, string];
  return { method, path };
};
const audits = (after = 0) =>
  api.orm.em
    .fork()
    .execute<{ seq: number; actor: string; what: string }[]>(
      'select seq::int as seq, actor, what from audit where seq > ? order by seq',
      [after],
    );
const lastAudit = async () => (await audits()).at(-1)!.seq;

it('covers every operation of stock', () => {
  expect([...Object.keys(changes), ...Object.keys(looks)].toSorted()).toEqual(names.toSorted());
});

it.each(names)('%s is documented, with its roles', (name) => {
  const { method, path } = sent(name);
  const operation = document.paths[path]![method.toLowerCase()]!;
  expect(operation).toMatchObject({ summary: expect.stringMatching(/\S/), tags: [expect.any(String)] });
  expect(operation.description).toContain(`Roles: ${(access[name] as readonly string[]).join(', ')}.`);
  const keyed = operation.parameters?.some((parameter) => parameter.name === 'Idempotency-Key') ?? false;
  expect(keyed).toBe(method === 'POST');
});

describe('what changes something', () => {
  it.each(Object.entries(changes))('%s: is audited, and done once', async (name, { told, ready }) => {
    const { method } = sent(name as RouteName);
    const [path, body] = await ready();
    const before = await lastAudit();
    const headers = { ...as('admin'), ...(method === 'POST' && { 'Idempotency-Key': randomUUID() }) };
    const answer = await api.send(method, path, body, headers);
    expect([answer.status < 300, answer.body]).toEqual([true, expect.anything()]);
    const rows = await audits(before);
    expect(rows.map(({ what }) => what).toSorted()).toEqual(told.toSorted());
    expect(rows.filter(({ actor }) => actor !== 'engine').map(({ actor }) => actor)).toEqual(['admin']);
    const contents = await api.contents();
    if (method === 'POST') {
      const again = await api.send(method, path, body, headers);
      expect([again.status, again.body]).toEqual([answer.status, answer.body]);
      expect(again.headers['idempotent-replayed']).toBe('true');
      const other = await api.send(method, path, { ...body, note: 'another' }, headers);
      expect([400, 422]).toContain(other.status);
    } else if (method === 'DELETE') await api.refused([method, path], gone);
    expect(await api.contents()).toEqual(contents);
  });

  it.each(Object.entries(changes))('%s: refused, it changes nothing', async (name, { ready, wrong }) => {
    const { method, path: template } = sent(name as RouteName);
    const [path] = await ready();
    if (wrong) await api.refused([method, path, wrong[0]], wrong[1]);
    if (template.includes('{')) {
      const nowhere = template.replaceAll(/\{\w+\}/g, randomUUID());
      const [, body] = await ready();
      await api.refused([method, nowhere, body], gone);
    }
    const allowed = access[name as RouteName] as readonly string[];
    const before = await api.contents();
    for (const role of roles.filter((one) => !allowed.includes(one)))
      expect((await api.send(method, path, wrong?.[0], as(role))).status).toBe(403);
    expect(await api.contents()).toEqual(before);
  });
});

describe('what only looks', () => {
  it.each(Object.entries(looks))('%s: changes nothing', async (name, ready) => {
    const { method } = sent(name as RouteName);
    const [path, body] = await ready();
    const before = await api.contents();
    expect((await api.send(method, path, body)).status).toBe(200);
    expect(await api.contents()).toEqual(before);
  });

  it.each(names.filter((name) => name.startsWith('GET') && !name.endsWith('}') && !name.endsWith('orders')))(
    '%s: a wrong page is refused',
    async (name) => {
      const path = sent(name).path.replace('{id}', api.store);
      await api.refused(['GET', `${path}?limit=0`], invalid('limit'));
    },
  );

  it.each(names.filter((name) => name.startsWith('GET') && name.includes('{')))(
    '%s: finds nothing where there is nothing',
    (name) => api.refused(['GET', sent(name).path.replaceAll(/\{\w+\}/g, randomUUID())], gone),
  );
});
