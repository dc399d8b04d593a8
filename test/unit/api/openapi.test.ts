import { beforeAll, describe, expect, it } from '@jest/globals';
import express from 'express';
import { createApi } from '../../../api/server.ts';
import { access } from '../../../api/access.ts';
import { problemKinds } from '../../../api/problem.ts';
import { startedNowhere } from './nowhere.ts';
import supertest from 'supertest';

interface Operation {
  operationId: string;
  security: object[];
  description: string;
  requestBody?: object;
  parameters?: { name: string; in: string }[];
  responses: Record<string, { description: string; content?: Record<string, { schema: { $ref?: string } }> }>;
}

describe('/openapi.json', () => {
  const app = createApi(startedNowhere());
  let document: {
    openapi: string;
    paths: Record<string, Record<string, Operation>>;
    components: Record<string, object>;
  };
  let operations: [name: string, operation: Operation][];
  beforeAll(async () => {
    document = (await supertest(app).get('/openapi.json')).body;
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, Operation] => [
        `${method.toUpperCase()} ${path}`,
        operation,
      ]),
    );
  });

  it('describes nothing as null and as something named at once', () => {
    expect(
      JSON.stringify(document).match(/"allOf":\[\{"\$ref":"[^"]*"\},\{"type":\["[a-z]+","null"\]/g),
    ).toBeNull();
    const { properties } = document.components['schemas']!['OrderPreview' as never] as {
      properties: Record<string, object>;
    };
    expect(properties['allocation']).toEqual({
      anyOf: [{ $ref: '#/components/schemas/AllocationPreview' }, { type: 'null' }],
    });
  });

  it('describes every route that the app has, and no other', () => {
    const described = operations.map(([name]) => name).sort();
    expect(document.openapi).toBe('3.1.0');
    expect(described).toEqual(Object.keys(access).sort());
    expect(described).toEqual(routesOf(app).sort());
  });

  it('gives each operation an id of its own', () => {
    const ids = operations.map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('resolves every reference', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
    expect(references.length).toBeGreaterThan(100);
    const names = Object.keys(document.components['schemas']!);
    expect(references.map(([, name]) => name).filter((name) => !names.includes(name!))).toEqual([]);
  });

  it('says of each route with a key what it answers to none, to a wrong role, and to a wrong body', () => {
    for (const [name, operation] of operations.filter(([, { security }]) => security.length > 0)) {
      const statuses = Object.keys(operation.responses);
      expect([name, statuses]).toEqual([name, expect.arrayContaining(['401', '403', '500', '503'])]);
      if (operation.requestBody)
        expect([name, statuses]).toEqual([name, expect.arrayContaining(['400', '413', '415'])]);
      if (!name.startsWith('POST')) continue;
      expect([name, statuses]).toEqual([name, expect.arrayContaining(['409', '422'])]);
      expect(operation.parameters).toContainEqual(
        expect.objectContaining({ name: 'Idempotency-Key', in: 'header' }),
      );
    }
  });

  it('answers every error as a problem that it names', () => {
    for (const [, { responses }] of operations)
      for (const [status, { description, content }] of Object.entries(responses).filter(
        ([code]) => code >= '400',
      )) {
        if (!description.startsWith('`/problems/')) continue; // /readyz answers its own body when not ready
        expect(content).toEqual({
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        });
        for (const [, kind] of description.matchAll(/`\/problems\/([\w-]+)`/g))
          expect(problemKinds[kind as keyof typeof problemKinds].status).toBe(Number(status));
      }
  });
});

describe('/docs', () => {
  const app = createApi(startedNowhere());

  it('is a page whose scripts and styles come from here and are allowed by its policy', async () => {
    const page = await supertest(app).get('/docs/');
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const addresses = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address!);
    expect(addresses.filter((address) => !address.startsWith('./'))).toEqual([]);
    expect(page.text).not.toMatch(/<script>(?!\s*<)/);
    for (const address of addresses)
      expect([address, (await supertest(app).get(`/docs/${address.slice(2)}`)).status]).toEqual([
        address,
        200,
      ]);
    expect(page.headers['content-security-policy']).toContain("default-src 'self'");
  });
});

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
}

/** What Express itself has, apart from what answers 405. */
function routesOf(app: express.Express): string[] {
  const { stack } = app.router as unknown as { stack: Layer[] };
  return stack.flatMap(({ route }) => {
    if (!route || Object.keys(route.methods).length > 1) return [];
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    return Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${path}`);
  });
}
