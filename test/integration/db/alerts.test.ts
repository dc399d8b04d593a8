import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { watchStock } from '../../../db/alerts/watch.ts';
import { createWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.clear();
  await world.warehouse('B');
  await world.warehouse('M');
  await world.product('MUG');
});

/** A little later: the database tells microseconds apart, and what is booked in this very millisecond counts. */
const soon = () => new Date(Date.now() + 1_000);
const watch = (now = soon(), days = 30) => watchStock(world.orm, now, days);
const settings = (warehouse: string, sku: string, reorderPoint: number) =>
  world.query(
    `insert into replenishment (warehouse, sku, reorder_point, safety_stock, lead_time_days, cover_days, supplier,
       pack_size, unit_cost, currency) values (?, ?, ?, 12, 7, 21, 'Clay', 5, 320, 'EUR')`,
    [warehouse, sku, reorderPoint],
  );
const lose = (quantity: number, reason = 'damage') =>
  world.query(
    `insert into stock_movement (id, warehouse, sku, lot_id, quantity, reason, reference, actor)
     select ?, warehouse, sku, id, ?, ?, ?, 'test' from lot order by id limit 1`,
    [randomUUID(), -quantity, reason, randomUUID()],
  );
const alerts = async () =>
  (
    await world.query<{ text: string }>(
      `select kind || ' ' || warehouse || '/' || sku || case when closed_at is null then ' open' else ' closed' end
       as text from alert order by id`,
    )
  ).map(({ text }) => text);

describe('stock that runs low', () => {
  beforeEach(async () => {
    await settings('B', 'MUG', 10);
    await world.receive('B', ['MUG', 20]);
  });

  it('is told of once when it crosses the line, and again only after it crossed back', async () => {
    await lose(9);
    await watch();
    expect(await alerts()).toEqual([]);
    await lose(1, 'shipment');
    await watch();
    await watch();
    await lose(1);
    await watch();
    expect(await alerts()).toEqual(['low_stock B/MUG open']);
    await world.receive('B', ['MUG', 2]);
    await watch();
    expect(await alerts()).toEqual(['low_stock B/MUG closed']);
    await lose(1);
    await watch();
    expect(await alerts()).toEqual(['low_stock B/MUG closed', 'low_stock B/MUG open']);
  });

  it('says how long it lasts and what is to be bought', async () => {
    await lose(14, 'shipment');
    await watch();
    const [row] = await world.query('select facts, subject from alert');
    expect(row).toEqual({
      subject: 'B/MUG',
      facts: {
        ...{ onHand: 6, available: 6, waiting: 0, incoming: 0, reorderPoint: 10, supplier: 'Clay' },
        // 0.5 × 28 + 12 - 6, in packs of 5
        ...{ velocity: 0.5, daysOfCover: 12, position: 6, suggestedQuantity: 20 },
      },
    });
  });

  it('is told of no more where nothing is bought, or the warehouse is closed', async () => {
    await lose(15);
    await watch();
    await world.query('delete from replenishment');
    await watch();
    expect(await alerts()).toEqual(['low_stock B/MUG closed']);
    await settings('B', 'MUG', 10);
    await world.query(`update warehouse set active = false where code = 'B'`);
    await watch();
    expect(await alerts()).toEqual(['low_stock B/MUG closed']);
  });

  it('is told of once by any number of processes, to each endpoint that wants it', async () => {
    await world.query(
      `insert into alert_endpoint (id, channel, target, kinds, deleted_at) values
         (?, 'email', 'a@example.com', '{low_stock,lot_expiring}', null),
         (?, 'email', 'b@example.com', '{lot_expiring}', null),
         (?, 'email', 'c@example.com', '{low_stock}', now()),
         (?, 'webhook', 'https://example.com/d', '{low_stock}', null)`,
      [randomUUID(), randomUUID(), randomUUID(), randomUUID()],
    );
    await settings('M', 'MUG', 0);
    await lose(15);
    for (let round = 0; round < 5; round++) await Promise.all(Array.from({ length: 8 }, () => watch()));
    expect((await alerts()).sort()).toEqual(['low_stock B/MUG open', 'low_stock M/MUG open']);
    const told = await world.query<{ target: string }>(
      `select e.target from alert_delivery d join alert_endpoint e on e.id = d.endpoint_id order by 1`,
    );
    expect(told.map(({ target }) => target)).toEqual([
      ...['a@example.com', 'a@example.com', 'https://example.com/d', 'https://example.com/d'],
    ]);
  });

  it('can not be open twice, whoever says so', async () => {
    await lose(15);
    await watch();
    const copy = `insert into alert (id, kind, subject, warehouse, sku, facts)
                  select gen_random_uuid(), kind, subject, warehouse, sku, facts from alert`;
    await expect(world.query(copy)).rejects.toThrow('alert_one_open');
  });
});

describe('a lot that expires', () => {
  // 01:30 on 1 December in Berlin
  const now = new Date('2026-12-01T00:30:00Z');
  beforeEach(async () => {
    await world.query(`update warehouse set time_zone = 'America/New_York' where code = 'M'`);
  });

  it('is told of by the day where it lies, where it holds something', async () => {
    await world.query(`update warehouse set time_zone = 'Europe/Berlin' where code = 'B'`);
    await world.receive('B', ['MUG', 3, 'on the day', '2026-12-31'], ['MUG', 3, 'later', '2027-01-01']);
    await world.receive('B', ['MUG', 3, 'last day', '2026-12-01'], ['MUG', 3, 'over', '2026-11-30']);
    // It is 30 November in New York.
    await world.receive('M', ['MUG', 4, 'here', '2026-12-30'], ['MUG', 4, 'not yet', '2026-12-31']);
    await world.query(`update lot set state = 'quarantined' where number = 'last day'`);
    await watch(now);
    const rows = await world.query('select warehouse, facts from alert order by id');
    expect(rows).toEqual([
      { warehouse: 'M', facts: { lot: 'here', expiresAt: '2026-12-30', daysLeft: 30, onHand: 4 } },
      { warehouse: 'B', facts: { lot: 'on the day', expiresAt: '2026-12-31', daysLeft: 30, onHand: 3 } },
    ]);
  });

  it('is told of once, also when it was empty in between', async () => {
    await world.receive('B', ['MUG', 3, 'L', '2026-12-20']);
    await Promise.all([watch(now), watch(now), watch(now)]);
    await lose(3);
    await watch(now);
    expect(await alerts()).toEqual(['lot_expiring B/MUG closed']);
    await world.receive('B', ['MUG', 3, 'L']);
    await watch(now);
    expect(await alerts()).toEqual(['lot_expiring B/MUG closed']);
  });
});
