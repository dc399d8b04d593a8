import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { PartyFailure } from '../../../connectors/failure.ts';
import { createHttp, createPool, parseRetryAfter } from '../../../connectors/http.ts';
import type { HttpOptions, HttpRequest } from '../../../connectors/http.ts';

type Answer = (req: IncomingMessage, res: ServerResponse, body: string) => void;

let server: Server;
let baseUrl: string;
let answer: Answer;
let calls: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[];

beforeAll(async () => {
  server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      calls.push({ method: req.method ?? '', url: req.url ?? '', headers: req.headers, body });
      answer(req, res, body);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/base/`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

beforeEach(() => {
  calls = [];
});

const client = (options: Partial<HttpOptions> = {}) => createHttp({ party: 'acme', baseUrl, ...options });

const replies = (status: number, body: string, headers: Record<string, string> = {}): Answer => {
  return (_req, res) => res.writeHead(status, headers).end(body);
};

/** The classification of what `run` fails with. */
async function failure(run: Promise<unknown>) {
  const error = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PartyFailure)) throw new Error('no PartyFailure', { cause: error });
  const { party, kind, effect, code, status, retryAfterMs } = error;
  return { party, kind, effect, code, status, retryAfterMs };
}

const failed = (facts: Partial<Awaited<ReturnType<typeof failure>>>) => ({
  party: 'acme',
  kind: 'retry',
  status: undefined,
  retryAfterMs: undefined,
  ...facts,
});

const read: HttpRequest = { method: 'GET', path: '/x' };
const write: HttpRequest = { method: 'POST', path: '/x', body: { json: {} } };
const question: HttpRequest = { ...write, retryable: true };

describe('what is sent', () => {
  it('appends path and query to the base URL and leaves undefined out', async () => {
    answer = replies(200, '{"a":1}', { 'content-type': 'application/json', 'x-total': '7' });
    const res = await client().request({
      method: 'GET',
      path: '/orders',
      query: { page: 2, q: 'a b', no: undefined },
    });
    expect(calls[0]?.url).toBe('/base/orders?page=2&q=a+b');
    expect(res.status).toBe(200);
    expect(res.headers['x-total']).toBe('7');
    expect(res.json(z.object({ a: z.number() }))).toEqual({ a: 1 });
    expect(res.buffer).toEqual(Buffer.from('{"a":1}'));
  });

  it.each<[string, Partial<HttpRequest>, Record<string, string>, string]>([
    ['json', { body: { json: { a: 'ü' } } }, { 'content-type': 'application/json' }, '{"a":"ü"}'],
    [
      'form',
      { body: { form: { a: 'b c', d: '&' } } },
      { 'content-type': 'application/x-www-form-urlencoded' },
      'a=b+c&d=%26',
    ],
    ['key', { key: 'p1/label/0' }, { 'x-request-key': 'p1/label/0', 'user-agent': 'Test/1' }, ''],
    ['own header', { headers: { Accept: 'text/plain' } }, { accept: 'text/plain' }, ''],
  ])('%s', async (_name, request, headers, body) => {
    answer = replies(204, '');
    await client({ keyHeader: 'x-request-key', userAgent: 'Test/1' }).request({
      method: 'POST',
      path: '/x',
      ...request,
    });
    expect(calls[0]?.body).toBe(body);
    expect(calls[0]?.headers).toMatchObject(headers);
  });

  it('keeps one connection alive', async () => {
    answer = (req, res) => res.end(String(req.socket.remotePort));
    const http = client({ dispatcher: createPool() });
    const first = (await http.request(read)).text();
    // The pool takes the connection back when the event loop comes round.
    await new Promise(setImmediate);
    const second = (await http.request(read)).text();
    expect(second).toBe(first);
  });
});

describe('answers outside 2xx', () => {
  it.each<[number, 'retry' | 'refuse', 'none' | 'unknown']>([
    [301, 'refuse', 'none'],
    [400, 'refuse', 'none'],
    [401, 'refuse', 'none'],
    [404, 'refuse', 'none'],
    [408, 'retry', 'unknown'],
    [409, 'refuse', 'none'],
    [422, 'refuse', 'none'],
    [425, 'retry', 'none'],
    [429, 'retry', 'none'],
    [500, 'retry', 'unknown'],
    [502, 'retry', 'unknown'],
    [503, 'retry', 'unknown'],
  ])('%i on a write: %s, effect %s; on a read: effect none', async (status, kind, effect) => {
    answer = replies(status, 'no', status === 301 ? { location: '/y' } : {});
    expect(await failure(client().request(write))).toEqual(
      failed({ kind, effect, code: `http-${status}`, status }),
    );
    expect(await failure(client().request(read))).toMatchObject({ kind, effect: 'none' });
    expect(await failure(client().request(question))).toMatchObject({ kind, effect: 'none' });
    expect(calls).toHaveLength(3);
  });

  it("takes 429's Retry-After, as seconds and as a date", async () => {
    const now = () => Date.parse('2026-03-01T10:00:00Z');
    answer = replies(429, '', { 'retry-after': '7' });
    expect(await failure(client({ now }).request(write))).toMatchObject({ retryAfterMs: 7000 });
    answer = replies(503, '', { 'retry-after': 'Sun, 01 Mar 2026 10:00:30 GMT' });
    expect(await failure(client({ now }).request(write))).toMatchObject({ retryAfterMs: 30_000 });
  });

  it("gives the party's own code and message", async () => {
    answer = replies(409, '{"error":{"id":"E12","text":"No such service"}}');
    const readError: HttpOptions['readError'] = ({ json }) => {
      const { error } = z.object({ error: z.object({ id: z.string(), text: z.string() }) }).parse(json);
      return { code: error.id, message: error.text };
    };
    const run = client({ readError }).request(write);
    await expect(run).rejects.toThrow('No such service');
    expect(await failure(run)).toEqual(failed({ kind: 'refuse', effect: 'none', code: 'E12', status: 409 }));
  });

  it('never puts the body into the message by itself', async () => {
    answer = replies(400, 'Jane Sample, 1 Main Street');
    await expect(client().request(write)).rejects.toThrow(/^acme answered 400$/);
  });
});

describe('bodies that cannot be read', () => {
  const schema = z.object({ id: z.string() });

  it.each(['<html>', '', '{"id":1}', '{"id":'])('%j is malformed', async (body) => {
    answer = replies(200, body);
    const run = (request: HttpRequest) =>
      client()
        .request(request)
        .then((res) => res.json(schema));
    expect(await failure(run(write))).toEqual(
      failed({ effect: 'unknown', code: 'malformed-body', status: 200 }),
    );
    expect(await failure(run(read))).toMatchObject({ effect: 'none', code: 'malformed-body' });
  });

  it('names the place, not the value', async () => {
    answer = replies(200, '{"id":{"street":"1 Main Street"}}');
    const res = await client().request(read);
    expect(() => res.json(schema)).toThrow("acme answered 200 with a body that can't be read: id");
  });

  it('stops at the size bound', async () => {
    answer = replies(200, 'x'.repeat(2000));
    expect(await failure(client({ maxBytes: 1999 }).request(write))).toEqual(
      failed({ effect: 'unknown', code: 'response-too-large' }),
    );
    expect((await client({ maxBytes: 2000 }).request(write)).buffer).toHaveLength(2000);
  });

  it('a body that ends too early is a reset', async () => {
    answer = (_req, res) => {
      res.writeHead(200, { 'content-length': '100' }).write('{"id"');
      res.socket?.destroy();
    };
    expect(await failure(client().request(write))).toEqual(
      failed({ effect: 'unknown', code: 'connection-reset' }),
    );
  });
});

describe('failures on the way', () => {
  it('a reset after sending may have acted', async () => {
    answer = (req) => req.socket.resetAndDestroy();
    expect(await failure(client().request(write))).toEqual(
      failed({ effect: 'unknown', code: 'connection-reset' }),
    );
    expect(await failure(client().request(read))).toMatchObject({ effect: 'none', code: 'connection-reset' });
  });

  it('no answer in time', async () => {
    answer = () => {};
    expect(await failure(client({ timeoutMs: 50 }).request(write))).toEqual(
      failed({ effect: 'unknown', code: 'timeout' }),
    );
  });

  it('a body that never ends counts against the same time', async () => {
    answer = (_req, res) => res.writeHead(200).write('{');
    expect(await failure(client({ timeoutMs: 50 }).request(read))).toEqual(
      failed({ effect: 'none', code: 'timeout' }),
    );
  });

  it("passes the caller's abort on as its own reason", async () => {
    const reason = new Error('cancelled by the workflow');
    const abort = new AbortController();
    answer = () => abort.abort(reason);
    await expect(client().request({ ...write, signal: abort.signal })).rejects.toBe(reason);
  });

  it('a closed port: nothing was sent', async () => {
    const closed = createTcpServer().listen(0, '127.0.0.1');
    await new Promise((done) => closed.once('listening', done));
    const { port } = closed.address() as AddressInfo;
    await new Promise((done) => closed.close(done));
    expect(await failure(client({ baseUrl: `http://127.0.0.1:${port}` }).request(write))).toEqual(
      failed({ effect: 'none', code: 'connection-refused' }),
    );
  });

  it('a name that does not resolve: nothing was sent', async () => {
    const dispatcher = createPool({
      lookup: (_host, _options, done) => done(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []),
    });
    expect(await failure(client({ baseUrl: 'http://shop.test', dispatcher }).request(write))).toEqual(
      failed({ effect: 'none', code: 'dns-failed' }),
    );
  });

  it('TLS that does not stand: nothing was sent', async () => {
    expect(await failure(client({ baseUrl: baseUrl.replace('http:', 'https:') }).request(write))).toEqual(
      failed({ effect: 'none', code: 'tls-failed' }),
    );
    expect(calls).toEqual([]);
  });

  it('a connection that does not stand in time: nothing was sent', async () => {
    const dispatcher = createPool({ timeout: 20, lookup: () => {} });
    expect(await failure(client({ baseUrl: 'http://shop.test', dispatcher }).request(write))).toEqual(
      failed({ effect: 'none', code: 'connect-timeout' }),
    );
  });

  it('an answer that is not HTTP', async () => {
    await using garbage = createTcpServer((socket) => socket.resume().end('not http at all\r\n\r\n'));
    await new Promise<void>((done) => garbage.listen(0, '127.0.0.1', done));
    const { port } = garbage.address() as AddressInfo;
    expect(await failure(client({ baseUrl: `http://127.0.0.1:${port}` }).request(write))).toEqual(
      failed({ effect: 'unknown', code: 'malformed-response' }),
    );
  });

  it('a request that cannot be built is our defect, not theirs', async () => {
    await expect(client().request({ ...write, headers: { 'x-a': 'b\nc' } })).rejects.not.toBeInstanceOf(
      PartyFailure,
    );
  });
});

it.each([
  ['120', 120_000],
  [' 0 ', 0],
  ['1.5', 1500],
  ['Sun, 01 Mar 2026 09:00:00 GMT', 0],
  ['soon', undefined],
  [undefined, undefined],
])('Retry-After %j is %p ms', (value, expected) => {
  expect(parseRetryAfter(value, Date.parse('2026-03-01T10:00:00Z'))).toBe(expected);
});
