import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { z } from 'zod';
import { storePolicy } from '../../../api/schemas/policy.ts';
import { defaultPolicy } from '../../../domain/policy.ts';
import { settingsOf } from '../../../domain/policy-change.ts';

const guide = readFileSync(new URL('../../../docs/policies.md', import.meta.url), 'utf8');
const schema = z.toJSONSchema(storePolicy, { io: 'input' });
type Node = z.core.JSONSchema.JSONSchema;

/** `setting | default | values`, each as its cell has it. */
function documented(): string[][] {
  const [, section = ''] = /<!-- settings -->([^]*)<!-- \/settings -->/.exec(guide) ?? [];
  const rows = section.trim().split('\n').slice(2);
  return rows.map((row) => row.split('|').slice(1, 4)).map((cells) => cells.map((cell) => cell.trim()));
}

const defs = schema.$defs ?? {};
const resolved = (node: Node): Node => (node.$ref ? (defs[node.$ref.split('/').at(-1)!] as Node) : node);

/** The schema of one setting, by its dotted name. */
function schemaOf(setting: string): Node {
  return setting
    .split('.')
    .reduce<Node>((node, name) => resolved(node).properties![name] as Node, schema as Node);
}

const number = (value: number) => value.toLocaleString('en-US');

/** What the bounds must read as: enumerations in full; of numbers, from and to, and whatever unit. */
function valuesOf(node: Node): RegExp {
  const options = (node.anyOf ?? [node]) as Node[];
  const words = options.map((option) => {
    if (option.type === 'null') return '`null`';
    if (option.enum) return option.enum.map((value) => `\`${value}\``).join(', ');
    if (option.type === 'boolean') return '`true`, `false`';
    if (option.type === 'object' || option.$ref) return "an amount in the store's currency";
    return `${number(option.minimum!)} to ${number(option.maximum!)}( [a-z' ]+)?`;
  });
  return new RegExp(`^${words.join(', ')}$`);
}

it('the guide has each setting with its default', () => {
  const settings = [...settingsOf(defaultPolicy)].map(([name, value]) => [
    `\`${name}\``,
    `\`${JSON.stringify(value)}\``.replaceAll('"', ''),
  ]);
  expect(Object.fromEntries(documented().map(([name, standard]) => [name, standard]))).toEqual(
    Object.fromEntries(settings),
  );
});

it.each([...settingsOf(defaultPolicy).keys()])(
  'the guide has the values of %s as they are checked',
  (name) => {
    const row = documented().find(([setting]) => setting === `\`${name}\``);
    expect(row?.[2]).toMatch(valuesOf(schemaOf(name)));
  },
);
