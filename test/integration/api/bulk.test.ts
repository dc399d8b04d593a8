import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { invalid, startStocked, type Stocked } from './refused.ts';
import { seedOrder } from './seed.ts';

describe('acting on many orders', () => {
  let api: Stocked;
  let open: string[];
  let closed: string;
  beforeAll(async () => {
    api = await startStocked();
    open = [];
    for (const externalId of ['1', '2', '3'])
      open.push(
        await seedOrder(
          api.orm,
          api.store,
          { externalId, number: `#${externalId}`, placedAt: `2026-11-2${externalId}T09:00:00Z` },
          { stage: 'allocated', conditions: externalId === '3' ? [] : ['needs_attention'] },
        ),
      );
    closed = await seedOrder(
      api.orm,
      api.store,
      { externalId: '4', number: '#4' },
      { stage: 'closed', endedAt: new Date() },
    );
    const em = api.orm.em.fork();
    await em.execute('delete from attention');
    for (const orderId of open.slice(0, 2))
      await em.execute(
        `insert into attention (id, order_id, step, reason, sentence, actions) values (?, ?, 'label', 'ups_refused', 'No', '{retry}')`,
        [randomUUID(), orderId],
      );
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    const em = api.orm.em.fork();
    for (const table of ['bulk_order', 'bulk', 'outbox', 'idempotency'])
      await em.execute(`delete from ${table}`);
  });

  const begin = (body: object, headers = {}) => api.send('POST', '/v1/orders/bulk', body, headers);
  const as = (role: keyof Stocked['keys']) => ({ Authorization: `Bearer ${api.keys[role]}` });
  const idsOf = async (id: string, query = '') => {
    const { body } = await api.send('GET', `/v1/orders/bulk/${id}/results${query}`);
    return (body.items as { order: { id: string }; outcome: string }[]).map(({ order, outcome }) => [
      open.indexOf(order.id),
      outcome,
    ]);
  };

  it('says beforehand how many it would be about, and does nothing', async () => {
    const before = await api.contents();
    const preview = async (body: object) => {
      const answer = await api.send('POST', '/v1/orders/bulk/preview', body);
      return [answer.status, answer.body];
    };
    const sample = open.map((id, index) => ({ id, number: `#${index + 1}`, stage: 'allocated' }));
    expect(await preview({ action: 'cancel', filter: { store: api.store } })).toEqual([
      200,
      { total: 3, most: 10_000, sample },
    ]);
    expect(await preview({ action: 'retry', filter: { condition: 'needs_attention' } })).toEqual([
      200,
      { total: 2, most: 10_000, sample: sample.slice(0, 2) },
    ]);
    expect(await api.contents()).toEqual(before);
  });

  it('chooses its orders when it begins, by filter or by ids, each with one result', async () => {
    const filtered = await begin({ action: 'retry', reason: 'UPS is back', filter: { store: api.store } });
    expect([filtered.status, filtered.body]).toEqual([
      202,
      {
        id: expect.any(String),
        action: 'retry',
        actor: expect.any(String),
        reason: 'UPS is back',
        state: 'running',
        total: 2,
        counts: { pending: 2, done: 0, refused: 0, failed: 0, stopped: 0 },
        createdAt: expect.any(String),
        endedAt: null,
      },
    ]);
    expect(await idsOf(filtered.body.id)).toEqual([
      [0, 'pending'],
      [1, 'pending'],
    ]);
    const given = await begin({ action: 'cancel', reason: 'withdrawn', ids: [open[2], closed] });
    expect(await idsOf(given.body.id)).toEqual([
      [-1, 'pending'],
      [2, 'pending'],
    ]);
    expect(await idsOf(given.body.id, '?outcome=done')).toEqual([]);
    expect((await idsOf(given.body.id, '?limit=1')).length).toBe(1);
    const list = await api.send('GET', '/v1/orders/bulk?state=running');
    expect(list.body.items.map(({ id }: { id: string }) => id)).toEqual([given.body.id, filtered.body.id]);
    const audit = await api.orm.em
      .fork()
      .execute('select what, detail from audit where subject = ?', [`bulk/${filtered.body.id}`]);
    expect(audit).toEqual([{ what: 'bulk_retry', detail: '2 orders: UPS is back' }]);
  });

  it('is the same bulk when it is asked for again, also at the same time', async () => {
    const wish = { action: 'hold', reason: 'stock-taking', filter: { store: api.store } };
    const headers = { 'Idempotency-Key': 'stock-taking' };
    const both = await Promise.all([begin(wish, headers), begin(wish, headers)]);
    const again = await begin(wish, headers);
    const ids = [...both, again].filter(({ status }) => status === 202).map(({ body }) => body.id);
    expect(new Set(ids).size).toBe(1);
    expect(await api.orm.em.fork().execute('select count(*)::int as bulks from bulk')).toEqual([
      { bulks: 1 },
    ]);
  });

  it('is paused, resumed and stopped, and says what may be done instead', async () => {
    const { id } = (await begin({ action: 'hold', reason: 'wait', filter: { store: api.store } })).body;
    const turn = async (word: string) => {
      const answer = await api.send('POST', `/v1/orders/bulk/${id}/${word}`, { reason: 'so' });
      return [answer.status, answer.body.state ?? answer.body.possible];
    };
    expect(await turn('resume')).toEqual([409, ['pause', 'stop']]);
    expect(await turn('pause')).toEqual([200, 'paused']);
    expect(await turn('pause')).toEqual([409, ['resume', 'stop']]);
    expect(await turn('resume')).toEqual([200, 'running']);
    expect(await turn('stop')).toEqual([200, 'stopped']);
    expect(await turn('resume')).toEqual([409, []]);
    const told = await api.orm.em.fork().execute('select workflow_id as workflow, signal from outbox');
    expect(told).toEqual([1, 2, 3].map(() => ({ workflow: `bulk:${id}`, signal: 'turned' })));
  });

  it('wants of a role what the action for one order wants', async () => {
    const wish = (action: string) => ({ action, reason: 'x', ids: [open[0]] });
    expect((await begin(wish('cancel'), as('support'))).status).toBe(202);
    for (const [action, role] of [
      ['retry', 'support'],
      ['cancel', 'finance'],
      ['hold', 'warehouse'],
    ] as const)
      await api.refused(['POST', '/v1/orders/bulk', wish(action), as(role)], {
        status: 403,
        type: 'forbidden',
      });
    const { id } = (await begin(wish('retry'))).body;
    await api.refused(['POST', `/v1/orders/bulk/${id}/pause`, { reason: 'x' }, as('support')], {
      status: 403,
      type: 'forbidden',
    });
  });

  it.each([
    ['an action that there is not', { action: 'refund', ids: [randomUUID()] }, 'action'],
    ['neither a filter nor ids', { action: 'hold' }, 'filter'],
    ['both', { action: 'hold', filter: { stage: 'received' }, ids: [randomUUID()] }, 'filter'],
    ['a filter that names nothing', { action: 'hold', filter: {} }, 'filter'],
    ['a stage that there is not', { action: 'hold', filter: { stage: 'lost' } }, 'filter.stage'],
    ['no ids', { action: 'hold', ids: [] }, 'ids'],
    ['ids that are none', { action: 'hold', ids: ["' or 1=1"] }, 'ids.0'],
    ['an order that there is not', { action: 'hold', ids: [randomUUID()] }, 'ids.0'],
    ['a filter that finds nothing', { action: 'hold', filter: { q: 'nobody@example.com' } }, 'filter'],
    [
      'more than it takes',
      { action: 'hold', ids: Array.from({ length: 10_001 }, () => randomUUID()) },
      'ids',
    ],
  ])('refuses %s and changes nothing', async (_, body, field) => {
    await api.refused(['POST', '/v1/orders/bulk', { reason: 'x', ...body }], invalid(field));
  });

  it('refuses an order that is named twice, and to turn what there is not', async () => {
    const ids = [open[0], open[0]!.toUpperCase()];
    await api.refused(
      ['POST', '/v1/orders/bulk', { action: 'hold', reason: 'x', ids }],
      invalid('ids.1', 'twice'),
    );
    await api.refused(['POST', `/v1/orders/bulk/${randomUUID()}/stop`, { reason: 'x' }], {
      status: 404,
      type: 'not-found',
    });
  });
});
