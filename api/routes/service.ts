import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { openRoute, type Route } from '../http/route.ts';
import { within } from '../http/within.ts';

const health = z.enum(['ok', 'unreachable']);

export function serviceRoutes(deps: ApiDeps): Route[] {
  return [landing(), healthz(), readyz(deps), metrics(deps)];
}

function landing(): Route {
  return openRoute('GET /', {
    summary: 'Where to go from here',
    tag: 'Service',
    answer: {
      description: 'Addresses of this service',
      schema: z.strictObject({ name: z.string(), docs: z.string(), openapi: z.string(), api: z.string() }),
    },
    async handle() {
      return { body: { name: 'Orderloom', docs: '/docs', openapi: '/openapi.json', api: '/v1' } };
    },
  });
}

function healthz(): Route {
  return openRoute('GET /healthz', {
    summary: 'Whether the process lives',
    tag: 'Service',
    answer: { description: 'It does', schema: z.strictObject({ status: z.literal('ok') }) },
    async handle() {
      return { body: { status: 'ok' as const } };
    },
  });
}

function readyz(deps: ApiDeps): Route {
  return openRoute('GET /readyz', {
    summary: 'Whether everything that it needs is there',
    description:
      'Webhooks are taken without Temporal too, so a load balancer should ask /healthz and an alert this address.',
    tag: 'Service',
    answer: {
      description: 'Ready',
      schema: z.strictObject({ status: z.enum(['ready', 'not-ready']), database: health, temporal: health }),
      also: { 503: 'Not ready; says what is missing' },
    },
    async handle({ em }) {
      const [database, temporal] = await Promise.all([
        reach(deps, 'database', () => within(1_000, em.execute('select 1'))),
        reach(deps, 'temporal', () => deps.engine.ping()),
      ]);
      const ready = database === 'ok' && temporal === 'ok';
      const status = ready ? ('ready' as const) : ('not-ready' as const);
      return { status: ready ? 200 : 503, body: { status, database, temporal } };
    },
  });
}

async function reach(
  deps: ApiDeps,
  what: string,
  ask: () => Promise<unknown>,
): Promise<'ok' | 'unreachable'> {
  try {
    await ask();
    return 'ok';
  } catch (error) {
    deps.log.warn({ err: error }, `${what} can not be reached`);
    return 'unreachable';
  }
}

function metrics(deps: ApiDeps): Route {
  return openRoute('GET /metrics', {
    summary: 'Metrics for Prometheus',
    tag: 'Service',
    answer: { description: "Prometheus' text format", schema: null, contentTypes: ['text/plain'] },
    async handle() {
      const { contentType, body } = await deps.metrics.text();
      return { body, headers: { 'Content-Type': contentType } };
    },
  });
}
