import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { invalid, startStocked, type Stocked } from './refused.ts';
import { product, warehouse } from './samples.ts';

let api: Stocked;
beforeAll(async () => {
  api = await startStocked();
  await api.send('POST', '/v1/warehouses', { ...warehouse, code: 'MUC' });
  for (const sku of ['A', 'B', 'C', 'D']) await api.send('POST', '/v1/products', { ...product, sku });
});
afterAll(() => api.close());

const path = '/v1/purchase-orders/suggested';
const settings = { reorderPoint: 10, safetyStock: 24, leadTimeDays: 3, packSize: 10 };
const set = (sku: string, supplier: string, currency: string, change: object = {}) =>
  api.send('PUT', `/v1/replenishment/MUC/${sku}`, {
    ...{ ...settings, supplier, unitCost: { amount: '2.50', currency }, ...change },
  });
const body = { warehouse: 'MUC', reason: 'weekly order' };
const query = <T extends object>(sql: string) => api.orm.em.fork().execute<T[]>(sql);
const clear = () =>
  query('delete from purchase_order_line; delete from purchase_order; delete from replenishment');

interface Drafted {
  supplier: string;
  currency: string;
  state: string;
  note: string;
  expectedAt: string;
  lines: { sku: string; quantity: number; unitCost: object }[];
}
const linesOf = (items: Drafted[]) =>
  items.map(({ supplier, currency, lines }) => [
    `${supplier} ${currency}`,
    ...lines.map(({ sku, quantity }) => `${quantity} × ${sku}`),
  ]);

describe('what is suggested', () => {
  beforeAll(async () => {
    await set('A', 'Leaf', 'EUR');
    await set('B', 'Leaf', 'EUR', { packSize: 7, leadTimeDays: 9 });
    await set('C', 'Leaf', 'USD');
    await set('D', 'Root', 'EUR');
    await set('TEA-100', 'Root', 'EUR', { reorderPoint: 0, safetyStock: 0 });
  });
  afterAll(clear);

  it('is drafted by supplier and currency, in part or as a whole, and once', async () => {
    const { status, body: part } = await api.send('POST', path, { ...body, skus: ['D', 'TEA-100'] });
    expect([status, linesOf(part.items)]).toEqual([201, [['Root EUR', '30 × D']]]);
    const { body: whole } = await api.send('POST', path, { ...body, supplier: 'Leaf' });
    expect(linesOf(whole.items)).toEqual([
      ['Leaf EUR', '30 × A', '28 × B'],
      ['Leaf USD', '30 × C'],
    ]);
    const [order] = whole.items as Drafted[];
    expect(order).toMatchObject({ state: 'draft', note: 'weekly order', warehouse: 'MUC' });
    expect(order!.lines[0]!.unitCost).toEqual({ amount: '2.50', currency: 'EUR' });
    const [day] = await query<{ day: string }>(
      `select ((now() at time zone 'Europe/Berlin')::date + 9)::text as day`,
    );
    expect(order!.expectedAt).toBe(day!.day);
    const again = await api.send('POST', path, body);
    expect([again.status, again.body]).toEqual([200, { items: [] }]);
    const audits = await query(`select what from audit where what = 'purchase_order_drafted'`);
    expect(audits).toHaveLength(3);
  });

  it('is wanted again when its draft is given up', async () => {
    const [draft] = await query<{ id: string }>(`select id from purchase_order where supplier = 'Root'`);
    await api.send('POST', `/v1/purchase-orders/${draft!.id}/close`, { reason: 'too dear' });
    expect(linesOf((await api.send('POST', path, body)).body.items)).toEqual([['Root EUR', '30 × D']]);
  });
});

it('is drafted once, however many do it at the same time', async () => {
  for (let round = 0; round < 5; round++) {
    await clear();
    for (const sku of ['A', 'B', 'C', 'D']) await set(sku, sku < 'C' ? 'Leaf' : 'Root', 'EUR');
    const answers = await Promise.all(
      [['A', 'B'], ['B', 'C', 'D'], undefined, ['D', 'A'], undefined].map((skus) =>
        api.send('POST', path, { ...body, skus }),
      ),
    );
    for (const { status } of answers) expect([200, 201]).toContain(status);
    const lines = await query(
      'select sku, count(*)::int as times, sum(quantity)::int as quantity from purchase_order_line group by 1 order by 1',
    );
    expect(lines).toEqual(['A', 'B', 'C', 'D'].map((sku) => ({ sku, times: 1, quantity: 30 })));
  }
});

it('is nothing for a closed warehouse', async () => {
  await clear();
  await set('A', 'Leaf', 'EUR');
  await query(`update warehouse set active = false where code = 'MUC'`);
  expect((await api.send('POST', path, body)).body).toEqual({ items: [] });
  await query(`update warehouse set active = true where code = 'MUC'`);
});

it.each([
  ['warehouse', { warehouse: 'X' }, 'warehouse'],
  ['supplier', { supplier: '' }, 'supplier'],
  ['SKU', { skus: ['A', 'NOPE'] }, 'skus.1'],
  ['list', { skus: [] }, 'skus'],
  ['reason', { reason: undefined }, 'reason'],
])('with a wrong %s is refused', async (_case, change, field) => {
  await set('A', 'Leaf', 'EUR');
  await api.refused(['POST', path, { ...body, ...change }], invalid(field));
});
