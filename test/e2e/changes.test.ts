import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { WireOrder } from '../../api/schemas/orders.ts';
import {
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
import { act, deliverParcels, idOf, onceOrder, type OrderRef, reaches, show } from '../support/orders.ts';
import { startSystem, type System } from '../support/system.ts';

// What is waited for says itself what did not come.
jest.setTimeout(200_000);

/** What people, shops and carriers do in the middle of an order's way. */
describe('changes on the way', () => {
  let system: System;
  let ups: Awaited<ReturnType<typeof connectUps>>;
  let shop: Awaited<ReturnType<typeof connectShop>>;
  let site: Awaited<ReturnType<typeof connectSite>>;
  let customers = 100;
  beforeAll(async () => {
    system = await startSystem();
    ups = await connectUps(system);
    await warehouse(system, 'BER', ['DE']);
    shop = await connectShop(system, 'gamma', {
      policy: { review: { approvalAbove: { amount: '500.00', currency: 'EUR' } } },
    });
    site = await connectSite(system, 'delta');
    await product(system, 'VASE');
    await shop.createProduct({ sku: 'VASE', title: 'Vase', price: '20.00', stock: 100, grams: 400 });
    await site.createProduct({ sku: 'VASE', price: '20.00', stock: 100 });
    await receive(system, 'BER', { VASE: 100 });
  }, 120_000);
  afterAll(() => system?.stop());

  const sell = async (quantity = 1) => {
    const customer = person(customers++);
    const { id } = await shop.createOrder({
      lines: [{ sku: 'VASE', quantity }],
      shippingAddress: shopifyAddress(customer),
      email: customer.email,
    });
    return { id, order: { storeId: shop.storeId, externalId: id } };
  };
  const sellAtSite = async (quantity = 1) => {
    const customer = person(customers++);
    const { id } = await site.createOrder({
      lines: [{ sku: 'VASE', quantity }],
      shippingAddress: wooAddress(customer),
      email: customer.email,
    });
    return { id, order: { storeId: site.storeId, externalId: id } };
  };
  const claimed = async () =>
    (await system.sql<{ claimed: number }>('select claimed from stock_level'))[0]!.claimed;
  const labelsTo = async (name: string) =>
    (await ups.labels())
      .filter(({ to }) => to.name === name)
      .map(({ voided, trackingNumber }) => ({ voided, trackingNumber }));
  const told = (id: number) =>
    system.until('the shop knows', async () =>
      (await shop.order(id)).fulfillments.find(({ status }) => status === 'SUCCESS'),
    );

  it('cancels a labelled order: label voided, stock free, cancelled and refunded in the shop once', async () => {
    const before = await claimed();
    const { id, order } = await sell(2);
    const labelled = await reaches(system, order, 'labelled');
    await told(id);
    await act(system, order, 'cancel');
    const cancelled = await reaches(system, order, 'cancelled');
    expect(await labelsTo(labelled.shippingAddress!.name)).toEqual([
      { voided: true, trackingNumber: labelled.fulfillments[0]!.trackingNumber },
    ]);
    expect(await claimed()).toBe(before);
    const seen = await shop.order(id);
    expect(seen.cancelledAt).not.toBeNull();
    expect(seen.fulfillments.map(({ status }) => status)).toEqual(['CANCELLED']);
    expect(seen.refunds.flatMap(({ transactions }) => transactions).length).toBe(1);
    expect([seen.refunded, seen.received]).toEqual([4000, 4000]);
    expect(cancelled.refunds.map(({ state, amount }) => [state, amount.amount])).toEqual([['done', '40.00']]);
    await expect(act(system, order, 'cancel')).rejects.toThrow(/409/);
  });

  it('cancels a labelled WooCommerce order, and its customer gets the money once', async () => {
    const { id, order } = await sellAtSite(3);
    await reaches(system, order, 'labelled');
    await system.until('the shop knows', async () => (await site.order(id)).status === 'completed');
    await act(system, order, 'cancel');
    const cancelled = await reaches(system, order, 'cancelled');
    const seen = await site.order(id);
    expect(seen.refunds.map(({ amount, refundedPayment }) => [amount, refundedPayment])).toEqual([
      [6000, true],
    ]);
    expect(['cancelled', 'refunded']).toContain(seen.status);
    expect(cancelled.refunds.map(({ state, amount }) => [state, amount.amount])).toEqual([['done', '60.00']]);
  });

  it('unwinds an order that was cancelled and refunded in the shop, and refunds nothing itself', async () => {
    const { id, order } = await sell();
    const labelled = await reaches(system, order, 'labelled');
    await told(id);
    const [fulfillment] = (await shop.order(id)).fulfillments;
    await shop.cancelFulfillment(id, fulfillment!.id);
    await shop.cancel(id, { reason: 'CUSTOMER', refund: true, restock: false });
    const cancelled = await reaches(system, order, 'cancelled');
    expect((await labelsTo(labelled.shippingAddress!.name)).map(({ voided }) => voided)).toEqual([true]);
    expect((await shop.order(id)).refunded).toBe(2000);
    const refunds = async () =>
      (await show(system, order)).refunds.map(({ state, amount }) => [state, amount.amount]);
    await system.until('the refund is known', async () => (await refunds()).length === 1);
    expect(await refunds()).toEqual([['done', '20.00']]);
    expect(cancelled.timeline.at(-1)!.actor).not.toBe('engine');
  });

  it('redoes what an edited address overtakes: old label voided, one new, the shop told of it alone', async () => {
    const { id, order } = await sell();
    const labelled = await reaches(system, order, 'labelled');
    await told(id);
    const moved = person(customers++);
    await shop.edit(id, { shippingAddress: shopifyAddress(moved) });
    const old = labelled.fulfillments[0]!.trackingNumber;
    const redone = await onceOrder(
      system,
      order,
      'labelled anew',
      ({ stage, condition, fulfillments }) =>
        stage === 'labelled' &&
        condition === 'none' &&
        fulfillments.some(({ stage: one, trackingNumber }) => one === 'labelled' && trackingNumber !== old),
    );
    const now = redone.fulfillments.find(({ stage }) => stage === 'labelled')!.trackingNumber;
    expect(await labelsTo(labelled.shippingAddress!.name)).toEqual([{ voided: true, trackingNumber: old }]);
    expect(await labelsTo(`${moved.firstName} ${moved.lastName}`)).toEqual([
      { voided: false, trackingNumber: now },
    ]);
    const known = () =>
      shop
        .order(id)
        .then(({ fulfillments }) =>
          fulfillments.map(({ status, tracking }) => [status, ...tracking.numbers]),
        );
    await system.until('the shop knows the new one', async () => (await known()).length === 2);
    expect(await known()).toEqual([
      ['CANCELLED', old],
      ['SUCCESS', now],
    ]);
    await deliverParcels(system, {
      ...redone,
      fulfillments: redone.fulfillments.filter((one) => one.stage === 'labelled'),
    });
    await reaches(system, order, 'closed');
  });

  const labelledAnew = (order: OrderRef, old: string | null) =>
    onceOrder(
      system,
      order,
      'labelled anew',
      ({ stage, condition, fulfillments }) =>
        stage === 'labelled' &&
        condition === 'none' &&
        fulfillments.some((one) => one.stage === 'labelled' && one.trackingNumber !== old),
    );
  const liveOf = (order: WireOrder) => order.fulfillments.filter(({ stage }) => stage === 'labelled');

  it.each(['shopify', 'woocommerce'] as const)(
    'ships to the address that a person here gave: a new label, and the %s shop shows it',
    async (platform) => {
      const { id, order } = await (platform === 'shopify' ? sell() : sellAtSite());
      const labelled = await reaches(system, order, 'labelled');
      const moved = person(customers++);
      const name = `${moved.firstName} ${moved.lastName}`;
      const address = { name, line1: 'Neue Gasse 9', city: 'Leipzig', postalCode: '04109', country: 'DE' };
      await act(system, order, 'change-address', { address });
      const redone = await labelledAnew(order, labelled.fulfillments[0]!.trackingNumber);
      expect((await labelsTo(labelled.shippingAddress!.name)).map(({ voided }) => voided)).toEqual([true]);
      expect(await labelsTo(name)).toEqual([
        { voided: false, trackingNumber: liveOf(redone)[0]!.trackingNumber },
      ]);
      const shown = async () => {
        if (platform === 'shopify') return (await shop.order(id)).shippingAddress?.address1;
        return (await site.order(id)).shipping.address_1;
      };
      await system.until('the shop shows it', async () => (await shown()) === address.line1);
      await deliverParcels(system, { ...redone, fulfillments: liveOf(redone) });
      expect((await reaches(system, order, 'closed')).shippingAddress).toEqual(address);
      expect(await labelsTo(name)).toHaveLength(1);
    },
  );

  it.each(['shopify', 'woocommerce'] as const)(
    'ships less of a %s order: a new label for the rest, and the customer gets the price of what was dropped, once',
    async (platform) => {
      const before = await claimed();
      const { id, order } = await (platform === 'shopify' ? sell(3) : sellAtSite(3));
      const labelled = await reaches(system, order, 'labelled');
      const [line] = labelled.lines;
      await act(system, order, 'edit-lines', { lines: [{ externalId: line!.externalId, quantity: 1 }] });
      const redone = await labelledAnew(order, labelled.fulfillments[0]!.trackingNumber);
      expect(liveOf(redone).map(({ lines }) => lines.map(({ quantity }) => quantity))).toEqual([[1]]);
      expect(redone.lines.map(({ toShip, leftReason }) => [toShip, leftReason])).toEqual([
        [1, 'dropped-here'],
      ]);
      expect(await claimed()).toBe(before + 1);
      const refunded = async () => (await (platform === 'shopify' ? shop : site).order(id)).refunded;
      await system.until('the money is back', async () => (await refunded()) === 4000);
      await deliverParcels(system, { ...redone, fulfillments: liveOf(redone) });
      const closed = await reaches(system, order, 'closed');
      expect(closed.refunds.map(({ state, amount }) => [state, amount.amount])).toEqual([['done', '40.00']]);
      expect(await refunded()).toBe(4000);
      if (platform === 'woocommerce')
        expect((await site.order(id)).notes.map(({ note }) => note)).toContainEqual(
          expect.stringContaining('Not shipped any more: 2 × VASE. as agreed'),
        );
      else expect((await shop.order(id)).lines.map(({ currentQuantity }) => currentQuantity)).toEqual([1]);
    },
  );

  it('gives money back after the end, and never more than was taken', async () => {
    const { id, order } = await sell();
    await deliverParcels(system, await reaches(system, order, 'labelled'));
    await reaches(system, order, 'closed');
    const ask = (amount?: string) =>
      act(system, order, 'refund', amount === undefined ? {} : { amount: { amount, currency: 'EUR' } });
    await ask('5.00');
    await Promise.allSettled([ask('8.00'), ask('8.00'), ask('8.00')]);
    const refunded = async () => (await shop.order(id)).refunded;
    await system.until('what fits is back', async () => (await refunded()) === 1300);
    await expect(ask('8.00')).rejects.toThrow(/Only 7.00 EUR is left to give back, not 8.00 EUR/);
    await ask();
    await system.until('all is back', async () => (await refunded()) === 2000);
    await expect(ask()).rejects.toThrow(/Nothing is left to give back/);
    expect((await show(system, order)).stage).toBe('closed');
  });

  it('holds an order of high value until it is approved', async () => {
    const { order } = await sell(30);
    const held = await onceOrder(system, order, 'held', ({ condition }) => condition === 'held');
    expect([held.stage, held.fulfillments, held.why.possible]).toEqual([
      'received',
      [],
      expect.arrayContaining(['approve', 'cancel']),
    ]);
    expect(held.why.waitingFor).toContain('500.00 EUR or more need approval');
    await act(system, order, 'approve');
    const labelled = await reaches(system, order, 'labelled');
    expect(labelled.fulfillments).toHaveLength(1);
  });

  it('parks what the carrier refuses in plain sight, and goes on when a person says retry', async () => {
    await system.sandbox.fault({
      operation: 'ups.ship',
      fault: 'refuse',
      code: '120100',
      message: 'Missing or invalid shipper number',
    });
    const { order } = await sell();
    const parked = await onceOrder(
      system,
      order,
      'parked',
      ({ condition }) => condition === 'needs_attention',
    );
    expect([
      parked.stage,
      parked.attention.map(({ step, reason, actions }) => [step, reason, actions]),
    ]).toEqual(['allocated', [['label', 'ups_refused', ['retry', 'cancel']]]]);
    expect(parked.attention[0]!.lastError).toContain('Missing or invalid shipper number');
    await system.sandbox.clearFaults();
    await act(system, order, 'retry', { attentionId: parked.attention[0]!.id });
    const labelled = await reaches(system, order, 'labelled');
    expect(await labelsTo(labelled.shippingAddress!.name)).toHaveLength(1);
    await expect(act(system, order, 'retry')).rejects.toThrow(/409/);
  });

  it.each(['reset-after', '5xx-after', 'malformed'] as const)(
    'pays once when the answer to a purchase is lost by %s',
    async (fault) => {
      await system.sandbox.fault({ operation: 'ups.ship', fault, times: 1 });
      const { order } = await sell();
      const labelled = await reaches(system, order, 'labelled');
      expect(await labelsTo(labelled.shippingAddress!.name)).toEqual([
        { voided: false, trackingNumber: labelled.fulfillments[0]!.trackingNumber },
      ]);
      expect((await system.sandbox.faultHits()).map(({ kind }) => kind)).toEqual([fault]);
      await system.sandbox.clearFaults();
    },
  );

  it('takes a webhook while Temporal is down, answers 200, and delivers it later', async () => {
    await system.victims.temporal.kill();
    const { id, order } = await sell();
    const answered = await system.until('answered', async () =>
      (await system.sandbox.deliveries({ topic: 'orders/create', resource: String(id) })).find(
        ({ status }) => status !== null,
      ),
    );
    expect(answered.status).toBe(200);
    expect(
      await system.sql('select topic, state from inbox where order_external_id = $1 order by topic', [
        String(id),
      ]),
    ).toEqual(expect.arrayContaining([{ topic: 'orders/create', state: 'received' }]));
    await system.victims.temporal.restart();
    await reaches(system, order, 'labelled');
  });

  it('a hand-over and a cancel, each said many times at once: one of them holds, and all answers are clear', async () => {
    const shipped = async () =>
      (await system.sql<{ n: number }>(`select count(*)::int as n from claim where state = 'shipped'`))[0]!.n;
    for (let round = 0; round < 4; round++) {
      const before = await shipped();
      const { id, order } = await sell();
      const [fulfillment] = (await reaches(system, order, 'labelled')).fulfillments;
      await told(id);
      const say = (path: string) => system.api.post(path, { reason: 'now' });
      const answers = await Promise.allSettled([
        ...Array.from({ length: 6 }, () => say(`/v1/fulfillments/${fulfillment!.id}/ship`)),
        ...Array.from({ length: 6 }, () => say(`/v1/orders/${idOf(order)}/cancel`)),
      ]);
      const refusals = answers.flatMap((answer) =>
        answer.status === 'rejected' ? [String(answer.reason)] : [],
      );
      expect(refusals.filter((said) => !said.includes('answered 409'))).toEqual([]);
      expect(refusals.length).toBeLessThan(answers.length);
      const { stage } = await onceOrder(
        system,
        order,
        'one of the two, and nothing in its way',
        (one) => ['shipped', 'cancelled'].includes(one.stage) && one.condition === 'none',
      );
      expect((await shipped()) - before).toBe(stage === 'shipped' ? 1 : 0);
    }
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
