import { describe, expect, it } from '@jest/globals';
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLSchema,
} from 'graphql';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder =
  process.env['SPECS_DIR'] ?? fileURLToPath(new URL('../../../../shared/specs', import.meta.url));
const file = `${folder}/shopify-admin-2026-07.graphql`;
const present = existsSync(file);

/** Everything that `slim` says which the published schema does not say just so. */
function differences(slim: GraphQLSchema, published: GraphQLSchema): string[] {
  const found: string[] = [];
  for (const [name, type] of Object.entries(slim.getTypeMap())) {
    if (name.startsWith('__')) continue;
    const real = published.getType(name);
    if (real === undefined || real.constructor !== type.constructor) {
      found.push(name);
    } else if (isEnumType(type) && isEnumType(real)) {
      const values = (one: typeof type) => one.getValues().map((value) => value.name);
      if (String(values(type)) !== String(values(real))) found.push(name);
    } else if (isInputObjectType(type) && isInputObjectType(real)) {
      // Fewer fields are a subset; a missing one that must be given is not.
      for (const field of Object.values(real.getFields()))
        if (
          String(field.type).endsWith('!') &&
          field.defaultValue === undefined &&
          !type.getFields()[field.name]
        )
          found.push(`${name}.${field.name} is required`);
      for (const field of Object.values(type.getFields()))
        if (String(field.type) !== String(real.getFields()[field.name]?.type))
          found.push(`${name}.${field.name}`);
    } else if (
      (isObjectType(type) || isInterfaceType(type)) &&
      (isObjectType(real) || isInterfaceType(real))
    ) {
      for (const field of Object.values(type.getFields())) {
        const known = real.getFields()[field.name];
        if (String(field.type) !== String(known?.type)) found.push(`${name}.${field.name}`);
        else found.push(...argumentsOf(`${name}.${field.name}`, field.args, known!.args));
      }
    }
  }
  for (const directive of slim.getDirectives()) {
    const real = published.getDirective(directive.name);
    if (real === undefined || real === null || String(real.locations) !== String(directive.locations))
      found.push(`@${directive.name}`);
  }
  return found;
}

function argumentsOf(
  where: string,
  slim: readonly GraphQLArgument[],
  real: readonly GraphQLArgument[],
): string[] {
  const wrong = slim.filter((argument) => {
    const known = real.find((one) => one.name === argument.name);
    return String(argument.type) !== String(known?.type) || argument.defaultValue !== known?.defaultValue;
  });
  const missing = real.filter(
    (argument) => String(argument.type).endsWith('!') && !slim.some((one) => one.name === argument.name),
  );
  return [...wrong, ...missing].map((argument) => `${where}(${argument.name})`);
}

const suite = present ? describe : describe.skip;
const skipped = present ? '' : `, skipped: none in ${folder} (SPECS_DIR)`;

suite(`the schema that the sandbox answers${skipped}`, () => {
  const slim = buildSchema(
    readFileSync(new URL('../../../sandbox/shopify/schema.graphql', import.meta.url), 'utf8'),
  );

  it("is a subset of Shopify's published one", () => {
    const published = buildSchema(readFileSync(file, 'utf8'));
    expect(differences(slim, published)).toEqual([]);
    expect(differences(published, slim).length).toBeGreaterThan(1000);
  });
});
