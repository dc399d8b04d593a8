import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { berlin, openInbox, openSandbox, openShop, type Inbox, type Stage } from './support.ts';

let stage: Stage;
let inbox: Inbox;
beforeEach(async () => {
  stage = await openSandbox();
  inbox = await openInbox();
  await openShop(stage.client, 'demo', { webhooks: { url: inbox.url, topics: ['orders/create'] } });
});
afterEach(async () => {
  await stage.sandbox.close();
  await inbox.close();
});

const orders = async (count: number) => {
  const request = { lines: [{ sku: 'X', quantity: 1, price: '5' }], shippingAddress: berlin };
  const { ids } = await stage.client.shopify('demo').createOrders(count, request, true);
  return ids;
};
const told = () => inbox.received.map(({ body }) => JSON.parse(body).id as number);
const byId = (ids: number[]) => ids.toSorted((one, other) => one - other);

describe('deliveries', () => {
  it('arrive once each when nothing else is asked for', async () => {
    const ids = await orders(50);
    expect(byId(told())).toEqual(ids);
    expect((await stage.client.deliveries({ status: '200' })).length).toBe(50);
  });

  it('arrive twice with the same webhook id', async () => {
    await stage.client.deliveryRules({ duplicates: 1 });
    await orders(3);
    expect(inbox.received).toHaveLength(6);
    expect(new Set(inbox.received.map(({ headers }) => headers['x-shopify-webhook-id'])).size).toBe(3);
  });

  it('get lost, and the log says so', async () => {
    await stage.client.deliveryRules({ loss: 1 });
    await orders(3);
    expect(inbox.received).toEqual([]);
    expect((await stage.client.deliveries()).map(({ status, error }) => [status, error])).toEqual(
      Array(3).fill([null, 'lost on demand']),
    );
  });

  it('are held and let go in an order that the seed gives', async () => {
    const shuffle = async () => {
      inbox.received.length = 0;
      await stage.client.deliveryRules({ paused: true, concurrency: 1 });
      const ids = await orders(8);
      expect(inbox.received).toEqual([]);
      expect(await stage.client.releaseDeliveries(7)).toEqual({ released: 8 });
      await stage.client.deliveriesIdle();
      return told().map((id) => ids.indexOf(id));
    };
    const first = await shuffle();
    expect(first).not.toEqual(byId(first));
    expect(byId(first)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(await shuffle()).toEqual(first);
  });

  it('are reordered by delays', async () => {
    await stage.client.deliveryRules({ delayMs: [0, 40], seed: 3 });
    const ids = await orders(12);
    expect(byId(told())).toEqual(ids);
    expect(told()).not.toEqual(ids);
  });

  it('can be sent again in bulk, to any address', async () => {
    const ids = await orders(4);
    inbox.received.length = 0;
    const sent = await stage.client.shopify('demo').sendWebhooks({
      topic: 'orders/updated',
      orderIds: ids.slice(0, 2),
      copies: 3,
      shuffle: 1,
      wait: true,
    });
    expect([sent, inbox.received.length]).toEqual([{ sent: 6 }, 6]);
    expect(new Set(inbox.received.map(({ headers }) => headers['x-shopify-topic']))).toEqual(
      new Set(['orders/updated']),
    );
  });

  it('to an address that nobody answers are logged with the reason', async () => {
    await stage.client.shopify('demo').subscribe('http://127.0.0.1:1/none');
    await orders(1);
    const [failed] = await stage.client.deliveries();
    expect([failed!.status, failed!.error]).toEqual([null, expect.stringContaining('ECONNREFUSED')]);
  });
});
