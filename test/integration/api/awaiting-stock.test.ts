import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { lockQueue, reserveOrQueue } from '../../../db/stock/queue.ts';
import { inTransaction } from '../../../db/transaction.ts';
import { startStocked, type Stocked } from './refused.ts';
import { product, warehouse } from './samples.ts';
import { seedOrder } from './seed.ts';

let api: Stocked;
beforeAll(async () => {
  api = await startStocked();
  await post('/v1/warehouses', { ...warehouse, code: 'PAR', name: 'Paris', countries: ['FR'] });
  for (const sku of ['CUP', 'POT']) await post('/v1/products', { ...product, sku });
});
afterAll(() => api.close());

const cost = { amount: '3.20', currency: 'EUR' };
async function post(path: string, body: object = { reason: 'as agreed' }) {
  const answer = await api.send('POST', path, body);
  expect([path, answer.status < 300, answer.body]).toEqual([path, true, expect.anything()]);
  return answer.body;
}
const receive = (sku: string, quantity: number, more: object = {}) =>
  post('/v1/receipts', { warehouse: 'BER', lines: [{ sku, quantity, unitCost: cost }], ...more });

let placed = 0;
/** Reserves, or joins the queue. Later ones are younger. */
async function order(
  demand: Record<string, number>,
  { priority = 100, country = 'DE' }: { priority?: number; country?: string } = {},
): Promise<string> {
  const externalId = `W${++placed}`;
  const placedAt = new Date(Date.UTC(2026, 10, 1, 0, placed)).toISOString();
  const orderId = await seedOrder(api.orm, api.store, { externalId, placedAt });
  const request = {
    ...{
      orderId,
      generation: 1,
      workflowId: `order:${api.store}:${externalId}`,
      country,
      priority,
      placedAt,
    },
    ...{ objective: 'nearest' as const, splitAllowed: true, partAllowed: false, excluded: [] },
    demand: Object.entries(demand).map(([sku, quantity]) => ({ sku, quantity })),
  };
  await inTransaction(api.orm, async (em) => {
    await lockQueue(em, Object.keys(demand));
    await reserveOrQueue(em, [request]);
  });
  return orderId;
}
const awaited = async (id: string) => (await api.send('GET', `/v1/orders/${id}`)).body.awaitingStock;
const places = async (ids: string[]) => {
  const all = await Promise.all(ids.map(awaited));
  return all.map((one: { place: number }[]) => one.map(({ place }) => place));
};

/** Ordered from a supplier. */
async function buy(sku: string, quantity: number, expectedAt: string | null): Promise<string> {
  const draft = {
    supplier: 'Leaf & Co',
    warehouse: 'BER',
    currency: 'EUR',
    ...(expectedAt && { expectedAt }),
  };
  const { id } = await post('/v1/purchase-orders', { ...draft, lines: [{ sku, quantity, unitCost: cost }] });
  await post(`/v1/purchase-orders/${id}/order`);
  return id;
}

it('shows the place by priority, then age, and moves up as a receipt wakes those before', async () => {
  const first = await order({ CUP: 2 });
  const second = await order({ CUP: 3 });
  const urgent = await order({ CUP: 1 }, { priority: 1 });
  const elsewhere = await order({ CUP: 5 }, { country: 'FR' });
  const last = await order({ CUP: 1 });
  const all = [first, second, urgent, elsewhere, last];
  expect(await places(all)).toEqual([[2], [3], [1], [1], [4]]);
  expect(await awaited(last)).toEqual([{ sku: 'CUP', quantity: 1, missing: 1, place: 4, expectedAt: null }]);
  const soon = await buy('CUP', 4, '2027-01-10');
  await buy('CUP', 4, '2027-02-10');
  const days = (await Promise.all(all.map(awaited))).map(([{ expectedAt }]) => expectedAt);
  expect(days).toEqual(['2027-01-10', '2027-02-10', '2027-01-10', null, '2027-02-10']);
  // The receipt serves the urgent one and the oldest; what is left of it is set aside for the next.
  await receive('CUP', 4, { purchaseOrder: soon });
  expect(await places(all)).toEqual([[], [1], [], [1], [2]]);
  expect(await awaited(second)).toEqual([
    { sku: 'CUP', quantity: 3, missing: 2, place: 1, expectedAt: '2027-02-10' },
  ]);
  expect(await awaited(last)).toEqual([
    { sku: 'CUP', quantity: 1, missing: 1, place: 2, expectedAt: '2027-02-10' },
  ]);
});

it('shows what is there for it already and waits for the rest of its order', async () => {
  await receive('POT', 2);
  const both = await order({ CUP: 1, POT: 2 });
  const [cup, pot] = await awaited(both);
  expect(cup).toMatchObject({ sku: 'CUP', missing: 1 });
  expect(pot).toEqual({ sku: 'POT', quantity: 2, missing: 0, place: 1, expectedAt: null });
});

it('expects nothing of units on their way that are off sale', async () => {
  await receive('TEA-100', 5, { warehouse: 'PAR' });
  const { body } = await api.send('GET', '/v1/lots?warehouse=PAR&sku=TEA-100');
  const draft = {
    from: 'PAR',
    to: 'BER',
    expectedAt: '2027-03-01',
    lines: [{ sku: 'TEA-100', quantity: 5 }],
  };
  const { id } = await post('/v1/transfers', draft);
  await post(`/v1/transfers/${id}/send`);
  const waits = await order({ 'TEA-100': 45 });
  expect(await awaited(waits)).toMatchObject([{ missing: 5, place: 1, expectedAt: '2027-03-01' }]);
  await post(`/v1/lots/${body.items[0].id}/quarantine`, { reason: 'smells' });
  expect(await awaited(waits)).toMatchObject([{ missing: 5, place: 1, expectedAt: null }]);
});
