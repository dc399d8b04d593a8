import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { backfillDueStores } from '../../../activities/backfill.ts';
import type { ChangedOrders } from '../../../connectors/storefronts/storefront.ts';
import type { OrderSnapshot } from '../../../domain/order.ts';
import { createWorld, line, snapshot, type World } from '../db/world.ts';
import { createFakeShop, type FakeShop, unavailable } from './fake-shop.ts';

let world: World;
let shop: FakeShop;
let storeId: string;

beforeAll(async () => {
  const fake = createFakeShop();
  world = await createWorld({
    storefronts: [{ ...fake.storefront, connect: (store) => shop.storefront.connect!(store) }],
  });
});
afterAll(() => world.close());
beforeEach(async () => {
  shop = createFakeShop();
  await world.query(`update store set backfill_due_at = 'infinity'`);
  storeId = await world.store({ platform: 'shop', fulfillFrom: '2026-11-01T00:00:00Z' });
});

const changed = (change: Partial<OrderSnapshot>) => ({
  kind: 'order' as const,
  snapshot: snapshot(change),
  payments: [],
  refunds: [],
});
const page = (orders: Partial<OrderSnapshot>[], next?: string): ChangedOrders => ({
  orders: orders.map(changed),
  refused: [],
  ...(next !== undefined && { next }),
});
const run = () => backfillDueStores(world.deps, 600);
const due = () => world.query('update store set backfill_due_at = now() where id = ?', [storeId]);
const mail = async () =>
  (
    await world.query<{ id: string; state: string }>(
      'select order_external_id as id, state from inbox where store_id = ? order by seq',
      [storeId],
    )
  ).map(({ id, state }) => `${id} ${state}`);
const connection = async () =>
  (
    await world.query<{ watermark: string; succeeded: boolean; error: string | null }>(
      `select to_jsonb(backfill_watermark) #>> '{}' as watermark, backfill_succeeded_at is not null as succeeded,
              backfill_error as error from store where id = ?`,
      [storeId],
    )
  )[0]!;

it('reads what changed since the watermark, with overlap, page by page, and moves the watermark', async () => {
  shop.pages = [
    page([{ externalId: '1' }], 'c1'),
    page([{ externalId: '2', updatedAt: '2026-11-20T09:30:00Z' }, { externalId: '3' }]),
  ];
  const [{ now }] = (await world.query<{ now: string }>(`select to_jsonb(now()) #>> '{}' as now`)) as [
    { now: string },
  ];
  expect(await run()).toBe(1);
  expect(shop.asked).toEqual([
    { since: '2026-11-24T09:58:00.000Z', cursor: undefined },
    { since: '2026-11-24T09:58:00.000Z', cursor: 'c1' },
  ]);
  expect(await mail()).toEqual(['1 received', '2 received', '3 received']);
  const { watermark, succeeded, error } = await connection();
  expect([succeeded, error]).toEqual([true, null]);
  expect(Date.parse(watermark)).toBeGreaterThanOrEqual(Date.parse(now));
});

it('reads each store once per turn, however many processes do', async () => {
  const taken = await Promise.all(Array.from({ length: 5 }, run));
  expect(taken.reduce((sum, one) => sum + one, 0)).toBe(1);
  expect(shop.asked).toHaveLength(1);
  expect(await run()).toBe(0);
});

it('keeps the watermark and shows why where the shop does not answer; the next time it begins there', async () => {
  const before = await connection();
  shop.fail('ordersChangedSince', unavailable());
  await run();
  expect(await connection()).toEqual({ ...before, error: 'PartyFailure: http-503' });
  await due();
  await run();
  expect(shop.asked).toEqual([{ since: '2026-11-24T09:58:00.000Z', cursor: undefined }]);
  expect(await connection()).toMatchObject({ succeeded: true, error: null });
});

it('that fails between pages goes on from the last order that it read', async () => {
  shop.pages = [page([{ externalId: '1', updatedAt: '2026-11-24T10:30:00Z' }], 'c1')];
  shop.meanwhile('ordersChangedSince', async () => shop.fail('ordersChangedSince', unavailable()));
  await run();
  expect(await mail()).toEqual(['1 received']);
  expect(await connection()).toMatchObject({ watermark: '2026-11-24T10:30:00+00:00', succeeded: false });
});

it('one order that does not come keeps no other back, and is asked for again', async () => {
  const failed = unavailable();
  const missing = { ...page([{ externalId: '1', updatedAt: '2026-11-24T10:30:00Z' }], 'c1'), failed };
  shop.pages = [missing, page([{ externalId: '3', updatedAt: '2026-11-24T11:00:00Z' }])];
  const before = await connection();
  await run();
  expect(await mail()).toEqual(['1 received', '3 received']);
  expect(await connection()).toEqual({ ...before, error: 'PartyFailure: http-503' });
});

it('a failure of one store keeps no other back', async () => {
  await world.query(`update store set backfill_due_at = now() - interval '1 hour' where id = ?`, [storeId]);
  const other = await world.store({ platform: 'shop' });
  shop.fail('ordersChangedSince', unavailable());
  expect(await run()).toBe(2);
  expect(
    await world.query('select backfill_error is null as fine from store where id in (?) order by fine', [
      [storeId, other],
    ]),
  ).toEqual([{ fine: false }, { fine: true }]);
});

it('takes no order that is older than the start, unless it is known and newer or another', async () => {
  await world.order(storeId, {
    externalId: 'known',
    updatedAt: '2026-11-20T09:00:00Z',
    placedAt: '2026-10-01T00:00:00Z',
  });
  await world.order(storeId, { externalId: 'same' });
  await world.order(storeId, { externalId: 'other' });
  shop.pages = [
    page([
      { externalId: 'old', placedAt: '2026-10-31T23:59:59Z' },
      { externalId: 'new', placedAt: '2026-11-01T00:00:00Z' },
      { externalId: 'known', placedAt: '2026-10-01T00:00:00Z', updatedAt: '2026-11-20T09:00:01Z' },
      { externalId: 'same' },
      { externalId: 'other', updatedAt: '2026-11-19T09:00:00Z', lines: [line('1', 'MUG', 9)] },
    ]),
  ];
  await run();
  expect(await mail()).toEqual(['new received', 'known received']);
});

it('puts the same change into the inbox once, however often the overlap shows it', async () => {
  for (let time = 0; time < 3; time++) {
    shop.pages = [page([{ externalId: '1' }])];
    await due();
    await run();
  }
  expect(await mail()).toEqual(['1 received']);
});

it('shows orders that can’t be read among the refused mail, once, and reads all others', async () => {
  for (let time = 0; time < 2; time++) {
    shop.pages = [
      { ...page([{ externalId: '2' }]), refused: [{ orderExternalId: '1', reason: 'It has no lines' }] },
    ];
    await due();
    await run();
  }
  expect(await mail()).toEqual(['2 received', '1 refused']);
  expect(
    await world.query(`select reason from inbox where state = 'refused' and store_id = ?`, [storeId]),
  ).toEqual([{ reason: 'It has no lines' }]);
});

it('leaves stores without a shop alone', async () => {
  await world.query(`update store set backfill_due_at = 'infinity'`);
  await world.store({ platform: 'api' });
  expect(await run()).toBe(0);
});

it('does not pass by orders that an earlier start asked for while it ran', async () => {
  shop.pages = [page([{ externalId: '1' }])];
  const { storefront } = shop;
  shop = {
    ...shop,
    storefront: {
      ...storefront,
      connect: (store) => {
        const client = storefront.connect!(store);
        return {
          ...client,
          async ordersChangedSince(since, cursor) {
            const changes = await client.ordersChangedSince(since, cursor);
            await world.query(
              `update store set fulfill_from = '2026-02-01T00:00:00Z', backfill_watermark = '2026-02-01T00:00:00Z' where id = ?`,
              [storeId],
            );
            return changes;
          },
        };
      },
    },
  };
  await due();
  await run();
  const [row] = await world.query<{ kept: boolean }>(
    `select backfill_watermark = '2026-02-01T00:00:00Z' as kept from store where id = ?`,
    [storeId],
  );
  expect(row).toEqual({ kept: true });
});

it('asks about what the shop holds, and is told of it once it is released, even at no later time', async () => {
  const holds = ['other'];
  const id = await world.order(storeId, { externalId: '7', holds });
  await world.order(storeId, { externalId: '8' });
  shop.orders.set('7', changed({ externalId: '7', holds }));
  await run();
  expect(shop.calls).toEqual(['ordersChangedSince', 'fetchOrder']);
  expect(await mail()).toEqual([]);
  shop.orders.set('7', changed({ externalId: '7', holds: [] }));
  await due();
  await run();
  expect(await mail()).toEqual(['7 received']);
  await world.query('update orders set ended_at = now() where id = ?', [id]);
  shop.calls.length = 0;
  await due();
  await run();
  expect(shop.calls).toEqual(['ordersChangedSince']);
});
