import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defaultPolicy } from '../../../domain/policy.ts';
import { invalid, startStocked, type Stocked } from './refused.ts';
import { apiStore } from './samples.ts';

let api: Stocked;
beforeAll(async () => {
  api = await startStocked();
});
afterAll(() => api.close());

const fulfillFrom = '2026-01-01T00:00:00.000Z';
const connect = async (change: object = {}) =>
  (await api.send('POST', '/v1/stores', { ...apiStore, fulfillFrom, ...change })).body.id as string;
const policyOf = async (id: string) => (await api.send('GET', `/v1/stores/${id}/policy`)).body;
const edit = (id: string, body: object, key = 'admin' as keyof Stocked['keys']) =>
  api.send('PATCH', `/v1/stores/${id}/policy`, body, { Authorization: `Bearer ${api.keys[key]}` });
const history = async (id: string, query = '') =>
  (await api.send('GET', `/v1/stores/${id}/policy/history${query}`)).body;
const audits = (id: string) =>
  api.orm.em
    .fork()
    .execute(`select actor, what, detail from audit where subject = ? and what like 'policy%' order by seq`, [
      id,
    ]);
const at = expect.any(String);
const connected = {
  ...{ version: 1, at, actor: 'admin', reason: 'Connected' },
  changes: [{ setting: 'fulfillFrom', from: null, to: fulfillFrom }],
};

describe('a store’s policy', () => {
  it('is shown whole, and changes where it is told to and nowhere else', async () => {
    const id = await connect();
    const start = { store: id, version: 1, fulfillFrom, policy: defaultPolicy, own: {} };
    expect(await policyOf(id)).toEqual(start);
    const approvalAbove = { amount: '500.00', currency: 'EUR' };
    const first = await edit(id, {
      ...{ version: 1, reason: 'fraud' },
      policy: { review: { approvalAbove, fraud: { cancel: 'refuse' } }, deadlines: { stockHours: 24 } },
    });
    const own = { review: { approvalAbove, fraud: { cancel: 'refuse' } }, deadlines: { stockHours: 24 } };
    const { review, deadlines } = defaultPolicy;
    const policy = {
      ...defaultPolicy,
      review: { ...review, approvalAbove, fraud: { investigate: 'hold', cancel: 'refuse' } },
      deadlines: { ...deadlines, stockHours: 24 },
    };
    expect([first.status, first.body]).toEqual([200, { ...start, version: 2, policy, own }]);
    const back = { deadlines: { stockHours: deadlines.stockHours }, objective: 'cheapest' };
    const later = '2026-02-01T00:00:00.000Z';
    const second = await edit(id, { version: 2, reason: 'calm', policy: back, fulfillFrom: later });
    const now = { review: own.review, objective: 'cheapest' };
    expect(second.body).toMatchObject({ version: 3, fulfillFrom: later, own: now });
    expect(await policyOf(id)).toEqual(second.body);
    expect(await history(id)).toEqual({
      nextCursor: null,
      items: [
        {
          ...{ version: 3, at, actor: 'admin', reason: 'calm' },
          changes: [
            { setting: 'objective', from: 'nearest', to: 'cheapest' },
            { setting: 'deadlines.stockHours', from: 24, to: 336 },
            { setting: 'fulfillFrom', from: fulfillFrom, to: later },
          ],
        },
        {
          ...{ version: 2, at, actor: 'admin', reason: 'fraud' },
          changes: [
            { setting: 'review.fraud.cancel', from: 'hold', to: 'refuse' },
            { setting: 'review.approvalAbove', from: null, to: approvalAbove },
            { setting: 'deadlines.stockHours', from: 336, to: 24 },
          ],
        },
        connected,
      ],
    });
    const page = await history(id, '?limit=2');
    expect((await history(id, `?limit=2&cursor=${page.nextCursor}`)).items).toEqual([connected]);
    expect(await audits(id)).toEqual([
      {
        ...{ actor: 'admin', what: 'policy_changed' },
        detail: 'review.fraud.cancel, review.approvalAbove, deadlines.stockHours: fraud',
      },
      {
        ...{ actor: 'admin', what: 'policy_changed' },
        detail: 'objective, deadlines.stockHours, fulfillFrom: calm',
      },
    ]);
  });

  it('stays what it is, in every table, when the same is said again', async () => {
    const id = await connect({ policy: { objective: 'priority' } });
    const before = await api.contents();
    const same = await edit(id, {
      version: 1,
      reason: 'again',
      policy: { objective: 'priority' },
      fulfillFrom,
    });
    expect([same.status, same.body.version]).toEqual([200, 1]);
    expect(await api.contents()).toEqual(before);
  });

  it('takes one of many edits at once, each from what it saw: the others are told, and change nothing', async () => {
    const id = await connect();
    const answers = await Promise.all(
      [1, 2, 3, 4, 5].map((stockBuffer) =>
        edit(id, { version: 1, reason: `race ${stockBuffer}`, policy: { stockBuffer } }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409, 409, 409]);
    const won = answers.find(({ status }) => status === 200)!.body;
    const lost = answers.find(({ status }) => status === 409)!.body;
    expect(lost).toMatchObject({
      type: '/problems/conflict',
      detail: expect.stringContaining('version 2, not 1'),
    });
    expect(await policyOf(id)).toEqual(won);
    const { items } = await history(id);
    const to = won.policy.stockBuffer as number;
    const changes = [{ setting: 'stockBuffer', from: 0, to }];
    expect(items).toEqual([{ version: 2, at, actor: 'admin', reason: `race ${to}`, changes }, connected]);
  });

  it('has an unbroken history, however many edit it at the same time until each is through', async () => {
    const id = await connect();
    const through = async (actor: number) => {
      for (;;) {
        const { version, policy } = await policyOf(id);
        const stockBuffer = policy.stockBuffer + 1;
        const answer = await edit(id, { version, reason: `${actor}`, policy: { stockBuffer } });
        if (answer.status === 200) return;
        expect(answer.status).toBe(409);
      }
    };
    await Promise.all([1, 2, 3, 4].map(through));
    const { items } = await history(id);
    expect(items.map(({ changes }: { changes: unknown[] }) => changes[0]).slice(0, 4)).toEqual(
      [3, 2, 1, 0].map((from) => ({ setting: 'stockBuffer', from, to: from + 1 })),
    );
    expect((await policyOf(id)).version).toBe(5);
  });

  it.each<[string, object, string]>([
    ['no version', { version: undefined }, 'version'],
    ['no reason', { reason: undefined }, 'reason'],
    ['no setting', { policy: {} }, ''],
    ['an unknown setting', { policy: { colour: 'red' } }, 'policy.colour'],
    ['an unknown setting of a group', { policy: { deadlines: { days: 1 } } }, 'policy.deadlines.days'],
    ['a key of the prototype', { policy: { constructor: {} } }, 'policy.constructor'],
    ['another type', { policy: { stockBuffer: '5' } }, 'policy.stockBuffer'],
    ['a deadline of no time', { policy: { deadlines: { stockHours: 0 } } }, 'policy.deadlines.stockHours'],
    ['a fraction', { policy: { promiseDays: 1.5 } }, 'policy.promiseDays'],
    ['a null that means nothing', { policy: { objective: null } }, 'policy.objective'],
    ['a time without a zone', { fulfillFrom: '2026-05-01T00:00:00' }, 'fulfillFrom'],
    [
      'pauses that get shorter',
      { policy: { retries: { firstSeconds: 200 } } },
      'policy.retries.firstSeconds',
    ],
    [
      'duplicates held that nobody looks for',
      { policy: { review: { duplicate: 'hold', duplicateWithinMinutes: null } } },
      'policy.review.duplicate',
    ],
    [
      'a threshold in another currency',
      { policy: { review: { approvalAbove: { amount: '5', currency: 'USD' } } } },
      'policy.review.approvalAbove',
    ],
  ])('is not changed by an edit with %s', (_case, change, field) =>
    api.refused(
      [
        'PATCH',
        `/v1/stores/${api.store}/policy`,
        { version: 1, reason: 'x', policy: { stockBuffer: 1 }, ...change },
      ],
      invalid(field),
    ),
  );

  it('is checked against what is there already, and when a store is connected', async () => {
    const id = await connect({ policy: { retries: { lastSeconds: 10 } } });
    const body = { version: 1, reason: 'x', policy: { retries: { firstSeconds: 11 } } };
    await api.refused(
      ['PATCH', `/v1/stores/${id}/policy`, body],
      invalid('policy.retries.firstSeconds', '10'),
    );
    const policy = { retries: { firstSeconds: 500 } };
    await api.refused(
      ['POST', '/v1/stores', { ...apiStore, policy }],
      invalid('policy.retries.firstSeconds'),
    );
  });

  it('of no store there is none', async () => {
    const path = `/v1/stores/${randomUUID()}/policy`;
    for (const sent of [['GET', path] as const, ['GET', `${path}/history`] as const])
      await api.refused([...sent], { status: 404, type: 'not-found' });
    const body = { version: 1, reason: 'x', policy: { stockBuffer: 1 } };
    await api.refused(['PATCH', path, body], { status: 404, type: 'not-found' });
  });

  it('tells of buffers of single SKUs too', async () => {
    const id = await connect();
    const path = `/v1/stores/${id}/buffers/TEA-100`;
    for (const quantity of [5, 5, 7]) await api.send('PUT', path, { quantity, reason: 'scarce' });
    await api.send('DELETE', path);
    const { items } = await history(id);
    expect(
      items.slice(0, 3).map(({ reason, changes }: { reason: string; changes: unknown }) => [reason, changes]),
    ).toEqual([
      ['', [{ setting: 'buffers.TEA-100', from: 7, to: null }]],
      ['scarce', [{ setting: 'buffers.TEA-100', from: 5, to: 7 }]],
      ['scarce', [{ setting: 'buffers.TEA-100', from: null, to: 5 }]],
    ]);
  });

  it('reads a shop’s orders anew from an earlier start on, and only then', async () => {
    const watermark = async () => {
      const [row] = await api.orm.em
        .fork()
        .execute<{ at: string }[]>(
          `select to_jsonb(backfill_watermark at time zone 'UTC') #>> '{}' as at from store where id = ?`,
          [api.shop],
        );
      return row!.at;
    };
    const before = await watermark();
    const later = { version: 1, reason: 'go-live', fulfillFrom: '2099-01-01T00:00:00Z' };
    expect((await edit(api.shop, later)).status).toBe(200);
    expect(await watermark()).toBe(before);
    await edit(api.shop, { version: 2, reason: 'sooner', fulfillFrom: '2026-03-01T00:00:00Z' });
    expect(await watermark()).toBe('2026-03-01T00:00:00');
  });
});

describe('a carrier account', () => {
  const make = async (name: string) => {
    const services = [
      { code: 'van', name: 'Van', price: '4.90', currency: 'EUR', transitDays: 1, countries: ['DE'] },
    ];
    return (await api.send('POST', '/v1/carriers', { carrier: 'manual', name, credentials: { services } }))
      .body;
  };

  it('is stopped, resumed, and narrowed to some services; the same again changes nothing', async () => {
    const made = await make('Van');
    expect([made.enabled, made.services]).toEqual([true, null]);
    const path = `/v1/carriers/${made.id}`;
    const off = await api.send('PATCH', path, { enabled: false, reason: 'strike' });
    expect([off.status, off.body]).toEqual([200, { ...made, enabled: false }]);
    const contents = await api.contents();
    await api.send('PATCH', path, { enabled: false, services: null, reason: 'strike' });
    expect(await api.contents()).toEqual(contents);
    const on = await api.send('PATCH', path, { enabled: true, services: ['van'], reason: 'over' });
    expect(on.body).toEqual({ ...made, services: ['van'] });
    const all = await api.send('PATCH', path, { services: null, reason: 'all' });
    expect(all.body).toEqual(made);
    expect((await api.send('GET', '/v1/carriers')).body.items).toEqual([made]);
    const told = await api.orm.em
      .fork()
      .execute(
        `select actor, detail from audit where subject = ? and what = 'carrier_changed' order by seq`,
        [made.id],
      );
    expect(told).toEqual([
      { actor: 'admin', detail: 'Van: disabled: strike' },
      { actor: 'admin', detail: 'Van: enabled, all services → van: over' },
      { actor: 'admin', detail: 'Van: van → all services: all' },
    ]);
  });

  it.each<[string, object, string]>([
    ['nothing', {}, ''],
    ['no reason', { enabled: true, reason: undefined }, 'reason'],
    ['no service', { services: [] }, 'services'],
    ['a service twice', { services: ['11', '11'] }, 'services'],
    ['a text', { enabled: 'no' }, 'enabled'],
    ['its carrier', { carrier: 'ups' }, 'carrier'],
  ])('is not changed by %s', async (_case, change, field) => {
    const { id } = await make(`Van ${_case}`);
    await api.refused(['PATCH', `/v1/carriers/${id}`, { reason: 'x', ...change }], invalid(field));
  });

  it('that there is none of is not found', () =>
    api.refused(['PATCH', `/v1/carriers/${randomUUID()}`, { reason: 'x', enabled: true }], {
      ...{ status: 404, type: 'not-found' },
    }));
});
