import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { v7 as uuid } from 'uuid';
import { capture, type CaptureResult } from '../../../activities/capture.ts';
import { bury } from '../../../activities/lifecycle.ts';
import { review } from '../../../activities/review.ts';
import { fetchOrder } from '../../../activities/storefront.ts';
import type { StorefrontEvent } from '../../../connectors/storefronts/storefront.ts';
import { orderIdOf } from '../../../db/order-id.ts';
import type { OrderSnapshot, PaymentFact, RefundFact } from '../../../domain/order.ts';
import { createWorld, line, snapshot, type World } from '../db/world.ts';
import { createFakeShop, type FakeShop, unavailable } from './fake-shop.ts';

let world: World;
let shop: FakeShop;
let storeId: string;
const externalId = '1001';
let orderId: string;

beforeAll(async () => {
  shop = createFakeShop();
  // As Shopify: its webhooks do not tell held from fulfilled.
  const vague = { ...shop.storefront, platform: 'vague', fetchBeforeReview: true as const };
  world = await createWorld({ storefronts: [shop.storefront, vague] });
});
afterAll(() => world.close());
beforeEach(async () => {
  storeId = await world.store({ platform: 'shop' });
  orderId = orderIdOf(storeId, externalId);
  shop.orders.clear();
});

const at = (second: number) => `2026-11-20T10:00:${String(second).padStart(2, '0')}Z`;

const orderEvent = (
  change: Partial<OrderSnapshot> = {},
  money: { payments?: PaymentFact[]; refunds?: RefundFact[] } = {},
): Extract<StorefrontEvent, { kind: 'order' }> => ({
  kind: 'order',
  snapshot: snapshot(change),
  payments: money.payments ?? [],
  refunds: money.refunds ?? [],
});

async function mail(event: StorefrontEvent, topic = 'orders/updated'): Promise<void> {
  await world.query(
    `insert into inbox (source, key, store_id, topic, order_external_id, body) values (?, ?, ?, ?, ?, ?)`,
    [`store/${storeId}`, uuid(), storeId, topic, externalId, JSON.stringify(event)],
  );
}

const read = (change: { knownVersion?: number; settleTies?: boolean } = {}): Promise<CaptureResult> =>
  capture(world.deps, { orderId, storeId, externalId, knownVersion: 0, settleTies: false, ...change });

/** Asks the store, then reads its answer. */
async function readAfterAsking(): Promise<CaptureResult> {
  await fetchOrder(world.deps, { orderId, storeId, externalId });
  return read();
}

const inbox = async () =>
  (
    await world.query<{ state: string; reason: string | null }>(
      `select state, reason from inbox where store_id = ? order by seq`,
      [storeId],
    )
  ).map(({ state, reason }) => (reason ? `${state}: ${reason}` : state));

/** What is known of the order, whatever its number of versions. */
async function known() {
  const [row] = await world.query<{ version: number }>(
    `select o.number, o.country, o.total::int as total, o.payment_state as payment, o.disposition, o.stage, o.version,
            to_jsonb(o.source_updated_at) as "updatedAt", v.snapshot - 'updatedAt' as content,
            (select jsonb_object_agg(external_id, to_ship) from order_line l
             where l.order_id = o.id and l.version = o.version) as "toShip"
     from orders o join order_version v on v.order_id = o.id and v.version = o.version where o.id = ?`,
    [orderId],
  );
  return row!;
}
const count = async (table: string) =>
  (
    await world.query<{ n: number }>(`select count(*)::int as n from ${table} where order_id = ?`, [orderId])
  )[0]!.n;

const payment = (externalId: string, amount = 2990, kind: PaymentFact['kind'] = 'capture'): PaymentFact => ({
  externalId,
  kind,
  amount,
  currency: 'EUR',
  provider: 'stripe',
  at: at(0),
});
const refund = (externalId: string, amount = 500, key?: string): RefundFact => ({
  externalId,
  amount,
  currency: 'EUR',
  provider: 'stripe',
  at: at(1),
  ...(key !== undefined && { key }),
});

it('what was taken to be fulfilled stays so in later versions, when the store’s start is moved past it', async () => {
  await mail(orderEvent());
  await read();
  await world.query(`update store set fulfill_from = '2027-01-01T00:00:00Z' where id = ?`, [storeId]);
  await mail(orderEvent({ updatedAt: at(1), lines: [line('1', 'MUG', 3)] }));
  await read({ knownVersion: 1 });
  expect(
    await world.query(
      `select o.disposition, l.version, l.to_ship as "toShip" from order_line l join orders o on o.id = l.order_id
       where o.id = ? order by l.version`,
      [orderId],
    ),
  ).toEqual([
    { disposition: 'fulfill', version: 1, toShip: 2 },
    { disposition: 'fulfill', version: 2, toShip: 3 },
  ]);
});

describe('snapshots', () => {
  it('become the order, its content and its lines', async () => {
    await mail(
      orderEvent({
        lines: [line('1', 'MUG', 2), line('2', null, 1), line('3', 'TEA', 3, { fulfillable: 1 })],
      }),
    );
    const { order, fetch } = await read();
    expect(fetch).toBe(false);
    expect(order).toMatchObject({
      number: '#1001',
      country: 'DE',
      disposition: 'fulfill',
      stage: 'received',
      generation: 1,
      version: 1,
      changed: false,
      cancelledInShop: false,
      nothingToShip: false,
      ended: false,
    });
    expect(
      await world.query(
        `select external_id as id, to_ship as ship, left_reason as left from order_line where order_id = ? order by position`,
        [orderId],
      ),
    ).toEqual([
      { id: '1', ship: 2, left: null },
      { id: '2', ship: 0, left: 'no-sku' },
      { id: '3', ship: 1, left: 'fulfilled-in-shop' },
    ]);
    expect(await inbox()).toEqual(['applied: applied']);
  });

  it('hold no personal data in what the workflow gets', async () => {
    await mail(orderEvent());
    const text = JSON.stringify(await read());
    for (const personal of ['Mina', 'Muster', 'Beispielweg', 'Hamburg', '20095', 'example.com', '555'])
      expect(text).not.toContain(personal);
  });

  it('end in the same row in whatever order and however often they arrive', async () => {
    const contents = [2, 3, 2, 5].map((quantity, index) =>
      orderEvent({
        updatedAt: at(index),
        lines: [line('1', 'MUG', quantity)],
        totals: { shipping: 0, tax: 0, discount: 0, other: 0, total: 1000 * quantity },
      }),
    );
    const arrivals = fc.tuple(
      fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
      fc.array(fc.nat(3), { maxLength: 3 }),
      fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }),
    );
    await fc.assert(
      fc.asyncProperty(arrivals, async ([order, again, pauses]) => {
        storeId = await world.store({ platform: 'shop' });
        orderId = orderIdOf(storeId, externalId);
        for (const [place, index] of [...order, ...again].entries()) {
          await mail(contents[index]!);
          if (pauses[place]) await read();
        }
        await read();
        expect(await known()).toMatchObject({
          total: 5000,
          updatedAt: '2026-11-20T10:00:03+00:00',
          toShip: { 1: 5 },
          content: { lines: [{ quantity: 5 }] },
        });
        expect((await inbox()).every((state) => state.startsWith('applied'))).toBe(true);
      }),
      { numRuns: 40, seed: 7 },
    );
  });

  it('of old content that comes back newer count as the newest', async () => {
    await mail(orderEvent({ updatedAt: at(1) }));
    await read();
    await mail(orderEvent({ updatedAt: at(3) }));
    await read();
    await mail(orderEvent({ updatedAt: at(2), lines: [line('1', 'MUG', 9)] }));
    await read();
    expect(await known()).toMatchObject({
      version: 1,
      toShip: { 1: 2 },
      updatedAt: '2026-11-20T10:00:03+00:00',
    });
    expect(await inbox()).toEqual(['applied: applied', 'applied: unchanged', 'applied: outdated']);
  });

  it('of the same time and other content ask for a fetch, and stay unread until it settles them', async () => {
    await mail(orderEvent({ updatedAt: at(1) }));
    await read();
    await mail(orderEvent({ updatedAt: at(1), lines: [line('1', 'MUG', 9)] }));
    expect(await read()).toMatchObject({ fetch: true, order: { version: 1 } });
    expect(await inbox()).toEqual(['applied: applied', 'received']);
    shop.orders.set(externalId, orderEvent({ updatedAt: at(1), lines: [line('1', 'MUG', 4)] }));
    expect(await readAfterAsking()).toMatchObject({ fetch: false, order: { version: 2 } });
    expect(await known()).toMatchObject({ toShip: { 1: 4 } });
    expect(await inbox()).toEqual(['applied: applied', 'applied: asked', 'applied: applied']);
  });

  it('are settled also by an answer that the store gave before, word for word', async () => {
    const answer = orderEvent({ updatedAt: at(1) });
    shop.orders.set(externalId, answer);
    await mail({ kind: 'order-changed', orderExternalId: externalId });
    await readAfterAsking();
    for (const event of [
      orderEvent({ updatedAt: at(1), lines: [line('1', 'MUG', 9)] }),
      { kind: 'order-changed' as const, orderExternalId: externalId },
    ]) {
      await mail(event);
      expect(await read()).toMatchObject({ fetch: true });
      expect(await readAfterAsking()).toMatchObject({ fetch: false });
    }
    expect(await known()).toMatchObject({ toShip: { 1: 2 } });
    expect((await inbox()).every((state) => state.startsWith('applied'))).toBe(true);
  });

  it('that arrive while the store answers are not settled by that answer', async () => {
    shop.orders.set(externalId, orderEvent({ updatedAt: at(1) }));
    await mail({ kind: 'order-changed', orderExternalId: externalId });
    const edited = orderEvent({ updatedAt: at(1), lines: [line('1', 'MUG', 9)] });
    shop.meanwhile('fetchOrder', async () => {
      shop.orders.set(externalId, edited);
      await mail(edited);
    });
    expect(await readAfterAsking()).toMatchObject({ fetch: true });
    expect(await known()).toMatchObject({ toShip: { 1: 2 } });
    expect(await readAfterAsking()).toMatchObject({ fetch: false });
    expect(await known()).toMatchObject({ toShip: { 1: 9 } });
    expect((await inbox()).every((state) => state.startsWith('applied'))).toBe(true);
  });

  it('are settled by what came later when the store can’t be asked', async () => {
    await mail(orderEvent({ updatedAt: at(1) }));
    await mail(orderEvent({ updatedAt: at(1), lines: [line('1', 'MUG', 9)] }));
    shop.fail('fetchOrder', unavailable());
    await expect(fetchOrder(world.deps, { orderId, storeId, externalId })).rejects.toThrow('away');
    expect(await read({ settleTies: true })).toMatchObject({ fetch: false, order: { version: 2 } });
    expect(await known()).toMatchObject({ toShip: { 1: 9 } });
  });

  it('are settled by what came later where there is no shop to ask', async () => {
    storeId = await world.store({ platform: 'api' });
    orderId = orderIdOf(storeId, externalId);
    await mail(orderEvent({ updatedAt: at(1) }), 'api/order');
    await mail(orderEvent({ updatedAt: at(1), lines: [line('1', 'MUG', 9)] }), 'api/order');
    expect(await read()).toMatchObject({ fetch: false, order: { version: 2 } });
    expect(await known()).toMatchObject({ toShip: { 1: 9 } });
  });

  it('that two steps read at once are applied once', async () => {
    for (let round = 0; round < 10; round++) {
      storeId = await world.store({ platform: 'shop' });
      orderId = orderIdOf(storeId, externalId);
      await mail(orderEvent({ updatedAt: at(1) }, { payments: [payment('p1')] }));
      const [first] = await Promise.all([
        read(),
        read(),
        mail(orderEvent({ updatedAt: at(2), lines: [line('1', 'MUG', 3)] })).then(() => read()),
        read(),
      ]);
      expect(first.order).not.toBeNull();
      await read();
      expect(await known()).toMatchObject({ version: 2, toShip: { 1: 3 } });
      expect(await count('payment')).toBe(1);
    }
  });

  it('that can’t be used are refused with their reason, and hold up nothing', async () => {
    await mail(orderEvent(), 'unusable');
    await mail(orderEvent());
    expect(await read()).toMatchObject({ order: { version: 1 } });
    expect(await inbox()).toEqual(['refused: It has no lines', 'applied: applied']);
  });
});

async function ship(lineId: string, quantity: number): Promise<void> {
  const code = 'M';
  await world.query(`insert into warehouse (code, name, address, latitude, longitude, countries)
    values ('M', 'M', '{}', 0, 0, '{DE}') on conflict do nothing`);
  const id = uuid();
  await world.query(
    `insert into fulfillment (id, order_id, generation, position, warehouse, order_version, stage, tracking_number)
     values (?, ?, 1, 1, ?, 1, 'labelled', 'T1')`,
    [id, orderId, code],
  );
  await world.query(`insert into fulfillment_line values (?, ?, 'MUG', ?)`, [id, lineId, quantity]);
}

describe('of a shop whose webhooks count what it holds as fulfilled', () => {
  beforeEach(async () => {
    storeId = await world.store({ platform: 'vague' });
    orderId = orderIdOf(storeId, externalId);
  });
  const told = (fulfillable: number, minute: number, change: Partial<OrderSnapshot> = {}) =>
    mail(
      orderEvent({
        updatedAt: at(minute),
        holds: null,
        lines: [line('1', 'MUG', 2, { fulfillable })],
        ...change,
      }),
    );
  const answers = (fulfillable: number, minute: number, holds: string[] = []) =>
    shop.orders.set(
      externalId,
      orderEvent({ updatedAt: at(minute), holds, lines: [line('1', 'MUG', 2, { fulfillable })] }),
    );

  it('a new order is known once the shop said which of both it is: held', async () => {
    await told(0, 1);
    const before = await world.contents();
    expect(await read()).toEqual({ order: null, fetch: true, incomplete: false });
    expect(await world.contents()).toEqual(before);
    answers(2, 1, ['other']);
    expect(await readAfterAsking()).toMatchObject({
      fetch: false,
      order: { version: 1, disposition: 'fulfill', heldInShop: true, nothingToShip: false },
    });
    expect(await inbox()).toEqual(['applied: asked', 'applied: applied']);
    expect(await known()).toMatchObject({ toShip: { 1: 2 }, content: { holds: ['other'] } });
  });

  it('or fulfilled', async () => {
    await told(0, 1);
    answers(0, 1);
    await read();
    expect(await readAfterAsking()).toMatchObject({ order: { disposition: 'record', heldInShop: false } });
    expect(await inbox()).toEqual(['applied: unchanged', 'applied: applied']);
  });

  it('or gone', async () => {
    await told(0, 1);
    await read();
    expect(await readAfterAsking()).toMatchObject({
      order: { disposition: 'record', cancelledInShop: true },
    });
    expect(await inbox()).toEqual(['applied: applied', 'applied']);
  });

  it('one that was recorded as fulfilled, since the shop did not answer, is fulfilled here once it is seen not to be', async () => {
    await told(0, 1);
    await read();
    expect(await read({ settleTies: true })).toMatchObject({ order: { disposition: 'record', ended: true } });
    await told(2, 2);
    await Promise.all([read(), read(), read()]);
    expect((await read()).order).toMatchObject({
      disposition: 'fulfill',
      stage: 'received',
      ended: false,
      version: 2,
    });
    expect(await known()).toMatchObject({ disposition: 'fulfill', toShip: { 1: 2 } });
    expect(
      await world.query(`select detail from audit where order_id = ? and what = 'content_changed'`, [
        orderId,
      ]),
    ).toEqual([{ detail: 'Content version 2: ships 2 × MUG instead of 0; it is fulfilled here after all' }]);
    expect(
      await world.query(`select record_reason as why, ended_at as ended from orders where id = ?`, [orderId]),
    ).toEqual([{ why: null, ended: null }]);
  });

  it.each([
    ['nothing was sent', null, { stage: 'received', ended: false, generation: 2, nothingToShip: false }],
    ['what was sent came back undone', 'cancelled', { stage: 'received', ended: false, generation: 2 }],
    ['something was sent', 'closed', { stage: 'closed', ended: true, generation: 1 }],
  ])('one that was closed since nothing seemed to be left, where %s', async (_, sent, seen) => {
    await told(2, 1);
    await read();
    await told(0, 2);
    expect(await read({ knownVersion: 1, settleTies: true })).toMatchObject({
      order: { nothingToShip: true },
    });
    if (sent) await ship('1', 1);
    await world.query(`update fulfillment set stage = ? where order_id = ?`, [sent, orderId]);
    await world.query(`update orders set stage = 'closed', ended_at = now() where id = ?`, [orderId]);
    await told(2, 3);
    await Promise.all([read({ knownVersion: 2 }), read({ knownVersion: 2 })]);
    expect(await read({ knownVersion: 2 })).toMatchObject({ order: seen });
    expect(
      await world.query(
        `select o.signal from outbox o join orders p on p.workflow_id = o.workflow_id where p.id = ?`,
        [orderId],
      ),
    ).toEqual(seen.ended ? [] : [{ signal: 'mail' }]);
  });

  it('one that is known goes by the shop’s answer, and is asked about with each news while it is held', async () => {
    await told(2, 1);
    await read();
    await told(0, 2);
    expect(await read({ knownVersion: 1 })).toMatchObject({
      fetch: true,
      order: { version: 1, heldInShop: false },
    });
    answers(2, 2, ['high risk of fraud']);
    await fetchOrder(world.deps, { orderId, storeId, externalId });
    expect(await read({ knownVersion: 1 })).toMatchObject({
      fetch: false,
      order: { version: 2, changed: false, heldInShop: true },
    });
    await told(0, 3, { fraud: 'accept' });
    expect(await read({ knownVersion: 2 })).toMatchObject({
      fetch: true,
      order: { version: 2, heldInShop: true },
    });
    await told(2, 4);
    expect(await read({ knownVersion: 2 })).toMatchObject({ fetch: true, order: { heldInShop: true } });
    answers(2, 4);
    await fetchOrder(world.deps, { orderId, storeId, externalId });
    expect(await read({ knownVersion: 2 })).toMatchObject({
      fetch: false,
      order: { changed: false, heldInShop: false, nothingToShip: false },
    });
    expect(await known()).toMatchObject({ toShip: { 1: 2 } });
    expect(await known()).toMatchObject({
      content: expect.not.objectContaining({ holds: expect.anything() }),
    });
    expect((await inbox()).every((state) => state.startsWith('applied'))).toBe(true);
  });

  it.each<[string, Partial<OrderSnapshot>, Record<string, unknown>]>([
    ['less ordered', { lines: [line('1', 'MUG', 1)] }, { version: 2, changed: true }],
    [
      'a cancel',
      { cancelledAt: at(2), lines: [line('1', 'MUG', 2, { fulfillable: 0 })] },
      { version: 2, cancelledInShop: true },
    ],
  ])('%s is believed at once', async (_, change, seen) => {
    await told(2, 1);
    await read();
    await told(2, 2, change);
    expect(await read({ knownVersion: 1 })).toMatchObject({ fetch: false, order: seen });
  });
});

describe('changes', () => {
  it('are told against the version that the workflow knows, and stand in the audit', async () => {
    await mail(orderEvent({ updatedAt: at(1) }));
    await read();
    await mail(
      orderEvent({ updatedAt: at(2), payment: { state: 'partially_refunded', provider: 'stripe' } }),
    );
    expect((await read({ knownVersion: 1 })).order).toMatchObject({ version: 2, changed: false });
    const moved = { name: 'Mina Muster', line1: 'Other 1', city: 'Wien', postalCode: '1010', country: 'AT' };
    await mail(orderEvent({ updatedAt: at(3), shippingAddress: moved }));
    expect((await read({ knownVersion: 2 })).order).toMatchObject({
      version: 3,
      changed: true,
      country: 'AT',
    });
    await mail(orderEvent({ updatedAt: at(4), shippingAddress: moved, lines: [line('1', 'MUG', 1)] }));
    expect((await read({ knownVersion: 3 })).order).toMatchObject({ version: 4, changed: true });
    expect(
      await world.query(`select what, detail from audit where order_id = ? order by seq`, [orderId]),
    ).toEqual([
      { what: 'captured', detail: 'Captured order #1001' },
      { what: 'content_changed', detail: 'Content version 2: payment partially_refunded instead of paid' },
      {
        what: 'content_changed',
        detail: 'Content version 3: the address; payment paid instead of partially_refunded',
      },
      { what: 'content_changed', detail: 'Content version 4: 1 × MUG instead of 2' },
    ]);
  });

  const changes = () =>
    world.query(`select detail from audit where order_id = ? and what = 'content_changed' order by seq`, [
      orderId,
    ]);

  it('that only echo what we told the shop leave what is to ship as it was, and are no news', async () => {
    await mail(orderEvent({ updatedAt: at(1), lines: [line('1', 'MUG', 3)] }));
    await read();
    await ship('1', 2);
    const echo = (fulfillable: number, minute: number) =>
      mail(orderEvent({ updatedAt: at(minute), lines: [line('1', 'MUG', 3, { fulfillable })] }));
    await echo(1, 2);
    expect((await read({ knownVersion: 1 })).order).toMatchObject({ changed: false, version: 1 });
    expect(await known()).toMatchObject({ toShip: { 1: 3 } });
    expect([await inbox(), await changes()]).toEqual([['applied: applied', 'applied: unchanged'], []]);
    // Older than the echo.
    await mail(orderEvent({ updatedAt: at(1), lines: [line('1', 'MUG', 1)] }));
    expect((await read({ knownVersion: 1 })).order).toMatchObject({ changed: false, version: 1 });
    // One more was fulfilled by somebody else.
    await echo(0, 3);
    expect((await read({ knownVersion: 1 })).order).toMatchObject({ changed: true, version: 2 });
    expect(await known()).toMatchObject({ toShip: { 1: 2 } });
    expect(await changes()).toEqual([{ detail: 'Content version 2: ships 2 × MUG instead of 3' }]);
  });

  it('that come late, of what was taken back since, are no news either once their like was read', async () => {
    await mail(orderEvent({ updatedAt: at(1), lines: [line('1', 'MUG', 3)] }));
    await read();
    await ship('1', 3);
    const gone = [line('1', 'MUG', 3, { fulfillable: 0 })];
    await mail(orderEvent({ updatedAt: at(2), lines: gone }));
    await read();
    await world.query(`update fulfillment set stage = 'cancelled' where order_id = ?`, [orderId]);
    await mail(orderEvent({ updatedAt: at(3), lines: gone }));
    expect((await read({ knownVersion: 1 })).order).toMatchObject({ changed: false, version: 1 });
    await mail(orderEvent({ updatedAt: at(4), lines: [line('1', 'MUG', 3)] }));
    expect((await read({ knownVersion: 1 })).order).toMatchObject({ changed: false, version: 1 });
    expect(await known()).toMatchObject({ toShip: { 1: 3 } });
  });

  it('in the shop that cancel it are seen; so is a deletion, once', async () => {
    await mail(orderEvent({ updatedAt: at(1) }));
    await read();
    await mail({ kind: 'order-deleted', orderExternalId: externalId });
    await mail({ kind: 'order-deleted', orderExternalId: externalId });
    expect((await read({ knownVersion: 1 })).order).toMatchObject({
      cancelledInShop: true,
      nothingToShip: true,
      version: 2,
    });
    await mail(orderEvent({ updatedAt: at(0), lines: [line('1', 'MUG', 9)] }));
    expect((await read({ knownVersion: 2 })).order).toMatchObject({ cancelledInShop: true, version: 2 });
  });

  it('a deletion of an order whose content came back is as new as what it deletes', async () => {
    await mail(orderEvent({ updatedAt: at(1) }));
    await mail(orderEvent({ updatedAt: at(3) }));
    await mail({ kind: 'order-deleted', orderExternalId: externalId });
    await read();
    await mail(orderEvent({ updatedAt: at(2), lines: [line('1', 'MUG', 9)] }));
    expect((await read()).order).toMatchObject({ cancelledInShop: true });
  });
});

describe('what is only recorded', () => {
  it.each<[string, Partial<OrderSnapshot>]>([
    ['test-order', { test: true }],
    ['cancelled-in-shop', { cancelledAt: at(0) }],
    ['placed-before-start', { placedAt: '2025-12-31T23:59:59Z' }],
    ['pickup', { pickup: true }],
    ['fulfilled-in-shop', { lines: [line('1', 'MUG', 1, { fulfillable: 0 })] }],
    ['nothing-to-ship', { lines: [line('1', 'GIFT', 1, { ships: false })] }],
  ])('%s', async (reason, change) => {
    await mail(orderEvent(change, { payments: [payment('p1')] }));
    expect((await read()).order).toMatchObject({
      disposition: 'record',
      stage: 'closed',
      ended: true,
      nothingToShip: true,
    });
    expect(await world.query('select record_reason from orders where id = ?', [orderId])).toEqual([
      { record_reason: reason },
    ]);
    expect(await count('payment')).toBe(1);
  });

  it('ends exactly where the store’s orders are fulfilled from', async () => {
    await mail(orderEvent({ placedAt: '2026-01-01T00:00:00Z' }));
    expect((await read()).order).toMatchObject({ disposition: 'fulfill' });
  });
});

describe('facts', () => {
  it('are each applied once, by whatever mail and however often they come', async () => {
    const money = {
      payments: [payment('p1'), payment('p1', 2990, 'authorization')],
      refunds: [refund('r1')],
    };
    await mail(orderEvent({ updatedAt: at(1) }, money));
    await mail({ kind: 'refund', orderExternalId: externalId, refund: refund('r1') });
    await mail(orderEvent({ updatedAt: at(2) }, { ...money, refunds: [refund('r1'), refund('r2', 100)] }));
    await mail(orderEvent({ updatedAt: at(0) }, { payments: [payment('p0', 1)] }));
    await read();
    expect(
      await world.query(
        `select external_id as id, kind, amount::int as amount from payment where order_id = ? order by 1, 2`,
        [orderId],
      ),
    ).toEqual([
      { id: 'p0', kind: 'capture', amount: 1 },
      { id: 'p1', kind: 'authorization', amount: 2990 },
      { id: 'p1', kind: 'capture', amount: 2990 },
    ]);
    expect(
      await world.query(
        `select external_id as id, amount::int as amount, state from refund where order_id = ? order by 1`,
        [orderId],
      ),
    ).toEqual([
      { id: 'r1', amount: 500, state: 'done' },
      { id: 'r2', amount: 100, state: 'done' },
    ]);
  });

  it('that come before their order wait for the store’s answer', async () => {
    await mail({ kind: 'refund', orderExternalId: externalId, refund: refund('r1') });
    expect(await read()).toEqual({ order: null, fetch: true, incomplete: false });
    expect(await inbox()).toEqual(['received']);
    shop.orders.set(externalId, orderEvent());
    expect(await readAfterAsking()).toMatchObject({ fetch: false, order: { version: 1 } });
    expect(await count('refund')).toBe(1);
    expect((await inbox()).every((state) => state.startsWith('applied'))).toBe(true);
  });

  it('of an order that the store does not know are refused', async () => {
    await mail({ kind: 'refund', orderExternalId: externalId, refund: refund('r1') });
    expect(await readAfterAsking()).toMatchObject({ order: null, fetch: false });
    expect((await inbox())[0]).toBe('refused: The store does not know this order');
  });

  it('of an unknown order stay unread while the store can’t be asked', async () => {
    await mail({ kind: 'refund', orderExternalId: externalId, refund: refund('r1') });
    expect(await read({ settleTies: true })).toMatchObject({ order: null });
    expect(await inbox()).toEqual(['received']);
    await mail(orderEvent());
    await read();
    expect(await count('refund')).toBe(1);
  });

  it('that the echo of our own refund tells complete the row that was written before', async () => {
    await mail(orderEvent());
    await read();
    await world.query(
      `insert into refund (id, order_id, provider, key, amount, currency, state, at)
       values (?, ?, 'stripe', ?, 500, 'EUR', 'intended', now())`,
      [uuid(), orderId, `k/${orderId}`],
    );
    await mail({ kind: 'refund', orderExternalId: externalId, refund: refund('r1', 500, `k/${orderId}`) });
    await mail({ kind: 'refund', orderExternalId: externalId, refund: refund('r1', 500) });
    await read();
    expect(
      await world.query(`select external_id as id, state, key from refund where order_id = ?`, [orderId]),
    ).toEqual([{ id: 'r1', state: 'done', key: `k/${orderId}` }]);
  });

  it('like a fulfillment by somebody else stand in the audit once, and what is ignored says why', async () => {
    await mail(orderEvent());
    await read();
    await ship('1', 1);
    const elsewhere = {
      kind: 'fulfilled' as const,
      orderExternalId: externalId,
      trackingNumbers: ['X1'],
      at: at(5),
    };
    await mail({ ...elsewhere, fulfillmentExternalId: 'f8', trackingNumbers: ['T1'] });
    for (let time = 0; time < 2; time++) await mail({ ...elsewhere, fulfillmentExternalId: 'f9' });
    await mail({ kind: 'ignored', reason: 'A draft' });
    await read();
    expect(
      await world.query(`select subject from audit where order_id = ? and what = 'fulfilled_in_shop'`, [
        orderId,
      ]),
    ).toEqual([{ subject: 'f9' }]);
    expect(await inbox()).toEqual([
      ...['applied: applied', 'applied', 'applied', 'applied', 'applied: A draft'],
    ]);
  });
});

it('tells what an undo that was broken off is for; a cancel stays one', async () => {
  await mail(orderEvent());
  const buried = async () => (await read()).order!.buried;
  expect(await buried()).toBeNull();
  const seen: unknown[] = [];
  for (const ending of ['redo', 'cancel', 'redo'] as const) {
    await bury(world.deps, { orderId, generation: 1, ending });
    seen.push(await buried());
  }
  expect(seen).toEqual(['redo', 'cancel', 'cancel']);
});

it('tells a run that takes the order up whether what was begun goes by other content', async () => {
  await mail(orderEvent({ updatedAt: at(1) }));
  expect((await read()).order).toMatchObject({ changed: false });
  await mail(orderEvent({ updatedAt: at(2), lines: [line('1', 'MUG', 1)] }));
  // Nothing was begun yet.
  expect((await read()).order).toMatchObject({ version: 2, changed: false });
  const first = await review(world.deps, { orderId, generation: 1, approved: [] });
  const approved = first.findings.map(({ code }) => code);
  expect((await review(world.deps, { orderId, generation: 1, approved })).outcome).toBe('pass');
  expect((await read()).order).toMatchObject({ version: 2, changed: false });
  await mail(orderEvent({ updatedAt: at(3), lines: [] }));
  expect((await read()).order).toMatchObject({ version: 3, changed: true, nothingToShip: true });
  await world.query(`insert into warehouse (code, name, address, latitude, longitude, countries)
    values ('M', 'M', '{}', 0, 0, '{DE}') on conflict do nothing`);
  for (const [stage, changed] of [
    ['labelled', true],
    ['shipped', false],
  ] as const) {
    await world.query(
      `insert into fulfillment (id, order_id, generation, position, warehouse, order_version, stage)
       values (?, ?, 1, 1, 'M', 1, ?) on conflict (id) do update set stage = excluded.stage`,
      [orderId, orderId, stage],
    );
    expect((await read()).order).toMatchObject({ changed });
  }
  await world.query('delete from fulfillment where id = ?', [orderId]);
  await world.query('update orders set generation = 2 where id = ?', [orderId]);
  expect((await read()).order).toMatchObject({ changed: false });
});
