import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { createEngine } from '../../../api/engine.ts';
import { shopifyHeaders, shopifyOrder, shopifyStore } from './samples.ts';
import { seedOrder } from './seed.ts';
import { startApi, type TestApi } from './test-api.ts';

/** Temporal away in three ways, with the real client against real sockets: an answer at all shows the bound. */
describe.each([
  ['is down', refusingPort],
  ['accepts and never answers', () => listen(() => undefined)],
  ['answers nonsense', () => listen((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))],
])('when Temporal %s', (_how, open) => {
  let api: TestApi;
  let store: string;
  let orderId: string;
  let temporal: Closing;

  beforeAll(async () => {
    temporal = await open();
    const connection = Connection.lazy({ address: `127.0.0.1:${temporal.port}` });
    api = await startApi({ engine: createEngine(new Client({ connection })) });
    store = (await api.send('POST', '/v1/stores', shopifyStore)).body.id;
    orderId = await seedOrder(api.orm, store);
  });
  // The connection is left to the end of the process: closed, it throws out of its timers for retries.
  afterAll(async () => {
    await api.close();
    await temporal.close();
  });

  it('webhooks are answered 200 all the same, and kept', async () => {
    const body = JSON.stringify(shopifyOrder(1001));
    await api.send('POST', `/webhooks/shopify/${store}`, body, shopifyHeaders(body)); // the first also connects
    const answer = await api.send('POST', `/webhooks/shopify/${store}`, body, shopifyHeaders(body));
    expect(answer.status).toBe(200);
    const rows = await api.orm.em.fork().execute('select state from inbox');
    expect(rows).toEqual([{ state: 'received' }, { state: 'received' }]);
  });

  it('an order is shown without what is under way', async () => {
    const answer = await api.send('GET', `/v1/orders/${orderId}`);
    expect([answer.status, answer.body.why.running]).toEqual([200, undefined]);
  });

  it('an action is 503 with Retry-After', async () => {
    const answer = await api.send('POST', `/v1/orders/${orderId}/hold`, { reason: 'wait' });
    expect([answer.status, answer.body.type, answer.headers['retry-after']]).toEqual([
      503,
      '/problems/unavailable',
      '5',
    ]);
  }, 15_000);

  it('/readyz says so, and /healthz is fine', async () => {
    const ready = await api.send('GET', '/readyz');
    expect([ready.status, ready.body]).toEqual([
      503,
      { status: 'not-ready', database: 'ok', temporal: 'unreachable' },
    ]);
    expect((await api.send('GET', '/healthz')).status).toBe(200);
  });
});

describe('when the database is away', () => {
  let api: TestApi;
  let store: string;
  let way: Closing;
  beforeAll(async () => {
    api = await startApi({}, async (database) => {
      const { port, hostname } = database;
      way = await listen((socket) => {
        const onward = connect(Number(port), hostname);
        socket.pipe(onward.on('error', () => socket.destroy())).pipe(socket);
      });
      database.port = String(way.port);
      return database;
    });
    store = (await api.send('POST', '/v1/stores', shopifyStore)).body.id;
    await way.close();
  });
  afterAll(() => api.close());
  afterEach(() => expect(api.engine.delivered).toEqual([]));

  it('webhooks are 503, so that the shop sends them again', async () => {
    const body = JSON.stringify(shopifyOrder(1));
    const answer = await api.send('POST', `/webhooks/shopify/${store}`, body, shopifyHeaders(body));
    expect([answer.status, answer.body.type]).toEqual([503, '/problems/unavailable']);
  });

  it('everything else is 503 too', async () => {
    const answer = await api.send('GET', '/v1/orders');
    expect([answer.status, answer.body.type, answer.headers['retry-after']]).toEqual([
      503,
      '/problems/unavailable',
      '5',
    ]);
  });

  it('/readyz says so; /healthz and /metrics still answer', async () => {
    const ready = await api.send('GET', '/readyz');
    expect([ready.status, ready.body]).toEqual([
      503,
      { status: 'not-ready', database: 'unreachable', temporal: 'ok' },
    ]);
    expect((await api.send('GET', '/healthz')).status).toBe(200);
    expect((await api.send('GET', '/metrics')).text).toContain('orderloom_database_up 0');
  });
});

interface Closing {
  port: number;
  close(): Promise<void>;
}

async function listen(onSocket: (socket: Socket) => void): Promise<Closing> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined)); // the client hangs up in its own way
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** A port that was just free: nobody listens there. */
async function refusingPort(): Promise<Closing> {
  const { port, close } = await listen(() => undefined);
  await close();
  return { port, close: async () => undefined };
}
