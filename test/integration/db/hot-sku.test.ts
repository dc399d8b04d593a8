import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { makeOrders } from '../../../bench/many-orders.ts';
import type { Reservations } from '../../support/reserver.ts';
import { expectSoundStock } from './invariants.ts';
import { createWorld, type World } from './world.ts';

const PROCESSES = 8;
const ATTEMPTS = 10_000;
const UNITS = 1_000;
let world: World;
let storeId: string;
const processes: ChildProcess[] = [];

beforeAll(async () => {
  world = await createWorld({ poolSize: 4 });
  storeId = await world.store();
  await world.product('HOT');
  await world.query('update product set backorder = false');
  await world.warehouse('B');
  await world.warehouse('M');
  await world.receive('B', ['HOT', UNITS * 0.6]);
  await world.receive('M', ['HOT', UNITS * 0.4]);
});
afterAll(async () => {
  for (const child of processes) child.disconnect();
  await world.close();
});

async function startReserver(): Promise<ChildProcess> {
  const script = path.join(import.meta.dirname, '../../support/reserver.ts');
  const child = fork(script, [world.url, '200'], { execArgv: [] });
  processes.push(child);
  await once(child, 'message');
  return child;
}

it('10,000 attempts for 1,000 units by 8 processes: exactly 1,000 are promised, and the others are told why', async () => {
  const orders = await makeOrders(world.orm, storeId, ATTEMPTS, ['HOT']);
  const children = await Promise.all(Array.from({ length: PROCESSES }, startReserver));
  const outcomes = await Promise.all(
    children.map(async (child, index) => {
      const own = orders.filter((_, position) => position % PROCESSES === index);
      const told = once(child, 'message');
      child.send(own);
      return ((await told) as [Reservations])[0];
    }),
  );
  expect(outcomes.flatMap(({ failed }) => failed)).toEqual([]);
  const refused = new Map<string, number>();
  for (const outcome of outcomes)
    for (const [sentence, times] of Object.entries(outcome.refused))
      refused.set(sentence, (refused.get(sentence) ?? 0) + times);
  expect(outcomes.reduce((sum, { reserved }) => sum + reserved, 0)).toBe(UNITS);
  expect([...refused]).toEqual([
    [expect.stringMatching(/^1 of HOT is missing, and the product takes no backorders: /), ATTEMPTS - UNITS],
  ]);
  const levels = await world.query(
    'select warehouse, on_hand as "onHand", claimed from stock_level order by warehouse',
  );
  expect(levels).toEqual([
    { warehouse: 'B', onHand: 600, claimed: 600 },
    { warehouse: 'M', onHand: 400, claimed: 400 },
  ]);
  const [rows] = await world.query(
    `select (select count(*)::int from reservation) as reservations, (select count(*)::int from claim) as claims,
            (select count(*)::int from stock_wait) as waiting`,
  );
  expect(rows).toEqual({ reservations: UNITS, claims: UNITS, waiting: 0 });
  const deadlocks = await world.query(
    'select deadlocks::int from pg_stat_database where datname = current_database()',
  );
  expect(deadlocks).toEqual([{ deadlocks: 0 }]);
  await expectSoundStock(world);
});
