import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Problem, problemBody, problemKinds } from '../problem.ts';

const LARGEST_HEADERS = 16 * 1024;
const HEADERS_WITHIN_MS = 10_000;
const KEPT_ALIVE_MS = 65_000; // longer than load balancers keep theirs, so that they do not send into a closed one

/**
 * The server with its bounds: how much a head may hold, and within how long it and the whole request must have
 * arrived, so that who sends a byte now and then holds nothing for long. What breaks them is answered by a problem too.
 */
export function createHttpServer(app: RequestListener, requestWithinMs: number): Server {
  const underWay = new WeakMap<Duplex, ServerResponse>();
  const server = createServer({
    maxHeaderSize: LARGEST_HEADERS,
    headersTimeout: Math.min(HEADERS_WITHIN_MS, requestWithinMs),
    requestTimeout: requestWithinMs,
    connectionsCheckingInterval: Math.min(5_000, requestWithinMs),
    keepAliveTimeout: KEPT_ALIVE_MS,
  });
  server.on('request', (request, response) => underWay.set(request.socket, response));
  server.on('request', app);
  server.on('checkExpectation', app); // Expect: what is not understood is not refused for that
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const begun = underWay.get(socket);
    const answering = begun !== undefined && begun.headersSent && !begun.writableFinished;
    if (!socket.writable || error.code === 'ECONNRESET' || answering) socket.destroy();
    else socket.end(answerTo(error.code));
  });
  return server;
}

/** As it goes over the wire: there is no request to answer. */
function answerTo(code: string | undefined): string {
  const problem = problemOf(code);
  const body = JSON.stringify({ ...problemBody(problem), requestId: randomUUID() });
  return [
    `HTTP/1.1 ${problem.status} ${problemKinds[problem.kind].title}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}

function problemOf(code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW')
    return new Problem('headers-too-large', `Address and headers have at most ${LARGEST_HEADERS} bytes.`);
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new Problem('request-timeout', 'The request did not arrive whole in time.');
  return new Problem('malformed-request', 'This is not HTTP/1.1 as it is read here.');
}
