import { once } from 'node:events';
import type { RequestHandler } from 'express';
import type { Tracing } from '../../config/tracing.ts';

/**
 * A span for each request, from its first byte to the end of its answer, named by its route: never its path or query,
 * which hold ids and emails. It continues the caller's trace.
 */
export function traceRequests(tracing: Tracing): RequestHandler {
  return (request, response, next) => {
    const { method, headers } = request;
    if (request.path === '/healthz' || request.path === '/metrics') return next();
    const span = { name: method, kind: 'server', parent: headers } as const;
    void tracing.inSpan(span, async (open) => {
      const ended = once(response, 'close');
      next();
      await ended;
      const route = String(response.locals['route'] ?? 'unknown');
      open.rename(`${method} ${route}`);
      open.set({
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': response.statusCode,
        'orderloom.request.id': request.id as string,
      });
      if (response.statusCode >= 500) open.fail(String(response.statusCode));
    });
  };
}
