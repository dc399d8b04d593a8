import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { access } from '../../../api/access.ts';
import { type Hostile, mark, startHostile } from './hostile.ts';

/** Each field that the document names, on every route with a body: wrong in its own way, and named by the refusal. */

let api: Hostile;
let document: {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};
beforeAll(async () => {
  api = await startHostile();
  document = (await api.send('GET', '/openapi.json')).body;
});
afterAll(() => api.close());

interface Operation {
  requestBody?: { content: { 'application/json': { schema: Schema } } };
}
interface Schema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
}
interface Field {
  path: (string | number)[];
  type: string;
}

/** Every place of a simple value: a path of names, 0 for the first of a list. */
function fieldsOf(schema: Schema, path: Field['path'] = []): Field[] {
  const { $ref, type, properties, items, allOf, anyOf, oneOf } = schema;
  if ($ref) return fieldsOf(document.components.schemas[$ref.split('/').at(-1)!]!, path);
  const types = [type ?? []].flat();
  const own = types.filter((one) => ['string', 'integer', 'number', 'boolean'].includes(one));
  return [
    ...own.map((one) => ({ path, type: one })),
    ...Object.entries(properties ?? {}).flatMap(([name, inner]) => fieldsOf(inner, [...path, name])),
    ...(items ? fieldsOf(items, [...path, 0]) : []),
    ...[allOf, anyOf, oneOf].flatMap((some) => (some ?? []).flatMap((one) => fieldsOf(one, path))),
  ];
}

/** A body with this value there and nothing else. */
const bodyWith = (path: Field['path'], value: unknown): unknown =>
  path.reduceRight<unknown>((inner, name) => (name === 0 ? [inner] : { [name]: inner }), value);

const wrong: Record<string, unknown[]> = {
  string: [`${mark}${'x'.repeat(60_000)}`, 7, [], {}, true],
  integer: [1e30, -1e30, 2 ** 63, 0.5, '1', [], {}, true],
  number: [1e30, -1e30, '1', [], {}, true],
  boolean: [1, 'true', 'false', [], {}],
};

const bodies = Object.keys(access).filter((name) => /^(POST|PATCH) \/v1/.test(name));

it.each(bodies)('%s', async (name) => {
  const [method = '', path = ''] = name.split(' ');
  const schema =
    document.paths[path]?.[method.toLowerCase()]?.requestBody?.content['application/json'].schema;
  if (!schema) return;
  const before = await api.contents();
  const address = path.replaceAll(/\{\w+\}/g, api.store);
  const unnamed: string[] = [];
  for (const field of fieldsOf(schema))
    for (const value of wrong[field.type]!) {
      const answer = await api.send(method, address, bodyWith(field.path, value));
      const named = (answer.body.errors ?? []) as { field: string }[];
      const place = field.path.join('.');
      // A value of several forms is named as a whole.
      const within = named.some(
        (error) => place === error.field || (place.startsWith(`${error.field}.`) && error.field),
      );
      if (answer.status !== 400 || !within)
        unnamed.push(
          `${place}: ${JSON.stringify(value).slice(0, 20)} → ${answer.status} ${answer.text.slice(0, 200)}`,
        );
    }
  expect(unnamed).toEqual([]);
  expect(await api.contents()).toEqual(before);
});

it('nothing of all this is in the log', () => api.expectQuietLog());
