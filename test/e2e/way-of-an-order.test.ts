import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  apiAddress,
  connectManual,
  connectShop,
  connectSite,
  connectUps,
  person,
  product,
  receive,
  shopifyAddress,
  warehouse,
  wooAddress,
} from '../support/commerce.ts';
import { expectLabelsPaidOnce, expectNoWebhookMissing, expectStockAddsUp } from '../support/invariants.ts';
import { deliverParcels, onceOrder, reaches, show } from '../support/orders.ts';
import { startSystem, type System } from '../support/system.ts';

/** From the shop's checkout to the last posting, every process and protocol real. */
describe('the way of an order', () => {
  let system: System;
  let shop: Awaited<ReturnType<typeof connectShop>>;
  let site: Awaited<ReturnType<typeof connectSite>>;
  beforeAll(async () => {
    system = await startSystem();
    await connectUps(system);
    await warehouse(system, 'BER', ['DE', 'AT'], 10);
    await warehouse(system, 'HAM', ['DE'], 20);
    shop = await connectShop(system, 'alpha');
    site = await connectSite(system, 'beta');
    for (const sku of ['MUG', 'POT', 'LID', 'JAR']) {
      await product(system, sku);
      await shop.createProduct({ sku, title: sku, price: '12.00', stock: 0, grams: 400 });
      await site.createProduct({ sku, price: '12.00', stock: 0 });
    }
  }, 120_000);
  afterAll(() => system?.stop());

  const shopAvailable = async (sku: string) =>
    (await shop.products())
      .find((one) => one.sku === sku)!
      .levels.map(({ available }) => available)
      .reduce((sum, available) => sum + available, 0);
  const siteStock = async (sku: string) => (await site.products()).find((one) => one.sku === sku)!.stock;
  const offered = (sku: string, units: number) =>
    system.until(`both shops offer ${units} of ${sku}`, async () => {
      const seen = [await shopAvailable(sku), await siteStock(sku)];
      return seen.every((one) => one === units);
    });
  const levels = (sku: string) =>
    system.sql(
      'select warehouse, on_hand, claimed from stock_level where sku = $1 and on_hand + claimed > 0 order by 1',
      [sku],
    );

  it('takes a Shopify order to its end, tells the shop, and offers what is left in both shops', async () => {
    await receive(system, 'BER', { MUG: 10 });
    await offered('MUG', 10);

    const sale = await shop.createOrder({
      lines: [{ sku: 'MUG', quantity: 3 }],
      shippingAddress: shopifyAddress(person(0)),
      email: person(0).email,
      shippingPrice: '4.90',
      taxRate: 0.19,
    });
    const order = { storeId: shop.storeId, externalId: sale.id };
    const labelled = await reaches(system, order, 'labelled');
    const [fulfillment] = labelled.fulfillments;
    await offered('MUG', 7);
    expect(await levels('MUG')).toEqual([{ warehouse: 'BER', on_hand: 10, claimed: 3 }]);
    const told = await system.until('the shop knows', async () =>
      (await shop.order(sale.id)).fulfillments.find(({ status }) => status === 'SUCCESS'),
    );
    expect(told.tracking.numbers).toEqual([fulfillment!.trackingNumber]);

    await deliverParcels(system, labelled);
    const closed = await reaches(system, order, 'closed');
    expect(closed.timeline.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['captured', 'reviewed', 'allocated', 'label_bought', 'store_told', 'shipped']),
    );
    expect(closed.timeline.at(-1)!.what).toBe('closed');
    expect(closed.payments.map(({ kind, amount }) => [kind, amount])).toEqual([
      ['capture', { amount: '40.90', currency: 'EUR' }],
    ]);
    expect(await levels('MUG')).toEqual([{ warehouse: 'BER', on_hand: 7, claimed: 0 }]);
    await offered('MUG', 7);
    expect((await shop.order(sale.id)).fulfillmentStatus).toBe('FULFILLED');
  });

  it('takes a WooCommerce order to its end, completes it in the shop, and writes its tracking there', async () => {
    await receive(system, 'BER', { POT: 5 });
    await offered('POT', 5);
    const sale = await site.createOrder({
      lines: [{ sku: 'POT', quantity: 2 }],
      shippingAddress: wooAddress(person(1)),
      email: person(1).email,
      shippingPrice: '3.90',
      taxRate: 0.19,
    });
    const order = { storeId: site.storeId, externalId: sale.id };
    const labelled = await reaches(system, order, 'labelled');
    await offered('POT', 3);
    const told = await system.until('the shop knows', async () => {
      const one = await site.order(sale.id);
      return one.status === 'completed' ? one : null;
    });
    const tracking = told.meta.find(({ key }) => key === '_wc_shipment_tracking_items')!.value;
    expect(tracking).toEqual([
      expect.objectContaining({ tracking_number: labelled.fulfillments[0]!.trackingNumber }),
    ]);
    await deliverParcels(system, labelled);
    const closed = await reaches(system, order, 'closed');
    expect(closed.payments.map(({ kind, amount }) => [kind, amount])).toEqual([
      ['capture', { amount: '27.90', currency: 'EUR' }],
    ]);
    expect(await levels('POT')).toEqual([{ warehouse: 'BER', on_hand: 3, claimed: 0 }]);
    await offered('POT', 3);
  });

  it('splits an order over two warehouses: two labels, two fulfillments in the shop, one end', async () => {
    await receive(system, 'BER', { LID: 2 });
    await receive(system, 'HAM', { LID: 2, JAR: 1 });
    await offered('LID', 4);
    const sale = await shop.createOrder({
      lines: [
        { sku: 'LID', quantity: 3 },
        { sku: 'JAR', quantity: 1 },
      ],
      shippingAddress: shopifyAddress(person(2)),
      email: person(2).email,
    });
    const order = { storeId: shop.storeId, externalId: sale.id };
    const labelled = await reaches(system, order, 'labelled');
    const codes = labelled.fulfillments.map(({ warehouse: code }) => code);
    expect(new Set(codes)).toEqual(new Set(['BER', 'HAM']));
    const units = labelled.fulfillments.flatMap(({ lines }) => lines.map(({ quantity }) => quantity));
    expect(units.reduce((sum, one) => sum + one, 0)).toBe(4);
    const numbers = new Set(labelled.fulfillments.map(({ trackingNumber }) => trackingNumber));
    expect(numbers.size).toBe(2);
    await system.until('the shop knows both', async () => {
      const { fulfillments } = await shop.order(sale.id);
      const seen = fulfillments.flatMap(({ tracking }) => tracking.numbers);
      return seen.length === 2 && seen.every((number) => numbers.has(number));
    });
    await deliverParcels(system, labelled);
    await reaches(system, order, 'closed');
    expect((await shop.order(sale.id)).fulfillmentStatus).toBe('FULFILLED');
    await offered('LID', 1);
    await offered('JAR', 0);
  });

  it('takes what was sold in one shop off the other, and back when it is cancelled', async () => {
    await product(system, 'CUP');
    await shop.createProduct({ sku: 'CUP', title: 'Cup', price: '5.00', stock: 0, grams: 200 });
    await site.createProduct({ sku: 'CUP', price: '5.00', stock: 0 });
    await receive(system, 'BER', { CUP: 6 });
    await offered('CUP', 6);
    const sale = await site.createOrder({
      lines: [{ sku: 'CUP', quantity: 2 }],
      shippingAddress: wooAddress(person(4)),
      email: person(4).email,
    });
    await offered('CUP', 4);
    await site.cancel(sale.id);
    const order = { storeId: site.storeId, externalId: sale.id };
    await onceOrder(system, order, 'cancelled', ({ stage }) => stage === 'cancelled');
    await offered('CUP', 6);
  });

  it('takes an order handed in by the API to a carrier without scans, handed over by a person', async () => {
    await connectManual(system);
    await product(system, 'BOWL');
    await receive(system, 'HAM', { BOWL: 4 });
    const { id: storeId } = await system.api.post<{ id: string }>('/v1/stores', {
      name: 'Counter',
      platform: 'api',
      currency: 'EUR',
      policy: { deadlines: { untrackedDays: 1 } },
    });
    await system.api.post('/v1/orders', {
      store: storeId,
      externalId: 'C-1',
      currency: 'EUR',
      lines: [{ sku: 'BOWL', quantity: 1, unitPrice: '9.00' }],
      shippingAddress: apiAddress(person(3)),
      payment: { state: 'paid' },
      customer: { email: person(3).email },
    });
    const order = { storeId, externalId: 'C-1' };
    const labelled = await reaches(system, order, 'labelled');
    const [fulfillment] = labelled.fulfillments;
    expect([fulfillment!.carrier, fulfillment!.warehouse]).toEqual(['manual', 'HAM']);
    await system.api.post(`/v1/fulfillments/${fulfillment!.id}/ship`, {
      reason: 'driver took it',
      trackingNumber: 'VAN-77',
    });
    const shipped = await reaches(system, order, 'shipped');
    expect(shipped.fulfillments[0]!.trackingNumber).toBe('VAN-77');
    expect(await levels('BOWL')).toEqual([{ warehouse: 'HAM', on_hand: 3, claimed: 0 }]);
    await expect(
      system.api.post(`/v1/fulfillments/${fulfillment!.id}/ship`, { reason: 'once more' }),
    ).rejects.toThrow(/409/);
    expect((await show(system, order)).stage).toBe('shipped');
  });

  it('leaves books that add up: stock, labels paid for, webhooks answered', async () => {
    await expectStockAddsUp(system);
    await expectLabelsPaidOnce(system);
    await system.until('all mail is read', async () => {
      await expectNoWebhookMissing(system);
      return true;
    });
  });
});
