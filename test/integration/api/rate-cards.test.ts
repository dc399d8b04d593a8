import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { invalid, startStocked, type Stocked } from './refused.ts';

let api: Stocked;
beforeAll(async () => {
  api = await startStocked();
});
afterAll(() => api.close());

const eur = (amount: string) => ({ amount, currency: 'EUR' });
const card = {
  warehouse: 'BER',
  carrier: 'ups',
  service: '11',
  name: 'Domestic',
  countries: ['DE'],
  transitDays: 1,
  dimensionalDivisor: 5_000,
  brackets: [
    { upToGrams: 5_000, price: eur('4.20') },
    { upToGrams: 30_000, price: eur('9.00') },
  ],
};

describe('rate cards', () => {
  it('are kept once per name, listed, and taken away', async () => {
    const made = await api.send('POST', '/v1/rate-cards', card);
    expect([made.status, made.body]).toEqual([
      201,
      { ...card, id: made.body.id, createdAt: expect.any(String) },
    ]);
    await api.refused(['POST', '/v1/rate-cards', card], { status: 409, type: 'conflict', says: 'already' });
    expect((await api.send('GET', '/v1/rate-cards?warehouse=BER')).body.items).toEqual([made.body]);
    const path = `/v1/rate-cards/${made.body.id}`;
    expect((await api.send('DELETE', path)).status).toBe(200);
    await api.refused(['DELETE', path], { status: 404, type: 'not-found' });
    const audits = await api.orm.em
      .fork()
      .execute('select what, detail from audit where subject = ? order by seq', [made.body.id]);
    expect(audits).toEqual([
      { what: 'rate_card_added', detail: 'BER: ups 11, Domestic' },
      { what: 'rate_card_removed', detail: 'BER: ups 11, Domestic' },
    ]);
  });

  const [low, high] = card.brackets;
  it.each([
    ['warehouse', { warehouse: 'X' }, 'warehouse'],
    ['country', { countries: ['XX'] }, 'countries.0'],
    ['countries', { countries: [] }, 'countries'],
    ['no bracket', { brackets: [] }, 'brackets'],
    ['order of brackets', { brackets: [high, low] }, 'brackets.1.upToGrams'],
    ['price', { brackets: [{ ...low, price: eur('10.00') }, high] }, 'brackets.1.price'],
    [
      'currency',
      { brackets: [{ ...low, price: { amount: '1', currency: 'USD' } }] },
      'brackets.0.price.currency',
    ],
    ['transit', { transitDays: -1 }, 'transitDays'],
    ['divisor', { dimensionalDivisor: 0 }, 'dimensionalDivisor'],
    ['field', { color: 'red' }, 'color'],
  ])('with a wrong %s are refused', (_case, change, field) =>
    api.refused(['POST', '/v1/rate-cards', { ...card, ...change }], invalid(field)),
  );

  it('that are not there can not be taken away', () =>
    api.refused(['DELETE', `/v1/rate-cards/${randomUUID()}`], { status: 404, type: 'not-found' }));
});
