import express, { type Express } from 'express';
import helmet from 'helmet';
import type { ApiDeps } from './deps.ts';
import { answerErrors, unknownPath } from './http/errors.ts';
import { inRequest, logRequests, measureRequests } from './http/log.ts';
import { mount } from './http/mount.ts';
import { traceRequests } from './http/trace.ts';
import { documentationPage } from './routes/documentation.ts';
import { apiRoutes } from './routes/registry.ts';

/** The composition root of the API: everything that it uses comes in, an Express app comes out. */
export function createApi(deps: ApiDeps): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.set('trust proxy', deps.config.trustedProxies);
  app.set('query parser', 'simple');
  if (deps.tracing) app.use(traceRequests(deps.tracing));
  app.use(
    logRequests(deps.log),
    inRequest,
    measureRequests(deps.metrics),
    helmet({ contentSecurityPolicy: { directives } }),
  );
  mount(app, apiRoutes(deps), deps);
  app.use(documentationPage());
  app.use(unknownPath, answerErrors);
  return app;
}

/** Swagger UI styles itself inline. No upgrade to https: that is the proxy's in front, and breaks plain http. */
const directives = {
  'default-src': ["'self'"],
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:'],
  'upgrade-insecure-requests': null,
};
