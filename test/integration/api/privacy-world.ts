import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import type { ActivityDeps } from '../../../activities/deps.ts';
import { capture } from '../../../activities/capture.ts';
import { buyLabel } from '../../../activities/labels.ts';
import { end, note, openAttention } from '../../../activities/lifecycle.ts';
import { reserve } from '../../../activities/reserve.ts';
import { review } from '../../../activities/review.ts';
import { listCarriers, quote } from '../../../activities/quotes.ts';
import { chooseService } from '../../../activities/shipping.ts';
import { deliver } from '../../../activities/stock.ts';
import { allocate, handOver } from '../../../activities/stock.ts';
import { recordPushedScan } from '../../../activities/tracking.ts';
import type { Carrier, TrackingScan } from '../../../connectors/carriers/carrier.ts';
import { createCarrierRegistry } from '../../../connectors/carriers/registry.ts';
import { PaymentSchema } from '../../../db/entities/money.ts';
import { CarrierAccountSchema } from '../../../db/entities/stores.ts';
import { orderIdOf } from '../../../db/order-id.ts';
import { places } from '../../../db/secrets.ts';
import { readProof } from '../../../db/read/proof.ts';
import { searchEverywhere } from '../../support/search-everywhere.ts';
import { createFakeCarrier } from '../activities/fake-carrier.ts';
import { product, receipt, shopifyHeaders, shopifyOrder, shopifyStore, warehouse } from './samples.ts';
import { startApi, type TestApi } from './test-api.ts';

/** Whatever of her stands anywhere is found by one of `words`; nothing else is called so. */
export const mina = {
  email: 'Wilhelmina.Z@kundin.example',
  phone: '+49 30 5550177',
  id: 77001234,
  address: {
    name: 'Wilhelmina Zuckerschlag',
    company: 'Feinkost Zuckerschlag',
    address1: 'Quittengasse 41',
    address2: 'Hof Rosalind',
    city: 'Oberammersdorf',
    province: 'Schwabenland',
    zip: 'QX79ZW',
    country_code: 'DE',
    phone: '+49 30 5550178',
  },
  words: [
    ...['wilhelmina', 'zuckerschlag', 'kundin.example', '5550177', '5550178', '77001234', 'quittengasse'],
    ...['rosalind', 'oberammersdorf', 'schwabenland', 'qx79zw', 'feinkost', 'altweg'],
  ],
};

/** The API and the steps over one database, with a carrier whose labels show the address. */
export interface PrivacyWorld extends TestApi {
  activities: ActivityDeps;
  store: string;
  /** Each line that the API and the steps have logged. */
  log: string[];
  query<T extends object = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<T[]>;
  /** A webhook of the shop, read by what stands for its workflow. */
  webhook(topic: string, body: object, id?: string): Promise<void>;
  /** Mina's order of this number, captured. Returns its id. */
  ordered(number: number, change?: object): Promise<string>;
  /** Sold, shipped and delivered, with her in every corner; `end` is still to come. */
  delivered(number: number): Promise<string>;
  end(orderId: string): Promise<void>;
  /** `table.column` of all that tells who she is. */
  found(): Promise<string[]>;
  /** What must stay as it is: all that money and stock is added up from. */
  books(): Promise<unknown>;
}

export async function startPrivacy(): Promise<PrivacyWorld> {
  const log: string[] = [];
  const carriers = createCarrierRegistry([addressPrinter()]);
  const logger = pino({ level: 'trace' }, { write: (text: string) => void log.push(text) });
  const api = await startApi({ carriers, log: logger });
  const { orm, deps } = api;
  const activities: ActivityDeps = { ...deps, labelSettleMs: 0, trackingIntervalSeconds: 0 };
  const query = <T extends object>(sql: string, values: unknown[] = []) =>
    orm.em.fork().execute<T[]>(sql, values);
  api.engine.onDeliver = async (input) => {
    await capture(activities, { ...input, knownVersion: 0, settleTies: false });
  };
  for (const [path, body] of Object.entries({ warehouses: warehouse, products: product, receipts: receipt }))
    await api.send('POST', `/v1/${path}`, body);
  const { body: store } = await api.send('POST', '/v1/stores', {
    ...shopifyStore,
    fulfillFrom: '2026-01-01T00:00:00Z',
  });
  const accountId = randomUUID();
  await orm.em.fork().insert(CarrierAccountSchema, {
    ...{ id: accountId, carrier: 'fast', name: 'fast', url: 'https://carrier.example.com' },
    credentials: deps.secrets.seal({}, places.carrierCredentials(accountId)),
  });

  const world: PrivacyWorld = {
    ...api,
    activities,
    store: store.id as string,
    log,
    query,
    async webhook(topic, content, id = randomUUID()) {
      const body = JSON.stringify(content);
      const headers = { Authorization: '', ...shopifyHeaders(body, { topic, id }) };
      const answer = await api.send('POST', `/webhooks/shopify/${store.id}`, body, headers);
      if (answer.status !== 200) throw new Error(`The webhook was answered ${answer.status}`);
      await deps.background.settled();
    },
    async ordered(number, change = {}) {
      await world.webhook('orders/create', herOrder(number, change));
      return orderIdOf(world.store, String(number));
    },
    delivered: (number) => deliverOrder(world, number),
    end: (orderId) => end(activities, { orderId, stage: 'closed', detail: 'Delivered', actor: 'engine' }),
    found: () => searchEverywhere(orm, mina.words),
    books: () => readBooks(world),
  };
  return world;
}

/** As Shopify tells it. */
export const herOrder = (number: number, change: object = {}) => {
  const order = shopifyOrder(number, {
    email: mina.email,
    phone: mina.phone,
    customer: { id: mina.id, email: mina.email, phone: mina.phone, first_name: 'Wilhelmina' },
    shipping_address: mina.address,
    note: 'Ring at Zuckerschlag, please',
    ...change,
  });
  const [line] = order.line_items;
  return { ...order, line_items: [{ ...line!, name: 'Green tea for Wilhelmina' }] };
};

function addressPrinter(): Carrier {
  const { carrier } = createFakeCarrier('fast', {
    webhooks: {
      verify: () => true,
      parse: (rawBody) =>
        JSON.parse(rawBody.toString()) as { key: string; trackingNumber: string; scan: TrackingScan },
    },
  });
  return {
    ...carrier,
    connect(account) {
      const client = carrier.connect(account);
      return {
        ...client,
        async buyLabel(request, key) {
          const label = await client.buyLabel(request, key);
          const document = Buffer.from(`%PDF-1.7 ${JSON.stringify((request as { to: unknown }).to)}`);
          return { ...label, document };
        },
      };
    },
  };
}

async function deliverOrder(world: PrivacyWorld, number: number): Promise<string> {
  const { activities, query } = world;
  const older = { ...mina.address, address1: 'Altweg 9' };
  const orderId = await world.ordered(number, { shipping_address: older });
  const newer = { updated_at: '2026-11-20T10:00:02+01:00' };
  await world.webhook('orders/updated', herOrder(number, newer));
  const order = { orderId, generation: 1 };
  await review(activities, { ...order, approved: [] });
  await reserve(activities, order);
  const { fulfillments } = await allocate(activities, order);
  const fulfillmentId = fulfillments[0]!.id;
  const carriers = await listCarriers(activities, order);
  await quote(activities, { orderId, fulfillmentId, accountId: carriers[0]!.accountId });
  const { purchases } = await chooseService(activities, { ...order, fulfillmentId, carriers, round: 0 });
  const { trackingNumber } = await buyLabel(activities, {
    ...order,
    fulfillmentId,
    purchaseId: purchases[0]!,
  });
  await handOver(activities, { orderId, fulfillmentId, actor: 'test', reason: 'left' });
  await recordPushedScan(activities, trackingNumber, scanAtHers('2026-11-25T09:00:00Z'));
  await deliver(activities, { orderId, fulfillmentId });
  await mention(world, orderId, number, trackingNumber);
  await query(`update orders set waiting_for = 'a call of Wilhelmina Zuckerschlag' where id = ?`, [orderId]);
  return orderId;
}

export const scanAtHers = (at: string): TrackingScan => ({
  ...{ code: 'DL', status: 'delivered', at },
  description: 'Signed for by ZUCKERSCHLAG',
  place: 'Oberammersdorf, DE',
});

/** All the other corners in which somebody may name her. */
async function mention(world: PrivacyWorld, orderId: string, number: number, trackingNumber: string) {
  const { activities, query, orm } = world;
  await openAttention(activities, {
    ...{ orderId, attentionId: randomUUID(), fulfillmentId: null, step: 'label', reason: 'fast_refused' },
    sentence: 'Address refused: WILHELMINA ZUCKERSCHLAG, Quittengasse 41',
    lastError: 'no such street: quittengasse 41 in Oberammersdorf',
    actions: ['retry'],
  });
  const detail = 'Called Wilhelmina Zuckerschlag at 030 5550177: QX79ZW is right';
  await note(activities, { orderId, key: `note/${orderId}`, actor: 'support', what: 'note', detail });
  await world.send(
    'POST',
    `/v1/orders/${orderId}/hold`,
    { reason: 'asked' },
    { 'Idempotency-Key': `k${number}` },
  );
  await orm.em.fork().insert(PaymentSchema, {
    ...{ id: randomUUID(), orderId, provider: 'stripe', externalId: `pi_mina_${number}`, kind: 'capture' },
    ...{ amount: 2500, currency: 'EUR', at: new Date('2026-11-20T09:00:00Z') },
  });
  const address = { ...{ name: 'Wilhelmina Zuckerschlag', line1: 'Altweg 10' }, country: 'DE', city: 'Wien' };
  for (const state of ['proposed', 'done'] as const)
    await query(
      `insert into order_change (id, order_id, kind, request_key, content, state, actor, reason)
       values (?, ?, 'address', ?, ?, ?, 'support', 'Wilhelmina Zuckerschlag moved')`,
      [randomUUID(), orderId, randomUUID(), JSON.stringify({ address, base: null }), state],
    );
  const bulk = randomUUID();
  await query(
    `insert into bulk (id, action, actor, reason) values (?, 'hold', 'ops', 'Wilhelmina Zuckerschlag and others')`,
    [bulk],
  );
  await query('insert into bulk_order (bulk_id, position, order_id) values (?, 1, ?)', [bulk, orderId]);
  const mails: [source: string, storeId: string | null, order: string | null, body: object][] = [
    ['payment/stripe', null, null, { id: `pi_mina_${number}`, billing: mina.address }],
    ['carrier/fast', null, null, { trackingNumber, scan: scanAtHers('2026-11-25T09:00:00Z') }],
    [`store/${world.store}`, world.store, null, { broken: true, email: mina.email.toUpperCase() }],
  ];
  for (const [source, storeId, order, body] of mails)
    await query(
      `insert into inbox (source, key, store_id, topic, order_external_id, body, state, reason, applied_at)
       values (?, ?, ?, 'x', ?, ?, 'applied', null, now())`,
      [source, randomUUID(), storeId, order, JSON.stringify(body)],
    );
  await query(
    `update inbox set reason = 'Wilhelmina Zuckerschlag came twice' where order_external_id = ? and topic = 'orders/create'`,
    [String(number)],
  );
}

async function readBooks({ query, orm }: PrivacyWorld): Promise<unknown> {
  const { checked, differences } = await readProof(orm);
  const sums = await query(
    `select (select jsonb_agg(jsonb_build_array(id, number, total, currency, country, stage, payment_state, placed_at) order by id) from orders) as orders,
            (select jsonb_agg(to_jsonb(l) - 'title' order by order_id, version, position) from order_line l) as lines,
            (select jsonb_agg(kept_by_erasure(snapshot) order by order_id, version) from order_version) as content,
            (select jsonb_agg(p order by id) from payment p) as payments,
            (select jsonb_agg(jsonb_build_array(id, carrier, tracking_number, shipment_id, cost, currency) order by id) from label) as labels,
            (select jsonb_agg(m order by id) from stock_movement m) as movements,
            (select jsonb_agg(jsonb_build_array(label_id, status, code, at) order by id) from tracking_event) as scans,
            (select count(*) from audit where what not in ('erasure_requested', 'customer_erased', 'content_changed')) as audits,
            (select jsonb_agg(jsonb_build_array(source, key) order by seq) from inbox) as events`,
  );
  return { checked, differences, sums };
}
