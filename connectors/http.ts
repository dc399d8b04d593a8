import { Agent, buildConnector, request as undiciRequest } from 'undici';
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { PartyFailure } from './failure.ts';
import { answerFailure, connectFailures, parseJson, TooLarge, wayFailure } from './http-failure.ts';
import type { Effect, ErrorAnswer, ErrorDetail } from './http-failure.ts';

export { parseRetryAfter } from './http-failure.ts';
export type { ErrorAnswer, ErrorDetail } from './http-failure.ts';

export interface HttpRequest {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Starts with '/', below the base URL's own path. */
  path: string;
  /** `undefined` values are left out. */
  query?: Record<string, string | number | boolean | undefined>;
  headers?: Record<string, string | undefined>;
  body?: { json: unknown } | { form: Record<string, string> };
  /** The idempotency key, sent in the party's `keyHeader`. */
  key?: string;
  /** The caller's own abort: its reason is thrown as it is. */
  signal?: AbortSignal;
  /**
   * True for a request that changes nothing although its method is not GET (a GraphQL query, a rate quote):
   * whatever happens to it, its effect is `none`.
   */
  retryable?: boolean;
  /** Instead of the client's own. */
  timeoutMs?: number;
}

export interface HttpResponse {
  status: number;
  /** Lower-cased names; repeated headers joined by ', '. */
  headers: Record<string, string>;
  buffer: Buffer;
  text(): string;
  /** The parsed body; throws `PartyFailure` 'malformed-body' when it isn't JSON of this schema. */
  json<T>(schema: z.ZodType<T>): T;
}

export interface HttpOptions {
  /** Named in every failure: 'shopify', 'ups'. */
  party: string;
  baseUrl: string;
  /** For one request from connecting to the last byte of its body. */
  timeoutMs?: number;
  userAgent?: string;
  /** The header that carries `key`. */
  keyHeader?: string;
  /** The largest answer that is read. */
  maxBytes?: number;
  /** Reads the party's own error code and message from an answer outside 2xx. */
  readError?: (answer: ErrorAnswer) => ErrorDetail | null;
  /** Milliseconds since the epoch, for a Retry-After that is a date. */
  now?: () => number;
  /** The pool of connections; by default all clients of the process share one. */
  dispatcher?: Dispatcher;
}

export interface Http {
  request(request: HttpRequest): Promise<HttpResponse>;
  /** The address that a request would go to (OAuth 1.0a signs it). */
  url(path: string, query?: HttpRequest['query']): URL;
}

/** A keep-alive pool per origin; a connection that doesn't stand after 5 s is given up. */
export function createPool(options: buildConnector.BuildOptions = {}): Agent {
  const connect = buildConnector({ timeout: 5_000, ...options });
  return new Agent({
    connect(target, done) {
      connect(target, (...result: Parameters<buildConnector.Callback>) => {
        if (result[0]) connectFailures.add(result[0]);
        done(...result);
      });
    },
  });
}

const sharedPool = createPool();

/**
 * One outside party over HTTP. Any answer outside 2xx and any failure on the way throws `PartyFailure`,
 * classified once, here; nothing is retried (Temporal does), redirects aren't followed, bodies are never logged.
 */
export function createHttp(options: HttpOptions): Http {
  const { party, baseUrl, timeoutMs = 10_000, maxBytes = 16 * 1024 * 1024, now = Date.now } = options;
  const url = (path: string, query: HttpRequest['query'] = {}) => {
    const address = new URL(baseUrl.replace(/\/+$/, '') + path);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) address.searchParams.append(name, String(value));
    return address;
  };

  async function request(req: HttpRequest): Promise<HttpResponse> {
    const effect = changesNothing(req) ? 'none' : 'unknown';
    const deadline = AbortSignal.timeout(req.timeoutMs ?? timeoutMs);
    const signal = req.signal ? AbortSignal.any([req.signal, deadline]) : deadline;
    try {
      const answer = await undiciRequest(url(req.path, req.query), {
        dispatcher: options.dispatcher ?? sharedPool,
        method: req.method,
        signal,
        ...encode(req, options),
      });
      const buffer = await readBounded(answer.body, maxBytes);
      const response = toResponse(party, effect, answer.statusCode, flatten(answer.headers), buffer);
      if (response.status >= 200 && response.status < 300) return response;
      throw answerFailure(options, effect, response, now());
    } catch (error) {
      if (error instanceof PartyFailure) throw error;
      if (req.signal?.aborted) throw req.signal.reason;
      throw wayFailure(party, effect, error, deadline.aborted);
    }
  }

  return { request, url };
}

const changesNothing = (req: HttpRequest) =>
  req.retryable === true || req.method === 'GET' || req.method === 'HEAD';

function encode(req: HttpRequest, options: HttpOptions) {
  const headers: Record<string, string> = { accept: 'application/json' };
  headers['user-agent'] = options.userAgent ?? 'Orderloom/0.1';
  if (req.key !== undefined) headers[options.keyHeader ?? 'idempotency-key'] = req.key;
  let body: string | null = null;
  if (req.body && 'json' in req.body) {
    headers['content-type'] = 'application/json';
    body = JSON.stringify(req.body.json);
  } else if (req.body) {
    headers['content-type'] = 'application/x-www-form-urlencoded';
    body = new URLSearchParams(req.body.form).toString();
  }
  for (const [name, value] of Object.entries(req.headers ?? {}))
    if (value !== undefined) headers[name.toLowerCase()] = value;
  return { headers, body };
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}

async function readBounded(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw new TooLarge(`more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function toResponse(
  party: string,
  effect: Effect,
  status: number,
  headers: Record<string, string>,
  buffer: Buffer,
): HttpResponse {
  const text = () => buffer.toString('utf8');
  const json = <T>(schema: z.ZodType<T>): T => {
    const parsed = schema.safeParse(parseJson(text()));
    if (parsed.success) return parsed.data;
    // Paths only: a value in here may be somebody's address.
    const where = parsed.error.issues.map((issue) => issue.path.join('.') || 'body').join(', ');
    const message = `${party} answered ${status} with a body that can't be read: ${where}`;
    throw new PartyFailure(message, { party, kind: 'retry', effect, code: 'malformed-body', status });
  };
  return { status, headers, buffer, text, json };
}
