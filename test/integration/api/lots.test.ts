import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { invalid, startStocked, type Stocked } from './refused.ts';
import { receipt } from './samples.ts';
import { seedFulfillment, seedOrder } from './seed.ts';

describe('lots', () => {
  let api: Stocked;
  let id: string;
  let orderId: string;
  let fulfillmentId: string;

  beforeAll(async () => {
    api = await startStocked();
    orderId = await seedOrder(api.orm, api.store);
    ({ fulfillmentId } = await seedFulfillment(api.orm, orderId, { stage: 'labelled' }));
    const { body } = await api.send('GET', '/v1/lots?sku=TEA-100');
    id = body.items[0].id;
    await api.orm.em.fork().execute(
      `with r as (insert into reservation (id, order_id, generation) values (?, ?, 1) returning id)
       insert into claim (id, reservation_id, warehouse, sku, lot_id, fulfillment_id, quantity)
       select ?, id, 'BER', 'TEA-100', ?, ?, 2 from r`,
      [randomUUID(), orderId, randomUUID(), id, fulfillmentId],
    );
  });
  afterAll(() => api.close());

  const lot = (change: object = {}) => ({
    ...{ id, warehouse: 'BER', sku: 'TEA-100', lot: 'L1', state: 'sellable', onHand: 40, reserved: 2 },
    ...{ expiresAt: '2099-03-31', receivedAt: expect.any(String) },
    unitCost: { amount: '3.20', currency: 'EUR' },
    ...change,
  });

  it('are shown, and found by state, day and SKU', async () => {
    expect((await api.send('GET', `/v1/lots/${id}`)).body).toEqual(lot());
    for (const [query, found] of [
      ['sku=TEA-100&warehouse=BER&state=sellable', 1],
      ['expiringBefore=2099-04-01', 1],
      ['expiringBefore=2099-03-31', 0],
      ['state=recalled', 0],
      ['empty=true', 1],
    ] as const)
      expect((await api.send('GET', `/v1/lots?${query}`)).body.items).toHaveLength(found);
  });

  it('name the orders and customers that get them, customers only to those who may see them', async () => {
    const shown = {
      order: { id: orderId, number: '#1001' },
      fulfillment: fulfillmentId,
      ...{ stage: 'labelled', state: 'held', quantity: 2, shippedAt: null, country: 'AT' },
      customer: { name: 'Mina Muster', email: 'mina@example.com' },
    };
    expect((await api.send('GET', `/v1/lots/${id}/orders`)).body).toEqual({
      items: [shown],
      nextCursor: null,
    });
    const finance = { Authorization: `Bearer ${api.keys.finance}` };
    const { body } = await api.send('GET', `/v1/lots/${id}/orders`, undefined, finance);
    expect(body.items).toEqual([{ ...shown, customer: null }]);
  });

  it.each<[string, string, object | undefined, string]>([
    ['GET', '/v1/lots?state=gone', undefined, 'state'],
    ['GET', '/v1/lots?expiringBefore=soon', undefined, 'expiringBefore'],
    ['GET', '/v1/lots?cursor=x', undefined, 'cursor'],
    ['POST', `/v1/lots/${randomUUID()}/quarantine`, {}, 'reason'],
    ['POST', `/v1/lots/${randomUUID()}/release`, { reason: '' }, 'reason'],
    ['POST', '/v1/lots/1/release', { reason: 'x' }, 'id'],
  ])('%s %s with %j is refused', (method, path, body, field) =>
    api.refused([method, path, body], field === 'id' ? { status: 404, type: 'not-found' } : invalid(field)),
  );

  it.each([
    ['GET', ''],
    ['GET', '/orders'],
    ['POST', '/quarantine'],
    ['POST', '/release'],
  ])('%s of an unknown one%s finds nothing', (method, path) =>
    api.refused(
      [method, `/v1/lots/${randomUUID()}${path}`, method === 'POST' ? { reason: 'x' } : undefined],
      { status: 404, type: 'not-found' },
    ),
  );

  it('are put in quarantine and released, with what it took from whom', async () => {
    const put = await api.send('POST', `/v1/lots/${id}/quarantine`, { reason: 'smells' });
    const lost = [{ order: orderId, fulfillment: fulfillmentId, labelled: true, quantity: 2 }];
    expect([put.status, put.body]).toEqual([200, lot({ state: 'quarantined', reserved: 0, lost })]);
    expect((await api.send('GET', '/v1/stock/TEA-100')).body).toMatchObject({ onHand: 40, available: 0 });
    const back = await api.send('POST', `/v1/lots/${id}/release`, { reason: 'tested' });
    expect([back.status, back.body]).toEqual([200, lot({ reserved: 0 })]);
    const rows = await api.orm.em
      .fork()
      .execute(`select what, detail from audit where subject = ? order by seq`, [id]);
    expect(rows).toEqual([
      { what: 'lot_quarantined', detail: '40 × TEA-100 in BER, lot L1: smells' },
      { what: 'lot_released', detail: '40 × TEA-100 in BER, lot L1: tested' },
    ]);
  });

  it('that are recalled stay off sale', async () => {
    await api.orm.em.fork().execute(`update lot set state = 'recalled'`);
    await api.refused(['POST', `/v1/lots/${id}/release`, { reason: 'x' }], {
      status: 409,
      type: 'conflict',
      says: 'that is final',
    });
  });

  it('have one last day, also where two say it at the same time', async () => {
    const unitCost = { amount: '3.20', currency: 'EUR' };
    const of = (lot: string, expiresAt?: string) => ({
      warehouse: 'BER',
      lines: [
        { sku: 'TEA-100', quantity: 1, lot: 'undated', unitCost },
        { sku: 'TEA-100', quantity: 1, lot, unitCost, ...(expiresAt && { expiresAt }) },
      ],
    });
    for (const body of [of('L1'), of('L1', receipt.lines[0]!.expiresAt)])
      expect((await api.send('POST', '/v1/receipts', body)).status).toBe(201);
    const own = 'Give these units a lot number of their own';
    await api.refused(
      ['POST', '/v1/receipts', of('L1', '2099-04-01')],
      invalid('lines.1.expiresAt', `is not that of lot L1 in BER: 2099-03-31. ${own}`),
    );
    await api.refused(
      ['POST', '/v1/receipts', of('undated', '2099-04-01')],
      invalid('lines.1.expiresAt', `is not that of lot undated in BER: it has none. ${own}`),
    );
    const answers = await Promise.all(
      ['2099-04-01', '2099-04-02'].map((day) => api.send('POST', '/v1/receipts', of('raced', day))),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 400]);
  });
});
