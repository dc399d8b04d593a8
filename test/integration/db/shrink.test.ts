import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { allocate, handOver } from '../../../activities/stock.ts';
import { buyLabel } from '../../../activities/labels.ts';
import { giveBack, giveUp, move, reclaim } from '../../../activities/reroute.ts';
import { reserve } from '../../../activities/reserve.ts';
import { chooseService } from '../../../activities/shipping.ts';
import { StepUndone } from '../../../db/steps.ts';
import { lockQueue, giveToQueue } from '../../../db/stock/queue.ts';
import { releaseFor } from '../../../db/stock/shrink.ts';
import { inTransaction } from '../../../db/transaction.ts';
import { createWorld, line, type World } from './world.ts';

let world: World;
let storeId: string;
beforeAll(async () => {
  world = await createWorld({ poolSize: 20 });
});
afterAll(() => world.close());
afterEach(() => world.clear());

const key = (orderId: string) => ({ orderId, generation: 1 });

async function warehouses(): Promise<void> {
  storeId = await world.store();
  await world.warehouse('B');
  await world.warehouse('M', { priority: 200 });
  await world.product('MUG');
}

/** Orders by age, the first the oldest. */
async function order(
  externalId: string,
  quantity: number,
  more: { priority?: number } = {},
): Promise<string> {
  const placedAt = `2026-11-20T09:00:${externalId.padStart(2, '0')}.000Z`;
  const orderId = await world.order(storeId, {
    externalId,
    placedAt,
    lines: [line('1', 'MUG', quantity)],
    ...more,
  });
  await reserve(world.deps, key(orderId));
  return orderId;
}

const lot = async (number = 'L1') => {
  const [row] = await world.query<{ id: string }>('select id from lot where number = ?', [number]);
  return row!.id;
};

/** Units leave the lot for good. */
async function lose(quantity: number, number = 'L1'): Promise<{ orderId: string; quantity: number }[]> {
  const lotId = await lot(number);
  return inTransaction(world.orm, async (em) => {
    const skus = await lockQueue(em, ['MUG']);
    const lost = await releaseFor(em, { warehouse: 'B', sku: 'MUG', lotId, quantity, cause: 'counted' });
    await em.execute(
      `insert into stock_movement (id, warehouse, sku, lot_id, quantity, reason, reference, actor)
       values (gen_random_uuid(), 'B', 'MUG', ?, ?, 'count', gen_random_uuid()::text, 'test')`,
      [lotId, -quantity],
    );
    await giveToQueue(em, skus);
    return lost;
  });
}

const claims = () =>
  world.query<{ order: string; quantity: number; state: string; allocated: boolean }>(
    `select o.external_id as order, c.quantity, c.state, c.fulfillment_id is not null as allocated
     from claim c join reservation r on r.id = c.reservation_id join orders o on o.id = r.order_id
     where c.state <> 'released' order by 1, 2`,
  );
const told = () => world.query('select payload from outbox order by seq');

describe('making room before stock is lost', () => {
  it('takes from the youngest first, only as much as needed, and tells their workflows', async () => {
    await warehouses();
    await world.receive('B', ['MUG', 10, 'L1']);
    const [first, second, third] = [await order('1', 3), await order('2', 3), await order('3', 3)];
    expect(await lose(5)).toEqual([
      { orderId: third, fulfillmentId: null, labelled: false, quantity: 3 },
      { orderId: second, fulfillmentId: null, labelled: false, quantity: 1 },
    ]);
    expect(await world.levels()).toEqual({ 'B/MUG': [5, 5] });
    expect(await claims()).toEqual([
      { order: '1', quantity: 3, state: 'open', allocated: false },
      { order: '2', quantity: 2, state: 'open', allocated: false },
    ]);
    expect(await told()).toEqual([
      { payload: { generation: 1, lost: [], short: [] } },
      { payload: { generation: 1, lost: [], short: [] } },
    ]);
    // Who lost it asks for it again and waits; the older one comes first.
    for (const orderId of [third, second, first]) await reserve(world.deps, key(orderId));
    await world.receive('B', ['MUG', 1, 'L2']);
    expect((await claims()).map(({ order: of, quantity }) => [of, quantity])).toEqual([
      ['1', 3],
      ['2', 1],
      ['2', 2],
    ]);
  });

  it('of a high priority before its age, and nothing where there is room', async () => {
    await warehouses();
    await world.receive('B', ['MUG', 10, 'L1']);
    const urgent = await order('2', 4, { priority: 1 });
    const usual = await order('1', 4);
    expect(await lose(2)).toEqual([]);
    expect((await lose(4)).map(({ orderId }) => orderId)).toEqual([usual]);
    expect((await lose(1)).map(({ orderId }) => orderId)).toEqual([urgent]);
  });

  it('dissolves what has no label, whose order allocates anew what it holds and gets', async () => {
    await warehouses();
    await world.receive('B', ['MUG', 4, 'L1']);
    await world.receive('M', ['MUG', 9, 'L9']);
    const orderId = await order('1', 4);
    const {
      fulfillments: [before],
    } = await allocate(world.deps, key(orderId));
    expect(await lose(1)).toEqual([{ orderId, fulfillmentId: before!.id, labelled: false, quantity: 1 }]);
    expect(await told()).toEqual([{ payload: { generation: 1, lost: [before!.id], short: [] } }]);
    expect(await allocate(world.deps, key(orderId))).toEqual({ fulfillments: [], missing: 1 });
    expect(await reserve(world.deps, key(orderId))).toEqual({ reserved: true });
    const { fulfillments, missing } = await allocate(world.deps, key(orderId));
    expect([missing, fulfillments.map(({ warehouse, units }) => [warehouse, units])]).toEqual([
      0,
      [['M', 4]],
    ]);
    expect(await world.levels()).toEqual({ 'B/MUG': [3, 0], 'M/MUG': [9, 4] });
    await expect(
      chooseService(world.deps, { ...key(orderId), fulfillmentId: before!.id, carriers: [], round: 1 }),
    ).rejects.toThrow(StepUndone);
  });

  it('takes from what has its label last: a person decides, and nothing leaves that is not there', async () => {
    await warehouses();
    await world.receive('B', ['MUG', 4, 'L1']);
    const orderId = await order('1', 2);
    await allocate(world.deps, key(orderId));
    await world.query(`update fulfillment set stage = 'labelled'`);
    const younger = await order('2', 2);
    const [{ id: fulfillmentId } = { id: '' }] = await world.query<{ id: string }>(
      'select id from fulfillment',
    );
    expect(await lose(3)).toEqual([
      { orderId, fulfillmentId, labelled: true, quantity: 1 },
      { orderId: younger, fulfillmentId: null, labelled: false, quantity: 2 },
    ]);
    const input = { ...key(orderId), fulfillmentId };
    const gone = '1 of MUG is not in B any more';
    const before = await world.contents();
    await expect(
      handOver(world.deps, { orderId, fulfillmentId, actor: 'test', reason: 'left' }),
    ).rejects.toThrow(gone);
    await expect(chooseService(world.deps, { ...input, carriers: [], round: 1 })).rejects.toThrow(gone);
    await expect(reclaim(world.deps, input)).rejects.toThrow(gone);
    expect(await world.contents()).toEqual(before);
    await world.query('delete from stock_wait');
    await world.receive('B', ['MUG', 1, 'L2']);
    await Promise.all([1, 2, 3].map(() => reclaim(world.deps, input)));
    await handOver(world.deps, { orderId, fulfillmentId, actor: 'test', reason: 'left' });
    expect(await world.levels()).toEqual({ 'B/MUG': [0, 0] });
  });

  it('counts as labelled what a carrier was asked to sell a label for', async () => {
    await warehouses();
    await world.receive('B', ['MUG', 2, 'L1']);
    const orderId = await order('1', 2);
    const {
      fulfillments: [made],
    } = await allocate(world.deps, key(orderId));
    const accountId = await world.carrierAccount('manual');
    await world.query(
      `insert into label_purchase (id, parcel_id, generation, key, carrier_account_id, service, order_version, request, sent_at)
       select gen_random_uuid(), id, 1, 'K-1', ?, 's', 1, '{}', now() from parcel`,
      [accountId],
    );
    expect(await lose(1)).toEqual([{ orderId, fulfillmentId: made!.id, labelled: true, quantity: 1 }]);
    expect(await world.query('select stage from fulfillment')).toEqual([{ stage: 'allocated' }]);
  });

  it('never promises what is lost, whoever reserves, allocates and loses at the same time', async () => {
    await warehouses();
    await world.receive('B', ['MUG', 40, 'L1']);
    await world.receive('M', ['MUG', 5, 'L9']);
    const orders = [];
    for (let index = 1; index <= 20; index++) {
      const placedAt = `2026-11-20T09:00:${String(index).padStart(2, '0')}.000Z`;
      orders.push(
        await world.order(storeId, { externalId: String(index), placedAt, lines: [line('1', 'MUG', 2)] }),
      );
    }
    await Promise.all([
      ...orders.map(async (orderId) => {
        await reserve(world.deps, key(orderId));
        await allocate(world.deps, key(orderId));
      }),
      ...Array.from({ length: 10 }, () => lose(3)),
    ]);
    const levels = await world.query<{ warehouse: string; onHand: number; claimed: number }>(
      'select warehouse, on_hand as "onHand", claimed from stock_level',
    );
    expect(levels.find(({ warehouse }) => warehouse === 'B')!.onHand).toBe(10);
    for (const { onHand, claimed } of levels) expect(claimed).toBeLessThanOrEqual(onHand);
    for (let round = 0; round < 2; round++)
      for (const orderId of orders) {
        await reserve(world.deps, key(orderId));
        await allocate(world.deps, key(orderId));
      }
    const [served] = await world.query<{ units: number }>(
      `select sum(quantity)::int as units from claim where state = 'open'`,
    );
    const [free] = await world.query<{ units: number }>(
      'select sum(on_hand - unavailable - claimed)::int as units from stock_level',
    );
    expect([served!.units + free!.units, free!.units < 2]).toEqual([15, true]);
  });
});

describe('sending a fulfillment elsewhere', () => {
  async function allocated() {
    await warehouses();
    await world.receive('B', ['MUG', 5, 'L1']);
    await world.receive('M', ['MUG', 5, 'L9']);
    const orderId = await order('1', 2);
    const {
      fulfillments: [made],
    } = await allocate(world.deps, key(orderId));
    return { ...key(orderId), fulfillmentId: made!.id };
  }

  it('ends what is under way, frees its stock, and never comes back to the warehouse', async () => {
    const input = await allocated();
    expect(await giveUp(world.deps, input)).toMatchObject({ id: input.fulfillmentId, purchases: [] });
    await expect(chooseService(world.deps, { ...input, carriers: [], round: 1 })).rejects.toThrow(StepUndone);
    const moving = { ...input, exclude: ['B'], actor: 'ops', reason: 'damaged' };
    await Promise.all([1, 2, 3].map(() => move(world.deps, moving)));
    expect(await world.levels()).toEqual({ 'B/MUG': [5, 0], 'M/MUG': [5, 0] });
    expect(await giveUp(world.deps, input)).toBeNull();
    expect(await reserve(world.deps, input)).toEqual({ reserved: true });
    const { fulfillments } = await allocate(world.deps, input);
    expect(fulfillments.map(({ warehouse, units }) => [warehouse, units])).toEqual([['M', 2]]);
    const audits = await world.query(`select detail from audit where what = 'rerouted'`);
    expect(audits).toEqual([{ detail: 'damaged (not from B)' }]);
  });

  it('is one or the other when it is handed over at the same time', async () => {
    for (let round = 0; round < 5; round++) {
      const input = await allocated();
      await world.query(`update fulfillment set stage = 'labelled'`);
      const { orderId, fulfillmentId } = input;
      const outcomes = await Promise.allSettled([
        handOver(world.deps, { orderId, fulfillmentId, actor: 'test', reason: 'left' }),
        giveUp(world.deps, input).then((undo) =>
          undo ? move(world.deps, { ...input, exclude: ['B'], actor: 'ops', reason: 'late' }) : undefined,
        ),
      ]);
      const [row] = await world.query<{ stage: string }>('select stage from fulfillment');
      const left = row!.stage === 'shipped';
      expect(await world.levels()).toEqual({ 'B/MUG': left ? [3, 0] : [5, 0], 'M/MUG': [5, 0] });
      expect(outcomes[0].status).toBe(left ? 'fulfilled' : 'rejected');
      await world.clear();
    }
  });

  it('gives stock back that waits for too long, except what has its label', async () => {
    const input = await allocated();
    const reason = 'too long';
    expect(await giveBack(world.deps, { ...input, reason })).toEqual({ dissolved: [input.fulfillmentId] });
    expect(await world.levels()).toEqual({ 'B/MUG': [5, 0], 'M/MUG': [5, 0] });
    await reserve(world.deps, input);
    await allocate(world.deps, input);
    await world.query(`update fulfillment set stage = 'labelled' where stage = 'allocated'`);
    expect(await giveBack(world.deps, { ...input, reason })).toEqual({ dissolved: [] });
    expect(await world.levels()).toEqual({ 'B/MUG': [5, 2], 'M/MUG': [5, 0] });
  });

  it('buys no label for what was given up', async () => {
    const input = await allocated();
    const accountId = await world.carrierAccount('manual');
    await world.query(
      `insert into label_purchase (id, parcel_id, generation, key, carrier_account_id, service, order_version, request)
       select gen_random_uuid(), id, 1, 'K-1', ?, 's', 1, '{}' from parcel`,
      [accountId],
    );
    const [purchase] = await world.query<{ id: string }>('select id from label_purchase');
    await giveUp(world.deps, input);
    const before = await world.contents();
    await expect(buyLabel(world.deps, { ...input, purchaseId: purchase!.id })).rejects.toThrow();
    expect(await world.contents()).toEqual(before);
  });
});
