import { randomUUID } from 'node:crypto';
import { request } from 'undici';

const ANSWER_MS = 60_000;

/** A caller of the HTTP API: what the demo, the benchmarks and the tests speak to it with. */
export function apiClient(url: string, key: string) {
  async function ask<T>(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH',
    path: string,
    body?: unknown,
    idempotencyKey: string = randomUUID(),
  ): Promise<T> {
    const answer = await request(url + path, {
      method,
      // Whose answer died with its process is asked for again by whoever needs it.
      signal: AbortSignal.timeout(ANSWER_MS),
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'idempotency-key': idempotencyKey }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${method} ${path} answered ${answer.statusCode}: ${text}`);
    return JSON.parse(text) as T;
  }
  return {
    url,
    get: <T>(path: string) => ask<T>('GET', path),
    post: <T>(path: string, body: unknown, idempotencyKey?: string) =>
      ask<T>('POST', path, body, idempotencyKey),
    put: <T>(path: string, body: unknown) => ask<T>('PUT', path, body),
    patch: <T>(path: string, body: unknown) => ask<T>('PATCH', path, body),
  };
}

export type ApiClient = ReturnType<typeof apiClient>;
