import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { invalid, startStocked, type Stocked } from './refused.ts';
import { seedFulfillment, seedOrder } from './seed.ts';

describe('recalls', () => {
  let api: Stocked;
  let orderId: string;
  let fulfillmentId: string;

  beforeAll(async () => {
    api = await startStocked();
    orderId = await seedOrder(api.orm, api.store);
    ({ fulfillmentId } = await seedFulfillment(api.orm, orderId, { stage: 'shipped' }));
    await api.orm.em.fork().execute(
      `with r as (insert into reservation (id, order_id, generation) values (?, ?, 1) returning id)
       insert into claim (id, reservation_id, warehouse, sku, lot_id, fulfillment_id, quantity, state)
       select ?, r.id, 'BER', 'TEA-100', lot.id, ?, 2, 'shipped' from r, lot`,
      [randomUUID(), orderId, randomUUID(), fulfillmentId],
    );
  });
  afterAll(() => api.close());

  const body = { sku: 'TEA-100', lot: 'L1', reason: 'glass' };

  it.each<[object, string]>([
    [{ sku: 'NOPE' }, 'sku'],
    [{ sku: undefined }, 'sku'],
    [{ lot: 'L9' }, 'lot'],
    [{ lot: '' }, 'lot'],
    [{ reason: undefined }, 'reason'],
    [{ warehouse: 'BER' }, 'warehouse'],
  ])('one with %j is refused', (change, field) =>
    api.refused(['POST', '/v1/recalls', { ...body, ...change }], invalid(field)),
  );

  it.each<[string, string, object | undefined]>([
    ['GET', `/v1/recalls/${randomUUID()}`, undefined],
    ['POST', `/v1/recalls/${randomUUID()}/items/${randomUUID()}/returned`, { reason: 'x' }],
  ])('%s %s finds nothing', (method, path, sent) =>
    api.refused([method, path, sent], { status: 404, type: 'not-found' }),
  );

  it('lists what is to return with its customer, once, and what came back', async () => {
    const made = await api.send('POST', '/v1/recalls', body);
    const counts = { reallocated: 0, to_check: 0, to_return: 1, returned: 0 };
    const recall = {
      ...{ id: made.body.id, ...body, actor: 'admin', at: expect.any(String), counts },
      lots: [{ id: expect.any(String), warehouse: 'BER', onHand: 40 }],
    };
    expect([made.status, made.body]).toEqual([201, recall]);
    const again = await api.send('POST', '/v1/recalls', body);
    expect([again.status, again.body]).toEqual([200, recall]);
    expect((await api.send('GET', '/v1/recalls')).body).toEqual({ items: [recall], nextCursor: null });

    const item = {
      ...{ order: { id: orderId, number: '#1001' }, fulfillment: fulfillmentId, warehouse: 'BER' },
      ...{ stage: 'shipped', quantity: 2, outcome: 'to_return', returnedAt: null },
      customer: { name: 'Mina Muster', email: 'mina@example.com' },
    };
    const path = `/v1/recalls/${made.body.id}`;
    expect((await api.send('GET', path)).body).toEqual({ ...recall, items: [item], nextCursor: null });
    const finance = { Authorization: `Bearer ${api.keys.finance}` };
    const seen = await api.send('GET', path, undefined, finance);
    expect(seen.body.items).toEqual([{ ...item, customer: null }]);

    await api.refused(['POST', `${path}/items/${fulfillmentId}/returned`, {}], invalid('reason'));
    const back = await api.send('POST', `${path}/items/${fulfillmentId}/returned`, { reason: 'unopened' });
    expect([back.status, back.body]).toEqual([200, { ...recall, counts: { ...counts, returned: 1 } }]);
    expect((await api.send('GET', path)).body.items[0].returnedAt).toEqual(expect.any(String));
    const told = await api.orm.em
      .fork()
      .execute(
        `select what, detail from audit where what in ('lot_recalled', 'recall_returned') order by seq`,
      );
    expect(told).toEqual([
      { what: 'lot_recalled', detail: 'TEA-100, lot L1 in BER (1 orders): glass' },
      { what: 'recall_returned', detail: 'unopened' },
    ]);
  });

  it('is no return of what was allocated anew', async () => {
    await api.orm.em.fork().execute(`update recall_item set outcome = 'reallocated'`);
    const { body: page } = await api.send('GET', '/v1/recalls');
    await api.refused(
      ['POST', `/v1/recalls/${page.items[0].id}/items/${fulfillmentId}/returned`, { reason: 'x' }],
      { status: 409, type: 'conflict' },
    );
  });
});
