import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { invalid, startStocked, type Stocked } from './refused.ts';

let api: Stocked;
beforeAll(async () => {
  api = await startStocked();
});
afterAll(() => api.close());

const box = {
  code: 'M',
  name: 'Medium',
  warehouse: 'BER',
  innerMm: { length: 300, width: 200, height: 100 },
  outerMm: { length: 306, width: 206, height: 110 },
  weightGrams: 180,
  maxWeightGrams: 15_000,
  cost: { amount: '0.45', currency: 'EUR' },
};

describe('kinds of boxes', () => {
  it('are kept once per code, listed, and changed', async () => {
    const made = await api.send('POST', '/v1/box-types', box);
    expect([made.status, made.body]).toEqual([201, { ...box, active: true, createdAt: expect.any(String) }]);
    await api.refused(['POST', '/v1/box-types', box], { status: 409, type: 'conflict', says: 'already' });
    const { warehouse: _, cost: __, ...least } = { ...box, code: 'ANY' };
    const other = await api.send('POST', '/v1/box-types', least);
    expect(other.body).toMatchObject({ warehouse: null, cost: { amount: '0.00', currency: 'EUR' } });
    expect((await api.send('GET', '/v1/box-types')).body.items).toEqual([other.body, made.body]);
    const change = { cost: { amount: '0.50', currency: 'EUR' }, active: false };
    const changed = await api.send('PATCH', '/v1/box-types/M', change);
    expect([changed.status, changed.body]).toEqual([200, { ...made.body, ...change }]);
    const audits = await api.orm.em
      .fork()
      .execute(`select what, detail from audit where subject = 'M' order by seq`);
    expect(audits).toEqual([
      { what: 'box_type_added', detail: 'Medium' },
      { what: 'box_type_changed', detail: 'active, cost' },
    ]);
  });

  it.each([
    ['code', { code: 'a b' }, 'code'],
    ['warehouse', { warehouse: 'X' }, 'warehouse'],
    ['outside', { outerMm: { ...box.outerMm, width: 199 } }, 'outerMm.width'],
    ['weight', { maxWeightGrams: 180 }, 'maxWeightGrams'],
    ['currency', { cost: { amount: '1', currency: 'USD' } }, 'cost.currency'],
    ['field', { color: 'red' }, 'color'],
  ])('with a wrong %s are refused', (_case, change, field) =>
    api.refused(['POST', '/v1/box-types', { ...box, code: 'NEW', ...change }], invalid(field)),
  );

  it.each([
    ['nothing', {}, ''],
    ['size', { innerMm: box.innerMm }, 'innerMm'],
    ['currency', { cost: { amount: '1', currency: 'USD' } }, 'cost.currency'],
  ])('are not changed with a wrong %s', (_case, change, field) =>
    api.refused(['PATCH', '/v1/box-types/ANY', change], invalid(field)),
  );

  it('that are not there are not changed', () =>
    api.refused(['PATCH', '/v1/box-types/NONE', { active: false }], { status: 404, type: 'not-found' }));
});
