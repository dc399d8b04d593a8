import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { parse } from 'yaml';
import { createMetrics } from '../../../api/http/metrics.ts';
import { proveStock } from '../../../db/stock/proof.ts';
import { createWorkerMetrics } from '../../../workers/metrics.ts';
import { seedOrder } from './seed.ts';
import { shopifyStore } from './samples.ts';
import { startApi, type TestApi } from './test-api.ts';

let api: TestApi;
let store: string;

const sql = (statement: string, values: unknown[] = []) => api.orm.em.fork().execute(statement, values);

/** `name{labels}` and value of each sample, asked anew of the database. */
async function scrape(): Promise<Record<string, number>> {
  const { body } = await createMetrics(api.orm, pino({ level: 'silent' })).text();
  return samplesOf(body);
}
function samplesOf(text: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1).replace('+Inf', 'Infinity'))];
    }),
  );
}
const named = (samples: Record<string, number>, name: string) =>
  Object.fromEntries(Object.entries(samples).filter(([sample]) => sample.split('{')[0] === name));

/** An order of this stage that has stood still for so many seconds. */
async function order(n: number, stage: string, conditions: string[], seconds: number, ended = false) {
  const row = { stage, conditions, ...(ended && { endedAt: new Date() }) };
  const id = await seedOrder(api.orm, store, { externalId: `${n}`, number: `#${n}` }, row);
  await sql(`update orders set updated_at = now() - make_interval(secs => ?) where id = ?`, [seconds, id]);
}

async function attention(step: string, reason: string, resolved = false) {
  await sql(
    `insert into attention (id, subject, step, reason, sentence, actions, resolved_at)
     values (?, ?, ?, ?, '', '{}', case when ? then now() end)`,
    [randomUUID(), randomUUID(), step, reason, resolved],
  );
}

/** Of whose order nothing matters. */
async function label(carrier: string, trackingError: string | null, voided = false) {
  await sql(`do $$ begin set local session_replication_role = replica;
    insert into label (id, purchase_id, carrier, tracking_number, shipment_id, cost, currency, format, document,
      tracking_error, voided_at)
    values ('${randomUUID()}', '${randomUUID()}', '${carrier}', 'n', 's', 1, 'EUR', 'PDF', '',
      ${trackingError ? `'${trackingError}'` : 'null'}, ${voided ? 'now()' : 'null'}); end $$`);
}

beforeAll(async () => {
  api = await startApi();
  store = (await api.send('POST', '/v1/stores', shopifyStore)).body.id as string;
});
afterAll(() => api.close());

it('of an empty database are zeros, and stock that was never proven', async () => {
  const samples = await scrape();
  expect(samples).toMatchObject({
    orderloom_database_up: 1,
    'orderloom_inbox_events{state="received"}': 0,
    'orderloom_inbox_events{state="delivered"}': 0,
    orderloom_inbox_oldest_seconds: 0,
    orderloom_outbox_messages: 0,
    orderloom_outbox_oldest_seconds: 0,
    orderloom_stock_differences_open: 0,
    orderloom_stock_proof_age_seconds: Infinity,
    orderloom_database_connections_max: 6,
    orderloom_database_connection_waiters: 0,
  });
  expect(named(samples, 'orderloom_orders_open')).toEqual({});
});

it('count open orders by stage and worst condition, and tell which has stood still for the longest', async () => {
  await order(1, 'reviewed', [], 100);
  await order(2, 'reviewed', [], 5_000);
  await order(3, 'reviewed', ['awaiting_stock', 'held'], 70);
  await order(4, 'reviewed', ['held'], 90);
  await order(5, 'labelled', ['needs_attention'], 7);
  await order(6, 'closed', [], 1_000_000, true);
  const samples = await scrape();
  expect(named(samples, 'orderloom_orders_open')).toEqual({
    'orderloom_orders_open{stage="reviewed",condition="none"}': 2,
    'orderloom_orders_open{stage="reviewed",condition="held"}': 2,
    'orderloom_orders_open{stage="labelled",condition="needs_attention"}': 1,
  });
  const ages = named(samples, 'orderloom_order_oldest_unmoved_seconds');
  const tens = Object.entries(ages).map(([name, age]) => [name, Math.floor(age / 1_000)]);
  expect(Object.fromEntries(tens)).toEqual({
    'orderloom_order_oldest_unmoved_seconds{stage="reviewed",condition="none"}': 5,
    'orderloom_order_oldest_unmoved_seconds{stage="reviewed",condition="held"}': 0,
    'orderloom_order_oldest_unmoved_seconds{stage="labelled",condition="needs_attention"}': 0,
  });
});

it('tell how much mail and how many messages wait, and since when', async () => {
  await sql(
    `insert into inbox (source, key, topic, body, state, received_at) values
       ('s', 'a', 't', '', 'received', now() - interval '2000 seconds'),
       ('s', 'b', 't', '', 'delivered', now() - interval '3000 seconds'),
       ('s', 'c', 't', '', 'delivered', now()), ('s', 'd', 't', '', 'refused', now() - interval '9000 seconds')`,
  );
  await sql(
    `insert into outbox (workflow_id, signal, payload, created_at, delivered_at) values
       ('w', 's', '{}', now() - interval '4000 seconds', null), ('w', 's', '{}', now() - interval '9000 seconds', now())`,
  );
  const samples = await scrape();
  expect(samples).toMatchObject({
    'orderloom_inbox_events{state="received"}': 1,
    'orderloom_inbox_events{state="delivered"}': 2,
    orderloom_outbox_messages: 1,
  });
  const thousands = ['inbox', 'outbox'].map((box) =>
    Math.floor(samples[`orderloom_${box}_oldest_seconds`]! / 1_000),
  );
  expect(thousands).toEqual([3, 4]);
});

it('count open cases by step and reason, and tell how old the last proof of stock is', async () => {
  await attention('label', 'ups_refused');
  await attention('label', 'ups_refused');
  await attention('label', 'ups_refused', true);
  await attention('reserve', 'unknown_sku');
  await proveStock(api.orm, 'test');
  await attention('stock_proof', 'lot_on_hand_differs');
  await sql(`update stock_proof set at = now() - interval '5000 seconds'`);
  const samples = await scrape();
  expect(named(samples, 'orderloom_attention_open')).toEqual({
    'orderloom_attention_open{step="label",reason="ups_refused"}': 2,
    'orderloom_attention_open{step="reserve",reason="unknown_sku"}': 1,
    'orderloom_attention_open{step="stock_proof",reason="lot_on_hand_differs"}': 1,
  });
  expect(samples['orderloom_stock_differences_open']).toBe(1);
  expect(Math.floor(samples['orderloom_stock_proof_age_seconds']! / 1_000)).toBe(5);
});

it('count stores that fail, and parcels that their carrier could not be asked about', async () => {
  await label('ups', 'http-503');
  await label('ups', 'http-401');
  await label('dpd', 'timeout', true);
  await label('dpd', null);
  await sql(`update store set backfill_error = 'no' where id = ?`, [store]);
  const samples = await scrape();
  expect(named(samples, 'orderloom_stores_failing')).toEqual({
    'orderloom_stores_failing{work="backfill"}': 1,
    'orderloom_stores_failing{work="stock-push"}': 0,
  });
  expect(named(samples, 'orderloom_parcels_unread')).toEqual({
    'orderloom_parcels_unread{carrier="ups"}': 2,
  });
});

it('ask the database once for all who ask at the same time, or soon after', async () => {
  let asked = 0;
  const counting = new Proxy(api.orm, {
    get: (orm, name) =>
      name === 'em'
        ? Object.assign(Object.create(orm.em), { fork: () => (asked++, orm.em.fork()) })
        : Reflect.get(orm, name),
  });
  const metrics = createMetrics(counting, pino({ level: 'silent' }), Infinity);
  await Promise.all([metrics.text(), metrics.text(), metrics.text()]);
  await metrics.text();
  expect(asked).toBe(1);
});

it('count requests by route and status, never by path', async () => {
  await api.send('GET', '/v1/orders/018f0000-0000-7000-8000-000000000000');
  await api.send('GET', '/nowhere/at/all');
  const samples = samplesOf((await api.send('GET', '/metrics')).text);
  const counts = named(samples, 'orderloom_http_request_duration_seconds_count');
  expect(counts).toMatchObject({
    'orderloom_http_request_duration_seconds_count{method="GET",route="/v1/orders/{id}",status="404"}': 1,
    'orderloom_http_request_duration_seconds_count{method="GET",route="unknown",status="404"}': 1,
  });
});

it('without the database are those of the process, and that it is away: no number that is not known', async () => {
  const away = {
    em: {
      fork: () => ({ execute: () => Promise.reject(new Error('away')) }),
      getDriver: () => api.orm.em.getDriver(),
    },
  };
  const { body } = await createMetrics(away as never, pino({ level: 'silent' })).text();
  const names = Object.keys(samplesOf(body)).map((sample) => sample.split('{')[0]);
  expect(samplesOf(body)['orderloom_database_up']).toBe(0);
  expect(names).toContain('process_resident_memory_bytes');
  expect(names).toContain('orderloom_database_connections');
  expect(names).not.toContain('orderloom_inbox_oldest_seconds');
  expect(names).not.toContain('orderloom_stock_proof_age_seconds');
});

describe('what the operations guide says of metrics', () => {
  const document = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');
  const ours = (text: string) => [
    ...new Set(
      [...text.matchAll(/\borderloom_[a-z_]+/g)].map(([name]) => name.replace(/_(bucket|count|sum)$/, '')),
    ),
  ];
  let told: string[];
  beforeAll(async () => {
    const texts = [
      (await createMetrics(api.orm, pino({ level: 'silent' })).text()).body,
      (await createWorkerMetrics(api.orm).text()).body,
    ];
    told = texts.flatMap((text) => [...text.matchAll(/^# TYPE (orderloom_\w+)/gm)].map(([, name]) => name!));
  });

  it('names each of them and no other', () => {
    expect(ours(document('operate.md')).sort()).toEqual([...new Set(told)].sort());
  });

  it('the rules name only what there is, and each says what is wrong and how urgent it is', () => {
    const { groups } = parse(document('alerts.example.yml')) as { groups: { rules: Rule[] }[] };
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.map(({ alert }) => alert)).toEqual([...new Set(rules.map(({ alert }) => alert))]);
    for (const { alert, expr, labels, annotations } of rules) {
      expect([alert, ours(expr).length > 0, ours(expr).filter((name) => !told.includes(name))]).toEqual([
        alert,
        true,
        [],
      ]);
      expect(['page', 'ticket']).toContain(labels.severity);
      expect(annotations.summary).toMatch(/\w/);
    }
  });
});

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string };
}
