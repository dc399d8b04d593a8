import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { invalid, startStocked, type Stocked } from './refused.ts';

let api: Stocked;
beforeAll(async () => {
  api = await startStocked();
});
afterAll(() => api.close());

const question = { country: 'DE', lines: [{ sku: 'TEA-100', quantity: 2 }] };

describe('POST /v1/allocation/preview', () => {
  it('answers where it would ship from, and changes nothing', async () => {
    const before = await api.contents();
    const { status, body } = await api.send('POST', '/v1/allocation/preview', {
      ...question,
      store: api.store,
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      possible: true,
      objective: 'nearest',
      short: [],
      fulfillments: [
        {
          warehouse: 'BER',
          lines: question.lines,
          shipDay: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
          deliveryDay: null,
          late: false,
          parcels: [
            {
              box: null,
              weightGrams: 340,
              dimensionsMm: expect.any(Object),
              items: question.lines,
            },
          ],
          handling: { amount: '0.00', currency: 'EUR' },
          shipping: null,
        },
      ],
      cost: null,
      exact: true,
      gap: 0,
      warehouses: [{ warehouse: 'BER', chosen: true, why: null }],
    });
    expect(await api.contents()).toEqual(before);
  });

  it('says what it would cost where rate cards tell', async () => {
    await api.send('POST', '/v1/rate-cards', {
      ...{ warehouse: 'BER', carrier: 'ups', service: '11', name: 'x', countries: ['*'], transitDays: 2 },
      brackets: [{ upToGrams: 1_000, price: { amount: '4.20', currency: 'EUR' } }],
    });
    await api.send('PATCH', '/v1/warehouses/BER', { handlingCost: { amount: '0.80', currency: 'EUR' } });
    const { body } = await api.send('POST', '/v1/allocation/preview', { ...question, objective: 'cheapest' });
    expect([body.objective, body.cost]).toEqual(['cheapest', { amount: '5.00', currency: 'EUR' }]);
    const without = { ...question, exclude: ['BER'] };
    expect((await api.send('POST', '/v1/allocation/preview', without)).body).toMatchObject({
      possible: false,
      short: [{ sku: 'TEA-100', missing: 2 }],
      warehouses: [{ warehouse: 'BER', why: { code: 'excluded', message: 'It was left out.' } }],
    });
  });

  it.each([
    ['store', { store: randomUUID() }, 'store'],
    ['country', { country: 'XX' }, 'country'],
    ['line', { lines: [] }, 'lines'],
    ['SKU', { lines: [{ sku: 'NONE', quantity: 1 }] }, 'lines.0.sku'],
    ['quantity', { lines: [{ sku: 'TEA-100', quantity: 0 }] }, 'lines.0.quantity'],
    ['objective', { objective: 'dearest' }, 'objective'],
    ['warehouse', { exclude: ['NONE'] }, 'exclude.0'],
    ['field', { color: 'red' }, 'color'],
  ])('with a wrong %s is refused', (_case, change, field) =>
    api.refused(['POST', '/v1/allocation/preview', { ...question, ...change }], invalid(field)),
  );
});
