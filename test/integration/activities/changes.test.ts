import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { applyChange, settleChange, tellChange } from '../../../activities/changes.ts';
import { reconcile } from '../../../activities/money.ts';
import { payBack, refundAll } from '../../../activities/pay-back.ts';
import { PartyFailure } from '../../../connectors/failure.ts';
import { type ChangeKind, proposeChange } from '../../../db/changes.ts';
import type { PaymentFact } from '../../../domain/order.ts';
import { createWorld, line, snapshot, type World } from '../db/world.ts';
import { createFakeShop, type FakeShop, unavailable } from './fake-shop.ts';

/** An order of 3 mugs and 2 pots, 50.00 EUR paid: 30.00 for the mugs, 20.00 for the pots. */
let world: World;
let shop: FakeShop;
let storeId: string;
let orderId: string;
const externalId = '1001';

beforeAll(async () => {
  world = await createWorld({
    poolSize: 12,
    storefronts: [{ ...createFakeShop().storefront, connect: (store) => shop.storefront.connect!(store) }],
  });
  await world.warehouse('B');
});
afterAll(() => world.close());
beforeEach(async () => {
  shop = createFakeShop();
  shop.payments.push(captured('pi_1', 5000));
  storeId = await world.store({ platform: 'shop' });
  orderId = await world.order(storeId, {
    externalId,
    totals: { shipping: 0, tax: 0, discount: 0, other: 0, total: 5000 },
    lines: [line('1', 'MUG', 3, { total: 3000 }), line('2', 'POT', 2, { total: 2000 })],
  });
  await world.query(
    `insert into payment (id, order_id, provider, external_id, kind, amount, currency, at)
     values (?, ?, 'stripe', 'pi_1', 'capture', 5000, 'EUR', now())`,
    [uuid(), orderId],
  );
});

const captured = (id: string, amount: number): PaymentFact => ({
  ...{ externalId: id, kind: 'capture', amount, currency: 'EUR', provider: 'stripe' },
  at: '2026-11-24T12:00:00Z',
});
const money = () => ({ orderId, storeId, externalId });

async function propose(
  kind: ChangeKind,
  content: object,
  amount = 0,
): Promise<{ orderId: string; changeId: string }> {
  const wish = { orderId, kind, content, amount, requestKey: uuid(), actor: 'support', reason: 'as agreed' };
  return { orderId, changeId: await proposeChange(world.orm.em.fork(), wish) };
}
const lines = (...pairs: [string, number][]) => ({
  refund: true,
  lines: pairs.map(([id, quantity]) => ({ externalId: id, quantity })),
});
const address = { name: 'Mina', line1: 'Gasse 2', city: 'Graz', postalCode: '8010', country: 'AT' };

const toShip = async () =>
  Object.fromEntries(
    (
      await world.query<{ sku: string; n: number }>(
        `select sku, to_ship as n from order_line l join orders o on o.id = l.order_id and o.version = l.version where o.id = ?`,
        [orderId],
      )
    ).map(({ sku, n }) => [sku, n]),
  );
const changes = () =>
  world.query(
    `select kind, state, amount::int as amount, given::int as given from order_change where order_id = ? order by created_at, id`,
    [orderId],
  );
const tables = ['orders', 'order_version', 'order_line', 'order_change', 'refund', 'payment', 'audit'];

describe('shipping less', () => {
  it('is the order’s content from then on, owes its price, and the shop is told by how much', async () => {
    const change = await propose('lines', lines(['1', 1]));
    expect(await Promise.all([1, 2, 3].map(() => applyChange(world.deps, change)))).toEqual(
      [1, 2, 3].map(() => ({ applied: true })),
    );
    expect(await toShip()).toEqual({ MUG: 1, POT: 2 });
    expect(await changes()).toEqual([{ kind: 'lines', state: 'accepted', amount: 2000, given: 0 }]);
    await tellChange(world.deps, { ...money(), ...change });
    expect([...shop.dropped.values()]).toEqual([[{ externalId: '1', quantity: 2 }]]);
  });

  it('adds up: one by one they cost what they cost together, and each tells the shop its own part', async () => {
    const first = await propose('lines', lines(['1', 2], ['2', 1]));
    const second = await propose('lines', lines(['1', 0]));
    await applyChange(world.deps, first);
    await applyChange(world.deps, second);
    expect(await toShip()).toEqual({ MUG: 0, POT: 1 });
    expect((await changes()).map(({ amount }) => amount)).toEqual([2000, 2000]);
    for (const change of [first, second]) await tellChange(world.deps, { ...money(), ...change });
    expect([...shop.dropped.values()]).toEqual([
      [
        { externalId: '1', quantity: 1 },
        { externalId: '2', quantity: 1 },
      ],
      [{ externalId: '1', quantity: 2 }],
    ]);
    for (const { changeId } of [first, second]) await payBack(world.deps, { ...money(), changeId });
    expect(shop.refunds.map(({ amount }) => amount)).toEqual([2000, 2000]);
  });

  it('owes nothing where its price is kept', async () => {
    const change = await propose('lines', { ...lines(['1', 1]), refund: false });
    await applyChange(world.deps, change);
    await payBack(world.deps, { ...money(), changeId: change.changeId });
    expect([await changes(), shop.refunds]).toEqual([
      [{ kind: 'lines', state: 'accepted', amount: 0, given: 0 }],
      [],
    ]);
  });

  it.each<[string, [string, number][], string]>([
    ['no such line', [['9', 0]], 'The order has no line 9'],
    [
      'as many as before',
      [['1', 3]],
      'Of line 1 3 are to be shipped: here it can only become less; more is ordered in the shop',
    ],
    [
      'more',
      [['1', 4]],
      'Of line 1 3 are to be shipped: here it can only become less; more is ordered in the shop',
    ],
    [
      'nothing of anything',
      [
        ['1', 0],
        ['2', 0],
      ],
      'Nothing of the order would be left: cancel it instead',
    ],
  ])('refuses %s and changes nothing', async (_, pairs, message) => {
    const change = await propose('lines', lines(...pairs));
    const before = await world.contents(...tables);
    expect(await applyChange(world.deps, change)).toEqual({ applied: false, message });
    expect(await world.contents(...tables)).toEqual(before);
  });

  it('takes back nothing that has left', async () => {
    await world.query(
      `insert into fulfillment (id, order_id, generation, position, warehouse, order_version, stage)
       values (?, ?, 1, 1, 'B', 1, 'shipped')`,
      [orderId, orderId],
    );
    await world.query(`insert into fulfillment_line values (?, '1', 'MUG', 2)`, [orderId]);
    const change = await propose('lines', lines(['1', 1]));
    expect(await applyChange(world.deps, change)).toEqual({
      applied: false,
      message: 'Of line 1 2 have left already: take them back instead',
    });
    expect(await applyChange(world.deps, await propose('lines', lines(['1', 2])))).toEqual({ applied: true });
  });

  it('goes by what was accepted last, whichever was asked for first', async () => {
    const [toNone, toOne] = [
      await propose('lines', lines(['1', 0])),
      await propose('lines', lines(['1', 1])),
    ];
    for (const change of [toOne, toNone])
      expect(await applyChange(world.deps, change)).toEqual({ applied: true });
    expect(await toShip()).toEqual({ MUG: 0, POT: 2 });
    for (const change of [toNone, toOne]) await tellChange(world.deps, { ...money(), ...change });
    expect([toOne, toNone].map(({ changeId }) => shop.dropped.get(changeId))).toEqual([
      [{ externalId: '1', quantity: 2 }],
      [{ externalId: '1', quantity: 1 }],
    ]);
  });

  it('by two at the same time never owes more than the line', async () => {
    const both = await Promise.all([1, 0].map((quantity) => propose('lines', lines(['1', quantity]))));
    await Promise.all(both.map((change) => applyChange(world.deps, change)));
    const owed = (await changes()).reduce((sum, { amount }) => sum + (amount as number), 0);
    expect([owed, await toShip()]).toEqual([3000, { MUG: 0, POT: 2 }]);
  });
});

describe('another address', () => {
  const newest = async () =>
    (
      await world.query<{ address: object }>(
        `select snapshot -> 'shippingAddress' as address from order_version where order_id = ? order by version desc limit 1`,
        [orderId],
      )
    )[0]!.address;

  it('is the newest content, told to the shop, and kept', async () => {
    const change = await propose('address', { address });
    await Promise.all([1, 2].map(() => applyChange(world.deps, change)));
    expect(await newest()).toEqual(address);
    await tellChange(world.deps, { ...money(), ...change });
    expect(shop.addresses.get(externalId)).toEqual(address);
    await settleChange(world.deps, { ...change, state: 'done' });
    expect(await changes()).toEqual([{ kind: 'address', state: 'done', amount: 0, given: 0 }]);
  });

  it('is not told to a shop that refuses it since the order is cancelled there', async () => {
    const change = await propose('address', { address });
    await applyChange(world.deps, change);
    const refuse = () =>
      shop.fail(
        'changeAddress',
        new PartyFailure('no', { party: 'shop', kind: 'refuse', effect: 'none', code: 'cancelled' }),
      );
    const inShop = (cancelledAt: string | null) =>
      shop.orders.set(externalId, {
        ...{ kind: 'order', payments: [], refunds: [] },
        snapshot: snapshot({ externalId, cancelledAt }),
      });
    inShop(null);
    refuse();
    await expect(tellChange(world.deps, { ...money(), ...change })).rejects.toThrow('no');
    inShop('2026-11-24T12:00:00Z');
    refuse();
    await tellChange(world.deps, { ...money(), ...change });
    // Not known whether it is.
    refuse();
    shop.fail('fetchOrder', unavailable());
    await expect(tellChange(world.deps, { ...money(), ...change })).rejects.toThrow('no');
    expect(shop.addresses.size).toBe(0);
  });

  it('is the one accepted last, whichever was asked for first', async () => {
    const elsewhere = { ...address, line1: 'Gasse 3' };
    const [first, second] = [
      await propose('address', { address }),
      await propose('address', { address: elsewhere }),
    ];
    for (const change of [second, first])
      expect(await applyChange(world.deps, change)).toEqual({ applied: true });
    expect(await newest()).toEqual(address);
  });

  it('is refused where it was refused before, and where the customer is erased', async () => {
    const change = await propose('address', { address });
    await world.query(`update order_change set state = 'refused', content = null where id = ?`, [
      change.changeId,
    ]);
    expect(await applyChange(world.deps, change)).toEqual({
      applied: false,
      message: 'It was refused already',
    });
    await world.query('update orders set erased_at = now() where id = ?', [orderId]);
    const before = await world.contents('orders', 'order_version');
    expect(await applyChange(world.deps, await propose('address', { address }))).toEqual({
      applied: false,
      message: 'Who the customer was is erased: it has no address any more',
    });
    expect(await world.contents('orders', 'order_version')).toEqual(before);
  });
});

describe('giving money back', () => {
  const refund = async (amount = 0) => {
    const change = await propose('refund', {}, amount);
    return { change, result: await applyChange(world.deps, change) };
  };
  const pay = ({ changeId }: { changeId: string }) => payBack(world.deps, { ...money(), changeId });

  it('is paid once, however often its answer is lost', async () => {
    const { change } = await refund(1500);
    shop.fail('refund', unavailable('unknown'), 'after');
    await expect(pay(change)).rejects.toThrow();
    expect(await Promise.all([pay(change), pay(change)])).toEqual([{ byHand: [] }, { byHand: [] }]);
    await settleChange(world.deps, { ...change, state: 'done' });
    await settleChange(world.deps, { ...change, state: 'done' });
    expect(shop.refunds.map(({ amount }) => amount)).toEqual([1500]);
    expect(await changes()).toEqual([{ kind: 'refund', state: 'done', amount: 1500, given: 1500 }]);
  });

  it('is at most what is left: twenty at once share what was taken', async () => {
    const wishes = await Promise.all(Array.from({ length: 20 }, () => refund(700)));
    const accepted = wishes.filter(({ result }) => result.applied);
    expect(accepted).toHaveLength(7);
    expect(wishes.find(({ result }) => !result.applied)!.result).toEqual({
      applied: false,
      message: 'Only 1.00 EUR is left to give back, not 7.00 EUR',
    });
    await Promise.all(accepted.map(({ change }) => pay(change)));
    expect(shop.refunds.reduce((sum, { amount }) => sum + amount, 0)).toBe(4900);
    await pay((await refund()).change);
    expect(shop.refunds.reduce((sum, { amount }) => sum + amount, 0)).toBe(5000);
    expect((await refund()).result).toEqual({
      applied: false,
      message: 'Nothing is left to give back: nothing was taken, or all of it was given back',
    });
  });

  it('and a cancellation at the same time give back what was taken, no more', async () => {
    const { change } = await refund(2000);
    const [asked, cancelled] = await Promise.allSettled([
      pay(change),
      refundAll(world.deps, { ...money(), reason: 'cancelled' }),
    ]);
    expect(cancelled.status).toBe('fulfilled');
    // The cancellation meant to give back everything and had not yet.
    if (asked.status === 'rejected') expect(asked.reason).toMatchObject({ reason: 'nothing_left_to_refund' });
    await pay(change);
    expect(shop.refunds.reduce((sum, { amount }) => sum + amount, 0)).toBe(5000);
  });

  it('is parked with its reason where somebody gave it back in the shop meanwhile', async () => {
    const { change } = await refund(4000);
    const [at, provider, currency] = ['2026-11-24T12:00:00Z', 'stripe', 'EUR'];
    shop.refunds.push({ externalId: 'r-shop', amount: 2000, currency, provider, at });
    await expect(pay(change)).rejects.toMatchObject({ reason: 'nothing_left_to_refund' });
    expect(shop.refunds).toHaveLength(1);
    await settleChange(world.deps, { ...change, state: 'skipped' });
    expect(await changes()).toEqual([{ kind: 'refund', state: 'skipped', amount: 4000, given: 0 }]);
  });

  it('of what was dropped is nothing where only the rest of it was taken', async () => {
    const change = await propose('lines', lines(['1', 1]));
    await applyChange(world.deps, change);
    // What was authorized was taken after that, and before the shop answered.
    await world.query('update payment set amount = 3000');
    shop.payments.splice(0, 1, captured('pi_1', 3000));
    await Promise.all([pay(change), pay(change)]);
    await settleChange(world.deps, { ...change, state: 'done' });
    expect([shop.refunds, await changes()]).toEqual([
      [],
      [{ kind: 'lines', state: 'done', amount: 2000, given: 0 }],
    ]);
    expect(await reconcile(world.deps, { ...money(), cancelled: false })).toEqual({ matched: true });
  });

  it('of what was dropped adds up to what was taken beyond the rest, also by two changes at once', async () => {
    const first = await propose('lines', lines(['1', 1]));
    await applyChange(world.deps, first);
    await world.query('update payment set amount = 3000');
    shop.payments.splice(0, 1, captured('pi_1', 3000));
    const second = await propose('lines', lines(['2', 1]));
    await applyChange(world.deps, second);
    await Promise.all([pay(first), pay(second)]);
    for (const change of [first, second]) await settleChange(world.deps, { ...change, state: 'done' });
    expect(shop.refunds.reduce((sum, { amount }) => sum + amount, 0)).toBe(1000);
    expect(await reconcile(world.deps, { ...money(), cancelled: false })).toEqual({ matched: true });
  });

  it('is not called given back while that is only meant to be, and not done', async () => {
    const { change } = await refund(1500);
    shop.fail('refund', unavailable('none'));
    await expect(refundAll(world.deps, { ...money(), reason: 'cancelled' })).rejects.toThrow();
    await expect(pay(change)).rejects.toMatchObject({ reason: 'nothing_left_to_refund' });
    expect(shop.refunds).toEqual([]);
  });

  it('is no longer needed where the customer has everything back already, and that is on the timeline', async () => {
    const { change } = await refund(1500);
    const [at, provider, currency] = ['2026-11-24T12:00:00Z', 'stripe', 'EUR'];
    shop.refunds.push({ externalId: 'r-shop', amount: 5000, currency, provider, at });
    expect(await Promise.all([pay(change), pay(change)])).toEqual([{ byHand: [] }, { byHand: [] }]);
    await settleChange(world.deps, { ...change, state: 'done' });
    expect(shop.refunds).toHaveLength(1);
    expect(await changes()).toEqual([{ kind: 'refund', state: 'done', amount: 1500, given: 0 }]);
    expect(
      await world.query(`select detail from audit where order_id = ? and what = 'refund_overtaken'`, [
        orderId,
      ]),
    ).toEqual([{ detail: 'Everything had been given back already' }]);
  });

  it('leaves the books equal after what was dropped was given back', async () => {
    const change = await propose('lines', lines(['1', 1]));
    await applyChange(world.deps, change);
    await pay(change);
    await settleChange(world.deps, { ...change, state: 'done' });
    expect(await reconcile(world.deps, { ...money(), cancelled: false })).toEqual({ matched: true });
  });
});
