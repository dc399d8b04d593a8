import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { refusalOf, type Fault, type Faults } from './faults.ts';
import { names, wireText, type Answer, type Call, type Party } from './http.ts';
import type { State } from './state.ts';

const prefix = /^\/(shopify|woocommerce|ups|stripe|_sandbox)(?=\/|$)/;

interface Listening {
  url: string;
  port: number;
  close(): Promise<void>;
}

/** All parties on one port, each below its own prefix. Faults strike the parties, never the control API. */
export async function listen(
  parties: Record<string, Party>,
  faults: Faults,
  state: State,
  port: number,
): Promise<Listening> {
  const server = createServer((request, response) => {
    serve(request, response, parties, faults, state).catch((error: unknown) => {
      if (response.headersSent || response.destroyed) return response.destroy();
      send(response, {
        status: 500,
        body: { error: error instanceof Error ? error.message : String(error) },
      });
    });
  });
  // Longer than any client keeps a connection idle: a client never writes into a connection being closed.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return { url: `http://127.0.0.1:${bound}`, port: bound, close: () => stop(server) };
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  parties: Record<string, Party>,
  faults: Faults,
  state: State,
): Promise<void> {
  const target = request.url ?? '/';
  const name = prefix.exec(target)?.[1];
  const party = name === undefined ? undefined : parties[name];
  if (name === undefined || party === undefined)
    return send(response, { status: 404, body: { error: 'no such party' } });
  const call = await readCall(request, target, name);
  const concerns = party.concerns?.(call) ?? names(call);
  const struck =
    name === '_sandbox' ? [] : faults.strike(name, party.operations(call), party.account(call), concerns);

  for (const fault of struck)
    if (fault.fault === 'latency') await wait(fault.ms ?? 1000, undefined, { ref: false });
  const before = struck.find((fault) => !fault.fault.startsWith('latency'));
  if (before?.fault === 'reset-before') return void response.destroy();
  if (before?.fault === 'hang') return;
  const early = before === undefined ? null : insteadOf(party, before);
  if (early !== null) return send(response, early);

  const answer = await party.handle(call, before?.fault === 'refuse' ? refusalOf(before) : null);
  state.flush();

  for (const fault of struck)
    if (fault.fault === 'latency-after') await wait(fault.ms ?? 1000, undefined, { ref: false });
  if (before?.fault === 'reset-after') return void response.destroy();
  if (before?.fault === 'hang-after') return;
  send(response, before === undefined ? answer : spoiled(party, before, answer));
}

/** What is answered in place of doing anything, or null where the call is to be done. */
function insteadOf(party: Party, fault: Fault): Answer | null {
  if (fault.fault === '429')
    return withHeaders(party.failure(429, failureWords(fault, 'Too many requests')), {
      'Retry-After': String(fault.retryAfter ?? 1),
    });
  if (fault.fault === '5xx')
    return party.failure(fault.status ?? 503, failureWords(fault, 'Service unavailable'));
  if (fault.fault === 'malformed-before') return page(200, 'Bad gateway');
  if (fault.fault === 'page') return page(fault.status ?? 404, 'Not here');
  if (fault.fault === '4xx') return party.failure(fault.status ?? 401, failureWords(fault, 'Not for you'));
  return null;
}

/** What something in front of the party answers. */
const page = (status: number, words: string): Answer => ({
  status,
  text: `<html><body>${words}</body></html>`,
  headers: { 'Content-Type': 'text/html' },
});

function spoiled(party: Party, fault: Fault, answer: Answer): Answer {
  if (fault.fault === '5xx-after')
    return party.failure(fault.status ?? 503, failureWords(fault, 'Service unavailable'));
  if (fault.fault === 'malformed') {
    const text = wireText(answer);
    return { ...answer, text: text.slice(0, Math.floor(text.length / 2)) };
  }
  if (fault.fault === 'mislabelled') return withHeaders(answer, { 'Content-Type': 'text/html' });
  return answer;
}

const failureWords = (fault: Fault, message: string) => ({
  code: fault.code ?? String(fault.status ?? fault.fault),
  message: fault.message ?? message,
});

const withHeaders = (answer: Answer, headers: Record<string, string>): Answer => ({
  ...answer,
  headers: { ...answer.headers, ...headers },
});

async function readCall(request: IncomingMessage, target: string, party: string): Promise<Call> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  return {
    method: request.method ?? 'GET',
    path: path.slice(party.length + 1) || '/',
    query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
    headers: request.headers as Record<string, string | undefined>,
    body: Buffer.concat(chunks),
    address: `http://${request.headers.host ?? '127.0.0.1'}${path}`,
  };
}

function send(response: ServerResponse, answer: Answer): void {
  if (response.destroyed) return;
  const text = wireText(answer);
  response.writeHead(answer.status, {
    ...(text === '' ? {} : { 'Content-Type': 'application/json; charset=utf-8' }),
    'Content-Length': String(Buffer.byteLength(text)),
    ...answer.headers,
  });
  response.end(text);
}
