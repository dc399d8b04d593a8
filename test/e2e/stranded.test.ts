import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { orderWorkflowId } from '../../domain/workflow-ids.ts';
import {
  connectShop,
  connectUps,
  person,
  product,
  receive,
  shopifyAddress,
  warehouse,
} from '../support/commerce.ts';
import { act, deliverParcels, idOf, onceOrder, type OrderRef, reaches, show } from '../support/orders.ts';
import { startSystem, type System } from '../support/system.ts';

/** Orders whose workflows somebody terminated, each somewhere else on its way. */
describe('an order without a workflow', () => {
  let system: System;
  let shop: Awaited<ReturnType<typeof connectShop>>;
  const orders = {} as Record<'waiting' | 'parked' | 'held' | 'labelled' | 'shipped' | 'ended', OrderRef>;

  async function sell(n: number, sku: string, postalCode = '20095'): Promise<OrderRef> {
    const address = { ...person(n, 'DE'), postalCode };
    const { id } = await shop.createOrder({
      lines: [{ sku, quantity: 1 }],
      email: address.email,
      shippingAddress: shopifyAddress(address),
    });
    return { storeId: shop.storeId, externalId: id };
  }
  const workflowOf = ({ storeId, externalId }: OrderRef) => orderWorkflowId(storeId, String(externalId));
  const whatHappened = async (order: OrderRef) =>
    (await show(system, order)).timeline.map(({ what }) => what).filter((what) => what === 'resumed').length;

  beforeAll(async () => {
    system = await startSystem({ SWEEP_INTERVAL_SECONDS: '1' });
    await connectUps(system);
    await warehouse(system, 'BER', ['DE']);
    for (const sku of ['MUG', 'RARE']) await product(system, sku);
    await receive(system, 'BER', { MUG: 10 });
    shop = await connectShop(system, 'alpha');
    for (const sku of ['MUG', 'RARE'])
      await shop.createProduct({ sku, title: sku, price: '12.00', stock: 10, grams: 400 });
    orders.waiting = await sell(1, 'RARE');
    orders.parked = await sell(2, 'MUG', '2009');
    orders.held = await sell(3, 'MUG');
    await reaches(system, orders.held, 'labelled');
    await act(system, orders.held, 'hold');
    orders.labelled = await sell(4, 'MUG');
    orders.shipped = await sell(5, 'MUG');
    orders.ended = await sell(6, 'MUG');
    for (const order of [orders.shipped, orders.ended]) {
      const [fulfillment] = (await reaches(system, order, 'labelled')).fulfillments;
      await system.api.post(`/v1/fulfillments/${fulfillment!.id}/ship`, { reason: 'collected' });
      await reaches(system, order, 'shipped');
    }
    await deliverParcels(system, await show(system, orders.ended));
    await reaches(system, orders.ended, 'closed');
    await reaches(system, orders.labelled, 'labelled');
    const stopped = ({ condition }: { condition: string }) => condition !== 'none';
    for (const order of [orders.waiting, orders.parked, orders.held])
      await onceOrder(system, order, 'stopped', stopped);
    await system.temporal(async (client) => {
      for (const [name, order] of Object.entries(orders))
        if (name !== 'ended') await client.workflow.getHandle(workflowOf(order)).terminate('by hand');
    });
    for (const [name, order] of Object.entries(orders))
      if (name !== 'ended')
        await system.until(`${name} is resumed`, async () => (await whatHappened(order)) === 1);
  }, 120_000);
  afterAll(() => system?.stop());

  it('waits for its stock as before, and is served', async () => {
    await onceOrder(system, orders.waiting, 'waits', ({ condition }) => condition === 'awaiting_stock');
    await receive(system, 'BER', { RARE: 1 });
    await reaches(system, orders.waiting, 'labelled');
  });

  it('asks a person anew, and only once', async () => {
    const asks = await onceOrder(
      system,
      orders.parked,
      'asks',
      ({ condition, attention }) => condition === 'needs_attention' && attention.length === 1,
    );
    expect(asks.attention.map(({ reason }) => reason)).toEqual(['ups_refused']);
    await act(system, orders.parked, 'cancel');
    await onceOrder(system, orders.parked, 'cancelled', ({ stage }) => stage === 'cancelled');
  });

  it('stays on hold until it is released', async () => {
    await onceOrder(system, orders.held, 'held', ({ condition }) => condition === 'held');
    await act(system, orders.held, 'release');
    await reaches(system, orders.held, 'labelled');
  });

  it('goes on to its end from the label, and from the hand-over, paying nothing twice', async () => {
    for (const order of [orders.labelled, orders.shipped]) {
      await deliverParcels(system, await show(system, order));
      await reaches(system, order, 'closed');
    }
    const labels = await system.sql<{ n: number }>(
      `select count(*)::int as n from label l join label_purchase p on p.id = l.purchase_id join parcel c on c.id = p.parcel_id
       join fulfillment f on f.id = c.fulfillment_id where f.order_id = any($1) group by f.order_id order by 1`,
      [[orders.labelled, orders.shipped, orders.held].map(idOf)],
    );
    expect(labels).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }]);
  });

  it('that has ended is left alone', async () => {
    expect(await whatHappened(orders.ended)).toBe(0);
    const all = await system.sql(`select count(*)::int as n from audit where what = 'resumed'`);
    expect(all).toEqual([{ n: 5 }]);
  });
});
