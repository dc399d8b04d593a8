import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { announce, withdraw } from '../../../activities/announce.ts';
import { bury } from '../../../activities/lifecycle.ts';
import { reconcile } from '../../../activities/money.ts';
import { refundAll } from '../../../activities/pay-back.ts';
import { markDeleted } from '../../../activities/snapshot.ts';
import { cancelInStore } from '../../../activities/storefront.ts';
import { PartyFailure } from '../../../connectors/failure.ts';
import { StepUndone } from '../../../db/steps.ts';
import { inTransaction } from '../../../db/transaction.ts';
import type { PaymentFact, RefundFact } from '../../../domain/order.ts';
import { createWorld, line, snapshot, type World } from '../db/world.ts';
import { createFakeCarrier } from './fake-carrier.ts';
import { createFakeShop, type FakeShop, unavailable } from './fake-shop.ts';

let world: World;
let shop: FakeShop;
let storeId: string;
let orderId: string;
const externalId = '1001';

beforeAll(async () => {
  const fake = createFakeShop();
  world = await createWorld({
    poolSize: 12,
    carriers: [createFakeCarrier('fast').carrier],
    storefronts: [{ ...fake.storefront, connect: (store) => shop.storefront.connect!(store) }],
  });
  await world.warehouse('B');
});
afterAll(() => world.close());
beforeEach(async () => {
  shop = createFakeShop();
  storeId = await world.store({ platform: 'shop' });
  orderId = await world.order(storeId, { externalId, lines: [line('1', 'MUG', 3)] });
});

const at = '2026-11-24T12:00:00Z';
const order = () => ({ orderId, storeId, externalId });

async function labelled(position: number, change: { generation?: number } = {}): Promise<string> {
  const id = uuid();
  await world.query(
    `insert into fulfillment (id, order_id, generation, position, warehouse, order_version, stage, carrier, tracking_number)
     values (?, ?, ?, ?, 'B', 1, 'labelled', 'fast', ?)`,
    [id, orderId, change.generation ?? 1, position, `T${position}`],
  );
  await world.query(`insert into fulfillment_line values (?, '1', 'MUG', ?)`, [id, position]);
  return id;
}
const knownTo = async (fulfillmentId: string) =>
  (
    await world.query<{ id: string | null }>('select store_external_id as id from fulfillment where id = ?', [
      fulfillmentId,
    ])
  )[0]!.id;

describe('announcing', () => {
  const tell = (fulfillmentId: string) => announce(world.deps, { ...order(), generation: 1, fulfillmentId });

  it('tells the store exactly what is on its way, once', async () => {
    const fulfillmentId = await labelled(3);
    await tell(fulfillmentId);
    await tell(fulfillmentId);
    expect(shop.calls).toEqual(['createFulfillment']);
    expect([...shop.fulfillments.values()]).toEqual([
      {
        externalId: 'f1',
        orderExternalId: externalId,
        key: fulfillmentId,
        lines: [{ externalId: '1', quantity: 3 }],
        tracking: { number: 'T3', carrier: 'FAST', url: 'https://track.example.com/T3' },
        completesOrder: true,
        notifyCustomer: true,
      },
    ]);
    expect(await knownTo(fulfillmentId)).toBe('f1');
  });

  it('completes the order with the last of its fulfillments only', async () => {
    const [first, second] = [await labelled(1), await labelled(2)];
    await tell(first);
    await tell(second);
    expect([...shop.fulfillments.values()].map(({ completesOrder }) => completesOrder)).toEqual([
      false,
      true,
    ]);
  });

  async function becomesLess(quantity: number, why = 'dropped-here'): Promise<void> {
    await world.query(
      `insert into order_version (order_id, version, snapshot)
       select order_id, 2, snapshot from order_version where order_id = ?`,
      [orderId],
    );
    await world.query(
      `insert into order_line select (jsonb_populate_record(l, jsonb_build_object('version', 2, 'to_ship', ?::int, 'left_reason', ?::text))).*
       from order_line l where order_id = ?`,
      [quantity, why, orderId],
    );
    await world.query('update orders set version = 2 where id = ?', [orderId]);
  }
  const told = () =>
    world.query(`select what, detail from audit where order_id = ? and what like 'store%' order by seq`, [
      orderId,
    ]);

  it('leaves out what the order became less by when the parcel had left', async () => {
    const fulfillmentId = await labelled(3);
    await becomesLess(2);
    await tell(fulfillmentId);
    expect([...shop.fulfillments.values()].map(({ lines }) => lines)).toEqual([
      [{ externalId: '1', quantity: 2 }],
    ]);
    expect(await told()).toEqual([
      {
        what: 'store_told',
        detail: 'The store knows of T3, without 1 in it that it does not expect any more',
      },
    ]);
  });

  it('leaves out what another parcel of the same line has brought already', async () => {
    const [first, second] = [await labelled(1), await labelled(2)];
    await becomesLess(2);
    await tell(first);
    await tell(second);
    expect([...shop.fulfillments.values()].map(({ lines }) => lines)).toEqual([
      [{ externalId: '1', quantity: 1 }],
      [{ externalId: '1', quantity: 1 }],
    ]);
  });

  it('tells all of it where the store cancelled the order too late', async () => {
    const fulfillmentId = await labelled(3);
    await becomesLess(0, 'cancelled-in-shop');
    await tell(fulfillmentId);
    expect([...shop.fulfillments.values()].map(({ lines }) => lines)).toEqual([
      [{ externalId: '1', quantity: 3 }],
    ]);
  });

  it.each([
    ['cancelled', [snapshot({ externalId, cancelledAt: at })]],
    ['deleted', []],
  ])('says so where the order is %s there and takes no fulfillment any more', async (_, known) => {
    const refused = new PartyFailure('The shop has less left to fulfill than the fulfillment holds.', {
      ...{ party: 'shop', kind: 'refuse', effect: 'none', code: 'not-fulfillable' },
    });
    const fulfillmentId = await labelled(3);
    shop.orders.set(externalId, {
      kind: 'order',
      snapshot: snapshot({ externalId }),
      payments: [],
      refunds: [],
    });
    shop.fail('createFulfillment', refused);
    await expect(tell(fulfillmentId)).rejects.toThrow('less left to fulfill');
    expect(await told()).toEqual([]);
    shop.orders.clear();
    for (const order of known)
      shop.orders.set(externalId, { kind: 'order', snapshot: order, payments: [], refunds: [] });
    shop.fail('createFulfillment', refused);
    await tell(fulfillmentId);
    expect([await told(), await knownTo(fulfillmentId)]).toEqual([
      [
        {
          what: 'store_not_told',
          detail:
            'The store cancelled the order and takes no T3 for it any more: its customer is not told of it',
        },
      ],
      null,
    ]);
  });

  it('says so where nothing of it is expected any more', async () => {
    const fulfillmentId = await labelled(3);
    await becomesLess(0);
    await tell(fulfillmentId);
    await tell(fulfillmentId);
    expect(shop.calls).toEqual([]);
    expect(await told()).toEqual([
      {
        what: 'store_not_told',
        detail: 'T3 has only what the store does not expect any more: its customer is not told of it',
      },
    ]);
  });

  it('many times at once is one fulfillment in the store', async () => {
    const fulfillmentId = await labelled(1);
    await Promise.all(Array.from({ length: 8 }, () => tell(fulfillmentId)));
    expect(shop.fulfillments.size).toBe(1);
    expect(
      await world.query(`select count(*)::int as n from audit where order_id = ? and what = 'store_told'`, [
        orderId,
      ]),
    ).toEqual([{ n: 1 }]);
  });

  it('whose answer was lost is repeated under the same key', async () => {
    const fulfillmentId = await labelled(1);
    shop.fail('createFulfillment', unavailable('unknown'), 'after');
    await expect(tell(fulfillmentId)).rejects.toThrow('away');
    expect(await knownTo(fulfillmentId)).toBeNull();
    await tell(fulfillmentId);
    expect([shop.fulfillments.size, await knownTo(fulfillmentId)]).toEqual([1, 'f1']);
  });

  it('does nothing under a tombstone', async () => {
    const fulfillmentId = await labelled(1);
    await bury(world.deps, { orderId, generation: 1, ending: 'cancel' });
    await expect(tell(fulfillmentId)).rejects.toThrow(StepUndone);
    expect(shop.calls).toEqual([]);
  });

  it('is told under a tombstone all the same where the parcel had left', async () => {
    const fulfillmentId = await labelled(1);
    await bury(world.deps, { orderId, generation: 1, ending: 'cancel' });
    await world.query(`update fulfillment set stage = 'shipped' where id = ?`, [fulfillmentId]);
    await tell(fulfillmentId);
    expect([shop.fulfillments.size, await knownTo(fulfillmentId)]).toEqual([1, 'f1']);
  });

  it('that is undone while the store is told takes it back itself', async () => {
    const fulfillmentId = await labelled(1);
    shop.meanwhile('createFulfillment', () => bury(world.deps, { orderId, generation: 1, ending: 'cancel' }));
    await expect(tell(fulfillmentId)).rejects.toThrow(StepUndone);
    expect([shop.fulfillments.size, await knownTo(fulfillmentId)]).toEqual([0, null]);
  });

  it('is taken back, also where its answer was lost; never told, or taken back already, is nothing', async () => {
    const [told, lost, never] = [await labelled(1), await labelled(2), await labelled(3)];
    await tell(told);
    shop.fail('createFulfillment', unavailable('unknown'), 'after');
    await expect(tell(lost)).rejects.toThrow('away');
    expect(shop.fulfillments.size).toBe(2);
    for (const fulfillmentId of [told, lost, never, told])
      await withdraw(world.deps, { ...order(), fulfillmentId });
    expect(shop.fulfillments.size).toBe(0);
    expect(shop.calls.filter((call) => call === 'cancelFulfillment')).toHaveLength(2);
    expect(await knownTo(told)).toBeNull();
  });

  it('that is taken back of an order which the shop cancelled says the cancel again', async () => {
    const cancelled = [{ externalId, reason: 'It was cancelled in the shop' }];
    shop.orders.set(externalId, {
      kind: 'order',
      snapshot: snapshot({ externalId }),
      payments: [],
      refunds: [],
    });
    const [told, undone] = [await labelled(1), await labelled(2)];
    await tell(told);
    shop.meanwhile('createFulfillment', async () => {
      await inTransaction(world.orm, (em) => markDeleted(em, orderId));
      await bury(world.deps, { orderId, generation: 1, ending: 'cancel' });
    });
    await expect(tell(undone)).rejects.toThrow(StepUndone);
    expect(shop.cancelled).toEqual(cancelled);
    shop.cancelled.length = 0;
    shop.fail('cancelOrder', unavailable('none'));
    const back = () => withdraw(world.deps, { ...order(), fulfillmentId: told });
    await expect(back()).rejects.toThrow('away');
    expect([shop.fulfillments.size, shop.cancelled]).toEqual([0, []]);
    await back();
    expect(shop.cancelled).toEqual(cancelled);
    shop.cancelled.length = 0;
    shop.orders.clear();
    await back();
    expect(shop.cancelled).toEqual([]);
  });

  it('and everything else towards the store is nothing where there is no shop', async () => {
    storeId = await world.store({ platform: 'api' });
    orderId = await world.order(storeId, { externalId });
    const fulfillmentId = await labelled(1);
    const before = await world.contents();
    await tell(fulfillmentId);
    await withdraw(world.deps, { ...order(), fulfillmentId });
    await cancelInStore(world.deps, { ...order(), reason: 'no stock' });
    expect(await world.contents()).toEqual(before);
  });
});

it('a cancel in the store is one, however often it is said', async () => {
  for (let time = 0; time < 2; time++) await cancelInStore(world.deps, { ...order(), reason: 'no stock' });
  expect(shop.cancelled).toEqual([{ externalId, reason: 'no stock' }]);
});

const payment = (
  id: string,
  amount: number,
  kind: PaymentFact['kind'] = 'capture',
  currency = 'EUR',
): PaymentFact => ({
  externalId: id,
  kind,
  amount,
  currency,
  provider: 'stripe',
  at,
});
const refund = (id: string, amount: number): RefundFact => ({
  externalId: id,
  amount,
  currency: 'EUR',
  provider: 'stripe',
  at,
});

describe('giving the money back', () => {
  const giveBack = () => refundAll(world.deps, { ...order(), reason: 'cancelled' });
  const paidBack = () =>
    shop.refunds.filter(({ key }) => key !== undefined).map(({ amount, key }) => [amount, key]);
  const books = () =>
    world.query(
      `select external_id as id, amount::int as amount, state, key is not null as ours from refund
       where order_id = ? order by created_at, external_id`,
      [orderId],
    );
  const key = (payment: string) => `${orderId}/refund/${payment}`;

  it('pays back every capture in full, each under its own key, and no authorization', async () => {
    shop.payments = [payment('a1', 2990, 'authorization'), payment('c1', 2000), payment('c2', 990)];
    expect(await giveBack()).toEqual({ byHand: [] });
    expect(paidBack()).toEqual([
      [2000, key('c1')],
      [990, key('c2')],
    ]);
    expect(await books()).toEqual([
      { id: 'r1', amount: 2000, state: 'done', ours: true },
      { id: 'r2', amount: 990, state: 'done', ours: true },
    ]);
  });

  it('asks again for what is left where the shop gave money back itself at that moment, whose refusal is none', async () => {
    shop.payments = [payment('c1', 2000)];
    const refused = new PartyFailure('too much', {
      ...{ party: 'shop', kind: 'refuse', effect: 'none', code: 'amount' },
    });
    shop.meanwhile('readMoney', async () => void shop.refunds.push(refund('x1', 1500)));
    shop.fail('refund', refused);
    await expect(giveBack()).rejects.toMatchObject({ kind: 'retry', code: 'overtaken' });
    shop.fail('refund', refused);
    await expect(giveBack()).rejects.toMatchObject({ kind: 'refuse', code: 'amount' });
    await giveBack();
    expect(paidBack()).toEqual([[500, key('c1')]]);
    expect(await books()).toEqual([
      { id: 'r2', amount: 500, state: 'done', ours: true },
      { id: 'x1', amount: 1500, state: 'done', ours: false },
    ]);
  });

  it('pays only what the store says is left at that moment', async () => {
    shop.payments = [payment('c1', 2000), payment('c2', 990)];
    shop.refunds = [refund('x1', 500)];
    await giveBack();
    expect(paidBack()).toEqual([
      [1500, key('c1')],
      [990, key('c2')],
    ]);
  });

  it('pays nothing where all was given back, nor the second time', async () => {
    shop.payments = [payment('c1', 2000), payment('c2', 990)];
    shop.refunds = [refund('x1', 2500), refund('x2', 490)];
    await giveBack();
    expect(paidBack()).toEqual([]);
    shop.payments.push(payment('c3', 100));
    await giveBack();
    await giveBack();
    expect(paidBack()).toEqual([[100, key('c3')]]);
  });

  it('many times at once pays once', async () => {
    shop.payments = [payment('c1', 2000), payment('c2', 990)];
    await Promise.all(Array.from({ length: 6 }, giveBack));
    expect(paidBack()).toEqual([
      [2000, key('c1')],
      [990, key('c2')],
    ]);
    expect(await books()).toEqual([
      { id: 'r1', amount: 2000, state: 'done', ours: true },
      { id: 'r2', amount: 990, state: 'done', ours: true },
    ]);
    expect(
      await world.query(`select detail from audit where order_id = ? and what = 'refunded' order by seq`, [
        orderId,
      ]),
    ).toEqual([{ detail: '20.00 EUR given back' }, { detail: '9.90 EUR given back' }]);
  });

  it('has written what it intends before anyone is asked to pay', async () => {
    shop.payments = [payment('c1', 2000)];
    let seen: unknown;
    shop.meanwhile('refund', async () => (seen = await books()));
    await giveBack();
    expect(seen).toEqual([{ id: null, amount: 2000, state: 'intended', ours: true }]);
  });

  it('whose answer was lost is known by its echo, and not paid again', async () => {
    shop.payments = [payment('c1', 2000)];
    shop.fail('refund', unavailable('unknown'), 'after');
    await expect(giveBack()).rejects.toThrow('away');
    await giveBack();
    expect(paidBack()).toEqual([[2000, key('c1')]]);
    expect(await books()).toEqual([{ id: 'r1', amount: 2000, state: 'done', ours: true }]);
  });

  it('that did not happen is asked for again, at what is left then', async () => {
    shop.payments = [payment('c1', 2000)];
    shop.fail('refund', unavailable());
    await expect(giveBack()).rejects.toThrow('away');
    shop.refunds = [refund('x1', 300)];
    await giveBack();
    expect(paidBack()).toEqual([[1700, key('c1')]]);
  });

  it('is left to a person where no shop can be asked', async () => {
    storeId = await world.store({ platform: 'api' });
    orderId = await world.order(storeId, { externalId });
    await world.query(
      `insert into payment (id, order_id, provider, external_id, kind, amount, currency, at)
       values (?, ?, 'stripe', 'c1', 'capture', 2990, 'EUR', now())`,
      [uuid(), orderId],
    );
    await world.query(
      `insert into refund (id, order_id, provider, external_id, amount, currency, state, at)
       values (?, ?, 'stripe', 'r1', 490, 'EUR', 'done', now())`,
      [uuid(), orderId],
    );
    expect(await giveBack()).toEqual({ byHand: ['25.00 EUR by stripe'] });
    expect(shop.calls).toEqual([]);
  });
});

describe('reconciling', () => {
  const add = (cancelled = false) => reconcile(world.deps, { ...order(), cancelled });

  it.each<[string, PaymentFact[], RefundFact[], boolean, object]>([
    ['paid in full', [payment('c1', 2990)], [], false, { matched: true }],
    ['paid in two', [payment('c1', 2000), payment('c2', 990)], [], false, { matched: true }],
    ['paid less', [payment('c1', 2000)], [], false, { matched: false, code: 'underpaid' }],
    [
      'authorized only',
      [payment('a1', 2990, 'authorization')],
      [],
      false,
      { matched: false, code: 'not-captured' },
    ],
    ['paid more', [payment('c1', 3000)], [], false, { matched: false, code: 'overpaid' }],
    ['paid more, given back', [payment('c1', 3000)], [refund('r1', 10)], false, { matched: true }],
    [
      'in another currency',
      [payment('c1', 2990, 'capture', 'USD')],
      [],
      false,
      { matched: false, code: 'currency-mismatch' },
    ],
    [
      'cancelled, not given back',
      [payment('c1', 2990)],
      [],
      true,
      { matched: false, code: 'refund-missing' },
    ],
    ['cancelled, given back', [payment('c1', 2990)], [refund('r1', 2990)], true, { matched: true }],
    [
      'given back too much',
      [payment('c1', 2990)],
      [refund('r1', 3000)],
      true,
      { matched: false, code: 'refund-exceeds-capture' },
    ],
  ])('an order that is %s', async (_, payments, refunds, cancelled, expected) => {
    shop.payments = payments;
    shop.refunds = refunds;
    const result = await add(cancelled);
    expect(result).toMatchObject(expected);
    expect(
      await world.query(`select what, detail from audit where order_id = ? and what <> 'captured'`, [
        orderId,
      ]),
    ).toEqual([
      result.matched
        ? { what: 'reconciled', detail: 'Order, payments and refunds match' }
        : { what: 'money_differs', detail: result.sentence },
    ]);
  });

  it('reads the store first, and books what it read once', async () => {
    shop.payments = [payment('c1', 2000)];
    expect(await add()).toMatchObject({ matched: false });
    shop.payments.push(payment('c2', 990));
    expect(await add()).toEqual({ matched: true });
    expect(await add()).toEqual({ matched: true });
    expect(await world.query('select count(*)::int as n from payment where order_id = ?', [orderId])).toEqual(
      [{ n: 2 }],
    );
  });

  it('says nothing where the store can’t be asked', async () => {
    shop.fail('readMoney', unavailable());
    await expect(add()).rejects.toThrow('away');
    expect(await world.query('select 1 from payment where order_id = ?', [orderId])).toEqual([]);
  });
});
