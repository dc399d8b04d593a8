import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { pinoHttp } from 'pino-http';
import type { Metrics } from './metrics.ts';

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
    customProps: (_request, response) => {
      const { caller } =
        (response as ServerResponse & { locals?: { caller?: { name: string } } }).locals ?? {};
      return { caller: caller?.name };
    },
    customLogLevel: (_request, response) => (response.statusCode >= 500 ? 'error' : 'info'),
  });
}

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
