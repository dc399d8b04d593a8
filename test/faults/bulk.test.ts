import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  connectShop,
  connectUps,
  person,
  product,
  receive,
  shopifyAddress,
  warehouse,
} from '../support/commerce.ts';
import { startSystem, type System } from '../support/system.ts';

/** `npm run bulk:kills` has more. */
const orders = Number(process.env['BULK_ORDERS'] ?? 30);
const perSecond = Number(process.env['BULK_ORDERS_PER_SECOND'] ?? 10);
/** Seconds. */
const patience = 60 + orders;

interface Bulk {
  id: string;
  state: string;
  total: number;
  counts: Record<'pending' | 'done' | 'refused' | 'failed' | 'stopped', number>;
}

/** Orders that a carrier refused, retried together when it takes them again, while processes die. */
describe(`a bulk of ${orders} parked orders`, () => {
  let system: System;
  let ups: Awaited<ReturnType<typeof connectUps>>;
  const parked = async () =>
    (
      await system.sql<{ parked: number }>(
        `select count(*)::int as parked from orders where 'needs_attention' = any(conditions)`,
      )
    )[0]!.parked;

  beforeAll(async () => {
    system = await startSystem({
      BULK_ORDERS_PER_SECOND: String(perSecond),
      // How many workflows a worker keeps goes by its heap; beyond it, each task of each is a replay.
      ...(orders > 2_000 && { NODE_OPTIONS: '--max-old-space-size=12288' }),
    });
    ups = await connectUps(system);
    await warehouse(system, 'BER', ['DE']);
    await product(system, 'MUG');
    await receive(system, 'BER', { MUG: orders });
    const shop = await connectShop(system, 'alpha');
    await shop.createProduct({ sku: 'MUG', title: 'Mug', price: '12.00', stock: orders, grams: 400 });
    await system.sandbox.fault({
      operation: 'ups.ship',
      fault: 'refuse',
      code: '120100',
      message: 'Not now',
    });
    for (let n = 0; n < orders; n++) {
      const one = person(n);
      await shop.createOrder({
        lines: [{ sku: 'MUG', quantity: 1 }],
        email: one.email,
        shippingAddress: shopifyAddress(one),
      });
    }
    await system.until('all are parked', async () => (await parked()) === orders, patience);
  }, patience * 1_500);
  afterAll(() => system?.stop());

  it(
    'tells each once and lists what became of it, though its processes are killed twice',
    async () => {
      await system.sandbox.clearFaults();
      const bulk = await system.api.post<Bulk>('/v1/orders/bulk', {
        action: 'retry',
        reason: 'UPS takes labels again',
        filter: { condition: 'needs_attention' },
      });
      expect(bulk).toMatchObject({ state: 'running', total: orders });
      const now = () => system.api.get<Bulk>(`/v1/orders/bulk/${bulk.id}`);
      for (const share of [0.2, 0.6]) {
        await system.until(
          `${share} of it is done`,
          async () => (await now()).counts.pending < orders * (1 - share),
          patience,
        );
        expect((await now()).counts.pending).toBeGreaterThan(0);
        await Promise.all([system.victims.worker.kill(), system.victims.api.kill()]);
        await pause(200);
        await Promise.all([system.victims.worker.restart(), system.victims.api.restart()]);
      }
      await system.until('it is over', async () => (await now()).state === 'done', patience);
      expect((await now()).counts).toEqual({ pending: 0, done: orders, refused: 0, failed: 0, stopped: 0 });
      await system.until('each has its label', labelled, patience);
      const told = await system.sql(
        `select step, reason, resolution, resolved_by, count(distinct order_id)::int as orders, count(*)::int as times
         from attention group by 1, 2, 3, 4 order by 5 desc`,
      );
      const asked = { step: 'label', reason: 'ups_refused', resolution: 'retried', resolved_by: 'admin' };
      expect(told).toEqual([{ ...asked, orders, times: orders }]);
      expect(await resultsOf(bulk.id)).toBe(orders);
    },
    patience * 1_500,
  );

  /** Throws with what it sees while it is not so. */
  async function labelled(): Promise<true> {
    const live = (await ups.labels()).filter(({ voided }) => !voided).length;
    if (live === orders) return true;
    const behind = await system.sql(
      `select id, stage, conditions, waiting_for from orders where stage not in ('labelled', 'shipped', 'delivered', 'closed')`,
    );
    throw new Error(`${live} live labels; not labelled: ${JSON.stringify(behind)}`);
  }

  /** How many different orders its pages list as done. */
  async function resultsOf(id: string): Promise<number> {
    const listed = new Set<string>();
    let next: string | null = '';
    while (next !== null) {
      const page: { items: { order: { id: string }; outcome: string }[]; nextCursor: string | null } =
        await system.api.get(
          `/v1/orders/bulk/${id}/results?outcome=done&limit=100${next && `&cursor=${next}`}`,
        );
      for (const { order } of page.items) listed.add(order.id);
      next = page.nextCursor;
    }
    return listed.size;
  }
});
