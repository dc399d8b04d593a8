import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { backfillDueStores } from '../../../activities/backfill.ts';
import { capture } from '../../../activities/capture.ts';
import { review } from '../../../activities/review.ts';
import { reserve } from '../../../activities/reserve.ts';
import { pushStock } from '../../../activities/stock-push.ts';
import { PartyFailure } from '../../../connectors/failure.ts';
import { orderIdOf } from '../../../db/order-id.ts';
import { readPromises } from '../../../db/read/promise.ts';
import { removeBuffer, setBuffer } from '../../../db/stock/buffers.ts';
import { inTransaction } from '../../../db/transaction.ts';
import { createWorld, line, snapshot, type World } from '../db/world.ts';
import { createFakeShop, type FakeShop, unavailable } from './fake-shop.ts';

let world: World;
let shop: FakeShop;
let storeId: string;

beforeAll(async () => {
  const { storefront } = createFakeShop();
  world = await createWorld({
    storefronts: [{ ...storefront, connect: (store) => shop.storefront.connect!(store) }],
  });
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.clear();
  shop = createFakeShop();
  storeId = await world.store({ platform: 'shop' });
  await world.warehouse('B');
  await world.warehouse('M');
  await world.product('MUG');
  await world.receive('B', ['MUG', 7]);
  await world.receive('M', ['MUG', 3]);
});

const push = () => pushStock(world.deps);
const buffer = (quantity: number, sku = 'MUG') =>
  inTransaction(world.orm, (em) => setBuffer(em, { storeId, sku, quantity, actor: 'ops', reason: 'scarce' }));
const promiseOf = async (sku: string) => {
  const [promise] = await readPromises(world.orm.em.fork(), storeId, { sku, limit: 1 });
  return promise!;
};
const listing = () =>
  world.query(
    `select sku, ref, known, conflict_at is not null as conflict, error from listing where store_id = ? order by sku`,
    [storeId],
  );
const backfill = async () => {
  await world.query('update store set backfill_due_at = now()');
  await backfillDueStores(world.deps, 600);
};

describe('what can be promised is written to the shop', () => {
  it('against the number that it was just read to show, and then left alone', async () => {
    shop.stock.set('MUG', 4);
    expect(await push()).toBe(1);
    expect(shop.written).toEqual([{ sku: 'MUG', quantity: 10, lastKnown: 4 }]);
    expect(await listing()).toEqual([
      { sku: 'MUG', ref: 'item/MUG', known: 10, conflict: false, error: null },
    ]);
    expect(await push()).toBe(0);
    expect(shop.written).toHaveLength(1);
  });

  it('as on-hand less what is claimed or unavailable, of open warehouses, less the store’s buffer, never below zero', async () => {
    shop.stock.set('MUG', 0);
    const orderId = await world.order(await world.store(), { lines: [line('1', 'MUG', 2)] });
    await reserve(world.deps, { orderId, generation: 1 });
    await world.query(`update store set policy = '{"stockBuffer": 1}' where id = ?`, [storeId]);
    await push();
    await world.receive('B', ['MUG', 1, 'q']);
    await push();
    await world.query(`update lot set state = 'quarantined' where number = 'q'`);
    await push();
    await world.query(`update warehouse set active = false where code = 'M'`);
    await push();
    await world.query(`update store set policy = '{"stockBuffer": 99}' where id = ?`, [storeId]);
    await push();
    expect(shop.written.map(({ quantity }) => quantity)).toEqual([7, 8, 7, 4, 0]);
  });

  it('less the buffer of the SKU, where it has one: the shop is told when it changes', async () => {
    shop.stock.set('MUG', 0);
    await world.query(`update store set policy = '{"stockBuffer": 1}' where id = ?`, [storeId]);
    await push();
    await buffer(4);
    expect(await push()).toBe(1);
    await buffer(0);
    await push();
    await inTransaction(world.orm, (em) => removeBuffer(em, { storeId, sku: 'MUG', actor: 'ops' }));
    await push();
    expect(shop.written.map(({ quantity }) => quantity)).toEqual([9, 6, 10, 9]);
  });

  it('a SKU that the shop did not sell is looked for again when its buffer changes', async () => {
    await push();
    expect(await listing()).toMatchObject([{ ref: null }]);
    shop.stock.set('MUG', 1);
    expect(await push()).toBe(0);
    await buffer(2);
    expect(await push()).toBe(1);
    expect(shop.written).toEqual([{ sku: 'MUG', quantity: 8, lastKnown: 1 }]);
  });

  it('less what orders in the queue get first, and what is past its last day', async () => {
    await world.product('TEA');
    await world.receive('M', ['TEA', 9], ['TEA', 2, 'old', '2026-01-01']);
    shop.stock.set('MUG', 0).set('TEA', 0);
    const other = await world.store();
    // It waits for mugs, and gets 4 of the tea first; nobody serves Japan, so that one gets none.
    for (const [externalId, country] of [
      ['1', 'DE'],
      ['2', 'JP'],
    ] as const) {
      const lines = [line('1', 'MUG', 99), line('2', 'TEA', 4)];
      const shippingAddress = { name: 'Mina', line1: 'Weg 1', city: 'Ort', country };
      const orderId = await world.order(other, { externalId, lines, shippingAddress });
      await reserve(world.deps, { orderId, generation: 1 });
    }
    await push();
    expect(shop.written.map(({ sku, quantity }) => [sku, quantity])).toEqual([['TEA', 5]]);
    expect(await promiseOf('TEA')).toMatchObject({
      ...{ onHand: 11, unavailable: 2, reserved: 0, waiting: 4, buffer: 0, bufferFrom: 'policy' },
      ...{ availableToPromise: 5, known: 5 },
    });
    expect(await promiseOf('MUG')).toMatchObject({
      onHand: 10,
      waiting: 99,
      availableToPromise: 0,
      known: 0,
    });
  });

  it('not where it shows it already, nor where the shop does not sell it', async () => {
    await world.product('TEA');
    shop.stock.set('MUG', 10);
    expect(await push()).toBe(2);
    expect(shop.written).toEqual([]);
    expect(await listing()).toEqual([
      { sku: 'MUG', ref: 'item/MUG', known: 10, conflict: false, error: null },
      { sku: 'TEA', ref: null, known: null, conflict: false, error: null },
    ]);
    expect(await push()).toBe(0);
    await world.query(`update listing set checked_at = now() - interval '25 hours'`);
    expect(await push()).toBe(1);
  });

  it('in each shop, also where another one is away: that is shown', async () => {
    const other = await world.store({ platform: 'shop' });
    shop.stock.set('MUG', 10);
    shop.fail('findStockItem', unavailable());
    await push();
    expect(
      await world.query(`select stock_push_error as error from store order by error nulls last`),
    ).toEqual([{ error: 'http-503' }, { error: null }]);
    await push();
    expect(await world.query('select count(*)::int as n from listing where known = 10')).toEqual([{ n: 2 }]);
    expect(
      await world.query('select stock_push_error as error from store where id in (?)', [[storeId, other]]),
    ).toEqual([{ error: null }, { error: null }]);
  });

  it('also where the shop refuses another SKU, which is shown', async () => {
    await world.product('AAA');
    await world.receive('B', ['AAA', 1]);
    shop.stock.set('AAA', 0).set('MUG', 0);
    shop.fail(
      'setStock',
      new PartyFailure('no', { party: 'shop', kind: 'refuse', effect: 'none', code: 'NOT_STOCKED' }),
    );
    await push();
    expect(await listing()).toEqual([
      { sku: 'AAA', ref: null, known: null, conflict: false, error: 'NOT_STOCKED' },
      { sku: 'MUG', ref: 'item/MUG', known: 10, conflict: false, error: null },
    ]);
  });

  it('again when its answer was lost: the comparison makes a repeat harmless', async () => {
    shop.stock.set('MUG', 4);
    shop.fail('setStock', unavailable('unknown'), 'after');
    await push();
    expect(await push()).toBe(1);
    expect(shop.written).toHaveLength(1);
    expect(await listing()).toMatchObject([{ known: 10, conflict: false }]);
  });
});

describe('a number that neither we nor the shop explain', () => {
  /** A sale in the shop that nobody has told us of. */
  async function unseenSale(): Promise<void> {
    shop.stock.set('MUG', 10);
    await push();
    shop.stock.set('MUG', 8);
    await world.receive('B', ['MUG', 5]);
    await push();
  }
  const sale = (updatedAt = '2026-11-24T11:00:00Z') => ({
    kind: 'order' as const,
    snapshot: snapshot({ externalId: 'sale', updatedAt, lines: [line('1', 'MUG', 2)] }),
    payments: [],
    refunds: [],
  });

  it('stops the writing, and asks for the shop’s orders at once', async () => {
    await unseenSale();
    expect(shop.written).toEqual([]);
    expect(await listing()).toMatchObject([{ known: null, conflict: true }]);
    expect(
      await world.query('select backfill_due_at <= now() as due from store where id = ?', [storeId]),
    ).toEqual([{ due: true }]);
    expect(await push()).toBe(0);
  });

  it('is computed anew once those orders are read and hold their stock', async () => {
    await unseenSale();
    shop.pages = [{ orders: [sale()], refused: [] }];
    await backfill();
    expect(await push()).toBe(0);
    const orderId = orderIdOf(storeId, 'sale');
    await capture(world.deps, { orderId, storeId, externalId: 'sale', knownVersion: 0, settleTies: false });
    expect(await push()).toBe(0);
    await review(world.deps, { orderId, generation: 1, approved: [] });
    expect(await push()).toBe(0);
    await reserve(world.deps, { orderId, generation: 1 });
    expect(await push()).toBe(1);
    expect(shop.written).toEqual([{ sku: 'MUG', quantity: 13, lastKnown: 8 }]);
  });

  it('is not computed anew by a backfill that began before it was seen', async () => {
    shop.stock.set('MUG', 10);
    await push();
    shop.meanwhile('ordersChangedSince', async () => {
      shop.stock.set('MUG', 8);
      await world.receive('B', ['MUG', 5]);
      await push();
    });
    await backfill();
    expect(await listing()).toMatchObject([{ conflict: true }]);
    expect(await push()).toBe(0);
    await backfill();
    expect(await push()).toBe(1);
  });

  it('is also seen between the look and the writing', async () => {
    shop.stock.set('MUG', 4);
    shop.meanwhile('findStockItem', async () => shop.stock.set('MUG', 3));
    await push();
    expect(shop.written).toEqual([]);
    expect(shop.stock.get('MUG')).toBe(3);
    expect(await listing()).toMatchObject([{ known: null, conflict: true }]);
  });
});

describe('when processes push at the same time', () => {
  const takenOver = () => world.query(`update listing set leased_until = now() - interval '1 second'`);

  it('one of them writes', async () => {
    shop.stock.set('MUG', 4);
    const told = await Promise.all([push(), push(), push()]);
    expect(told.toSorted((a, b) => a - b)).toEqual([0, 0, 1]);
    expect(shop.written).toHaveLength(1);
    expect(await listing()).toMatchObject([{ known: 10, conflict: false }]);
  });

  it('what one finds that was taken over is not kept', async () => {
    shop.stock.set('MUG', 4);
    shop.meanwhile('findStockItem', async () => {
      await takenOver();
      await push();
    });
    await push();
    expect(shop.written).toEqual([{ sku: 'MUG', quantity: 10, lastKnown: 4 }]);
    expect(await listing()).toMatchObject([{ known: 10, conflict: false }]);
  });

  it('what one writes that was taken over is explained by nobody: the shop’s orders are read first', async () => {
    shop.stock.set('MUG', 4);
    shop.meanwhile('setStock', async () => {
      await takenOver();
      await world.receive('B', ['MUG', 5]);
      await push();
    });
    await push();
    expect(await listing()).toMatchObject([{ known: null, conflict: true }]);
    expect(await push()).toBe(0);
    await backfill();
    expect(await push()).toBe(1);
    expect(await listing()).toMatchObject([{ known: 15, conflict: false }]);
    expect(shop.stock.get('MUG')).toBe(15);
  });

  it('the shop ends at the promise, however buffers, sales and receipts come together', async () => {
    shop.stock.set('MUG', 0);
    await push();
    await world.receive('B', ['MUG', 40]);
    const other = await world.store();
    const sale = async (store: string, externalId: string, quantity: number) => {
      const orderId = await world.order(store, { externalId, lines: [line('1', 'MUG', quantity)] });
      await reserve(world.deps, { orderId, generation: 1 });
    };
    /** In the shop, which takes it off what it shows by itself. */
    const saleInShop = (externalId: string) => {
      shop.stock.set('MUG', shop.stock.get('MUG')! - 1);
      return sale(storeId, externalId, 1);
    };
    await Promise.all([
      ...[3, 9, 0, 5].flatMap((quantity) => [buffer(quantity), push()]),
      ...['1', '2', '3', '4'].flatMap((externalId) => [sale(other, externalId, 2), push()]),
      ...['5', '6'].flatMap((externalId) => [saleInShop(externalId), push()]),
      world.receive('M', ['MUG', 5]),
      push(),
    ]);
    const settle = async () => {
      await backfill();
      return push();
    };
    for (let round = 0; round < 5 && (await settle()) > 0; round++);
    expect(await settle()).toBe(0);
    const { availableToPromise, buffer: kept } = await promiseOf('MUG');
    expect(availableToPromise).toBe(55 - 8 - 2 - kept);
    expect(shop.stock.get('MUG')).toBe(availableToPromise);
  });
});
