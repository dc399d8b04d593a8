import { setTimeout as pause } from 'node:timers/promises';
import type { SpanKind } from '@opentelemetry/api';

/** W3C `traceparent` (and `tracestate`), as it goes from process to process. */
export type Carrier = Record<string, string>;

export interface SpanOf {
  name: string;
  kind: 'server' | 'client' | 'internal';
  /** Never anything that says who a customer is: no address, no query, no statement. */
  attributes?: Record<string, string | number>;
  /** What it continues; else the span that is open where it begins. */
  parent?: Readonly<Record<string, unknown>>;
}

export interface OpenSpan {
  rename(name: string): void;
  set(attributes: Record<string, string | number>): void;
  fail(kind: string): void;
}

/** How a request is followed through the processes. Everything in it is inert until `startTracing` made it. */
export interface Tracing {
  /** The span is open while `work` runs; an error marks it with its name alone, since its message may quote a customer. */
  inSpan<T>(span: SpanOf, work: (span: OpenSpan) => Promise<T>): Promise<T>;
  /** Whether a span is open here. */
  isOpen(): boolean;
  /** What continues the span that is open here; empty without one. */
  carrier(): Carrier;
  /** Sends what is left; what can't be sent within two seconds is lost. Never throws. */
  stop(): Promise<void>;
}

export interface TracingOptions {
  service: string;
  /** Of the traces that begin here, 0 to 1. */
  ratio: number;
  warn(message: string): void;
}

/** Milliseconds: what is lost with a process that is killed. */
const SEND_EVERY = 1_000;
/** Milliseconds that a stop waits for a collector. */
const PATIENCE = 2_000;

/**
 * Sends spans by OTLP over HTTP as OpenTelemetry's own variables say (OTEL_EXPORTER_OTLP_ENDPOINT, _HEADERS, …,
 * OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES). Its packages are loaded here and nowhere else.
 */
export async function startTracing({ service, ratio, warn }: TracingOptions): Promise<Tracing> {
  const api = await import('@opentelemetry/api');
  const { W3CTraceContextPropagator } = await import('@opentelemetry/core');
  const { AsyncLocalStorageContextManager } = await import('@opentelemetry/context-async-hooks');
  const provider = await createProvider(service, ratio);
  const complain = (message: string) => warn(message);
  const quiet = () => undefined;
  api.diag.setLogger(
    { error: complain, warn: complain, info: quiet, debug: quiet, verbose: quiet },
    api.DiagLogLevel.WARN,
  );
  const contexts = new AsyncLocalStorageContextManager().enable();
  const propagator = new W3CTraceContextPropagator();
  const tracer = provider.getTracer('orderloom');
  const kinds: Record<SpanOf['kind'], SpanKind> = {
    server: api.SpanKind.SERVER,
    client: api.SpanKind.CLIENT,
    internal: api.SpanKind.INTERNAL,
  };
  return {
    async inSpan({ name, kind, attributes, parent }, work) {
      const around = parent
        ? propagator.extract(api.ROOT_CONTEXT, parent, api.defaultTextMapGetter)
        : contexts.active();
      const span = tracer.startSpan(name, { kind: kinds[kind], attributes }, around);
      const fail = (message: string) => void span.setStatus({ code: api.SpanStatusCode.ERROR, message });
      const open: OpenSpan = {
        rename: (to) => void span.updateName(to),
        set: (more) => void span.setAttributes(more),
        fail,
      };
      try {
        return await contexts.with(api.trace.setSpan(around, span), () => work(open));
      } catch (error) {
        fail(error instanceof Error ? error.name : 'unknown');
        throw error;
      } finally {
        span.end();
      }
    },
    isOpen: () => api.trace.getSpan(contexts.active()) !== undefined,
    carrier() {
      const carrier: Carrier = {};
      propagator.inject(contexts.active(), carrier, api.defaultTextMapSetter);
      return carrier;
    },
    async stop() {
      const sent = provider.shutdown().catch((error: unknown) => complain(String(error)));
      await Promise.race([sent, pause(PATIENCE, undefined, { ref: false })]);
    },
  };
}

async function createProvider(service: string, ratio: number) {
  const { BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider } =
    await import('@opentelemetry/sdk-trace');
  const { detectResources, envDetector, resourceFromAttributes } = await import('@opentelemetry/resources');
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  const named = resourceFromAttributes({ 'service.name': service });
  return new TracerProvider({
    resource: named.merge(detectResources({ detectors: [envDetector] })),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [
      new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), scheduledDelayMillis: SEND_EVERY }),
    ],
  });
}

/** A span for each statement that is part of something that is followed: its first word and its time, never its text. */
export function traceStatements(tracing: Tracing) {
  return async <T>(operation: string, run: () => Promise<T>): Promise<T> =>
    tracing.isOpen()
      ? tracing.inSpan(
          {
            name: operation,
            kind: 'client',
            attributes: { 'db.system.name': 'postgresql', 'db.operation.name': operation },
          },
          run,
        )
      : run();
}
