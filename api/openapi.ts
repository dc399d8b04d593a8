import {
  OpenAPIRegistry,
  OpenApiGeneratorV31,
  type ResponseConfig,
  type RouteConfig,
} from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { access } from './access.ts';
import type { Route } from './http/route.ts';
import { type ProblemKind, problemKinds } from './problem.ts';

const problem = z
  .object({
    type: z.string().meta({ example: '/problems/validation' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'Which fields are wrong, and why' }),
    possible: z.array(z.string()).optional().meta({ description: 'What may be done instead' }),
    requestId: z.string(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' });

const idempotencyHeader = z.object({
  'Idempotency-Key': z.string().max(255).optional().meta({
    description:
      'Same key and body: same answer, with `Idempotent-Replayed: true`. Another body: 422. Still running: 409.',
  }),
});

/** The OpenAPI 3.1 document of these routes, made of the very schemas that validate. */
export function describeApi(routes: readonly Route[]): object {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'apiKey', { type: 'http', scheme: 'bearer' });
  for (const route of routes) registry.registerPath(toPath(route));
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Orderloom',
      version: '1',
      description:
        'Order fulfillment: one durable workflow per order. Times are RFC 3339 UTC, money is exact decimals.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
  });
}

function toPath(route: Route): RouteConfig {
  const isApi = route.kind === 'api';
  return {
    method: route.method.toLowerCase() as RouteConfig['method'],
    path: route.path,
    operationId: operationId(route),
    summary: route.summary,
    description: [
      route.description,
      isApi && `Roles: ${(access[route.name] as readonly string[]).join(', ')}.`,
    ]
      .filter(Boolean)
      .join('\n\n'),
    tags: [route.tag],
    security: isApi ? [{ apiKey: [] }] : [],
    request: {
      params: route.params,
      ...(isApi && { query: route.query }),
      ...(isApi && route.method === 'POST' && { headers: idempotencyHeader }),
      ...(isApi &&
        route.body && { body: { required: true, content: { 'application/json': { schema: route.body } } } }),
      ...(!isApi &&
        route.signed && {
          body: { required: true, content: { 'application/json': { schema: { type: 'object' } } } },
        }),
    },
    responses: responsesOf(route),
  };
}

/** "POST /v1/orders/{id}/cancel" → postOrdersIdCancel. */
function operationId(route: Route): string {
  const words = route.path
    .replace('/v1', '')
    .split(/[^A-Za-z]+/)
    .filter(Boolean);
  return route.method.toLowerCase() + words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
}

function responsesOf(route: Route): Record<string, ResponseConfig> {
  const { status, description, schema, contentTypes, also = {} } = route.answer;
  const texts = (types: readonly string[]) =>
    Object.fromEntries(types.map((type) => [type, { schema: { type: 'string' as const } }]));
  const content = schema
    ? { 'application/json': { schema }, ...texts(contentTypes ?? []) }
    : status === 204
      ? undefined
      : texts(contentTypes ?? ['application/octet-stream']);
  const good = Object.entries({ [status]: description, ...also }).map(([each, text]) => [
    each,
    { description: text, content },
  ]);
  return Object.fromEntries([...good, ...problemResponses(route)]);
}

/** Several kinds of problem share a status: they are told apart by `type`. */
function problemResponses(route: Route): [string, ResponseConfig][] {
  const kinds = new Set<ProblemKind>([...commonProblems(route), ...(route.problems ?? [])]);
  const byStatus = Map.groupBy(kinds, (kind) => problemKinds[kind].status);
  return [...byStatus].map(([status, some]) => [
    String(status),
    {
      description: some.map((kind) => `\`/problems/${kind}\`: ${problemKinds[kind].title}`).join('\n\n'),
      content: { 'application/problem+json': { schema: problem } },
    },
  ]);
}

function commonProblems(route: Route): ProblemKind[] {
  const whatever = ['method-not-allowed', 'request-timeout', 'headers-too-large', 'internal'] as const;
  const located = Object.keys(route.params.shape).length > 0;
  const everywhere: ProblemKind[] = [
    ...['malformed-request' as const, ...whatever],
    ...(located ? (['malformed-address', 'not-found'] as const) : []),
  ];
  if (route.kind === 'open') return [...everywhere, ...(route.signed ? signedProblems : [])];
  const readsBody = route.method === 'POST' || route.body !== null;
  return [
    ...everywhere,
    ...(['validation', 'unauthorized', 'forbidden', 'too-many-failures', 'unavailable'] as const),
    ...(route.costly ? (['busy'] as const) : []),
    ...(readsBody ? (['malformed-json', 'too-large', 'unsupported-media-type'] as const) : []),
    ...(route.method === 'POST' ? (['idempotency-running', 'idempotency-mismatch'] as const) : []),
  ];
}

const signedProblems: readonly ProblemKind[] = [
  ...(['bad-signature', 'too-many-failures', 'unavailable'] as const),
  ...(['malformed-json', 'too-large', 'unsupported-media-type'] as const),
];
