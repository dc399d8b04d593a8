import { readFileSync } from 'node:fs';
import { buildSchema, execute, GraphQLError, Kind, parse, specifiedRules, validate } from 'graphql';
import type { DocumentNode, OperationDefinitionNode } from 'graphql';
import { json, parseJson, type Answer, type Concerns, type Party, type Refusal } from '../http.ts';
import type { Shop } from './model.ts';
import type { ViewContext } from './money-views.ts';
import { mutationRoot } from './mutations.ts';
import { queryRoot } from './queries.ts';
import { createThrottle, requestedCost } from './throttle.ts';
import { orderView } from './views.ts';
import type { ShopWorld } from './world.ts';

const schema = buildSchema(readFileSync(new URL('schema.graphql', import.meta.url), 'utf8'));
const path = /^\/([a-z0-9-]+)\/admin\/api\/([^/]+)\/graphql\.json$/;
const version = /^(20\d\d-(01|04|07|10)|unstable)$/;

interface Prepared {
  document: DocumentNode | null;
  errors: readonly GraphQLError[];
}

/** Clients send the same few texts again and again: each is parsed and validated once. */
const prepared = new Map<string, Prepared>();

function prepare(query: string): Prepared {
  const known = prepared.get(query);
  if (known !== undefined) return known;
  let made: Prepared;
  try {
    const document = parse(query);
    made = { document, errors: validate(schema, document, specifiedRules) };
  } catch (error) {
    made = { document: null, errors: [error as GraphQLError] };
  }
  if (prepared.size > 500) prepared.clear();
  prepared.set(query, made);
  return made;
}

interface GraphqlBody {
  query?: string;
  variables?: Record<string, unknown>;
  operationName?: string | null;
}

export function shopifyParty(world: ShopWorld): Party {
  const throttle = createThrottle(world.now);
  return {
    operations: (call) => namesOf(parseJson(call.body) as GraphqlBody | undefined),
    account: (call) => path.exec(call.path)?.[1] ?? null,
    concerns: (call) => aboutOrder(world, path.exec(call.path)?.[1] ?? '', call.body.toString('utf8')),
    failure: (status: number, { message }: Refusal) => json(status, { errors: message }),
    async handle(call, refusal) {
      const [, name, asked] = path.exec(call.path) ?? [];
      const shop = name === undefined ? undefined : world.tables.shops.get('', name);
      if (shop === undefined || !version.test(asked!) || call.method !== 'POST')
        return json(404, { errors: 'Not Found' });
      if (call.headers['x-shopify-access-token'] !== shop.accessToken)
        return json(401, {
          errors: '[API] Invalid API key or access token (unrecognized login or wrong password)',
        });
      const body = parseJson(call.body) as GraphqlBody | undefined;
      if (typeof body?.query !== 'string')
        return json(400, { errors: { query: 'Required parameter missing or invalid' } });
      return answer(world, throttle, shop, asked!, body, refusal);
    },
  };
}

async function answer(
  world: ShopWorld,
  throttle: ReturnType<typeof createThrottle>,
  shop: Shop,
  asked: string,
  body: GraphqlBody,
  refusal: Refusal | null,
): Promise<Answer> {
  const headers = { 'X-Shopify-API-Version': asked };
  const { document, errors } = prepare(body.query!);
  if (document === null || errors.length > 0)
    return json(200, { errors: errors.map((error) => error.toJSON()) }, headers);
  const cost = requestedCost(document, body.variables ?? {});
  const { allowed, status } = throttle.take(shop, cost);
  const extensions = {
    cost: { requestedQueryCost: cost, actualQueryCost: allowed ? cost : null, throttleStatus: status },
  };
  if (!allowed || refusal?.code === 'THROTTLED')
    return json(
      200,
      { errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }], extensions },
      headers,
    );

  const context: ViewContext = { world, shop, orderView: (order) => orderView(context, order) };
  const result = await execute({
    schema,
    document,
    rootValue:
      refusal === null
        ? { ...queryRoot(context), ...mutationRoot(context, asked) }
        : refusingRoot(document, refusal),
    variableValues: body.variables ?? {},
    operationName: body.operationName ?? null,
  });
  return json(200, { ...result, extensions }, headers);
}

/** userErrors for a mutation; a query, which has none, is refused with a GraphQL error. */
function refusingRoot(document: DocumentNode, { code, message }: Refusal): Record<string, unknown> {
  const fault = { field: null, message };
  const refuse = (name: string) => () => {
    if (operationOf(document)?.operation !== 'mutation')
      throw new GraphQLError(message, { extensions: { code } });
    const known = schema.getMutationType()!.getFields()[name]!.type.toString();
    const coded = { ...fault, code: codeOf(`${known.replace(/Payload!?$/, '')}`, code) };
    return { job: null, orderCancelUserErrors: [coded], userErrors: [coded] };
  };
  return Object.fromEntries(rootNames(document).map((name) => [name, refuse(name)]));
}

/** The code where the mutation's enum of codes has it, else none: an invalid enum value cannot be sent. */
function codeOf(mutation: string, code: string): string | null {
  const type = schema.getType(`${mutation}UserErrorCode`);
  return type !== undefined && 'getValue' in type && type.getValue(code) !== undefined ? code : null;
}

const operationOf = (document: DocumentNode): OperationDefinitionNode | undefined =>
  document.definitions.find((one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION);

const rootNames = (document: DocumentNode): string[] =>
  (operationOf(document)?.selectionSet.selections ?? []).flatMap((selection) =>
    selection.kind === Kind.FIELD ? [selection.name.value] : [],
  );

/** Its root fields, and the name that the client gave to it. */
function namesOf(body: GraphqlBody | undefined): string[] {
  const document = typeof body?.query === 'string' ? prepare(body.query).document : null;
  if (document === null) return ['unknown'];
  return [...rootNames(document), ...(operationOf(document)?.name?.value.split(' ') ?? [])];
}

/** An order is also meant by the id of its fulfillments, fulfillment orders, refunds and jobs. */
function aboutOrder(world: ShopWorld, shop: string, body: string): Concerns {
  const ids = new Set([...body.matchAll(/gid:\/\/shopify\/\w+\/([\w-]+)/g)].map(([, id]) => id));
  return (about) => {
    if (ids.has(about)) return true;
    const order = world.tables.orders.get(shop, about);
    const parts: { id: number }[] = order
      ? [...order.fulfillments, ...order.fulfillmentOrders, ...order.refunds]
      : [];
    if (parts.some(({ id }) => ids.has(String(id)))) return true;
    const jobs = world.tables.jobs.all(shop).filter(({ orderId }) => String(orderId) === about);
    return jobs.some(({ id }) => ids.has(id));
  };
}
