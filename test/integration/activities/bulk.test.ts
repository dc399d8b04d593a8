import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ConnectionException } from '@mikro-orm/core';
import { MockActivityEnvironment } from '@temporalio/testing';
import { v7 as uuid } from 'uuid';
import { type BulkDeps, doNextOrders, type Told } from '../../../activities/bulk.ts';
import { turnBulk } from '../../../db/bulk/progress.ts';
import { beginBulk } from '../../../db/bulk/select.ts';
import { inTransaction } from '../../../db/transaction.ts';
import { createWorld, line, type World } from '../db/world.ts';

let world: World;
let told: string[];
let answer: (workflowId: string) => Told | Promise<Told>;
beforeAll(async () => {
  world = await createWorld({ poolSize: 12 });
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.clear();
  told = [];
  answer = () => ({ outcome: 'accepted' });
});

const deps = (ordersPerSecond = 10): BulkDeps => ({
  orm: world.orm,
  ordersPerSecond,
  async act(workflowId, update, _, updateId) {
    told.push(`${update} ${workflowId} ${updateId}`);
    return answer(workflowId);
  },
});

/** So many orders, each parked once unless told otherwise. */
async function orders(
  count: number,
  parked = true,
): Promise<{ id: string; workflowId: string; attention: string }[]> {
  const storeId = await world.store();
  const made = [];
  for (let n = 1; n <= count; n++) {
    const id = await world.order(storeId, {
      externalId: String(n),
      placedAt: `2026-11-2${n}T09:00:00Z`,
      lines: [line('1', 'MUG', 1)],
    });
    const attention = uuid();
    if (parked)
      await world.query(
        `insert into attention (id, order_id, step, reason, sentence, actions) values (?, ?, 'label', 'ups_refused', 'No', '{retry}')`,
        [attention, id],
      );
    const [row] = await world.query<{ workflow: string }>(
      'select workflow_id as workflow from orders where id = ?',
      [id],
    );
    made.push({ id, workflowId: row!.workflow, attention });
  }
  return made;
}

const begin = (action: 'retry' | 'cancel' | 'hold' | 'release', ids: string[]) =>
  inTransaction(world.orm, (em) =>
    beginBulk(em, { action, selection: { ids }, actor: 'ops', reason: 'healed' }),
  );
const results = () => world.query('select state, message from bulk_order order by position');
const state = async () => (await world.query<{ state: string }>('select state from bulk'))[0]!.state;

describe('a bulk', () => {
  it('tells each order once, also where two run the same orders at the same time', async () => {
    const made = await orders(5);
    const { id } = await begin(
      'retry',
      made.map((order) => order.id),
    );
    await Promise.all([1, 2, 3].map(() => doNextOrders(deps(), { bulkId: id })));
    await doNextOrders(deps(), { bulkId: id });
    expect([...new Set(told)].toSorted()).toEqual(
      made.map(({ workflowId, attention }) => `retry ${workflowId} bulk/${id}/${attention}`).toSorted(),
    );
    expect(await results()).toEqual(made.map(() => ({ state: 'done', message: null })));
    expect(await state()).toBe('done');
  });

  it('does so many each second, in their order', async () => {
    const made = await orders(5, false);
    const { id } = await begin(
      'hold',
      made.map((order) => order.id),
    );
    expect(await doNextOrders(deps(2), { bulkId: id })).toEqual({ state: 'running', begun: 2 });
    // Those of one second at the same time.
    const first = made.slice(0, 2).map(({ workflowId }) => `hold ${workflowId} bulk/${id}`);
    expect(told.toSorted()).toEqual(first.toSorted());
    expect(await doNextOrders(deps(2), { bulkId: id })).toEqual({ state: 'running', begun: 2 });
    expect(await doNextOrders(deps(2), { bulkId: id })).toEqual({ state: 'running', begun: 1 });
    expect(await doNextOrders(deps(2), { bulkId: id })).toEqual({ state: 'done', begun: 0 });
  });

  it('says of each order why not', async () => {
    const made = await orders(3, false);
    await world.query(`update orders set ended_at = now(), stage = 'cancelled' where id = ?`, [made[1]!.id]);
    answer = (workflowId) =>
      workflowId === made[0]!.workflowId
        ? { outcome: 'refused', message: 'A parcel has left' }
        : { outcome: 'accepted' };
    const { id } = await begin(
      'cancel',
      made.map((order) => order.id),
    );
    await doNextOrders(deps(), { bulkId: id });
    expect(await results()).toEqual([
      { state: 'refused', message: 'A parcel has left' },
      { state: 'refused', message: 'The order is cancelled' },
      { state: 'done', message: null },
    ]);
  });

  it('does not count an order again whose answer was lost', async () => {
    const [order] = await orders(1, false);
    const { id } = await begin('hold', [order!.id]);
    answer = async () => {
      await world.query(
        `insert into audit (actor, what, order_id, detail, key) values ('ops', 'hold', ?, '', ?)`,
        [order!.id, `update/${order!.id}/bulk/${id}`],
      );
      throw new Error('lost');
    };
    await expect(doNextOrders(deps(), { bulkId: id })).rejects.toThrow('lost');
    expect(await results()).toEqual([{ state: 'pending', message: null }]);
    await doNextOrders(deps(), { bulkId: id });
    expect(told).toHaveLength(1);
    expect(await results()).toEqual([{ state: 'done', message: null }]);
  });

  it('puts an order that stays silent behind all others, and gives it up when none answers, unless it did what it was told all the same', async () => {
    const made = await orders(3, false);
    const { id } = await begin(
      'hold',
      made.map((order) => order.id),
    );
    const applied = `update/${made[1]!.id}/bulk/${id}`;
    answer = async (workflowId) => {
      if (workflowId === made[2]!.workflowId) return { outcome: 'accepted' };
      if (workflowId === made[1]!.workflowId)
        await world.query(
          `insert into audit (actor, what, order_id, detail, key) values ('ops', 'hold', ?, '', ?)`,
          [made[1]!.id, applied],
        );
      throw new Error('silent');
    };
    const attempt = (number: number) =>
      new MockActivityEnvironment({ attempt: number }).run(() => doNextOrders(deps(), { bulkId: id }));
    await expect(attempt(4)).rejects.toThrow('silent');
    await attempt(5);
    const done = { state: 'done', message: null };
    expect(await results()).toEqual([{ state: 'pending', message: null }, done, done]);
    await expect(attempt(39)).rejects.toThrow('silent');
    await attempt(40);
    expect(await results()).toEqual([
      { state: 'failed', message: 'Its workflow gave no answer' },
      { state: 'done', message: null },
      { state: 'done', message: null },
    ]);
  });

  it('comes back to an order that was silent after all others', async () => {
    const made = await orders(4, false);
    const ids = made.map((order) => order.id);
    const { id } = await begin('hold', ids);
    const silent = made[0]!.workflowId;
    answer = (workflowId) => {
      if (workflowId === silent && told.filter((one) => one.includes(silent)).length < 3)
        throw new Error('busy');
      return { outcome: 'accepted' };
    };
    const two = { ...deps(2) };
    await new MockActivityEnvironment({ attempt: 5 }).run(() => doNextOrders(two, { bulkId: id }));
    for (let turn = 0; turn < 2; turn++) await doNextOrders(two, { bulkId: id }).catch(() => undefined);
    await doNextOrders(two, { bulkId: id });
    expect(told.map((one) => made.findIndex(({ workflowId }) => one.includes(`${workflowId} `)))).toEqual([
      0, 1, 2, 3, 0, 0,
    ]);
    expect(new Set((await results()).map(({ state: each }) => each))).toEqual(new Set(['done']));
  });

  it('never gives up an order for a database that is away', async () => {
    const [order] = await orders(1, false);
    const { id } = await begin('hold', [order!.id]);
    answer = () => {
      throw new ConnectionException(new Error('away'));
    };
    const late = new MockActivityEnvironment({ attempt: 100 }).run(() =>
      doNextOrders(deps(), { bulkId: id }),
    );
    await expect(late).rejects.toThrow('away');
    expect(await results()).toEqual([{ state: 'pending', message: null }]);
  });

  it('waits while it is paused, and leaves the rest as it is when it is stopped', async () => {
    const made = await orders(3, false);
    const { id } = await begin(
      'hold',
      made.map((order) => order.id),
    );
    await doNextOrders(deps(1), { bulkId: id });
    const turn = (to: 'paused' | 'running' | 'stopped') =>
      inTransaction(world.orm, (em) => turnBulk(em, id, to, { actor: 'ops', reason: 'wait' }));
    expect(await Promise.all([turn('paused'), turn('paused')])).toEqual(
      expect.arrayContaining([
        { turned: true, state: 'paused' },
        { turned: false, state: 'paused' },
      ]),
    );
    expect(await doNextOrders(deps(1), { bulkId: id })).toEqual({ state: 'paused', begun: 0 });
    await turn('stopped');
    expect(await doNextOrders(deps(1), { bulkId: id })).toEqual({ state: 'stopped', begun: 0 });
    expect(told).toHaveLength(1);
    expect((await results()).map((row) => row['state'])).toEqual(['done', 'stopped', 'stopped']);
    expect(await turn('running')).toEqual({ turned: false, state: 'stopped' });
  });
});
