import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  connectShop,
  connectUps,
  person,
  product,
  receive,
  shopifyAddress,
  warehouse,
} from '../support/commerce.ts';
import { act, onceOrder, type OrderRef, reaches } from '../support/orders.ts';
import { startSystem, type System } from '../support/system.ts';

// What is waited for says itself what did not come.
jest.setTimeout(200_000);

/** Shopify counts what a person or an app there has put on hold as nothing to fulfill. It is neither sent nor forgotten. */
describe('an order that the shop holds', () => {
  let system: System;
  let shop: Awaited<ReturnType<typeof connectShop>>;
  let customers = 700;
  beforeAll(async () => {
    system = await startSystem();
    await connectUps(system);
    await warehouse(system, 'BER', ['DE']);
    shop = await connectShop(system, 'holding', {
      policy: { review: { approvalAbove: { amount: '500.00', currency: 'EUR' } } },
    });
    for (const sku of ['VASE', 'RARE']) {
      await product(system, sku);
      await shop.createProduct({ sku, title: sku, price: '20.00', stock: 100, grams: 400 });
    }
    await receive(system, 'BER', { VASE: 100 });
  }, 120_000);
  afterAll(() => system?.stop());

  const sell = async (quantity: number, more: { sku?: string; hold?: string } = {}) => {
    const customer = person(customers++);
    const { sku = 'VASE', ...rest } = more;
    const { id } = await shop.createOrder({
      lines: [{ sku, quantity }],
      shippingAddress: shopifyAddress(customer),
      email: customer.email,
      ...rest,
    });
    return { id, order: { storeId: shop.storeId, externalId: id } };
  };
  const held = (order: OrderRef, why: string) =>
    onceOrder(
      system,
      order,
      `held: ${why}`,
      (one) => one.condition === 'held' && (one.why.waitingFor ?? '').includes(why),
    );
  const labels = async (order: OrderRef) =>
    (await onceOrder(system, order, 'there', () => true)).fulfillments.map(
      ({ trackingNumber }) => trackingNumber,
    );

  it('from its first moment on waits for its release there, and is then sent', async () => {
    const { id, order } = await sell(2, { hold: 'ONLINE_STORE_POST_PURCHASE_CROSS_SELL' });
    const seen = await held(order, 'held by the shop (online store post purchase cross sell)');
    expect([seen.disposition, seen.fulfillments]).toEqual(['fulfill', []]);
    await shop.edit(id, { hold: null });
    const labelled = await reaches(system, order, 'labelled');
    expect(labelled.lines.map(({ sku, toShip }) => [sku, toShip])).toEqual([['VASE', 2]]);
    expect(
      labelled.timeline.map(({ what, detail }) => (what === 'content_changed' ? detail : what)),
    ).toContain('Content version 2: not held by the shop any more');
  });

  it('and could not be asked about is recorded as fulfilled, and sent once it is released all the same', async () => {
    const { id: fault } = await system.sandbox.fault({ operation: 'shopify.Order', fault: '5xx' });
    const { id, order } = await sell(2, { hold: 'OTHER' });
    const recorded = await onceOrder(
      system,
      order,
      'recorded',
      ({ disposition }) => disposition === 'record',
    );
    expect([recorded.recordReason, recorded.stage]).toEqual(['fulfilled-in-shop', 'closed']);
    await system.sandbox.clearFaults(fault);
    await shop.edit(id, { hold: null });
    await reaches(system, order, 'labelled');
  });

  it('since a moment ago is not taken to be fulfilled elsewhere, nor sent once approved here', async () => {
    const { id, order } = await sell(30);
    await held(order, 'need approval');
    await shop.edit(id, { hold: 'HIGH_RISK_OF_FRAUD' });
    await held(order, 'held by the shop (high risk of fraud)');
    await shop.edit(id, { hold: null });
    await held(order, 'need approval');
    await act(system, order, 'approve');
    await reaches(system, order, 'labelled');
  });

  it('a moment ago, and could not be asked about, is closed and taken up again', async () => {
    const { id, order } = await sell(30);
    await held(order, 'need approval');
    const { id: fault } = await system.sandbox.fault({ operation: 'shopify.Order', fault: '5xx' });
    await shop.edit(id, { hold: 'OTHER' });
    await onceOrder(system, order, 'closed', ({ stage }) => stage === 'closed');
    await system.sandbox.clearFaults(fault);
    await shop.edit(id, { hold: null });
    await held(order, 'need approval');
    await act(system, order, 'approve');
    await reaches(system, order, 'labelled');
  });

  it('while it waits for stock gets its stock, and no label; unless a person here wants it sent all the same', async () => {
    const { id, order } = await sell(1, { sku: 'RARE' });
    const other = await sell(1, { sku: 'RARE' });
    const waits = (one: OrderRef) =>
      onceOrder(system, one, 'waits for stock', ({ condition }) => condition === 'awaiting_stock');
    for (const one of [order, other.order]) await waits(one);
    for (const one of [id, other.id]) {
      await shop.edit(one, { hold: 'OTHER' });
      await system.until('it is known', async () =>
        (
          await system.sql(
            `select 1 from orders o join order_version v on v.order_id = o.id and v.version = o.version
             where o.external_id = $1 and v.snapshot -> 'holds' = '["other"]'`,
            [String(one)],
          )
        ).at(0),
      );
    }
    await receive(system, 'BER', { RARE: 2 });
    for (const one of [order, other.order]) {
      await held(one, 'The shop holds it');
      expect(await labels(one)).toEqual([]);
    }
    await shop.edit(id, { hold: null });
    await reaches(system, order, 'labelled');
    await act(system, other.order, 'approve');
    const asked = await onceOrder(
      system,
      other.order,
      'refused by the shop',
      ({ attention }) => attention.length > 0,
    );
    expect(asked.attention.map(({ step, lastError }) => [step, lastError])).toEqual([
      ['announce', expect.stringContaining('unfulfillable status= on_hold')],
    ]);
    await shop.edit(other.id, { hold: null });
    await act(system, other.order, 'retry');
    await reaches(system, other.order, 'labelled');
  });
});
