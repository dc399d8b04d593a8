import { expect, it, jest } from '@jest/globals';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { root, runTool, withFiles } from './planted.ts';

jest.setTimeout(60_000);

/** Which folder may import a file of which other one that is no contract, webhook or registry. */
const allowed: Record<string, string[]> = {
  domain: [],
  config: [],
  sandbox: [],
  console: [],
  connectors: ['domain'],
  db: ['domain'],
  activities: ['domain', 'db', 'connectors'],
  workflows: ['domain', 'activities'],
  api: ['domain', 'db', 'config'],
  workers: ['domain', 'db', 'connectors', 'config', 'activities', 'workflows'],
  scripts: ['domain', 'config', 'sandbox', 'console', 'connectors', 'db', 'activities', 'workflows', 'bench'],
  bench: ['domain', 'config', 'sandbox', 'console', 'connectors', 'db', 'activities', 'workflows', 'scripts'],
};
const folders = [...Object.keys(allowed), 'test'];
allowed.test = folders;

interface Violation {
  from: string;
  to: string;
  rule: { name: string };
}

async function violationsIn(folder: string): Promise<Violation[]> {
  const present = folders.filter((each) => existsSync(path.join(folder, each)));
  const parameters = [
    '--config',
    path.join(root, '.dependency-cruiser.mjs'),
    '--output-type',
    'json',
    ...present,
  ];
  const output = await runTool('dependency-cruiser/bin/dependency-cruise.mjs', parameters, folder);
  return (JSON.parse(output) as { summary: { violations: Violation[] } }).summary.violations;
}

const edgesOf = (violations: Violation[]) => new Set(violations.map(({ from, to }) => `${from} → ${to}`));

const edges = folders.flatMap((from) => folders.filter((to) => to !== from).map((to) => ({ from, to })));

it.each([
  ['values', (to: string) => `import { thing } from '${to}';\nexport const other = thing;\n`],
  ['types alone', (to: string) => `import type { Thing } from '${to}';\nexport type Other = Thing;\n`],
])('reports every forbidden direction between folders, of %s', async (_, importing) => {
  const targets = folders.map((folder) => [
    `${folder}/thing.ts`,
    'export const thing = 1;\nexport type Thing = 1;\n',
  ]);
  const sources = edges.map(({ from, to }) => [`${from}/of-${to}.ts`, importing(`../${to}/thing.ts`)]);
  const files = Object.fromEntries([...targets, ...sources]) as Record<string, string>;
  const forbidden = edges
    .filter(({ from, to }) => !allowed[from]?.includes(to))
    .map(({ from, to }) => `${from}/of-${to}.ts → ${to}/thing.ts`);
  const reported = await withFiles(files, violationsIn);
  expect([...edgesOf(reported)].sort()).toEqual(forbidden.sort());
});

it('lets the API read of connectors and workflows only what it verifies and talks with', async () => {
  const targets = [
    'connectors/failure.ts',
    'connectors/http.ts',
    'connectors/carriers/registry.ts',
    'connectors/carriers/ups/label.ts',
    'connectors/carriers/ups/webhook.ts',
    'connectors/storefronts/shopify/graphql.ts',
    'connectors/storefronts/shopify/webhook.ts',
    'workflows/contracts.ts',
    'workflows/client.ts',
    'workflows/order.ts',
  ];
  const imports = targets.map((target, index) => `export { thing as thing${index} } from '../${target}';\n`);
  const files = {
    'api/all.ts': imports.join(''),
    ...Object.fromEntries(targets.map((each) => [each, 'export const thing = 1;\n'])),
  };
  const reported = await withFiles(files, violationsIn);
  expect([...edgesOf(reported)].sort()).toEqual([
    'api/all.ts → connectors/carriers/ups/label.ts',
    'api/all.ts → connectors/http.ts',
    'api/all.ts → connectors/storefronts/shopify/graphql.ts',
    'api/all.ts → workflows/order.ts',
  ]);
});

it('keeps packages and Node out of the domain, tools out of production, and cycles and loose ends out of all', async () => {
  const files = {
    'package.json': JSON.stringify({ dependencies: { useful: '1.0.0' }, devDependencies: { tool: '1.0.0' } }),
    ...Object.fromEntries(
      ['useful', 'tool'].flatMap((name) => [
        [`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' })],
        [`node_modules/${name}/index.js`, 'export const thing = 1;\n'],
      ]),
    ),
    'domain/clock.ts': `import { hrtime } from 'node:process';\nexport const now = hrtime;\n`,
    'domain/package.ts': `export { thing } from 'useful';\n`,
    'db/package.ts': `export { thing } from 'useful';\n`,
    'db/tool.ts': `export { thing } from 'tool';\n`,
    'db/one.ts': `export { two } from './two.ts';\nexport const one = 1;\n`,
    'db/two.ts': `export { one } from './one.ts';\nexport const two = 2;\n`,
    'db/loose.ts': `export { thing } from './absent.ts';\n`,
  };
  const reported = await withFiles(files, violationsIn);
  expect(reported.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`).sort()).toEqual([
    'domain-is-pure: domain/clock.ts → process',
    'domain-is-pure: domain/package.ts → node_modules/useful/index.js',
    'no-cycles: db/one.ts → db/two.ts',
    'no-unresolvable: db/loose.ts → ./absent.ts',
    'production-without-dev-dependencies: db/tool.ts → node_modules/tool/index.js',
  ]);
});

it('finds none of that in this repository', async () => {
  const reported = await violationsIn(root);
  expect(reported.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).toEqual([]);
});
