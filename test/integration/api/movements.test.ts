import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startStocked, type Stocked } from './refused.ts';

describe('movements', () => {
  let api: Stocked;

  beforeAll(async () => {
    api = await startStocked();
  });
  afterAll(() => api.close());

  const cost = { amount: '3.20', currency: 'EUR' };
  const moved = (lot: string, quantity: number, change: object) => ({
    ...{ id: expect.any(String), at: expect.any(String), warehouse: 'BER', sku: 'TEA-100' },
    ...{ lotId: expect.any(String), lot, quantity, note: null, unitCost: cost, actor: 'admin' },
    reference: expect.any(String),
    ...change,
  });

  it('an adjustment is booked once per Idempotency-Key, with its audit row, and is in the ledger', async () => {
    const body = {
      ...{ warehouse: 'BER', reason: 'damage', note: 'a pallet fell' },
      lines: [{ sku: 'TEA-100', lot: 'L1', quantity: 3 }],
    };
    const send = () => api.send('POST', '/v1/adjustments', body, { 'Idempotency-Key': 'fell' });
    const [first, second] = await Promise.all([send(), send()]);
    const again = first!.status === 201 ? second! : first!;
    expect([201, 409]).toContain(again.status);
    const answer = await send();
    expect([answer.status, answer.body]).toEqual([
      201,
      {
        id: answer.body.id,
        warehouse: 'BER',
        moved: [{ sku: 'TEA-100', lot: 'L1', quantity: -3 }],
        lost: [],
      },
    ]);
    expect((await api.send('GET', '/v1/stock/TEA-100')).body.onHand).toBe(37);
    const rows = await api.orm.em
      .fork()
      .execute(`select actor, detail from audit where what = 'stock_adjusted' and subject = ?`, [
        answer.body.id,
      ]);
    expect(rows).toEqual([{ actor: 'admin', detail: 'BER, damaged: -3 × TEA-100 (L1): a pallet fell' }]);
    const { body: page } = await api.send('GET', '/v1/movements?sku=TEA-100&warehouse=BER&limit=1');
    expect(page.items).toEqual([moved('L1', -3, { reason: 'damage', note: 'a pallet fell' })]);
    const { body: next } = await api.send(
      'GET',
      `/v1/movements?sku=TEA-100&warehouse=BER&limit=1&cursor=${page.nextCursor}`,
    );
    expect(next).toEqual({ items: [moved('L1', 40, { reason: 'receipt' })], nextCursor: null });
  });

  it.each([
    ['lot=L1&reason=receipt', ['receipt']],
    ['lot=none', []],
    ['warehouse=ALL', []],
    ['sku=NOPE', []],
  ])('are found by %s', async (query, reasons) => {
    const { body } = await api.send('GET', `/v1/movements?${query}`);
    expect(body.items.map(({ reason }: { reason: string }) => reason)).toEqual(reasons);
  });
});
