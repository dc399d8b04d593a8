import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startStocked, type Stocked } from './refused.ts';
import { seedAttention, seedFulfillment, seedOrder, seedPayment } from './seed.ts';

describe('GET /v1/orders/{id}', () => {
  let api: Stocked;
  beforeAll(async () => {
    api = await startStocked();
  });
  afterAll(() => api.close());

  it('tells everything about an order that is parked', async () => {
    const deadline = new Date('2026-12-01T00:00:00Z');
    const row = {
      stage: 'labelled',
      conditions: ['needs_attention', 'held'],
      waitingFor: 'UPS refused',
      deadline,
    };
    const id = await seedOrder(api.orm, api.store, {}, row);
    await seedPayment(api.orm, id);
    const { fulfillmentId, labelId } = await seedFulfillment(api.orm, id);
    await seedFulfillment(api.orm, id, { generation: 0, stage: 'cancelled' });
    const attentionId = await seedAttention(api.orm, id, fulfillmentId);
    const openedAt = expect.stringMatching(/Z$/);
    const attention = {
      id: attentionId,
      fulfillmentId,
      step: 'buy_label',
      reason: 'ups_refused',
      sentence: 'UPS refused the address.',
      lastError: 'ups: invalid postal code (120802)',
      actions: ['retry', 'cancel'],
      openedAt,
    };
    const eur = (amount: string) => ({ amount, currency: 'EUR' });
    const answer = await api.send('GET', `/v1/orders/${id}`);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      id,
      store: api.store,
      externalId: '1001',
      number: '#1001',
      stage: 'labelled',
      condition: 'needs_attention',
      conditions: ['needs_attention', 'held'],
      disposition: 'fulfill',
      recordReason: null,
      paymentState: 'paid',
      shippingState: 'unshipped',
      total: eur('29.90'),
      country: 'AT',
      placedAt: '2026-11-20T09:00:00.000Z',
      endedAt: null,
      erasedAt: null,
      version: 1,
      lines: [
        {
          externalId: '1',
          sku: 'TEA-100',
          title: 'Green tea',
          quantity: 2,
          toShip: 2,
          leftReason: null,
          unitPrice: eur('12.50'),
          total: eur('25.00'),
          tax: eur('0.00'),
        },
      ],
      fulfillments: [
        {
          id: fulfillmentId,
          warehouse: 'BER',
          stage: 'labelled',
          lines: [{ externalId: '1', sku: 'TEA-100', quantity: 2 }],
          carrier: 'ups',
          service: '11',
          trackingNumber: '1Z9999999999999999',
          trackingUrl: 'https://www.ups.com/track?tracknum=1Z9999999999999999',
          labelUrl: `/v1/labels/${labelId}`,
          labelledAt: '2026-11-20T10:00:00.000Z',
          shipDay: null,
          shippedAt: null,
          deliveredAt: null,
          parcels: [
            {
              id: expect.any(String),
              box: null,
              weightGrams: 240,
              dimensionsMm: { length: 100, width: 60, height: 150 },
              items: [{ sku: 'TEA-100', quantity: 2 }],
              carrier: 'ups',
              trackingNumber: '1Z9999999999999999',
              trackingStatus: null,
              trackingError: null,
              labelUrl: `/v1/labels/${labelId}`,
              labelCost: eur('6.12'),
            },
          ],
          attention,
        },
      ],
      attention: [attention],
      awaitingStock: [],
      why: {
        waitingFor: 'UPS refused',
        since: null,
        deadline: '2026-12-01T00:00:00.000Z',
        reservedUntil: null,
        possible: [
          ...['retry', 'cancel', 'release', 'approve', 'change-address', 'edit-lines'],
          ...['reroute', 'refund', 'extend'],
        ],
        running: [],
      },
      payments: [
        {
          provider: 'stripe',
          externalId: 'pi_1',
          kind: 'capture',
          amount: eur('29.90'),
          at: '2026-11-20T09:00:00.000Z',
        },
      ],
      refunds: [],
      costOfGoods: [],
      customer: { email: 'mina@example.com', phone: null },
      shippingAddress: {
        name: 'Mina Muster',
        line1: 'Weg 1',
        city: 'Wien',
        postalCode: '1010',
        country: 'AT',
      },
      timeline: [{ at: expect.stringMatching(/Z$/), actor: 'store', what: 'captured', detail: 'Captured' }],
      workflowId: `order:${api.store}:1001`,
      workflowUrl: `http://temporal.example.com/namespaces/default/workflows/order%3A${api.store}%3A1001`,
    });

    const label = await api.send('GET', `/v1/labels/${labelId}`);
    expect([label.status, label.headers['content-type'], label.body.toString()]).toEqual([
      200,
      'application/pdf',
      '%PDF-1.7',
    ]);
    expect(label.headers['content-disposition']).toBe('inline; filename="1Z9999999999999999.pdf"');
  });

  it('leaves out what is under way while Temporal is away, and contact data for finance', async () => {
    const id = await seedOrder(api.orm, api.store, { externalId: '1002' });
    api.engine.away = true;
    const answer = await api.send('GET', `/v1/orders/${id}`, undefined, {
      Authorization: `Bearer ${api.keys.finance}`,
    });
    api.engine.away = false;
    expect(answer.body).toMatchObject({
      customer: null,
      shippingAddress: null,
      why: { possible: ['hold', 'cancel', 'change-address', 'edit-lines'] },
    });
    expect(answer.body.why).not.toHaveProperty('running');
  });
});

describe('GET /v1/orders', () => {
  let api: Stocked;
  const ids: string[] = [];
  beforeAll(async () => {
    api = await startStocked();
    const at = (second: number) => `2026-11-20T09:00:0${second}.000Z`;
    for (const [index, conditions] of [[], ['held'], ['held', 'awaiting_stock'], [], []].entries()) {
      // The last three were placed at the same moment: only the id tells them apart.
      const change = { externalId: `30${index}`, number: `#30${index}`, placedAt: at(Math.min(index, 2)) };
      const customer = { externalId: null, email: `Kim${index}%_@example.com`, phone: null };
      const stage = index === 0 ? 'shipped' : 'received';
      ids.push(
        await seedOrder(
          api.orm,
          index === 4 ? api.shop : api.store,
          { ...change, customer },
          { stage, conditions },
        ),
      );
    }
    await seedFulfillment(api.orm, ids[0]!);
  });
  afterAll(() => api.close());
  const found = async (query: string) => {
    const answer = await api.send('GET', `/v1/orders?${query}`);
    expect(answer.status).toBe(200);
    return (answer.body.items as { id: string }[]).map(({ id }) => ids.indexOf(id)).sort((a, b) => a - b);
  };

  it('goes through all of them page by page, each once, newest first', async () => {
    const seen: string[] = [];
    let path = '/v1/orders?limit=2';
    for (let pages = 0; path !== ''; pages++) {
      const { body, headers } = await api.send('GET', path);
      seen.push(...(body.items as { id: string }[]).map(({ id }) => id));
      const link = /^<([^>]+)>; rel="next"$/.exec(headers['link'] ?? '')?.[1];
      expect([pages, body.nextCursor === null, link === undefined]).toEqual([
        pages,
        pages === 2,
        pages === 2,
      ]);
      path = link ?? '';
    }
    expect([...seen].sort()).toEqual([...ids].sort());
    expect(seen.slice(3)).toEqual([ids[1], ids[0]]);
  });

  it.each([
    ['all', '', [0, 1, 2, 3, 4]],
    ['a stage', 'stage=shipped', [0]],
    ['a condition', 'condition=held', [1, 2]],
    ['no condition', 'condition=none', [0, 3, 4]],
    ['a condition that nothing has', 'condition=cancelling', []],
    ['both', 'condition=awaiting_stock&stage=received', [2]],
    ['a number', 'q=%23303', [3]],
    ['a number without its sign', 'q=303', [3]],
    ['a tracking number', 'q=1Z9999999999999999', [0]],
    ['the beginning of an email', 'q=kim1', [1]],
    ['a whole email in other letters', 'q=KIM2%25_%40EXAMPLE.com', [2]],
    ['a wildcard that is none', 'q=kim%25', []],
    ['SQL', "q=' or 1=1 --", []],
  ])('finds by %s', async (_case, query, expected) => expect(await found(query)).toEqual(expected));

  it('finds by store and by our id', async () => {
    expect(await found(`store=${api.shop}`)).toEqual([4]);
    expect(await found(`q=${ids[2]}`)).toEqual([2]);
  });

  it('keeps its filters in the link to the next page', async () => {
    const { headers } = await api.send('GET', '/v1/orders?condition=none&q=kim&limit=1');
    expect(headers['link']).toMatch(
      /^<\/v1\/orders\?condition=none&q=kim&limit=1&cursor=[\w-]+>; rel="next"$/,
    );
  });
});
