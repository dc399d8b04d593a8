import { createServer, type Server } from 'node:http';
import type { Worker } from '@temporalio/worker';
import type { WorkerMetrics } from './metrics.ts';

/** `/metrics` for Prometheus, and `/healthz`: 200 while every worker polls, 503 otherwise. Nothing secret is told. */
export async function serveStatus(
  address: { host: string; port: number },
  workers: readonly Pick<Worker, 'getState'>[],
  metrics: WorkerMetrics,
): Promise<Server> {
  const server = createServer((request, response) => {
    void answer(request.url).then(
      ({ status, contentType, body }) =>
        response.writeHead(status, { 'Content-Type': contentType }).end(body),
      () => response.writeHead(500).end(),
    );
  });
  async function answer(path: string | undefined) {
    if (path === '/metrics') return { status: 200, ...(await metrics.text()) };
    if (path !== '/healthz') return { status: 404, contentType: 'text/plain', body: 'not found\n' };
    const polling = workers.every((worker) => worker.getState() === 'RUNNING');
    const body = JSON.stringify({ status: polling ? 'ok' : 'not-polling' });
    return { status: polling ? 200 : 503, contentType: 'application/json', body };
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(address.port, address.host, resolve);
  });
  return server;
}
