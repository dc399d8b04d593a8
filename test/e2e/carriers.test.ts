import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  connectShop,
  connectUps,
  person,
  product,
  receive,
  shopifyAddress,
  warehouse,
} from '../support/commerce.ts';
import { onceOrder, reaches } from '../support/orders.ts';
import { startSystem, type System } from '../support/system.ts';

/** UPS, and beside it a courier who goes to Luxembourg alone. */
describe('a carrier that can not answer, where no other offers anything', () => {
  let system: System;
  let shop: Awaited<ReturnType<typeof connectShop>>;
  beforeAll(async () => {
    system = await startSystem();
    await connectUps(system);
    const services = [{ code: 'van', name: 'Own van', price: '0.50', currency: 'EUR', countries: ['LU'] }];
    await system.api.post('/v1/carriers', { carrier: 'manual', name: 'van', credentials: { services } });
    await warehouse(system, 'BER', ['DE', 'LU']);
    await product(system, 'MUG');
    await receive(system, 'BER', { MUG: 10 });
    shop = await connectShop(system, 'alpha');
    await shop.createProduct({ sku: 'MUG', title: 'Mug', price: '12.00', stock: 10, grams: 400 });
  }, 120_000);
  afterAll(() => system?.stop());

  async function sell(n: number, postalCode: string, country = 'DE') {
    const address = { ...person(n, country), postalCode };
    const { id } = await shop.createOrder({
      lines: [{ sku: 'MUG', quantity: 1 }],
      email: address.email,
      shippingAddress: shopifyAddress(address),
    });
    return { storeId: shop.storeId, externalId: id };
  }

  it('is waited for', async () => {
    await system.sandbox.fault({ operation: 'ups.rate', fault: '5xx', times: 3 });
    const order = await reaches(system, await sell(1, '20095'), 'labelled');
    expect(order.fulfillments.map(({ carrier }) => carrier)).toEqual(['ups']);
    expect(order.timeline.map(({ what }) => what)).not.toContain('needs_attention');
  });

  it('is left out where another offers something', async () => {
    await system.sandbox.fault({ operation: 'ups.rate', fault: '5xx', times: 1_000 });
    const order = await reaches(system, await sell(2, '1611', 'LU'), 'labelled');
    await system.sandbox.clearFaults();
    expect(order.fulfillments.map(({ carrier }) => carrier)).toEqual(['manual']);
  });

  it('says why it refuses', async () => {
    const sold = await sell(3, '2009');
    const parked = await onceOrder(
      system,
      sold,
      'parked',
      ({ condition }) => condition === 'needs_attention',
    );
    expect(parked.attention.map(({ step, reason }) => [step, reason])).toEqual([['label', 'ups_refused']]);
    expect(parked.attention[0]!.lastError).toContain('111285');
  });
});
