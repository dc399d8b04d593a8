import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import { type DestinationStream, type Logger, type LevelWithSilent, pino } from 'pino';
import { pinoHttp } from 'pino-http';
import type { Metrics } from './metrics.ts';

interface Exchange {
  request: Request;
  response: Response;
}

/** The request that some code runs for, also after its answer was given. */
const exchanges = new AsyncLocalStorage<Exchange>();

const about = ({ request, response }: Exchange) => ({
  requestId: request.id,
  caller: (response.locals['caller'] as { name: string } | undefined)?.name,
});

/** Every line that is logged for a request says which, and who asked. */
export function createLog(level: LevelWithSilent, destination?: DestinationStream): Logger {
  const mixin = () => {
    const exchange = exchanges.getStore();
    return exchange ? about(exchange) : {};
  };
  const options = { name: 'api', level, mixin, serializers: { err: describeError } };
  return destination ? pino(options, destination) : pino(options);
}

/** After `logRequests`, which gives each request its id. */
export const inRequest: RequestHandler = (request, response, next) =>
  exchanges.run({ request, response }, next);

/**
 * One line per request: method, path, status, time, who. No body, no query (searches hold emails), no headers
 * (keys). The id comes from the caller's X-Request-Id when that is harmless, and is answered in any case.
 */
export function logRequests(log: Logger): RequestHandler {
  return pinoHttp({
    logger: log,
    genReqId: requestId,
    autoLogging: { ignore: (request) => request.url === '/healthz' || request.url === '/metrics' },
    wrapSerializers: false,
    serializers: {
      req: (request: { id: unknown; method: string; originalUrl?: string; url: string }) => ({
        id: request.id,
        method: request.method,
        path: (request.originalUrl ?? request.url).split('?')[0],
      }),
      res: (response: { statusCode: number }) => ({ status: response.statusCode }),
      err: describeError,
    },
    customSuccessObject: (request, response, line: object) => ({ ...line, ...aboutEnded(request, response) }),
    customErrorObject: (request, response, _error, line: object) => ({
      ...line,
      ...aboutEnded(request, response),
    }),
    customLogLevel: (_request, response) => (response.statusCode >= 500 ? 'error' : 'info'),
  });
}

/** Said again: the end of an answer belongs to no request of the async storage. */
const aboutEnded = (request: IncomingMessage, response: ServerResponse) =>
  about({ request, response } as unknown as Exchange);

function requestId(request: IncomingMessage, response: ServerResponse): string {
  const given = request.headers['x-request-id'];
  const id = typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
  response.setHeader('X-Request-Id', id);
  return id;
}

/** A database error quotes the statement with its values, which may be somebody's address: its code is enough. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code, sqlState } = error as { code?: unknown; sqlState?: unknown };
  const fromDatabase = sqlState !== undefined || error.constructor.name.endsWith('Exception');
  const frames = error.stack
    ?.split('\n')
    .filter((line) => line.trimStart().startsWith('at '))
    .slice(0, 8);
  return {
    type: error.name,
    code,
    message: fromDatabase ? 'see the code; the statement is not logged' : error.message,
    stack: frames,
    ...(error.cause instanceof Error && { cause: describeError(error.cause) }),
  };
}

export function measureRequests(metrics: Metrics): RequestHandler {
  return (request, response, next) => {
    const start = process.hrtime.bigint();
    response.on('close', () => {
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      metrics.observe(
        request.method,
        String(response.locals['route'] ?? 'unknown'),
        response.statusCode,
        seconds,
      );
    });
    next();
  };
}
