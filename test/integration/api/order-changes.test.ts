import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startStocked, type Stocked } from './refused.ts';
import { seedOrder } from './seed.ts';

describe('changing an order', () => {
  let api: Stocked;
  let id: string;
  let closed: string;
  beforeAll(async () => {
    api = await startStocked();
    id = await seedOrder(api.orm, api.store, {}, { stage: 'labelled' });
    closed = await seedOrder(
      api.orm,
      api.store,
      { externalId: '1002' },
      { stage: 'closed', endedAt: new Date() },
    );
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    Object.assign(api.engine, { acted: [], away: false, outcome: { outcome: 'accepted' } });
    await api.orm.em.fork().execute('delete from order_change');
  });

  const address = { name: 'Nina Neu', line1: 'Gasse 2', city: 'Graz', postalCode: '8010', country: 'AT' };
  const wishes = {
    'change-address': { reason: 'moved', address },
    'edit-lines': { reason: 'broken', lines: [{ externalId: '1', quantity: 1 }] },
    refund: { reason: 'late', amount: { amount: '5.00', currency: 'EUR' } },
  };
  const ask = (action: string, body: object, headers = {}, order = id) =>
    api.send('POST', `/v1/orders/${order}/${action}`, body, headers);
  const rows = () =>
    api.orm.em
      .fork()
      .execute(
        'select order_id as order, kind, state, content, amount::int as amount, actor, reason from order_change order by id',
      );

  it.each([
    ['change-address', { kind: 'address', content: { address }, amount: 0, reason: 'moved' }],
    [
      'edit-lines',
      {
        kind: 'lines',
        content: { ...wishes['edit-lines'], refund: true, reason: undefined },
        amount: 0,
        reason: 'broken',
      },
    ],
    ['refund', { kind: 'refund', content: {}, amount: 500, reason: 'late' }],
  ] as const)('%s is kept, and its id is told to the workflow', async (action, { content, ...kept }) => {
    const headers = { 'Idempotency-Key': `once-${action}`, Authorization: `Bearer ${api.keys.support}` };
    const answers = [];
    for (const _ of [1, 2]) answers.push(await ask(action, wishes[action], headers));
    expect(answers.map(({ status, body }) => [status, body.id])).toEqual([
      [200, id],
      [200, id],
    ]);
    expect(await rows()).toEqual([
      { order: id, state: 'proposed', ...JSON.parse(JSON.stringify({ content })), ...kept, actor: 'support' },
    ]);
    expect(api.engine.acted).toMatchObject([
      { update: action, args: { actor: 'support', changeId: expect.any(String), reason: kept.reason } },
    ]);
    expect(JSON.stringify(api.engine.acted)).not.toContain('Gasse');
  });

  it.each(Object.entries(wishes))(
    'a refused %s says what is possible, and leaves nothing of its content',
    async (action, body) => {
      api.engine.outcome = { outcome: 'refused', message: 'A parcel has left', possible: ['refund'] };
      const tables = async () => {
        const { order_change: _, idempotency: __, ...rest } = await api.contents();
        return rest;
      };
      const before = await tables();
      const answer = await ask(action, body);
      expect([answer.status, answer.body.detail, answer.body.possible]).toEqual([
        409,
        'A parcel has left.',
        ['refund'],
      ]);
      expect(await tables()).toEqual(before);
      expect(await rows()).toMatchObject([{ state: 'refused', content: null }]);
    },
  );

  it('is kept while Temporal is away, so that the same request can be repeated', async () => {
    api.engine.away = true;
    const headers = { 'Idempotency-Key': 'again' };
    expect((await ask('refund', wishes.refund, headers)).status).toBe(503);
    api.engine.away = false;
    expect((await ask('refund', wishes.refund, headers)).status).toBe(200);
    expect(await rows()).toHaveLength(1);
  });

  it('takes the new customer out of the reason', async () => {
    const reason = 'Nina Neu lives in Gasse 2 now, not Mina Muster';
    expect((await ask('change-address', { reason, address })).status).toBe(200);
    expect((api.engine.acted[0]!.args as { reason: string }).reason).not.toMatch(/nina|neu|gasse|muster/i);
    expect(JSON.stringify((await rows()).map((row) => (row as { reason: string }).reason))).not.toMatch(
      /nina|neu|gasse|muster/i,
    );
  });

  it('after its end an order takes a refund alone, by its aftercare', async () => {
    expect((await ask('refund', wishes.refund, {}, closed)).status).toBe(200);
    expect(api.engine.acted).toMatchObject([
      { workflowId: `after:order:${api.store}:1002`, update: 'refund' },
    ]);
    for (const action of ['change-address', 'edit-lines'] as const) {
      const before = await api.contents();
      const answer = await ask(action, wishes[action], {}, closed);
      expect([answer.status, answer.body.type]).toEqual([409, '/problems/order-ended']);
      expect(await api.contents()).toEqual(before);
    }
  });

  it.each([
    ['refund', { reason: 'x', amount: { amount: '5.00', currency: 'USD' } }, 'amount.currency'],
    ['refund', { reason: 'x', amount: { amount: '0.00', currency: 'EUR' } }, 'amount.amount'],
    ['refund', { reason: 'x', amount: { amount: '-1.00', currency: 'EUR' } }, 'amount.amount'],
    ['refund', { reason: 'x', amount: { amount: '1.001', currency: 'EUR' } }, 'amount.amount'],
    ['refund', { amount: { amount: '1.00', currency: 'EUR' } }, 'reason'],
    ['change-address', { reason: 'x' }, 'address'],
    ['change-address', { reason: 'x', address: { ...address, country: 'Austria' } }, 'address.country'],
    ['edit-lines', { reason: 'x', lines: [] }, 'lines'],
    ['edit-lines', { reason: 'x', lines: [{ externalId: '1', quantity: -1 }] }, 'lines.0.quantity'],
    [
      'edit-lines',
      {
        reason: 'x',
        lines: [
          { externalId: '1', quantity: 1 },
          { externalId: '1', quantity: 0 },
        ],
      },
      'lines',
    ],
  ])('%s of %j is refused for its %s, and changes nothing', async (action, body, field) => {
    const before = await api.contents();
    const answer = await ask(action, body);
    expect([answer.status, answer.body.errors[0].field]).toEqual([400, field]);
    expect(await api.contents()).toEqual(before);
    expect(api.engine.acted).toEqual([]);
  });
});
