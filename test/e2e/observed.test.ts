import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { orderWorkflowId } from '../../domain/workflow-ids.ts';
import { freePort } from '../../scripts/embedded/ports.ts';
import {
  connectShop,
  connectUps,
  person,
  product,
  receive,
  shopifyAddress,
  warehouse,
} from '../support/commerce.ts';
import { idOf, onceOrder, type OrderRef, reaches } from '../support/orders.ts';
import { startSystem, type System } from '../support/system.ts';
import { type CollectedSpan, collectTraces, type TraceCollector } from '../support/trace-collector.ts';

/** What an operator sees of orders from outside: metrics, logs and traces of the real processes. */
describe('from outside', () => {
  let system: System;
  let collector: TraceCollector;
  let workerUrl: string;
  let sdkUrl: string;
  let refused: OrderRef;
  let traced: OrderRef;

  async function sell(shop: Awaited<ReturnType<typeof connectShop>>, n: number, postalCode = '20095') {
    const address = { ...person(n, 'DE'), postalCode };
    const { id } = await shop.createOrder({
      lines: [{ sku: 'MUG', quantity: 1 }],
      email: address.email,
      shippingAddress: shopifyAddress(address),
    });
    return { storeId: shop.storeId, externalId: id };
  }
  const stepsOf = (order: OrderRef) =>
    collector.spans.filter(({ attributes }) => attributes['orderloom.order.id'] === idOf(order));
  const traceOf = (order: OrderRef) => {
    const [first] = stepsOf(order).filter(({ name }) => name === 'step capture');
    return first ? collector.spans.filter(({ traceId }) => traceId === first.traceId) : [];
  };
  const requestOf = (trace: CollectedSpan[]) => trace.find(({ service }) => service === 'orderloom-api');
  const textAt = async (url: string) => (await fetch(url)).text();

  beforeAll(async () => {
    collector = await collectTraces();
    const [workerPort, sdkPort] = [await freePort(), await freePort()];
    workerUrl = `http://127.0.0.1:${workerPort}`;
    sdkUrl = `http://127.0.0.1:${sdkPort}`;
    system = await startSystem({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      WORKER_METRICS_PORT: String(workerPort),
      WORKER_SDK_METRICS_PORT: String(sdkPort),
      LOG_LEVEL: 'debug',
    });
    await connectUps(system);
    await warehouse(system, 'BER', ['DE']);
    await product(system, 'MUG');
    await receive(system, 'BER', { MUG: 10 });
    const shop = await connectShop(system, 'alpha');
    await shop.createProduct({ sku: 'MUG', title: 'Mug', price: '12.00', stock: 10, grams: 400 });
    refused = await sell(shop, 1, '2009');
    await onceOrder(system, refused, 'parked', ({ attention }) => attention.length === 1);
    // On a busy machine a workflow may be told by the worker later, outside of any request.
    for (let n = 2; n < 6 && !traced; n++) {
      const order = await sell(shop, n);
      await reaches(system, order, 'labelled');
      await system.until('its steps have arrived', () =>
        stepsOf(order).some(({ name }) => name === 'step announce'),
      );
      // Spans are sent in the order in which they ended.
      await fetch(system.api.url, { headers: { 'X-Request-Id': `after-${n}` } });
      await system.until('the requests have arrived', () =>
        collector.spans.some(({ attributes }) => attributes['orderloom.request.id'] === `after-${n}`),
      );
      if (requestOf(traceOf(order))) traced = order;
    }
  }, 120_000);
  afterAll(async () => {
    await system?.stop();
    await collector?.close();
  });

  it('the trace of a webhook has its route and every step of its order', () => {
    const trace = traceOf(traced);
    const request = requestOf(trace.filter(({ parentSpanId }) => parentSpanId === undefined))!;
    expect(request).toMatchObject({
      name: 'POST /webhooks/{platform}/{storeId}',
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/webhooks/{platform}/{storeId}',
        'http.response.status_code': 200,
      },
    });
    const steps = stepsOf(traced).filter(({ name }) => name.startsWith('step '));
    expect(new Set(steps.map(({ traceId }) => traceId))).toEqual(new Set([request.traceId]));
    const names = steps.map(({ name }) => name);
    for (const step of ['capture', 'review', 'reserve', 'allocate', 'quote', 'buyLabel', 'announce'])
      expect(names).toContain(`step ${step}`);
    expect(steps[0]!.attributes).toMatchObject({
      temporalWorkflowID: orderWorkflowId(traced.storeId, String(traced.externalId)),
      'orderloom.attempt': 1,
    });
    const children = trace.filter(({ parentSpanId }) => parentSpanId === steps[0]!.spanId);
    expect(children.map(({ attributes }) => attributes['db.system.name'])).toContain('postgresql');
  });

  it('a step that was refused is a failed span without the words of the refusal', () => {
    const [span] = stepsOf(refused).filter(({ failed }) => failed);
    expect(span).toMatchObject({
      service: 'orderloom-worker',
      attributes: { 'orderloom.queue': 'orderloom-ups' },
    });
  });

  it('no span says who a customer is, what was asked of the database, or where a request went', () => {
    const all = collector.texts.join('\n');
    const people = [1, 2, 3, 4, 5].map((n) => person(n));
    for (const { firstName, lastName, street, email, phone } of people)
      for (const personal of [firstName, lastName, street, email, phone]) expect(all).not.toContain(personal);
    expect(all).not.toMatch(/select |update orders|insert into|\?q=/i);
  });

  it('the worker counts each step, and the failure of the one that was refused', async () => {
    const text = await textAt(`${workerUrl}/metrics`);
    expect(text).toMatch(
      /orderloom_step_failures_total\{step="(buyLabel|quote)",party="ups",kind="refused"\} 1/,
    );
    expect(text).toMatch(/orderloom_step_duration_seconds_count\{step="reserve",party="none"\} [1-9]/);
    // Known from the beginning, so that the first failure is a rise.
    expect(text).toMatch(/orderloom_step_failures_total\{step="reserve",party="none",kind="internal"\} 0/);
    expect(text).toMatch(/orderloom_loop_failures_total\{loop="outbox"\} 0/);
    expect(text).toMatch(/orderloom_database_connections_max 20/);
    expect(await textAt(`${sdkUrl}/metrics`)).toMatch(
      /temporal_workflow_task_schedule_to_start_latency_seconds_bucket/,
    );
  });

  it('the worker says that it polls', async () => {
    expect([await textAt(`${workerUrl}/healthz`), (await fetch(`${workerUrl}/else`)).status]).toEqual([
      '{"status":"ok"}',
      404,
    ]);
  });

  it('each line of the log is JSON, and one of a step names order, workflow, run, step and attempt', () => {
    const lines = system
      .logs()
      ['worker']!.split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const ofRefused = lines.filter(({ orderId }) => orderId === idOf(refused));
    expect(ofRefused.map(({ msg }) => msg)).toContain('step failed');
    for (const line of lines.filter(({ msg }) => msg === 'step ended' || msg === 'step failed'))
      expect(line).toMatchObject({
        orderId: expect.stringMatching(/^[\da-f-]{36}$/),
        workflowId: expect.stringMatching(/^order:/),
        runId: expect.stringMatching(/^[\da-f-]{36}$/),
        step: expect.any(String),
        attempt: expect.any(Number),
      });
    expect(ofRefused[0]).toMatchObject({
      workflowId: orderWorkflowId(refused.storeId, String(refused.externalId)),
    });
  });
});
