import { expect, it, jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root, runTool, withFiles } from './planted.ts';

jest.setTimeout(60_000);

/** `file: rule` of each problem that the repository's lint configuration finds in the files. */
async function problemsIn(files: Record<string, string>): Promise<string[]> {
  const configuration = {
    '.oxlintrc.json': readFileSync(path.join(root, '.oxlintrc.json'), 'utf8'),
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        target: 'es2024',
        module: 'nodenext',
        strict: true,
        noEmit: true,
        allowImportingTsExtensions: true,
      },
    }),
    'package.json': JSON.stringify({ type: 'module' }),
  };
  const output = await withFiles({ ...configuration, ...files }, (folder) =>
    runTool('oxlint/bin/oxlint', ['--type-aware', '--format', 'json'], folder),
  );
  const { diagnostics } = JSON.parse(output) as { diagnostics: { filename: string; code: string }[] };
  return diagnostics.map(({ filename, code }) => `${filename}: ${code}`).sort();
}

it('refuses a promise that nobody waits for', async () => {
  const problems = await problemsIn({
    'activities/floating.ts':
      'async function step(): Promise<void> {}\nexport function run(): void {\n  step();\n}\n',
    'activities/awaited.ts':
      'async function step(): Promise<void> {}\nexport async function run(): Promise<void> {\n  await step();\n}\n',
  });
  expect(problems).toEqual(['activities/floating.ts: typescript(no-floating-promises)']);
});

it('lets workflows import activities as types only, and nothing of Node', async () => {
  const problems = await problemsIn({
    'activities/stock.ts': 'export const reserve = 1;\nexport type Reserve = typeof reserve;\n',
    'workflows/by-type.ts': `import type { Reserve } from '../activities/stock.ts';\nexport type Mine = Reserve;\n`,
    'workflows/by-value.ts': `import { reserve } from '../activities/stock.ts';\nexport const mine = reserve;\n`,
    'workflows/with-node.ts': `import { sep } from 'node:path';\nexport const mine = sep;\n`,
  });
  expect(problems).toEqual([
    'workflows/by-value.ts: eslint(no-restricted-imports)',
    'workflows/with-node.ts: eslint(no-restricted-imports)',
  ]);
});
