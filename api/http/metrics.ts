import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Logger } from 'pino';
import type { Database } from '../../db/database.ts';
import { readBacklog } from '../../db/read/backlog.ts';

export interface Metrics {
  /** `route` is the template, never the path: ids would make a series each. */
  observe(method: string, route: string, status: number, seconds: number): void;
  /** A signed event, by what became of it. */
  countEvent(source: string, state: string): void;
  /** Prometheus' text format. */
  text(): Promise<{ contentType: string; body: string }>;
}

export function createMetrics(orm: Database, log: Logger): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const durations = new Histogram({
    name: 'orderloom_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  });
  const events = new Counter({
    name: 'orderloom_inbox_events_total',
    help: 'Signed events from outside, by what became of them on arrival',
    labelNames: ['source', 'state'],
    registers: [registry],
  });
  const gauge = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name: `orderloom_${name}`, help, labelNames, registers: [registry] });
  const gauges = {
    inbox: gauge('inbox_events', 'Events from outside that are not applied yet', 'state'),
    oldest: gauge('inbox_oldest_seconds', 'Age of the oldest event that is not applied yet'),
    outbox: gauge('outbox_messages', 'Messages to workflows that are not delivered yet'),
    database: gauge('database_up', 'Whether the database answered for these numbers'),
    attention: gauge('attention_open', 'Orders and fulfillments that wait for a person', 'reason'),
  };

  async function readGauges(): Promise<void> {
    const backlog = await readBacklog(orm.em.fork());
    gauges.database.set(1);
    gauges.inbox.set({ state: 'received' }, backlog.received);
    gauges.inbox.set({ state: 'delivered' }, backlog.delivered);
    gauges.oldest.set(backlog.oldestSeconds);
    gauges.outbox.set(backlog.outbox);
    gauges.attention.reset();
    for (const { reason, count } of backlog.attention) gauges.attention.set({ reason }, count);
  }

  return {
    observe: (method, route, status, seconds) => durations.observe({ method, route, status }, seconds),
    countEvent: (source, state) => events.inc({ source, state }),
    async text() {
      await readGauges().catch((error: unknown) => {
        log.warn({ err: error }, 'the backlog can not be read for the metrics');
        gauges.database.set(0);
      });
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}
