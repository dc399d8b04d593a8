import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { Em } from '../../db/database.ts';
import { type Access, access, type RouteName } from '../access.ts';
import type { ProblemKind } from '../problem.ts';
import type { Caller } from './authenticate.ts';

/**
 * One route is one value: its validation, its access, its documentation and its handler. Made by `route` (an API
 * key is needed) or `openRoute` (public, or signed by its sender), mounted by mount.ts, described by openapi.ts.
 */
export type Route = ApiRoute | OpenRoute;
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Reply<Body = unknown> {
  /** Instead of the documented one. */
  status?: number;
  /** JSON, or a Buffer or text under the `Content-Type` of `headers`. */
  body: Body;
  headers?: Readonly<Record<string, string>>;
  /** Runs after the transaction was committed; its reply is what is answered. */
  afterCommit?: () => Promise<Reply<Body>>;
}

export interface Call<Params, Query, Body> {
  params: Params;
  query: Query;
  body: Body;
  caller: Caller;
  /** The transaction's where the route has one; else a fork for reading. */
  em: Em;
  /** CSV rather than JSON, by `Accept`: for routes that answer both. */
  prefersCsv: boolean;
  /** The Update's id: made of caller, path and Idempotency-Key, or random without one. */
  updateId: string;
}

export interface OpenCall<Params> {
  params: Params;
  headers: IncomingHttpHeaders;
  /** Empty where the route reads none. */
  rawBody: Buffer;
  em: Em;
}

interface Described {
  summary: string;
  description?: string;
  tag: string;
  /** What else it may answer, beside what every route of its kind may. */
  problems?: readonly ProblemKind[];
}

interface Located extends Described {
  name: RouteName;
  method: Method;
  /** OpenAPI's notation: /v1/orders/{id}. */
  path: string;
  params: z.ZodObject;
  answer: Answer;
}

export interface Answer {
  status: number;
  description: string;
  /** null: no JSON; `contentTypes` then says what. */
  schema: z.ZodType | null;
  /** Beside JSON, or in place of it. */
  contentTypes?: readonly string[];
  /** Statuses that answer the same schema in other cases. */
  also?: Readonly<Record<number, string>>;
}

export interface ApiRoute extends Located {
  kind: 'api';
  query: z.ZodObject;
  body: z.ZodType | null;
  transaction: boolean;
  sealed: boolean;
  unkept: boolean;
  costly: boolean;
  handle(call: Call<never, never, never>): Promise<Reply>;
}

export interface OpenRoute extends Located {
  kind: 'open';
  signed: boolean;
  handle(call: OpenCall<never>): Promise<Reply>;
}

type AnswerSpec<R extends z.ZodType> = Omit<Answer, 'schema' | 'status'> & {
  status?: number;
  schema: R | null;
};

interface ApiSpec<
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodType,
  R extends z.ZodType,
> extends Described {
  params?: P;
  query?: Q;
  body?: B;
  answer: AnswerSpec<R>;
  /** The handler's writes, and the stored answer of an Idempotency-Key, commit together or not at all. */
  transaction?: boolean;
  /** The answer holds a secret that is shown once: kept for a repeat only in a form that the caller's key opens. */
  sealed?: boolean;
  /** The answer tells of customers and is kept nowhere: under the same Idempotency-Key it is made anew. */
  unkept?: boolean;
  /** Computes much: few at the same time, the others are told to come again. */
  costly?: boolean;
  handle(call: Call<z.output<P>, z.output<Q>, z.output<B>>): Promise<Reply<z.input<R>>>;
}

const nothing = z.strictObject({});

export function route<
  R extends z.ZodType,
  P extends z.ZodObject = typeof nothing,
  Q extends z.ZodObject = typeof nothing,
  B extends z.ZodType = z.ZodUndefined,
>(name: RouteName, spec: ApiSpec<P, Q, B, R>): ApiRoute {
  if (!Array.isArray(accessOf(name))) throw new Error(`${name} needs no API key: use openRoute`);
  return {
    ...located(name, spec),
    kind: 'api',
    query: spec.query ?? nothing,
    body: spec.body ?? null,
    transaction: spec.transaction ?? false,
    sealed: spec.sealed ?? false,
    unkept: spec.unkept ?? false,
    costly: spec.costly ?? false,
    handle: spec.handle as ApiRoute['handle'],
  };
}

interface OpenSpec<P extends z.ZodObject, R extends z.ZodType> extends Described {
  params?: P;
  answer: AnswerSpec<R>;
  handle(call: OpenCall<z.output<P>>): Promise<Reply<z.input<R>>>;
}

export function openRoute<R extends z.ZodType, P extends z.ZodObject = typeof nothing>(
  name: RouteName,
  spec: OpenSpec<P, R>,
): OpenRoute {
  if (Array.isArray(accessOf(name))) throw new Error(`${name} needs an API key: use route`);
  return {
    ...located(name, spec),
    kind: 'open',
    signed: access[name] === 'signed',
    handle: spec.handle as OpenRoute['handle'],
  };
}

/** Types say it too, but whoever gets around them must not open a door. */
function accessOf(name: RouteName): Access {
  if (!Object.hasOwn(access, name)) throw new Error(`${name} is not in the table of access`);
  return access[name];
}

function located(
  name: RouteName,
  spec: Described & { params?: z.ZodObject; answer: AnswerSpec<z.ZodType> },
): Located {
  const [method, path] = name.split(' ') as [Method, string];
  const { summary, description, tag, problems, params = nothing, answer } = spec;
  return {
    name,
    method,
    path,
    summary,
    description,
    tag,
    problems,
    params,
    answer: { status: 200, ...answer },
  };
}
