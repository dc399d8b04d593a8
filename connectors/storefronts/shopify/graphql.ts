import { z } from 'zod';
import { PartyFailure } from '../../failure.ts';
import { createHttp } from '../../http.ts';
import type { ErrorAnswer, ErrorDetail } from '../../http.ts';

/** Runs one operation and returns its data by the schema. Throws `PartyFailure`. */
export interface Graphql {
  query<T>(text: string, variables: Record<string, unknown>, schema: z.ZodType<T>): Promise<T>;
  mutate<T>(text: string, variables: Record<string, unknown>, schema: z.ZodType<T>): Promise<T>;
}

const graphqlError = z.object({
  message: z.string(),
  extensions: z.object({ code: z.string().optional() }).nullish(),
});

const answerSchema = z.object({
  data: z.unknown().optional(),
  errors: z.array(graphqlError).optional(),
  extensions: z
    .object({
      cost: z
        .object({
          requestedQueryCost: z.number(),
          throttleStatus: z.object({ currentlyAvailable: z.number(), restoreRate: z.number() }),
        })
        .nullish(),
    })
    .nullish(),
});
type Answer = z.infer<typeof answerSchema>;

export function createGraphql(options: {
  url: string;
  accessToken: string;
  apiVersion: string;
  timeoutMs?: number;
}): Graphql {
  const http = createHttp({
    party: 'shopify',
    baseUrl: options.url,
    readError,
    ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
  });

  async function run<T>(query: string, variables: object, schema: z.ZodType<T>, reads: boolean): Promise<T> {
    const response = await http.request({
      method: 'POST',
      path: `/admin/api/${options.apiVersion}/graphql.json`,
      headers: { 'x-shopify-access-token': options.accessToken },
      body: { json: { query, variables } },
      retryable: reads,
    });
    const answer = response.json(answerSchema);
    if (answer.errors?.length) throw topLevelFailure(answer, reads);
    // Parsed by the response again, so that data of another shape is the malformed body that it is.
    return response.json(z.object({ data: schema })).data;
  }

  return {
    query: (text, variables, schema) => run(text, variables, schema, true),
    mutate: (text, variables, schema) => run(text, variables, schema, false),
  };
}

/** Errors beside the data: Shopify answers them with HTTP 200. */
function topLevelFailure(answer: Answer, reads: boolean): PartyFailure {
  const [error] = answer.errors ?? [];
  const code = error?.extensions?.code ?? 'graphql-error';
  const facts = { party: 'shopify', code, status: 200 };
  const message = error?.message ?? code;
  if (code === 'THROTTLED')
    return new PartyFailure(message, {
      ...facts,
      kind: 'retry',
      effect: 'none',
      retryAfterMs: throttledFor(answer),
    });
  const theirDefect = /^(INTERNAL_SERVER_ERROR|SERVICE_UNAVAILABLE|TIMEOUT)$/.test(code);
  return new PartyFailure(message, {
    ...facts,
    kind: theirDefect ? 'retry' : 'refuse',
    effect: theirDefect && !reads ? 'unknown' : 'none',
  });
}

/** Until the bucket holds what the query costs; a second where Shopify doesn't tell. */
function throttledFor({ extensions }: Answer): number {
  if (!extensions?.cost) return 1000;
  const { requestedQueryCost, throttleStatus } = extensions.cost;
  const missing = requestedQueryCost - throttleStatus.currentlyAvailable;
  return Math.max(100, Math.ceil((missing / throttleStatus.restoreRate) * 1000));
}

/** Outside 2xx Shopify says `{ errors: "text" }`, or an object of texts by field. */
function readError({ json }: ErrorAnswer): ErrorDetail | null {
  const { errors } = z.object({ errors: z.string() }).safeParse(json).data ?? {};
  return errors === undefined ? null : { message: errors };
}

/** `userErrors` of a mutation: they come with HTTP 200 and mean that nothing was done. */
export const userErrors = z.array(
  z.object({
    code: z.string().nullish(),
    field: z.array(z.string()).nullish(),
    message: z.string(),
  }),
);

export function userErrorFailure(errors: z.infer<typeof userErrors>): PartyFailure {
  const [error] = errors;
  const message = errors.map((each) => each.message).join('; ');
  const concurrent = error?.code === 'IDEMPOTENCY_CONCURRENT_REQUEST';
  return new PartyFailure(message, {
    party: 'shopify',
    kind: concurrent ? 'retry' : 'refuse',
    effect: concurrent ? 'unknown' : 'none',
    code: error?.code ?? 'user-error',
    status: 200,
  });
}

export const refusal = (code: string, message: string) =>
  new PartyFailure(message, { party: 'shopify', kind: 'refuse', effect: 'none', code });

export const orderMissing = () => refusal('order-not-found', 'The shop has no such order.');

/** "gid://shopify/Order/123" and 123, the form that webhooks use. */
export const gid = (type: string, id: string) => `gid://shopify/${type}/${id}`;
export const gidNumber = z.string().transform((text) => text.replace(/^.*\/(\d+)(\?.*)?$/, '$1'));

export const page = <T>(node: z.ZodType<T>) =>
  z.object({
    nodes: z.array(node),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullish() }),
  });
export interface Page<T> {
  nodes: T[];
  pageInfo: { hasNextPage: boolean; endCursor?: string | null | undefined };
}

/** All nodes of a connection: those of the first page and of every further one. */
export async function allNodes<T>(
  first: Page<T> | undefined,
  next: (after: string) => Promise<Page<T> | undefined>,
): Promise<T[]> {
  const nodes: T[] = [];
  let current = first;
  while (current) {
    nodes.push(...current.nodes);
    const { hasNextPage, endCursor } = current.pageInfo;
    current = hasNextPage && endCursor ? await next(endCursor) : undefined;
  }
  return nodes;
}
