import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { invalid, startStocked, type Stocked } from './refused.ts';

let api: Stocked;
beforeAll(async () => {
  api = await startStocked();
});
afterAll(() => api.close());

const patch = (path: string, body: object) => api.send('PATCH', path, body);

describe('a warehouse', () => {
  it('is changed, and the books say what', async () => {
    const change = { handlingCost: { amount: '1.50', currency: 'EUR' }, active: false, priority: 3 };
    const { status, body } = await patch('/v1/warehouses/BER', change);
    expect([status, body]).toEqual([200, expect.objectContaining(change)]);
    const { lost, staying, ...shown } = body;
    expect([lost, staying]).toEqual([[], []]);
    expect((await api.send('GET', '/v1/warehouses')).body.items).toEqual([shown]);
    const [audit] = await api.orm.em
      .fork()
      .execute('select what, subject, detail from audit order by seq desc limit 1');
    expect(audit).toEqual({
      what: 'warehouse_changed',
      subject: 'BER',
      detail: 'priority, handlingCost, active',
    });
  });

  it('gets a calendar', async () => {
    const change = { workingDays: [1, 6], holidays: ['2027-12-25'], dailyCapacity: 40 };
    expect((await patch('/v1/warehouses/BER', change)).body).toMatchObject(change);
    expect((await patch('/v1/warehouses/BER', { dailyCapacity: null })).body.dailyCapacity).toBeNull();
  });

  it.each([
    ['nothing', {}, ''],
    ['code', { code: 'X' }, 'code'],
    ['country', { countries: ['XX'] }, 'countries.0'],
    ['currency', { handlingCost: { amount: '1', currency: 'USD' } }, 'handlingCost.currency'],
    ['time', { cutOff: '25:00' }, 'cutOff'],
    ['week', { workingDays: [] }, 'workingDays'],
    ['day of the week', { workingDays: [0] }, 'workingDays.0'],
    ['holiday', { holidays: ['2027-02-30'] }, 'holidays.0'],
    ['capacity', { dailyCapacity: 0 }, 'dailyCapacity'],
  ])('with a wrong %s is refused', (_case, body, field) =>
    api.refused(['PATCH', '/v1/warehouses/BER', body], invalid(field)),
  );
});

describe('a product', () => {
  it('is changed, and what is left out stays', async () => {
    const before = (await api.send('GET', '/v1/products/TEA-100')).body;
    const change = { backorder: false, shipsFrom: '2027-02-01', parcelClass: 'cold', shipsAlone: true };
    expect((await patch('/v1/products/TEA-100', change)).body).toEqual({ ...before, ...change });
    expect((await patch('/v1/products/TEA-100', { shipsFrom: null })).body.shipsFrom).toBeNull();
  });

  it.each([
    ['nothing', {}, ''],
    ['SKU', { sku: 'X' }, 'sku'],
    ['weight', { weightGrams: 0 }, 'weightGrams'],
    ['day', { shipsFrom: 'soon' }, 'shipsFrom'],
  ])('with a wrong %s is refused', (_case, body, field) =>
    api.refused(['PATCH', '/v1/products/TEA-100', body], invalid(field)),
  );
});

it.each(['/v1/warehouses/NONE', '/v1/products/NONE'])('there is no %s', (path) =>
  api.refused(['PATCH', path, { name: 'x' }], { status: 404, type: 'not-found' }),
);
