import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { product, warehouse } from './samples.ts';
import { startApi, type TestApi } from './test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ clock: () => new Date('2026-11-01T12:00:00Z') });
  await api.send('POST', '/v1/warehouses', warehouse);
  await api.send('POST', '/v1/warehouses', { ...warehouse, code: 'NYC', timeZone: 'America/New_York' });
  for (const sku of ['TEA', 'TIN', '=1+1']) await api.send('POST', '/v1/products', { ...product, sku });
  // Bought for 2.00, a lot that has none left; bought for 3.00, and one in dollars where the day begins later.
  await lot('A', 'BER', 'TEA', '2026-07-01T10:00:00Z', 200, 'EUR', '2027-01-31');
  await lot('B', 'BER', 'TEA', '2026-09-30T22:00:00Z', 300, 'EUR', null);
  await lot('C', 'NYC', 'TIN', '2026-10-01T03:59:00Z', 50, 'USD', null);
  await lot('D', 'NYC', '=1+1', '2025-10-01T12:00:00Z', 100, 'USD', null);
  await moved('A', 30, 'receipt', '2026-07-01T10:00:00Z');
  await moved('A', -20, 'shipment', '2026-09-15T10:00:00Z');
  // October in Berlin begins at 22:00 UTC the day before.
  await moved('A', -4, 'shipment', '2026-09-30T22:00:00Z');
  await moved('B', 10, 'receipt', '2026-09-30T22:00:00Z');
  await moved('A', -6, 'shipment', '2026-10-16T10:30:00Z');
  await moved('B', -2, 'damage', '2026-10-16T10:30:00Z');
  await moved('B', 1, 'return', '2026-10-31T22:59:59Z');
  await moved('B', -5, 'shipment', '2026-10-31T23:00:00Z');
  await moved('C', 8, 'transfer_in', '2026-10-01T03:59:00Z');
  await moved('C', -3, 'shipment', '2026-10-01T04:00:00Z');
  await moved('D', 5, 'receipt', '2025-10-01T12:00:00Z');
});
afterAll(() => api.close());

const lots = new Map<string, string>();
const query = (sql: string, values: unknown[]) => api.orm.em.fork().execute(sql, values);

async function lot(
  ...[number, at, sku, received, cost, currency, expires]: [
    ...[string, string, string, string],
    number,
    string,
    string | null,
  ]
): Promise<void> {
  lots.set(number, randomUUID());
  await query(
    `insert into lot (id, warehouse, sku, number, received_at, unit_cost, currency, expires_at)
     values (?, ?, ?, ?, ?, ?, ?, ?)`,
    [lots.get(number), at, sku, number, received, cost, currency, expires],
  );
}

const moved = (number: string, quantity: number, reason: string, at: string) =>
  query(
    `insert into stock_movement (id, warehouse, sku, lot_id, quantity, reason, reference, actor, at)
     select ?, warehouse, sku, id, ?, ?, ?, 'test', ? from lot where id = ?`,
    [randomUUID(), quantity, reason, randomUUID(), at, lots.get(number)],
  );

const get = (path: string, headers: Record<string, string> = {}) =>
  api.send('GET', `/v1/reports/${path}`, undefined, headers);
const eur = (amount: string) => ({ amount, currency: 'EUR' });
const usd = (amount: string) => ({ amount, currency: 'USD' });

describe('lots by age', () => {
  it('are those that hold something now', async () => {
    const { body } = await get('lot-ageing');
    const lotOf = (number: string) => ({ lotId: lots.get(number), lot: number, state: 'sellable' });
    expect(body).toEqual({
      items: [
        {
          ...{ ...lotOf('B'), warehouse: 'BER', sku: 'TEA', receivedAt: '2026-09-30T22:00:00.000Z' },
          ...{ ageDays: 31, bucket: '31-60', quantity: 4, unitCost: eur('3.00'), value: eur('12.00') },
          expiresAt: null,
        },
        {
          ...{ ...lotOf('D'), warehouse: 'NYC', sku: '=1+1', receivedAt: '2025-10-01T12:00:00.000Z' },
          ...{ ageDays: 396, bucket: '366+', quantity: 5, unitCost: usd('1.00'), value: usd('5.00') },
          expiresAt: null,
        },
        {
          ...{ ...lotOf('C'), warehouse: 'NYC', sku: 'TIN', receivedAt: '2026-10-01T03:59:00.000Z' },
          // It came on the last day of September in New York.
          ...{ ageDays: 32, bucket: '31-60', quantity: 5, unitCost: usd('0.50'), value: usd('2.50') },
          expiresAt: null,
        },
      ],
      nextCursor: null,
    });
  });

  it('are those that held something on a day, as it ended there', async () => {
    const rows = async (day: string) =>
      (await get(`lot-ageing?day=${day}&warehouse=BER`)).body.items.map(
        (row: { lot: string; quantity: number; ageDays: number; bucket: string }) =>
          `${row.quantity} of ${row.lot}, ${row.ageDays} days, ${row.bucket}`,
      );
    expect(await rows('2026-09-30')).toEqual(['10 of A, 91 days, 91-180']);
    expect((await rows('2026-10-01')).sort()).toEqual(['10 of B, 0 days, 0-30', '6 of A, 92 days, 91-180']);
    expect(await rows('2026-10-31')).toEqual(['9 of B, 30 days, 0-30']);
    expect(await rows('2026-06-30')).toEqual([]);
  });

  it('come page by page, or all at once as CSV', async () => {
    const first = await get('lot-ageing?limit=2');
    const second = await get(`lot-ageing?limit=2&cursor=${first.body.nextCursor}`);
    expect(second.body.items.map(({ lot: number }: { lot: string }) => number)).toEqual(['C']);
    const file = await get('lot-ageing?limit=1', { Accept: 'text/csv' });
    expect(file.headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
    expect(file.headers['content-disposition']).toBe('attachment; filename="lot-ageing.csv"');
    expect(file.text.split('\r\n')).toEqual([
      'warehouse,sku,lot,state,receivedAt,ageDays,bucket,quantity,unitCost,value,currency,expiresAt',
      'BER,TEA,B,sellable,2026-09-30T22:00:00.000Z,31,31-60,4,3.00,12.00,EUR,',
      `NYC,'=1+1,D,sellable,2025-10-01T12:00:00.000Z,396,366+,5,1.00,5.00,USD,`,
      'NYC,TIN,C,sellable,2026-10-01T03:59:00.000Z,32,31-60,5,0.50,2.50,USD,',
      '',
    ]);
    expect((await get('lot-ageing?format=csv')).text).toBe(file.text);
    expect((await get('lot-ageing?format=json', { Accept: 'text/csv' })).body.items).toHaveLength(3);
  });
});

describe('turnover', () => {
  const october = 'turnover?from=2026-10-01&to=2026-10-31';
  const period = { from: '2026-10-01', to: '2026-10-31', days: 31 };

  it('of a SKU is what its goods cost over what lay, by the days of its warehouse', async () => {
    const { body } = await get(october);
    const whole = { lotId: null, lot: null, ...period };
    // Berlin has 745 hours in this October. At its beginning 6 × 2.00 and 10 × 3.00 lie there, and 372.5 hours on
    // 8 × 3.00: on the average 33.00, and 0.00 for the return of the last second.
    expect(body.items).toEqual([
      {
        ...{ warehouse: 'BER', sku: 'TEA', ...whole, unitsShipped: 10, costShipped: eur('20.00') },
        ...{ openingValue: eur('20.00'), closingValue: eur('27.00'), averageValue: eur('33.00') },
        ...{ turns: 0.61, daysOfInventory: 51.15 },
      },
      {
        ...{ warehouse: 'NYC', sku: '=1+1', ...whole, unitsShipped: 0, costShipped: usd('0.00') },
        ...{ openingValue: usd('5.00'), closingValue: usd('5.00'), averageValue: usd('5.00') },
        ...{ turns: 0, daysOfInventory: null },
      },
      {
        ...{ warehouse: 'NYC', sku: 'TIN', ...whole, unitsShipped: 3, costShipped: usd('1.50') },
        ...{ openingValue: usd('4.00'), closingValue: usd('2.50'), averageValue: usd('2.50') },
        ...{ turns: 0.6, daysOfInventory: 51.67 },
      },
    ]);
  });

  it('of a lot is that of its own movements', async () => {
    const { body } = await get(`${october}&by=lot&sku=TEA`);
    const rows = (body.items as { lot: string; unitsShipped: number; averageValue: object; turns: number }[])
      .map(({ lot: number, unitsShipped, averageValue, turns }) => ({
        number,
        unitsShipped,
        averageValue,
        turns,
      }))
      .toSorted((a, b) => (a.number < b.number ? -1 : 1));
    expect(rows).toEqual([
      { number: 'A', unitsShipped: 10, averageValue: eur('6.00'), turns: 3.33 },
      { number: 'B', unitsShipped: 0, averageValue: eur('27.00'), turns: 0 },
    ]);
  });

  it('adds up: what lay at the end of a period lies at the beginning of the next', async () => {
    const days = ['2026-09-30', '2026-10-01', '2026-10-16', '2026-10-31', '2026-11-01'];
    const values: string[] = [];
    for (const day of days) {
      const { body } = await get(`turnover?from=${day}&to=${day}&warehouse=BER`);
      const [row] = body.items as { openingValue: { amount: string }; closingValue: { amount: string } }[];
      values.push(`${row!.openingValue.amount} ${row!.closingValue.amount}`);
    }
    expect(values).toEqual(['20.00 20.00', '20.00 42.00', '42.00 24.00', '24.00 27.00', '27.00 12.00']);
  });

  it('comes page by page, or all at once as CSV', async () => {
    const first = await get(`${october}&limit=2`);
    const second = await get(`${october}&limit=2&cursor=${first.body.nextCursor}`);
    expect(second.body.items.map(({ sku }: { sku: string }) => sku)).toEqual(['TIN']);
    const byLot = await get(`${october}&by=lot&limit=3`);
    const rest = await get(`${october}&by=lot&limit=3&cursor=${byLot.body.nextCursor}`);
    expect([byLot.body.items.length, rest.body.items.length]).toEqual([3, 1]);
    const file = await get(`${october}&warehouse=NYC`, { Accept: 'text/csv' });
    expect(file.text.split('\r\n')).toEqual([
      'warehouse,sku,lot,from,to,days,unitsShipped,costShipped,openingValue,closingValue,averageValue,currency,turns,daysOfInventory',
      `NYC,'=1+1,,2026-10-01,2026-10-31,31,0,0.00,5.00,5.00,5.00,USD,0,`,
      'NYC,TIN,,2026-10-01,2026-10-31,31,3,1.50,4.00,2.50,2.50,USD,0.6,51.67',
      '',
    ]);
  });
});

it.each([
  ['turnover?from=2026-10-01', 'to'],
  ['turnover?from=2026-10-02&to=2026-10-01', 'to'],
  ['turnover?from=2026-10-02&to=2026-11-03', 'to'],
  ['turnover?from=soon&to=2026-10-01', 'from'],
  ['turnover?from=2026-10-01&to=2026-10-02&by=day', 'by'],
  ['lot-ageing?day=2026-11-03', 'day'],
  ['lot-ageing?cursor=x', 'cursor'],
])('%s is refused', async (path, field) => {
  const answer = await get(path);
  const fields = (answer.body.errors as { field: string }[]).map((error) => error.field);
  expect([answer.status, answer.body.type, fields]).toEqual([400, '/problems/validation', [field]]);
});
