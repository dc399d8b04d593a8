import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHttpServer } from '../../../api/http/listen.ts';

/** What never becomes a request: answered by a problem, and the connection is closed. */
describe('the HTTP server', () => {
  let server: Server;
  let port: number;
  const seen: string[] = [];
  beforeAll(async () => {
    server = createHttpServer((request, response) => {
      seen.push(String(request.url));
      request
        .resume()
        .once('end', () => response.end('fine'))
        .on('error', () => undefined);
      if (request.url === '/begun') response.writeHead(200, { 'Content-Length': '9' }).write('be');
    }, 300);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => void server.close());

  /** Everything that comes until the other side closes. */
  async function sent(text: string): Promise<string> {
    const socket = connect(port, '127.0.0.1').setEncoding('latin1');
    let answer = '';
    socket.on('data', (part: string) => (answer += part)).on('error', () => undefined);
    socket.write(text);
    await once(socket, 'close');
    return answer;
  }

  const head = (...lines: string[]) => [...lines, 'Host: x', '', ''].join('\r\n');
  const many = Array.from({ length: 400 }, (_, index) => `X-${index}: ${'v'.repeat(50)}`);

  it.each<[string, string, number, string]>([
    ['a header too large', head('GET / HTTP/1.1', `X: ${'x'.repeat(17_000)}`), 431, 'headers-too-large'],
    ['too many headers', head('GET / HTTP/1.1', ...many), 431, 'headers-too-large'],
    ['an address too long', head(`GET /${'x'.repeat(17_000)} HTTP/1.1`), 431, 'headers-too-large'],
    ['a head that never ends', 'GET / HTTP/1.1\r\nHost: x\r\n', 408, 'request-timeout'],
    ['a body that never comes', head('POST / HTTP/1.1', 'Content-Length: 5') + '{', 408, 'request-timeout'],
    [
      'chunks that never end',
      head('POST / HTTP/1.1', 'Transfer-Encoding: chunked') + '1\r\n{\r\n',
      408,
      'request-timeout',
    ],
    ['what is no HTTP', '\x16\x03\x01 hello\r\n\r\n', 400, 'malformed-request'],
    ['a method that is none', head('NICE / HTTP/1.1'), 400, 'malformed-request'],
    ['a header without a name', head('GET / HTTP/1.1', ': x'), 400, 'malformed-request'],
    ['a NUL in a header', head('GET / HTTP/1.1', 'X: a\0b'), 400, 'malformed-request'],
    ['a folded header', head('GET / HTTP/1.1', 'X: a', '\tb', ':'), 400, 'malformed-request'],
    [
      'two lengths (request smuggling)',
      head('POST / HTTP/1.1', 'Content-Length: 4', 'Content-Length: 5') + 'abcd',
      400,
      'malformed-request',
    ],
    [
      'a length and chunks (request smuggling)',
      head('POST / HTTP/1.1', 'Content-Length: 4', 'Transfer-Encoding: chunked') + '0\r\n\r\n',
      400,
      'malformed-request',
    ],
    ['a length below zero', head('POST / HTTP/1.1', 'Content-Length: -1'), 400, 'malformed-request'],
  ])('refuses %s', async (_case, text, status, kind) => {
    const [answered = '', body = ''] = (await sent(text)).split('\r\n\r\n');
    expect(answered).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answered).toContain('Content-Type: application/problem+json');
    expect(answered).toContain('Connection: close');
    expect(JSON.parse(body)).toEqual({
      type: `/problems/${kind}`,
      title: expect.any(String),
      status,
      detail: expect.any(String),
      requestId: expect.any(String),
    });
  });

  it('puts no second answer behind one that has begun', async () => {
    const answer = await sent(head('POST /begun HTTP/1.1', 'Content-Length: 5') + '{');
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(answer.endsWith('be')).toBe(true);
  });

  it('lets no odd expectation pass for a reason to refuse', async () => {
    const text = head('GET /expects HTTP/1.1', 'Expect: nonsense', 'Connection: close');
    expect(await sent(text)).toMatch(/^HTTP\/1.1 200 [^]*fine/);
  });

  it('still serves who keeps to it', async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/good`, { method: 'POST', body: '{}' });
    expect([answer.status, await answer.text(), seen.at(-1)]).toEqual([200, 'fine', '/good']);
  });
});
