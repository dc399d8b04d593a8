import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startStocked, type Stocked } from './refused.ts';
import { seedAttention, seedFulfillment, seedOrder } from './seed.ts';

describe('acting on an order', () => {
  let api: Stocked;
  let id: string;
  let fulfillmentId: string;
  let attentionId: string;
  beforeAll(async () => {
    api = await startStocked();
    id = await seedOrder(api.orm, api.store, {}, { stage: 'labelled' });
    ({ fulfillmentId } = await seedFulfillment(api.orm, id));
    attentionId = await seedAttention(api.orm, id, fulfillmentId);
  });
  afterAll(() => api.close());
  beforeEach(() => {
    Object.assign(api.engine, { acted: [], away: false, outcome: { outcome: 'accepted' } });
  });
  const act = (
    action: string,
    body: object = { reason: 'as agreed' },
    headers: Record<string, string> = {},
  ) => api.send('POST', `/v1/orders/${id}/${action}`, body, headers);

  it.each(['retry', 'cancel', 'hold', 'release', 'approve'])(
    '%s sends an Update with who and why',
    async (action) => {
      const answer = await act(action, { reason: 'as agreed' }, { Authorization: `Bearer ${api.keys.ops}` });
      expect([answer.status, answer.body.id]).toEqual([200, id]);
      expect(api.engine.acted).toMatchObject([
        {
          workflowId: `order:${api.store}:1001`,
          update: action,
          args: { actor: 'ops', reason: 'as agreed' },
        },
      ]);
    },
  );

  it('keeps the customer out of the reason, which goes into a history', async () => {
    expect((await act('cancel', { reason: 'Mina Muster (MINA@example.com) called: too late' })).status).toBe(
      200,
    );
    expect(api.engine.acted[0]!.args).toEqual({
      actor: 'admin',
      reason: '[redacted] ([redacted]) called: too late',
    });
  });

  it('retry names the attention that it answers', async () => {
    expect((await act('retry', { reason: 'fixed', attentionId })).status).toBe(200);
    expect(api.engine.acted[0]!.args).toEqual({ actor: 'admin', reason: 'fixed', attentionId });
    const unknown = await act('retry', { reason: 'fixed', attentionId: fulfillmentId });
    expect([unknown.status, unknown.body.errors[0].field]).toEqual([400, 'attentionId']);
  });

  it('ship says which fulfillment left, and how', async () => {
    const body = { reason: 'picked up', trackingNumber: 'X1', carrier: 'manual' };
    const answer = await api.send('POST', `/v1/fulfillments/${fulfillmentId}/ship`, body);
    expect(answer.status).toBe(200);
    expect(api.engine.acted).toMatchObject([
      { update: 'ship', args: { actor: 'admin', fulfillmentId, ...body } },
    ]);
  });

  it('a refusal is 409 with what is possible instead', async () => {
    api.engine.outcome = {
      outcome: 'refused',
      message: 'Nobody put the order on hold',
      possible: ['hold', 'cancel'],
    };
    const answer = await act('release');
    expect(answer.body).toMatchObject({
      type: '/problems/not-possible',
      status: 409,
      detail: 'Nobody put the order on hold.',
      possible: ['hold', 'cancel'],
    });
  });

  it('an order that has ended is 409 without asking its workflow', async () => {
    const ended = await seedOrder(
      api.orm,
      api.store,
      { externalId: '9' },
      { stage: 'closed', endedAt: new Date() },
    );
    const answer = await api.send('POST', `/v1/orders/${ended}/cancel`, { reason: 'late' });
    expect(answer.body).toMatchObject({ type: '/problems/order-ended', status: 409, possible: [] });
    expect(api.engine.acted).toEqual([]);
  });

  it('an open order whose workflow is gone is 503: a sweep resumes it', async () => {
    api.engine.outcome = { outcome: 'ended' };
    const answer = await act('hold');
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '30']);
  });

  it('without Temporal it is 503 with Retry-After, and the same Idempotency-Key works later', async () => {
    api.engine.away = true;
    const headers = { 'Idempotency-Key': 'hold-1' };
    const failed = await act('hold', undefined, headers);
    expect([failed.status, failed.body.type, failed.headers['retry-after']]).toEqual([
      503,
      '/problems/unavailable',
      '5',
    ]);
    api.engine.away = false;
    expect((await act('hold', undefined, headers)).status).toBe(200);
  });

  it('an Idempotency-Key makes the id of the Update; without one each is another', async () => {
    await act('hold', undefined, { 'Idempotency-Key': 'k' });
    await act('hold', undefined, { 'Idempotency-Key': 'k' });
    await act('cancel', undefined, { 'Idempotency-Key': 'k' });
    await act('hold');
    await act('hold');
    const updateIds = api.engine.acted.map(({ updateId }) => updateId);
    expect([updateIds.length, new Set(updateIds).size]).toEqual([4, 4]);
    expect(updateIds[0]).toMatch(/^[\da-f]{64}$/);
  });
});
