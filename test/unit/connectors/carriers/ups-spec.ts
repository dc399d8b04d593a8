import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { parse } from 'yaml';

/** Where UPS' published OpenAPI files lie; null where the folder is absent. */
export const specsDir = (() => {
  const dir = process.env['SPECS_DIR'] ?? resolve(import.meta.dirname, '../../../../../shared/specs');
  return existsSync(dir) ? dir : null;
})();

interface Schema {
  $ref?: string;
  type?: string;
  required?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  [word: string]: unknown;
}
interface Operation {
  deprecated?: boolean;
  parameters?: { name: string; in: string; required?: boolean; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
}
export interface Spec {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

/**
 * What contradicts itself in the files: UPS' own description or example of the field is followed instead.
 * Nothing else is loosened.
 */
const contradictions: Record<string, (schema: Schema) => void> = {
  // Required, and "associated with" Roadie labels only; UPS' standard example leaves it out.
  LabelRecoveryRequest: (schema) => {
    schema.required = schema.required!.filter((name) => name !== 'TrackingNumbers');
  },
  // Four characters exactly, of GIF, PDF, ZPL, EPL, SPL.
  LabelRecovery_LabelSpecification_LabelImageFormat: (schema) => {
    schema.properties!['Code']!['minLength'] = 3;
  },
};

/** One of UPS' files with its dialect of JSON Schema put right (see `standard`). */
export function readSpec(name: string): Spec {
  const text = readFileSync(resolve(specsDir!, name), 'utf8').replaceAll('\r', '').replaceAll('\t', '  ');
  // Quoted descriptions run on over lines indented too little for YAML.
  const quoted = /^( *(?:- )?[\w"'$]+: )("(?:[^"\\]|\\[\s\S])*"|'(?:[^']|'')*')/gm;
  const yaml = text.replace(
    quoted,
    (_all, key: string, value: string) => key + value.replace(/\n */g, `\n${' '.repeat(60)}`),
  );
  const spec = parse(yaml, { uniqueKeys: false, strict: false, logLevel: 'silent' }) as Spec;
  for (const [schemaName, schema] of Object.entries(spec.components.schemas)) {
    contradictions[schemaName]?.(schema);
    standard(schema);
  }
  return spec;
}

/**
 * UPS writes `maximum` for how often an element may occur and puts a list's lengths on the list: these become
 * maxItems and the items' own lengths. Unknown names are refused, which the files leave open.
 */
function standard(schema: Schema): void {
  const { type, maximum, minLength, maxLength } = schema;
  if (type === 'array') {
    if (maximum !== undefined) schema['maxItems'] = maximum;
    if (schema.items && !schema.items.$ref)
      Object.assign(schema.items, minLength ? { minLength } : {}, maxLength ? { maxLength } : {});
    delete schema['minLength'];
    delete schema['maxLength'];
  }
  if (type !== 'integer' && type !== 'number') {
    delete schema['maximum'];
    delete schema['minimum'];
  }
  if (schema.properties) schema['additionalProperties'] = false;
  // Required and then not defined: any value will do.
  for (const name of schema.required ?? []) if (schema.properties) schema.properties[name] ??= {};
  for (const child of Object.values(schema.properties ?? {})) standard(child);
  if (schema.items) standard(schema.items);
}

/** The operation of an actual request, which must not be deprecated, and the path's parameters. */
export function operationOf(spec: Spec, method: string, path: string) {
  for (const [template, operations] of Object.entries(spec.paths)) {
    const operation = operations[method.toLowerCase()];
    const names = [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
    const match = new RegExp(`^${template.replace(/\{\w+\}/g, '([^/]+)')}$`).exec(path);
    if (operation && match && !operation.deprecated)
      return {
        operation,
        parameters: Object.fromEntries(names.map((name, index) => [name, match[index + 1]!])),
      };
  }
  throw new Error(`No current operation ${method} ${path}`);
}

const compiled = new WeakMap<Schema, ValidateFunction>();

function compile(spec: Spec, schema: Schema): ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  const validate = ajv.compile({ ...schema, components: spec.components });
  compiled.set(schema, validate);
  return validate;
}

/** What the schema finds wrong, one line each; empty when nothing. */
export function faultsOf(spec: Spec, schema: Schema, value: unknown): string[] {
  const validate = compiled.get(schema) ?? compile(spec, schema);
  if (validate(value)) return [];
  return (validate.errors ?? []).map((error: ErrorObject) => `${error.instancePath} ${error.message}`);
}

/** A value of the schema with every property set, as short as it may be; `known` gives values by property name. */
export function sampleOf(spec: Spec, schema: Schema, known: Record<string, unknown>, name = ''): unknown {
  const actual = schema.$ref ? spec.components.schemas[schema.$ref.split('/').at(-1)!]! : schema;
  if (name in known) return known[name];
  if (actual.properties)
    return Object.fromEntries(
      Object.entries(actual.properties).map(([key, child]) => [key, sampleOf(spec, child, known, key)]),
    );
  if (actual.type === 'array') return actual.items ? [sampleOf(spec, actual.items, known, name)] : [];
  if (actual.type === 'boolean') return false;
  return 'x'.repeat(Number(actual['minLength'] ?? 1));
}
