/** `npm run check`: everything that can be said about the code without PostgreSQL and Temporal, in half a minute. */
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Listr, PRESET_TIMER } from 'listr2';
import { root } from './embedded/paths.ts';

interface Check {
  title: string;
  /** Relative to node_modules; run by this Node. */
  script: string;
  parameters: string[];
}

const checks: Check[] = [
  // Who may import whom is one of them.
  { title: 'Unit tests', script: 'jest/bin/jest.js', parameters: ['--selectProjects', 'unit', '--silent'] },
  {
    title: 'Types',
    script: 'typescript/bin/tsc',
    parameters: ['-p', '.', '--incremental', '--tsBuildInfoFile', 'node_modules/.cache/types.tsbuildinfo'],
  },
  { title: 'Lint', script: 'oxlint/bin/oxlint', parameters: ['--type-aware'] },
  { title: 'Nothing unused', script: 'knip/bin/knip.js', parameters: [] },
  {
    title: 'Formatting',
    script: 'prettier/bin/prettier.cjs',
    parameters: ['--check', '--cache', '--cache-location', 'node_modules/.cache/prettier/check', '.'],
  },
];

const failures: string[] = [];
const tasks = checks.map((check) => ({ title: check.title, task: () => run(check) }));
await new Listr(tasks, {
  concurrent: Math.max(2, availableParallelism()),
  exitOnError: false,
  rendererOptions: { showErrorMessage: false },
  fallbackRendererOptions: {
    timer: { ...PRESET_TIMER, field: (duration) => `${(duration / 1000).toFixed(1)} s` },
  },
}).run();
for (const failure of failures) console.error(`\n${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;

function run({ title, script, parameters }: Check): Promise<void> {
  const file = path.join(root, 'node_modules', script);
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', file, ...parameters];
  const options = {
    cwd: root,
    maxBuffer: 50_000_000,
    env: { ...process.env, FORCE_COLOR: process.stdout.isTTY ? '1' : '0' },
  };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, flags, options, (error, stdout, stderr) => {
      if (!error) return resolve();
      failures.push(
        `── ${title} ──\n${[stdout, stderr]
          .map((text) => text.trim())
          .filter(Boolean)
          .join('\n')}`,
      );
      reject(new Error('see below'));
    });
  });
}
