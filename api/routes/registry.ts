import type { ApiDeps } from '../deps.ts';
import type { Route } from '../http/route.ts';
import { describeApi } from '../openapi.ts';
import { apiKeyRoutes } from './api-keys.ts';
import { documentationRoutes } from './documentation.ts';
import { serviceRoutes } from './service.ts';
import { webhookRoutes } from './webhooks.ts';

/** Every route of the API. */
export function apiRoutes(deps: ApiDeps): Route[] {
  const routes: Route[] = [
    ...serviceRoutes(deps),
    ...webhookRoutes(deps),
    ...apiKeyRoutes(),
    ...documentationRoutes(() => describeApi(routes)),
  ];
  return routes;
}
