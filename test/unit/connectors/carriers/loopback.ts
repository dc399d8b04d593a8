import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Heard {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: string;
}

export type Reply =
  { status?: number; json?: unknown; text?: string; headers?: Record<string, string> } | 'reset';

export interface Fake {
  url: string;
  heard: Heard[];
  /** Requests but those for a token. */
  calls(): Heard[];
  close(): Promise<void>;
}

/** An outside party on loopback that answers by `answer`; token requests get `token-1`, `token-2` … */
export async function fakeUps(answer: (heard: Heard) => Reply | Promise<Reply>): Promise<Fake> {
  const heard: Heard[] = [];
  let tokens = 0;
  const server: Server = createServer((request, response) => void reply(request, response));
  async function reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const target = new URL(request.url!, 'http://localhost');
    const call: Heard = {
      method: request.method!,
      path: target.pathname,
      query: target.searchParams,
      headers: request.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    };
    heard.push(call);
    const given =
      call.path === '/security/v1/oauth/token'
        ? { json: { access_token: `token-${(tokens += 1)}`, expires_in: '14399', token_type: 'Bearer' } }
        : await answer(call);
    if (given === 'reset') return void response.destroy();
    response.writeHead(given.status ?? 200, { 'content-type': 'application/json', ...given.headers });
    response.end(given.text ?? JSON.stringify(given.json));
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    calls: () => heard.filter((call) => call.path !== '/security/v1/oauth/token'),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export const refusal = (status: number, code: string, message: string): Reply => ({
  status,
  json: { response: { errors: [{ code, message }] } },
});
