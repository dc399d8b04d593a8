import { expect, it } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './planted.ts';

/** What reads the clock, chance or the surroundings; in domain these come in as arguments. */
const impure =
  /\b(Date\.now\(|new Date\(\)|Math\.random\(|performance\.now\(|crypto\.|process\.|setTimeout\(|fetch\(|console\.)/;

const impurities = (file: string, source: string) =>
  source
    .split('\n')
    .map((line, index) => ({ line, place: `${file}:${index + 1}` }))
    .filter(({ line }) => impure.test(line.replace(/\/\/.*|^\s*\*.*/, '')))
    .map(({ place }) => place);

it('recognizes what reads the clock or chance', () => {
  const source = [
    'const at = Date.now();',
    'const due = new Date(at);',
    '// Date.now()',
    'const id = Math.random();',
  ];
  expect(impurities('x.ts', source.join('\n'))).toEqual(['x.ts:1', 'x.ts:4']);
});

it('finds none of it in domain', () => {
  const files = globSync('domain/**/*.ts', { cwd: root });
  expect(files).toContain(path.join('domain', 'money.ts'));
  expect(files.flatMap((file) => impurities(file, readFileSync(path.join(root, file), 'utf8')))).toEqual([]);
});
