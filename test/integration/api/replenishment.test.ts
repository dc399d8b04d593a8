import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { invalid, startStocked, type Stocked } from './refused.ts';
import { product, warehouse } from './samples.ts';
import { seedOrder } from './seed.ts';

let api: Stocked;
beforeAll(async () => {
  api = await startStocked();
  await api.send('POST', '/v1/warehouses', { ...warehouse, code: 'MUC', priority: 20, countries: ['*'] });
  await api.send('POST', '/v1/products', { ...product, sku: 'TEA-200' });
});
afterAll(() => api.close());

const eur = (amount: string) => ({ amount, currency: 'EUR' });
const settings = {
  reorderPoint: 20,
  safetyStock: 5,
  leadTimeDays: 7,
  coverDays: 21,
  supplier: 'Leaf & Co',
  packSize: 10,
  unitCost: eur('3.20'),
};
const path = '/v1/replenishment/BER/TEA-100';
const put = (at: string, change: object = {}) =>
  api.send('PUT', `/v1/replenishment/${at}`, { ...settings, ...change });
const get = async (at: string) => (await api.send('GET', `/v1/replenishment/${at}`)).body;
const query = <T extends object>(sql: string, values: unknown[] = []) =>
  api.orm.em.fork().execute<T[]>(sql, values);

/** What left the warehouse, so long ago. */
const moved = (quantity: number, reason: string, age: string) =>
  query(
    `insert into stock_movement (id, warehouse, sku, lot_id, quantity, reason, reference, actor, at)
     select ?, warehouse, sku, id, ?, ?, ?, 'test', now() - ?::interval from lot where sku = 'TEA-100'`,
    [randomUUID(), quantity, reason, randomUUID(), age],
  );

async function waits(sku: string, quantity: number, country: string, externalId: string, excluded = '{}') {
  const orderId = await seedOrder(api.orm, api.store, { externalId, number: externalId });
  await query(
    `insert into stock_wait (order_id, sku, generation, alone, quantity, country, split_allowed, priority, placed_at)
     values (?, ?, 1, true, ?, ?, true, 0, now())`,
    [orderId, sku, quantity, country],
  );
  await query(`insert into reservation (id, order_id, generation, excluded) values (?, ?, 1, ?::text[])`, [
    randomUUID(),
    orderId,
    excluded,
  ]);
}

describe('replenishment', () => {
  it('is set, set anew, listed and taken away, each with its audit row', async () => {
    const { status, body } = await put('BER/TEA-100', { safetyStock: undefined, packSize: undefined });
    expect([status, body.safetyStock, body.packSize, body.unitCost]).toEqual([200, 0, 1, eur('3.20')]);
    const { body: again } = await put('BER/TEA-100');
    expect(again).toEqual({
      ...settings,
      ...{ warehouse: 'BER', sku: 'TEA-100', updatedAt: expect.any(String) },
      ...{ onHand: 40, reserved: 0, available: 40, waiting: 0, incoming: 0, sold: 0 },
      ...{ velocityDays: 28, velocity: 0, daysOfCover: null },
      ...{ position: 40, low: false, suggestedQuantity: 0 },
    });
    await put('MUC/TEA-100', { supplier: 'Other' });
    const first = await api.send('GET', '/v1/replenishment?limit=1');
    expect(first.body.items).toEqual([again]);
    const second = await api.send('GET', `/v1/replenishment?limit=1&cursor=${first.body.nextCursor}`);
    expect([second.body.items[0].warehouse, second.body.nextCursor]).toEqual(['MUC', null]);
    const some = await api.send('GET', '/v1/replenishment?supplier=Other&sku=TEA-100');
    expect(some.body.items).toEqual(second.body.items);
    expect((await api.send('DELETE', '/v1/replenishment/MUC/TEA-100')).body).toEqual({});
    await api.refused(['DELETE', '/v1/replenishment/MUC/TEA-100'], { status: 404, type: 'not-found' });
    await api.refused(['GET', '/v1/replenishment/MUC/TEA-100'], { status: 404, type: 'not-found' });
    const audits = await query('select what, subject from audit where what like ? order by seq', ['repl%']);
    expect(audits).toEqual([
      { what: 'replenishment_set', subject: 'BER/TEA-100' },
      { what: 'replenishment_set', subject: 'BER/TEA-100' },
      { what: 'replenishment_set', subject: 'MUC/TEA-100' },
      { what: 'replenishment_removed', subject: 'MUC/TEA-100' },
    ]);
  });

  it('set by many at the same time is what one of them said', async () => {
    const answers = await Promise.all(
      [30, 40, 50, 60].map((reorderPoint) => put('BER/TEA-200', { reorderPoint })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect([30, 40, 50, 60]).toContain((await get('BER/TEA-200')).reorderPoint);
    await api.send('DELETE', '/v1/replenishment/BER/TEA-200');
  });

  it('goes by what was shipped to customers alone, of the last 28 days', async () => {
    await put('BER/TEA-100');
    await moved(-10, 'shipment', '27 days');
    await moved(-4, 'shipment', '1 hour');
    await moved(-3, 'shipment', '29 days');
    await moved(-2, 'damage', '1 day');
    await moved(-1, 'transfer_out', '1 day');
    expect(await get('BER/TEA-100')).toMatchObject({
      ...{ onHand: 20, available: 20, sold: 14, velocity: 0.5, daysOfCover: 40 },
      // 0.5 × 28 + 5 - 20 is below 0
      ...{ position: 20, low: true, suggestedQuantity: 0 },
    });
  });

  it('counts who waits once, where it would be served from', async () => {
    await put('MUC/TEA-100');
    await waits('TEA-100', 3, 'DE', 'W1');
    await waits('TEA-100', 5, 'US', 'W2');
    await waits('TEA-100', 7, 'DE', 'W3', '{BER}');
    await waits('TEA-200', 9, 'DE', 'W4');
    expect((await get('BER/TEA-100')).waiting).toBe(3);
    expect(await get('MUC/TEA-100')).toMatchObject({ onHand: 0, waiting: 12, position: -12, low: true });
  });

  it('counts what was bought, drafts too, and what is on its way between warehouses', async () => {
    const lines = [{ sku: 'TEA-100', quantity: 6, unitCost: eur('3.20') }];
    const order = { supplier: 'x', warehouse: 'MUC', currency: 'EUR', lines };
    const ids: string[] = [];
    for (let number = 0; number < 3; number++)
      ids.push((await api.send('POST', '/v1/purchase-orders', order)).body.id as string);
    await api.send('POST', `/v1/purchase-orders/${ids[1]}/order`, { reason: 'x' });
    await api.send('POST', '/v1/receipts', {
      ...{ warehouse: 'MUC', purchaseOrder: ids[1], lines: [{ sku: 'TEA-100', quantity: 2 }] },
    });
    await api.send('POST', `/v1/purchase-orders/${ids[2]}/close`, { reason: 'x' });
    expect(await get('MUC/TEA-100')).toMatchObject({ onHand: 2, incoming: 10 });
    const transfer = { from: 'BER', to: 'MUC', lines: [{ sku: 'TEA-100', quantity: 4 }] };
    const { body: draft } = await api.send('POST', '/v1/transfers', transfer);
    expect((await get('MUC/TEA-100')).incoming).toBe(10);
    await api.send('POST', `/v1/transfers/${draft.id}/send`, { reason: 'x' });
    expect(await get('MUC/TEA-100')).toMatchObject({ onHand: 2, incoming: 14, waiting: 12, position: 4 });
    // 0 × 28 + 5 - 4, in packs of 10
    expect((await get('MUC/TEA-100')).suggestedQuantity).toBe(10);
    await api.send('POST', `/v1/transfers/${draft.id}/receive`, { lines: [{ position: 1, quantity: 3 }] });
    expect(await get('MUC/TEA-100')).toMatchObject({ onHand: 5, incoming: 11 });
  });

  it.each([
    ['reorderPoint', undefined],
    ['reorderPoint', -1],
    ['safetyStock', 1.5],
    ['leadTimeDays', undefined],
    ['leadTimeDays', 4_000],
    ['coverDays', 0],
    ['packSize', 0],
    ['supplier', ''],
    ['unitCost.amount', { amount: '-1', currency: 'EUR' }, 'unitCost'],
    ['unitCost.currency', { amount: '1', currency: 'eur' }, 'unitCost'],
    ['color', 'red'],
  ])('with %s %j is refused', (field, value, part = field) =>
    api.refused(['PUT', path, { ...settings, [part]: value }], invalid(field)),
  );

  it('of what is not there is refused', async () => {
    const missing = { status: 404, type: 'not-found' };
    await api.refused(['PUT', '/v1/replenishment/X/TEA-100', settings], missing);
    await api.refused(['PUT', '/v1/replenishment/BER/NOPE', settings], missing);
  });
});
