import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { watchStock } from '../../../db/alerts/watch.ts';
import { invalid, startStocked, type Stocked } from './refused.ts';
import { product } from './samples.ts';

let api: Stocked;
beforeAll(async () => {
  api = await startStocked();
});
afterAll(() => api.close());

const settings = {
  ...{ reorderPoint: 20, leadTimeDays: 7, supplier: 'Leaf & Co' },
  unitCost: { amount: '3.20', currency: 'EUR' },
};
const set = (sku: string, reorderPoint: number) =>
  api.send('PUT', `/v1/replenishment/BER/${sku}`, { ...settings, reorderPoint });
const idsOf = async (query: string) =>
  (await api.send('GET', `/v1/alerts${query}`)).body.items.map(({ id }: { id: string }) => id) as string[];

describe('alerts', () => {
  it('are listed, filtered and shown', async () => {
    await api.send('POST', '/v1/products', { ...product, sku: 'TEA-200' });
    await set('TEA-100', 40);
    await set('TEA-200', 0);
    await watchStock(api.orm, new Date(), 30);
    await set('TEA-100', 39);
    await watchStock(api.orm, new Date(), 30);
    const { body } = await api.send('GET', '/v1/alerts');
    const [open, closed] = body.items as { id: string; sku: string; closedAt: string | null }[];
    expect([open!.sku, open!.closedAt, closed!.sku]).toEqual(['TEA-200', null, 'TEA-100']);
    expect(await idsOf('?open=true')).toEqual([open!.id]);
    expect(await idsOf('?open=false&warehouse=BER')).toEqual([closed!.id]);
    expect(await idsOf('?kind=lot_expiring')).toEqual([]);
    expect(await idsOf('?sku=TEA-100')).toEqual([closed!.id]);
    const first = await api.send('GET', '/v1/alerts?limit=1');
    expect(await idsOf(`?limit=1&cursor=${first.body.nextCursor}`)).toEqual([closed!.id]);
    const shown = await api.send('GET', `/v1/alerts/${open!.id}`);
    expect(shown.body).toEqual({ ...open, deliveries: [] });
  });

  it.each([
    ['open=maybe', 'open'],
    ['kind=theft', 'kind'],
    ['cursor=x', 'cursor'],
  ])('by %s are refused', (query, field) => api.refused(['GET', `/v1/alerts?${query}`], invalid(field)));

  it('that are not there are not found', () =>
    api.refused(['GET', `/v1/alerts/${randomUUID()}`], { status: 404, type: 'not-found' }));
});
