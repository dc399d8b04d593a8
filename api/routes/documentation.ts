import type { Router } from 'express';
import { Router as createRouter } from 'express';
import swaggerUi from 'swagger-ui-express';
import { z } from 'zod';
import { openRoute, type Route } from '../http/route.ts';

/** The OpenAPI document, which `describe` makes of all routes, this one included. */
export function documentationRoutes(describe: () => object): Route[] {
  let document: object | undefined;
  return [
    openRoute('GET /openapi.json', {
      summary: 'This API as OpenAPI 3.1',
      tag: 'Service',
      answer: { description: 'The document', schema: z.looseObject({ openapi: z.string() }) },
      async handle() {
        document ??= describe();
        return { body: document as { openapi: string } };
      },
    }),
  ];
}

/** The page for people, with its own scripts and styles: nothing is loaded from elsewhere. */
export function documentationPage(): Router {
  const options = {
    swaggerUrl: '/openapi.json',
    customSiteTitle: 'Orderloom API',
    swaggerOptions: { validatorUrl: null },
  };
  return createRouter().use('/docs', swaggerUi.serve).get('/docs', swaggerUi.setup(undefined, options));
}
