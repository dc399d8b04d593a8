import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { OrderInput } from '../../../workflows/contracts.ts';
import { orderIdOf } from '../../../db/order-id.ts';
import { newOrder } from './samples.ts';
import { startStocked, type Stocked } from './refused.ts';
import { seedOrder } from './seed.ts';

describe('POST /v1/orders', () => {
  let api: Stocked;
  const capture = async ({ storeId, externalId }: OrderInput) => {
    const [known] = await api.orm.em
      .fork()
      .execute('select 1 from orders where external_id = ?', [externalId]);
    if (!known) await seedOrder(api.orm, storeId, { externalId, number: externalId });
  };
  const events = (externalId: string) =>
    api.orm.em
      .fork()
      .execute<{ body: string; topic: string; state: string }[]>(
        'select body, topic, state from inbox where order_external_id = ? order by seq',
        [externalId],
      );
  const post = (change: object, headers = {}) =>
    api.send('POST', '/v1/orders', newOrder(api.store, change), headers);

  beforeAll(async () => {
    api = await startStocked();
  });
  afterAll(() => api.close());
  beforeEach(() => {
    Object.assign(api.engine, { delivered: [], away: false, onDeliver: capture });
  });

  it('answers 201 with an id that can be read at once', async () => {
    const answer = await post({});
    const id = orderIdOf(api.store, 'A-1');
    expect([answer.status, answer.headers['location']]).toEqual([201, `/v1/orders/${id}`]);
    expect(answer.body).toEqual({
      id,
      store: api.store,
      externalId: 'A-1',
      number: 'A-1',
      workflowId: `order:${api.store}:A-1`,
      workflowUrl: `http://temporal.example.com/namespaces/default/workflows/order%3A${api.store}%3AA-1`,
    });
    expect((await api.send('GET', `/v1/orders/${id}`)).status).toBe(200);
    const [event] = await events('A-1');
    expect(event!.topic).toBe('api/order');
    expect(JSON.parse(event!.body)).toEqual({
      kind: 'order',
      snapshot: {
        externalId: 'A-1',
        number: 'A-1',
        placedAt: '2026-11-20T09:00:00.000Z',
        updatedAt: expect.stringMatching(/Z$/),
        currency: 'EUR',
        taxesIncluded: true,
        totals: { shipping: 490, tax: 0, discount: 0, other: 0, total: 2990 },
        test: false,
        cancelledAt: null,
        pickup: false,
        payment: { state: 'paid', provider: 'stripe', externalId: 'pi_1' },
        fraud: null,
        customer: { externalId: null, email: 'mina@example.com', phone: null },
        shippingAddress: {
          name: 'Mina Muster',
          line1: 'Weg 1',
          city: 'Wien',
          postalCode: '1010',
          country: 'AT',
        },
        lines: [
          {
            externalId: '1',
            sku: 'TEA-100',
            title: 'TEA-100',
            quantity: 2,
            fulfillable: 2,
            ships: true,
            unitPrice: 1250,
            total: 2500,
            tax: 0,
          },
        ],
      },
      payments: [
        {
          externalId: 'pi_1',
          kind: 'capture',
          amount: 2990,
          currency: 'EUR',
          provider: 'stripe',
          at: '2026-11-20T09:00:00.000Z',
        },
      ],
      refunds: [],
    });
  });

  it('takes the same content once, other content as a newer version, and the first content again as another', async () => {
    const versions = [{ number: 'one' }, { number: 'one' }, { number: 'two' }, { number: 'one' }];
    const statuses = [];
    for (const version of versions) statuses.push((await post({ externalId: 'A-2', ...version })).status);
    expect(statuses).toEqual([201, 200, 200, 200]);
    const numbers = (await events('A-2')).map(({ body }) => JSON.parse(body).snapshot.number);
    expect(numbers).toEqual(['one', 'two', 'one']);
  });

  it('of ten at the same moment keeps one', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => post({ externalId: 'A-3' })));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.every(({ status }) => status === 201 || status === 200)).toBe(true);
    expect(await events('A-3')).toHaveLength(1);
  });

  it('answers 202 with the final id while Temporal is away, and keeps the order', async () => {
    api.engine.away = true;
    const answer = await post({ externalId: 'A-4' });
    expect([answer.status, answer.body.id]).toEqual([202, orderIdOf(api.store, 'A-4')]);
    expect(await events('A-4')).toMatchObject([{ state: 'received' }]);
  });

  it('answers 202 when no worker captures it in time', async () => {
    api.engine.onDeliver = async () => undefined;
    expect((await post({ externalId: 'A-5' })).status).toBe(202);
  });

  it('repeats its answer under an Idempotency-Key', async () => {
    const headers = { 'Idempotency-Key': 'order-6' };
    const [first, again] = [
      await post({ externalId: 'A-6' }, headers),
      await post({ externalId: 'A-6' }, headers),
    ];
    expect([first.status, again.status, again.headers['idempotent-replayed']]).toEqual([201, 201, 'true']);
    expect(again.body).toEqual(first.body);
    expect(api.engine.delivered).toHaveLength(1);
  });
});
