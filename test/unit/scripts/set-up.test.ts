import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..', '..', '..');
let checkout: string;

beforeEach(() => {
  checkout = mkdtempSync(path.join(tmpdir(), 'orderloom-checkout-'));
  cpSync(path.join(root, 'scripts', 'set-up'), path.join(checkout, 'set-up'), { recursive: true });
});

afterEach(() => rmSync(checkout, { recursive: true }));

const lock = {
  '': {},
  'node_modules/needed': { version: '2.0.0' },
  'node_modules/for-mac': { version: '1.0.0', optional: true },
};

function write(file: string, packages: unknown): void {
  mkdirSync(path.dirname(path.join(checkout, file)), { recursive: true });
  writeFileSync(path.join(checkout, file), JSON.stringify({ packages }));
}

/** As run.mjs asks, in a process of its own as it does. */
function isFresh(): boolean {
  const script = `import('./set-up/packages.mjs').then((m) => console.log(m.packagesAreFresh(process.cwd())))`;
  return (
    execFileSync(process.execPath, ['-e', script], { cwd: checkout, encoding: 'utf8' }).trim() === 'true'
  );
}

it.each([
  ['nothing is installed', undefined, false],
  ['all that the lock file needs here is installed', { 'node_modules/needed': { version: '2.0.0' } }, true],
  ['another version is installed', { 'node_modules/needed': { version: '1.9.9' } }, false],
  ['a package is missing, as after an install without development packages', {}, false],
  [
    'an optional package has another version',
    { 'node_modules/needed': { version: '2.0.0' }, 'node_modules/for-mac': { version: '0.9.0' } },
    false,
  ],
])('when %s', (_, installed, fresh) => {
  write('package-lock.json', lock);
  if (installed) write('node_modules/.package-lock.json', installed);
  expect(isFresh()).toBe(fresh);
});
