import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { buildSchema, parse, validate } from 'graphql';
import * as queries from '../../../../connectors/storefronts/shopify/queries.ts';

const folder = process.env['SPECS_DIR'] ?? join(import.meta.dirname, '../../../../../shared/specs');
const file = join(folder, `shopify-admin-${queries.apiVersion}.graphql`);
const texts = Object.entries(queries).filter(([name]) => name !== 'apiVersion');

const published = existsSync(file) ? buildSchema(readFileSync(file, 'utf8'), { assumeValidSDL: true }) : null;
const withSpecs = published ? describe : describe.skip;

withSpecs(`what is sent to Shopify (skipped where SPECS_DIR has no ${queries.apiVersion} schema)`, () => {
  it.each(texts)('%s is valid', (_name, text) => {
    expect(published && validate(published, parse(text)).map((error) => error.message)).toEqual([]);
  });

  it.each(texts)('%s uses nothing deprecated', async (_name, text) => {
    const { NoDeprecatedCustomRule } = await import('graphql');
    const found = published ? validate(published, parse(text), [NoDeprecatedCustomRule]) : [];
    expect(found.map((error) => error.message)).toEqual([]);
  });
});

it('an unknown field is noticed', () => {
  const schema = buildSchema('type Query { known: Int }');
  expect(validate(schema, parse('{ zzz }')).map((error) => error.message)).toEqual([
    'Cannot query field "zzz" on type "Query".',
  ]);
});
