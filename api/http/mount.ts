import { randomUUID } from 'node:crypto';
import type { Express, Request, RequestHandler, Response } from 'express';
import { inTransaction } from '../../db/transaction.ts';
import { access } from '../access.ts';
import type { ApiDeps } from '../deps.ts';
import { notFound, Problem, problemBody } from '../problem.ts';
import { atMost } from './at-once.ts';
import { authenticate, type Caller, type FailureLimit, failureLimit } from './authenticate.ts';
import {
  abandonRun,
  beginRun,
  finishRun,
  idempotencyKey,
  type Slot,
  type StoredReply,
  toStored,
} from './idempotency.ts';
import { jsonBytes, parseJsonBody, rawWebhookBody, refuseUnkeepable } from './json-body.ts';
import { type ApiRoute, type OpenRoute, type Reply, type Route } from './route.ts';
import { validate } from './validate.ts';

/** Puts the routes on the app, and a 405 on every other method of their paths. */
export function mount(app: Express, routes: readonly Route[], deps: ApiDeps): void {
  const guards: Guards = {
    limit: failureLimit(deps.config.wrongKeysPerMinute),
    costly: atMost(deps.config.costlyAtOnce),
  };
  for (const each of routes) {
    const method = each.method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
    const remember: RequestHandler = (_request, response, next) => {
      response.locals['route'] = each.path;
      next();
    };
    app[method](
      expressPath(each.path),
      remember,
      ...(each.kind === 'api' ? apiSteps(each, deps, guards) : openSteps(each, deps, guards)),
    );
  }
  for (const path of new Set(routes.map((each) => each.path))) {
    const methods = routes
      .filter((each) => each.path === path)
      .flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    app.all(expressPath(path), (_request, response) => {
      response.locals['route'] = path;
      throw new Problem('method-not-allowed', `Only ${methods.join(', ')} is possible here.`, {
        headers: { Allow: methods.join(', ') },
      });
    });
  }
}

const expressPath = (path: string) => path.replaceAll(/\{(\w+)\}/g, ':$1');

/** Shared by all routes of the process. */
interface Guards {
  limit: FailureLimit;
  costly: ReturnType<typeof atMost>;
}

function openSteps(route: OpenRoute, deps: ApiDeps, { limit }: Guards): RequestHandler[] {
  const serve: RequestHandler = async (request, response) => {
    const params = paramsOf(route, request);
    const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const call = { params: params as never, headers: request.headers, rawBody, em: deps.orm.em.fork() };
    const reply = await route.handle(call).catch(async (error: unknown) => {
      const guessed = error instanceof Problem && error.kind === 'bad-signature';
      throw guessed ? await limit(request, response, error) : error;
    });
    send(route, deps, response, toStored(reply, route.answer.status));
  };
  return route.signed ? [rawWebhookBody, serve] : [serve];
}

function apiSteps(route: ApiRoute, deps: ApiDeps, { limit, costly }: Guards): RequestHandler[] {
  const admit: RequestHandler = async (request, response, next) => {
    try {
      response.locals['caller'] = await authenticate(deps.orm.em.fork(), request);
    } catch (error) {
      const guessed = error instanceof Problem && request.headers.authorization !== undefined;
      throw guessed ? await limit(request, response, error) : error;
    }
    allow(route, response.locals['caller'] as Caller);
    next();
  };
  const serve: RequestHandler = async (request, response) => {
    const answer = () => answerOf(route, deps, request, response);
    send(route, deps, response, await (route.costly ? costly(answer) : answer()));
  };
  return route.method === 'POST' || route.body ? [admit, jsonBytes, serve] : [admit, serve];
}

function allow(route: ApiRoute, caller: Caller): void {
  const roles: readonly string[] = access[route.name] as readonly string[];
  if (!roles.includes(caller.role))
    throw new Problem('forbidden', `The role ${caller.role} may not do this; it needs ${roles.join(', ')}.`);
}

async function answerOf(
  route: ApiRoute,
  deps: ApiDeps,
  request: Request,
  response: Response,
): Promise<StoredReply> {
  const caller = response.locals['caller'] as Caller;
  const body = parseJsonBody(request.body);
  const call = {
    caller,
    prefersCsv: request.accepts(['application/json', 'text/csv']) === 'text/csv',
    params: paramsOf(route, request) as never,
    query: validate(route.query, cleaned(request.query)) as never,
    body: (route.body ? validate(route.body, body) : undefined) as never,
  };
  const key = route.method === 'POST' ? idempotencyKey(request, caller) : null;
  if (key === null || route.unkept) return run(route, deps, { ...call, updateId: randomUUID() }, null);
  const begun = await beginRun(deps.orm.em.fork(), {
    key,
    body,
    sealWith: route.sealed ? caller.secret : null,
  });
  if ('slot' in begun)
    return runOnce(
      route,
      deps,
      { ...call, updateId: key },
      { ...begun.slot, requestId: request.id as string },
    );
  response.setHeader('Idempotent-Replayed', 'true');
  return begun.replay;
}

type RunnableCall = Omit<Parameters<ApiRoute['handle']>[0], 'em'>;

/** A refusal is an answer too, and is kept; a failure of ours is not. */
async function runOnce(
  route: ApiRoute,
  deps: ApiDeps,
  call: RunnableCall,
  { requestId, ...slot }: Slot & { requestId: string },
): Promise<StoredReply> {
  try {
    return await run(route, deps, call, slot);
  } catch (error) {
    const refused = error instanceof Problem && error.status < 500 && error.kind !== 'idempotency-running';
    if (!refused) {
      await abandonRun(deps.orm.em.fork(), slot);
      throw error;
    }
    const headers = { ...error.extras.headers, 'Content-Type': 'application/problem+json' };
    const reply = { status: error.status, body: { ...problemBody(error), requestId }, headers };
    await finishRun(deps.orm.em.fork(), slot, reply);
    return reply;
  }
}

async function run(
  route: ApiRoute,
  deps: ApiDeps,
  call: RunnableCall,
  slot: Slot | null,
): Promise<StoredReply> {
  const { status } = route.answer;
  const first = route.transaction
    ? await inTransaction(deps.orm, async (em) => {
        const reply = await route.handle({ ...call, em });
        if (slot) await finishRun(em, slot, toStored(reply, status));
        return reply;
      })
    : await route.handle({ ...call, em: deps.orm.em.fork() });
  const last: Reply = first.afterCommit ? await first.afterCommit() : first;
  const reply = toStored(last, status);
  if (slot && (!route.transaction || last !== first)) await finishRun(deps.orm.em.fork(), slot, reply);
  return reply;
}

/** What can't be an id names nothing. */
function paramsOf(route: Route, request: Request) {
  const parsed = route.params.safeParse(cleaned(request.params));
  if (!parsed.success) throw notFound('such thing: the address names what can not exist');
  return parsed.data;
}

function cleaned(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  for (const [name, value] of Object.entries(given))
    if (typeof value === 'string') refuseUnkeepable(value, name);
  return { ...given };
}

function send(route: Route, deps: ApiDeps, response: Response, reply: StoredReply): void {
  const isText = Buffer.isBuffer(reply.body) || typeof reply.body === 'string';
  if (deps.checkAnswers && reply.status < 300 && !isText)
    route.answer.schema?.parse(JSON.parse(JSON.stringify(reply.body ?? null)));
  response.status(reply.status).set({ ...reply.headers });
  if (isText) response.send(reply.body);
  else if (reply.body === undefined) response.end();
  else response.type(response.get('Content-Type') ?? 'application/json').send(JSON.stringify(reply.body));
}
