import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import type { Logger } from 'pino';
import type { Database } from '../../db/database.ts';
import { measurePool } from '../../db/pool-usage.ts';
import { readBacklog } from '../../db/read/backlog.ts';
import { backlogMetrics } from './backlog-metrics.ts';
import { within } from './within.ts';

export interface Metrics {
  /** `route` is the template, never the path: ids would make a series each. */
  observe(method: string, route: string, status: number, seconds: number): void;
  /** A signed event, by what became of it. */
  countEvent(source: string, state: string): void;
  /** Prometheus' text format. */
  text(): Promise<{ contentType: string; body: string }>;
}

/** Milliseconds: however many ask, and however often, the database is asked no more often than this. */
const FRESH = 3_000;
/** Milliseconds that a scrape waits for the database. */
const PATIENCE = 2_000;

export function createMetrics(orm: Database, log: Logger, freshFor = FRESH): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  measurePool(orm, registry);
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
  const backlogNow = sharedFor(freshFor, () => readBacklog(orm.em.fork()));
  const backlogOrNothing = async () =>
    within(PATIENCE, backlogNow()).catch((error: unknown) => {
      log.warn({ err: error }, 'the backlog can not be read for the metrics');
      return null;
    });

  return {
    observe: (method, route, status, seconds) => durations.observe({ method, route, status }, seconds),
    countEvent: (source, state) => events.inc({ source, state }),
    async text() {
      const backlog = backlogMetrics(await backlogOrNothing());
      return {
        contentType: registry.contentType,
        body: `${await registry.metrics()}\n${await backlog.metrics()}`,
      };
    },
  };
}

/** Those who ask while an answer is on its way, or fresh, get that one. A failure is given to whoever waits, and forgotten. */
function sharedFor<T>(milliseconds: number, ask: () => Promise<T>): () => Promise<T> {
  let last: { answer: Promise<T>; staleAt: number } | undefined;
  return () => {
    if (last && performance.now() < last.staleAt) return last.answer;
    const mine = { answer: ask(), staleAt: Infinity };
    last = mine;
    mine.answer.then(
      () => (mine.staleAt = performance.now() + milliseconds),
      () => (last = undefined),
    );
    return mine.answer;
  };
}
