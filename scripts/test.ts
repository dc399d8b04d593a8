/**
 * `npm test`: every test, or those whose path matches (`npm test -- allocation`; further Jest options too).
 * The last line is `N passed, N failed` over all of them.
 *
 * Four runs of Jest, since the kinds want different things: unit tests and those with a database or with servers of their
 * own use both of the cores; the others share one Temporal server and watch the time, so they run one file after the
 * other.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { root } from './embedded/paths.ts';

/** As scripts/test-totals.mjs sends it. `files` counts also those that could not be run. */
interface Totals {
  passed: number;
  failed: number;
  skipped: number;
  files: number;
}

const runs = [
  ['--selectProjects', 'unit', '--maxWorkers', '2'],
  ['--selectProjects', 'database', '--maxWorkers', '2'],
  ['--selectProjects', 'system', '--maxWorkers', '2'],
  ['--selectProjects', 'environment', '--maxWorkers', '1'],
];

let current: ChildProcess | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt(signal));
process.once('disconnect', () => interrupt('SIGTERM')); // whoever ran this is gone
process.channel?.unref();

const given = process.argv.slice(2);
const totals: Totals[] = [];
for (const run of runs) totals.push(await runJest([...run, ...given]));

const sum = (field: keyof Totals) => totals.reduce((total, run) => total + run[field], 0);
if (sum('files') === 0) console.error(`No test file matches ${given.join(' ')}`);
const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : '';
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed${skipped}`);
process.exitCode = sum('failed') === 0 && sum('files') > 0 ? 0 : 1;

function runJest(parameters: string[]): Promise<Totals> {
  const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const reporters = ['default', path.join(import.meta.dirname, 'test-totals.mjs')];
  const child = spawn(
    process.execPath,
    [
      ...['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jest, '--passWithNoTests'],
      ...reporters.map((reporter) => `--reporters=${reporter}`),
      ...parameters,
    ],
    { cwd: root, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] },
  );
  current = child;
  let reported: Totals = { passed: 0, failed: 0, skipped: 0, files: 0 };
  child.on('message', (message) => (reported = message as Totals));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      resolve(code === 0 || reported.failed > 0 ? reported : brokenOff(reported)),
    );
  });
}

/** Jest itself failed (its configuration, the set-up, a crash), having said why: one failure. */
function brokenOff(reported: Totals): Totals {
  return { ...reported, failed: 1, files: Math.max(1, reported.files) };
}

function interrupt(signal: NodeJS.Signals): void {
  current?.once('exit', () => process.exit(130));
  current?.kill(signal);
}
