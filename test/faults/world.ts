/** One system in which the orders of all cells go their ways beside each other. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import {
  connectShop,
  connectSite,
  connectUps,
  product,
  receive,
  type Person,
  warehouse,
} from '../support/commerce.ts';
import { startSystem, type System } from '../support/system.ts';

/** Attempts so few that what never works parks within seconds. */
const policy = {
  retries: { attempts: 3, firstSeconds: 1, lastSeconds: 1 },
  ...{ review: { payment: 'authorized' }, capture: 'on_shipment' },
};

export interface Standing {
  id: string;
  disposition: string;
  stage: string;
  conditions: string[];
  attention: { id: string; step: string; reason: string; lastError: string | null }[];
  fulfillments: { stage: string; trackingNumber: string | null; told: boolean }[];
}

export interface World {
  system: System;
  shop: Awaited<ReturnType<typeof connectShop>>;
  site: Awaited<ReturnType<typeof connectSite>>;
  ups: Awaited<ReturnType<typeof connectUps>>;
  stripe: ReturnType<System['sandbox']['stripe']>;
  /** Over a few connections that stay open: PostgreSQL itself is not killed here. */
  sql: System['sql'];
  /** Tracking numbers of parcels that reached their door. */
  brought: Set<string>;
  /** Orders of no shop, paid at a provider. */
  ownStore: string;
  /** How the order stands once it is as wished; all orders are read at once, again and again. */
  once(
    orderId: string,
    what: string,
    wished: (order: Standing) => boolean,
    seconds: number,
  ): Promise<Standing>;
  /** As a person does: again, with the same key, while the answer is that it is not available now. */
  act(orderId: string, action: string, more?: object): Promise<unknown>;
  stop(): Promise<void>;
}

/** `settings` go over those of the matrix. */
export async function createWorld(settings: NodeJS.ProcessEnv = {}): Promise<World> {
  const system = await startSystem({
    LABEL_SETTLE_SECONDS: '1',
    TRACKING_INTERVAL_SECONDS: '3',
    BACKFILL_INTERVAL_SECONDS: '3600',
    ...settings,
  });
  const ups = await connectUps(system);
  await warehouse(system, 'BER', ['DE']);
  await product(system, 'CUP', 100);
  await receive(system, 'BER', { CUP: 1_000_000 });
  const shop = await connectShop(system, 'matrix-shop', {
    policy,
    retryDelaysMs: [500, 1000, 2000, 4000, 8000],
  });
  const site = await connectSite(system, 'matrix-site', { policy });
  const stripe = system.sandbox.stripe('matrix');
  const account = await stripe.create();
  const store = { name: 'Own', platform: 'api', credentials: {}, currency: 'EUR', policy };
  const { id: ownStore } = await system.api.post<{ id: string }>('/v1/stores', {
    ...store,
    fulfillFrom: new Date(Date.now() - 3_600_000).toISOString(),
  });
  await system.api.post('/v1/payment-accounts', {
    ...{ provider: 'stripe', name: 'matrix', url: account.url },
    credentials: { secretKey: account.secretKey },
  });
  // A cell's fault is there before the engine hears of its order.
  await system.sandbox.deliveryRules({ delayMs: [400, 400] });
  const { sql, end } = connect(system);
  const board = createBoard(sql);
  const act: World['act'] = (id, action, more = {}) => {
    const key = randomUUID();
    return system
      .until(`${action} is answered`, async () => {
        const post = system.api.post(`/v1/orders/${id}/${action}`, { reason: 'as agreed', ...more }, key);
        const refused = (error: Error) => (/answered (?!503)/.test(error.message) ? { error } : null);
        const answer = await post.then(() => ({ error: null }), refused);
        return answer;
      })
      .then(({ error }) => {
        if (error) throw error;
      });
  };
  const stop = async () => {
    await board.stop();
    await end();
    await system.stop();
  };
  const parties = { shop, site, ups, stripe, ownStore, brought: new Set<string>() };
  return { system, sql, ...parties, once: board.once, act, stop };
}

function connect({ databaseUrl }: System): { sql: System['sql']; end(): Promise<void> } {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  pool.on('error', () => undefined);
  return {
    sql: async <Row>(statement: string, parameters: unknown[] = []) =>
      (await pool.query(statement, parameters)).rows as Row[],
    end: () => pool.end(),
  };
}

/** Reads the orders that someone waits for, all at once, five times a second. */
function createBoard(sql: System['sql']) {
  const orders = new Map<string, Standing>();
  const watched = new Map<string, number>();
  let stopped = false;
  const reading = (async () => {
    while (!stopped) {
      const ids = [...watched.keys()];
      const rows = ids.length > 0 ? await sql<Standing>(standings, [ids]).catch(() => []) : [];
      for (const row of rows) orders.set(row.id, row);
      await sleep(200);
    }
  })();
  const once: World['once'] = async (orderId, what, wished, seconds) => {
    const deadline = Date.now() + seconds * 1000;
    if (!watched.has(orderId)) orders.delete(orderId);
    watched.set(orderId, (watched.get(orderId) ?? 0) + 1);
    try {
      for (;;) {
        const order = orders.get(orderId);
        if (order && wished(order)) return order;
        if (Date.now() > deadline)
          throw new Error(`${what}: not within ${seconds} s: ${JSON.stringify(order)}`);
        await sleep(100);
      }
    } finally {
      const left = watched.get(orderId)! - 1;
      if (left > 0) watched.set(orderId, left);
      else watched.delete(orderId);
    }
  };
  const stop = async () => {
    stopped = true;
    await reading;
  };
  return { once, stop };
}

const standings = `
  select o.id, o.disposition, o.stage, o.conditions,
    (select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'step', a.step, 'reason', a.reason, 'lastError', a.last_error)), '[]')
     from attention a where a.order_id = o.id and a.resolved_at is null) as attention,
    (select coalesce(jsonb_agg(jsonb_build_object('stage', f.stage, 'trackingNumber', f.tracking_number,
       'told', f.store_external_id is not null)), '[]')
     from fulfillment f where f.order_id = o.id and f.stage <> 'cancelled') as fulfillments
  from orders o where o.id = any($1)`;

/** Whose name no other cell has, and no number in it: a fault for an order of that number would strike this one's calls. */
export function recipient(cell: number): Person {
  const name = wordOf(cell);
  return {
    ...{ firstName: 'Cell', lastName: `No${name}x`, street: `Probeweg ${name}` },
    ...{ city: 'Hamburg', postalCode: '20095', country: 'DE', phone: '+1 555 0100' },
    email: `cell.${name}@example.com`,
  };
}

export const wordOf = (number: number): string =>
  String(number).replaceAll(/\d/g, (digit) => 'abcdefghij'[Number(digit)]!);
