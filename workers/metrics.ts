import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import type { Database } from '../db/database.ts';
import { measurePool } from '../db/pool-usage.ts';

export interface WorkerMetrics {
  /** One attempt of a step; `failure` is its kind, or null when it went well. */
  observeStep(step: string, party: string, seconds: number, failure: string | null): void;
  /** `by` 0: none yet. */
  countLoopFailure(loop: string, by?: number): void;
  /** Prometheus' text format. */
  text(): Promise<{ contentType: string; body: string }>;
}

/** As the steps classify what goes wrong in them. */
const kinds = ['refused', 'unavailable', 'undone', 'internal'];

export function createWorkerMetrics(orm: Database): WorkerMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  measurePool(orm, registry);
  const durations = new Histogram({
    name: 'orderloom_step_duration_seconds',
    help: 'Time that one attempt of a step took, however it ended',
    labelNames: ['step', 'party'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 45],
    registers: [registry],
  });
  const failures = new Counter({
    name: 'orderloom_step_failures_total',
    help: 'Attempts of a step that failed, by what became of them',
    labelNames: ['step', 'party', 'kind'],
    registers: [registry],
  });
  const loopFailures = new Counter({
    name: 'orderloom_loop_failures_total',
    help: 'Runs of a background loop that failed; it goes on',
    labelNames: ['loop'],
    registers: [registry],
  });
  return {
    observeStep(step, party, seconds, failure) {
      durations.observe({ step, party }, seconds);
      // A series that begins at 1 never rose: Prometheus would miss the first failure.
      for (const kind of kinds) failures.inc({ step, party, kind }, kind === failure ? 1 : 0);
    },
    countLoopFailure: (loop, by = 1) => loopFailures.inc({ loop }, by),
    text: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}
