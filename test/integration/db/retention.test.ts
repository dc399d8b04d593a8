import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { capture } from '../../../activities/capture.ts';
import { fetchOrder } from '../../../activities/storefront.ts';
import { keepMail } from '../../../api/webhooks/keep.ts';
import { orderIdOf } from '../../../db/order-id.ts';
import { forgetOld } from '../../../workers/loops/privacy.ts';
import { createFakeShop, type FakeShop } from '../activities/fake-shop.ts';
import { seedFulfillment, seedOrder } from '../api/seed.ts';
import { createWorld, snapshot, type World } from './world.ts';

let world: World;
let shop: FakeShop;
let storeId: string;
beforeAll(async () => {
  shop = createFakeShop();
  world = await createWorld({ storefronts: [shop.storefront] });
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.clear();
  storeId = await world.store({ platform: 'shop' });
});

const retention = { inboxDays: 90, labelDays: 180 };
const forget = () => forgetOld(world.deps, retention);

async function mail(key: string, state: string, daysAgo: number, appliedDaysAgo = daysAgo): Promise<void> {
  await world.query(
    `insert into inbox (source, key, store_id, topic, order_external_id, body, state, received_at, applied_at)
     values (?, ?, ?, 'orders/updated', ?, 'who', ?, now() - make_interval(days => ?),
             case when ? in ('applied', 'refused') then now() - make_interval(days => ?) end)`,
    [`store/${storeId}`, key, storeId, key, state, daysAgo, state, appliedDaysAgo],
  );
}
const bodies = async () =>
  Object.fromEntries(
    (await world.query<{ key: string; body: string }>('select key, body from inbox order by seq')).map(
      ({ key, body }) => [key, body],
    ),
  );

describe('bodies of events', () => {
  it('are emptied when they were read long ago, whatever is unread or young stays', async () => {
    await mail('old', 'applied', 91);
    await mail('refused', 'refused', 91);
    await mail('young', 'applied', 89);
    await mail('read lately', 'applied', 91, 3);
    await mail('unread', 'received', 400);
    await mail('told', 'delivered', 400);
    expect(await forget()).toBe(false);
    const who = 'who';
    expect(await bodies()).toEqual({
      ...{ old: '', refused: '', young: who },
      ...{ 'read lately': who, unread: who, told: who },
    });
  });

  it('go in batches, and beside each other', async () => {
    await world.query(
      `insert into inbox (source, key, topic, body, state, received_at)
       select 'carrier/fast', n::text, 'x', 'who', 'applied', now() - interval '100 days' from generate_series(1, 1200) n`,
    );
    const rounds = [await Promise.all([forget(), forget()]), [await forget()]];
    expect(rounds).toEqual([[true, true], [false]]);
    expect(await world.query(`select 1 from inbox where body <> ''`)).toEqual([]);
  });

  it('leave their keys behind, so that a duplicate stays one', async () => {
    await mail('old', 'applied', 91);
    await forget();
    const again = await keepMail(world.orm.em.fork(), {
      ...{ source: `store/${storeId}`, key: 'old', storeId, topic: 'orders/updated', orderExternalId: 'old' },
      ...{ body: 'who', state: 'received', reason: null },
    });
    expect(again).toMatchObject({ fresh: false, state: 'applied' });
    expect(await bodies()).toEqual({ old: '' });
  });

  it('do not stand in the way of the same answer of a store, read anew', async () => {
    const orderId = orderIdOf(storeId, '1001');
    const asked = { orderId, storeId, externalId: '1001' };
    shop.orders.set('1001', { kind: 'order', snapshot: snapshot(), payments: [], refunds: [] });
    await fetchOrder(world.deps, asked);
    await capture(world.deps, { ...asked, knownVersion: 0, settleTies: false });
    await world.query(`update inbox set received_at = '2020-01-01', applied_at = '2020-01-01'`);
    await forget();
    await fetchOrder(world.deps, asked);
    const { order } = await capture(world.deps, { ...asked, knownVersion: 1, settleTies: false });
    expect(order).toMatchObject({ number: '#1001', version: 1, changed: false });
  });
});

describe('documents of labels', () => {
  async function label(externalId: string, daysAgo: number, ended: boolean): Promise<void> {
    const id = await seedOrder(
      world.orm,
      storeId,
      { externalId },
      ended ? { stage: 'closed', endedAt: new Date() } : {},
    );
    const { labelId } = await seedFulfillment(world.orm, id);
    await world.query(
      'update label set tracking_number = ?, bought_at = now() - make_interval(days => ?) where id = ?',
      [externalId, daysAgo, labelId],
    );
  }

  it('are emptied of orders that have ended, numbers and costs stay', async () => {
    await world.query(
      `insert into warehouse (code, name, address, latitude, longitude, countries) values ('BER', 'BER', '{}', 0, 0, '{DE}')`,
    );
    await label('old', 181, true);
    await label('young', 179, true);
    await label('open', 400, false);
    expect(await forget()).toBe(false);
    const rows = await world.query(
      `select tracking_number as number, cost::int, convert_from(document, 'UTF8') as document from label order by bought_at desc`,
    );
    expect(rows).toEqual([
      { number: 'young', cost: 612, document: '%PDF-1.7' },
      { number: 'old', cost: 612, document: '' },
      { number: 'open', cost: 612, document: '%PDF-1.7' },
    ]);
  });
});

it('what was being kept at the moment of an erasure is emptied later', async () => {
  const orderId = await seedOrder(world.orm, storeId, { externalId: '7' }, { endedAt: new Date() });
  await mail('7', 'refused', 0);
  await mail('8', 'refused', 0);
  await world.query('update orders set erased_at = now() where id = ?', [orderId]);
  await forget();
  expect(await bodies()).toEqual({ 7: '', 8: 'who' });
});
