import { expect } from '@jest/globals';
import { apiStore, product, receipt, shopifyStore, warehouse } from './samples.ts';
import type { Response } from 'supertest';
import type { ApiDeps } from '../../../api/deps.ts';
import { startApi, type TestApi } from './test-api.ts';

export interface Expected {
  status: number;
  type: string;
  /** Among the fields that the answer names. */
  field?: string;
  /** Part of its detail. */
  says?: string;
}

export type Sent = [method: string, path: string, body?: unknown, headers?: Record<string, string>];

export const invalid = (field: string, says?: string): Expected => ({
  status: 400,
  type: 'validation',
  field,
  says,
});

/** An API with something in every table that requests could change, and how a bad request must be refused there. */
export interface Stocked extends TestApi {
  /** A store of the platform `api`, and one of Shopify. */
  store: string;
  shop: string;
  refused(request: Sent, expected: Expected): Promise<Response>;
}

export async function startStocked(change: Partial<ApiDeps> = {}): Promise<Stocked> {
  const api = await startApi(change);
  const post = async (path: string, body: object) => {
    const answer = await api.send('POST', path, body);
    expect(answer.status).toBe(201);
    return answer.body.id as string;
  };
  await post('/v1/warehouses', warehouse);
  await post('/v1/products', product);
  await post('/v1/receipts', receipt);
  const store = await post('/v1/stores', apiStore);
  const shop = await post('/v1/stores', shopifyStore);
  return { ...api, store, shop, refused: (request, expected) => refused(api, request, expected) };
}

/** The documented problem, and nothing has changed: no row of any table, and nothing was told to a workflow. */
async function refused(
  api: TestApi,
  [method, path, body, headers]: Sent,
  expected: Expected,
): Promise<Response> {
  const { status, type, field, says = '' } = expected;
  const before = await api.contents();
  const answer = await api.send(method, path, body, headers);
  expect({ status: answer.status, type: answer.body.type }).toEqual({ status, type: `/problems/${type}` });
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.body).toMatchObject({ status, title: expect.any(String), requestId: expect.any(String) });
  if (field !== undefined)
    expect((answer.body.errors as { field: string }[]).map((error) => error.field)).toContain(field);
  expect(answer.body.detail).toContain(says);
  expect(await api.contents()).toEqual(before);
  expect([api.engine.delivered, api.engine.acted]).toEqual([[], []]);
  return answer;
}
