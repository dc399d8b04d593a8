import type { Client } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { noticeExpiringAuthorizations } from '../../../activities/authorizations.ts';
import { reconcile } from '../../../activities/money.ts';
import { refundAll } from '../../../activities/pay-back.ts';
import { capturePayment, readPayment } from '../../../activities/payments.ts';
import { PaymentAccountSchema } from '../../../db/entities/money.ts';
import { places } from '../../../db/secrets.ts';
import { sandboxClient, type SandboxClient } from '../../../sandbox/client.ts';
import { createSandbox, type Sandbox } from '../../../sandbox/sandbox.ts';
import { drainPaymentMail } from '../../../workers/loops/mail.ts';
import { createWorld, type World } from '../db/world.ts';

let world: World;
let sandbox: Sandbox;
let control: SandboxClient;
let shop: ReturnType<SandboxClient['stripe']>;
let storeId: string;

beforeAll(async () => {
  world = await createWorld();
  sandbox = await createSandbox();
  control = sandboxClient(sandbox.url);
  shop = control.stripe('tea');
});
afterAll(async () => {
  await sandbox.close();
  await world.close();
});
afterEach(async () => {
  await control.clearFaults();
  await world.clear();
});

/** An order of 40.00 EUR whose payment Stripe holds. */
async function orderPaidBy(state: 'pending' | 'authorized' | 'paid') {
  storeId = await world.store();
  await world.product('MUG');
  await connect();
  const payment = await shop.pay({ amount: 4000, currency: 'EUR', state });
  const orderId = await world.order(storeId, {
    externalId: 'S-1',
    payment: { state: 'pending', provider: 'stripe', externalId: payment.id },
    totals: { shipping: 0, tax: 0, discount: 0, other: 0, total: 4000 },
  });
  return { orderId, storeId, externalId: 'S-1', payment: payment.id };
}

async function connect(): Promise<void> {
  const { url, secretKey } = await shop.create();
  const em = world.orm.em.fork();
  const id = '01920000-0000-7000-8000-000000000001';
  await em.insert(PaymentAccountSchema, {
    id,
    provider: 'stripe',
    name: 'Stripe',
    url,
    storeId: null,
    credentials: world.deps.secrets.seal({ secretKey }, places.paymentCredentials(id)),
    webhookSecret: null,
  });
}

const books = () =>
  world.query('select kind, amount::int as amount, currency, provider from payment order by kind');
const refunds = () => world.query('select amount::int as amount, state from refund order by created_at');
const attentions = () =>
  world.query(
    'select reason, sentence, resolved_at is not null as over, resolution from attention order by opened_at',
  );

describe('a payment that Stripe holds', () => {
  it('counts as Stripe has it, whatever the store said', async () => {
    const { orderId, payment } = await orderPaidBy('pending');
    expect(await readPayment(world.deps, { orderId })).toBe('pending');
    expect(await books()).toEqual([]);
    await shop.confirm(payment);
    expect(await Promise.all([1, 2, 3].map(() => readPayment(world.deps, { orderId })))).toEqual([
      'paid',
      'paid',
      'paid',
    ]);
    expect(await books()).toEqual([{ kind: 'capture', amount: 4000, currency: 'EUR', provider: 'stripe' }]);
    const [order] = await world.query('select payment_state as state from orders');
    expect(order).toEqual({ state: 'paid' });
  });

  it('is captured once at the hand-over, however often and whatever is lost on the way', async () => {
    const { orderId, payment } = await orderPaidBy('authorized');
    await control.fault({
      party: 'stripe',
      operation: 'payment_intents.capture',
      fault: '5xx-after',
      times: 1,
    });
    await expect(capturePayment(world.deps, { orderId })).rejects.toMatchObject({ effect: 'unknown' });
    await Promise.all([1, 2].map(() => capturePayment(world.deps, { orderId })));
    await capturePayment(world.deps, { orderId });
    expect((await shop.intents()).find(({ id }) => id === payment)).toMatchObject({
      status: 'succeeded',
      amountReceived: 4000,
    });
    expect((await books()).filter(({ kind }) => kind === 'capture')).toEqual([
      { kind: 'capture', amount: 4000, currency: 'EUR', provider: 'stripe' },
    ]);
    const input = { orderId, storeId, externalId: 'S-1', cancelled: false };
    expect(await reconcile(world.deps, input)).toEqual({ matched: true });
  });

  it('is given back by Stripe once, also by two at the same time', async () => {
    const { payment, ...order } = await orderPaidBy('paid');
    await control.fault({ party: 'stripe', operation: 'refunds.create', fault: '5xx-after', times: 1 });
    await expect(refundAll(world.deps, { ...order, reason: 'cancelled' })).rejects.toThrow();
    expect(await refunds()).toEqual([{ amount: 4000, state: 'intended' }]);
    await Promise.all([1, 2].map(() => refundAll(world.deps, { ...order, reason: 'cancelled' })));
    expect(await refunds()).toEqual([{ amount: 4000, state: 'done' }]);
    expect((await shop.refunds()).filter(({ intent }) => intent === payment)).toHaveLength(1);
    expect(await reconcile(world.deps, { ...order, cancelled: true })).toEqual({ matched: true });
  });

  it('tells of a refund that came back, and of disputes until they are over', async () => {
    const { payment, ...order } = await orderPaidBy('paid');
    await refundAll(world.deps, { ...order, reason: 'cancelled' });
    const [made] = (await shop.refunds()).filter(({ intent }) => intent === payment);
    await shop.failRefund(made!.id);
    await readPayment(world.deps, order);
    await readPayment(world.deps, order);
    expect(await refunds()).toEqual([{ amount: 4000, state: 'failed' }]);
    const dispute = await shop.dispute(payment, 'product_not_received');
    await Promise.all([1, 2].map(() => readPayment(world.deps, order)));
    const open = await attentions();
    expect(open.map(({ reason, over }) => [reason, over])).toEqual([
      ['refund_failed', false],
      ['payment_disputed', false],
    ]);
    expect(open[1]!['sentence']).toContain('The customer disputes 40.00 EUR (product_not_received)');
    await shop.closeDispute(dispute.id, 'won');
    await readPayment(world.deps, order);
    expect((await attentions()).map(({ over, resolution }) => [over, resolution])).toEqual([
      [false, null],
      [true, 'won'],
    ]);
  });

  it('whose authorization ends soon is told of once, and not any more when it was taken', async () => {
    const { orderId, payment } = await orderPaidBy('authorized');
    await readPayment(world.deps, { orderId });
    const [held] = await world.query<{ until: string }>(
      'select capture_before as until from provider_payment',
    );
    const until = new Date(held!.until);
    const at = (hours: number) => new Date(until.getTime() - hours * 3_600_000);
    const notice = (hours: number) =>
      noticeExpiringAuthorizations({ orm: world.orm, clock: () => at(hours) });
    await notice(48);
    expect(await attentions()).toEqual([]);
    expect(await Promise.all([1, 2, 3].map(() => notice(47)))).toEqual([false, false, false]);
    const day = `${until.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
    const told = {
      reason: 'authorization_expiring',
      sentence: `The authorization of 40.00 EUR (${payment}) ends ${day}: ship the order or capture it in stripe before, or cancel the order`,
    };
    expect(await attentions()).toEqual([{ ...told, over: false, resolution: null }]);
    await capturePayment(world.deps, { orderId });
    await notice(1);
    expect(await attentions()).toEqual([{ ...told, over: true, resolution: 'paid' }]);
  });

  it('whose authorization ends soon is no matter where the order is over', async () => {
    const { orderId } = await orderPaidBy('authorized');
    await readPayment(world.deps, { orderId });
    await world.query('update orders set ended_at = now()');
    await noticeExpiringAuthorizations({ orm: world.orm, clock: () => new Date('2100-01-01') });
    expect(await attentions()).toEqual([]);
  });

  it('of which its provider knows nothing stops no event after it', async () => {
    const { orderId } = await orderPaidBy('paid');
    await world.query(`update provider_payment set external_id = 'pi_gone' where order_id = ?`, [orderId]);
    const body = JSON.stringify({
      id: 'evt',
      type: 'payment_intent.succeeded',
      object: 'event',
      data: { object: { id: 'pi_gone', object: 'payment_intent' } },
    });
    for (const key of ['evt_1', 'evt_2'])
      await world.query(
        `insert into inbox (source, key, topic, body, state) values ('payment/stripe', ?, 'payment_intent.succeeded', ?, 'received')`,
        [key, body],
      );
    const nobody = {} as Client;
    expect(await drainPaymentMail(world.deps, nobody)).toBe(false);
    expect(await world.query('select state, reason from inbox')).toEqual(
      [1, 2].map(() => ({ state: 'refused', reason: expect.stringContaining('No such payment_intent') })),
    );
  });

  it('is the store’s word where no account is connected', async () => {
    const { payment: _, ...order } = await orderPaidBy('paid');
    await world.query('delete from payment_account');
    expect(await readPayment(world.deps, order)).toBeNull();
    await capturePayment(world.deps, order);
    expect(await books()).toEqual([]);
  });
});
