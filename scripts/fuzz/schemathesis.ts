/** Schemathesis (Python): found on PATH, or installed into a virtual environment in the data directory. */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { privateFolder } from '../embedded/paths.ts';

const run = promisify(execFile);

const version = '4.32.5';
const programs = process.platform === 'win32' ? 'Scripts' : 'bin';
const suffix = process.platform === 'win32' ? '.exe' : '';

const whatToDo =
  'Install Python 3.10 or newer with its venv and pip modules, or put Schemathesis 4 on PATH ' +
  `(for example \`pipx install schemathesis==${version}\`).`;

/** @returns the path of `schemathesis`. Throws with what is missing and what to do. */
export async function locateSchemathesis(say: (line: string) => void): Promise<string> {
  const folder = path.join(privateFolder('fuzz'), `schemathesis-${version}`);
  const own = path.join(folder, programs, `schemathesis${suffix}`);
  if (existsSync(own)) return own;
  if (await works('schemathesis')) return 'schemathesis';
  const python = (await works('python3')) ? 'python3' : (await works('python')) ? 'python' : undefined;
  if (python === undefined)
    throw new Error(`The fuzzer needs Schemathesis, and there is no Python here. ${whatToDo}`);
  say(`Installing Schemathesis ${version} …`);
  try {
    await run(python, ['-m', 'venv', folder]);
    const inside = path.join(folder, programs, `python${suffix}`);
    await run(inside, ['-m', 'pip', 'install', '--quiet', `schemathesis==${version}`]);
    return own;
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new Error(`Schemathesis could not be installed by pip:\n${stderr || String(error)}\n${whatToDo}`, {
      cause: error,
    });
  }
}

async function works(program: string): Promise<boolean> {
  return run(program, ['--version']).then(
    ({ stdout }) => program !== 'schemathesis' || / 4\./.test(stdout),
    () => false,
  );
}

export interface Round {
  url: string;
  key: string;
  /** Where it works; nothing is kept. */
  folder: string;
  seconds: number;
  /** As in the table of access: method and path. */
  only?: readonly string[];
  without?: readonly string[];
}

const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
];

/** True when it found nothing. What it says goes to the terminal; `stopping` ends it. */
export async function runSchemathesis(
  program: string,
  round: Round,
  stopping: AbortSignal,
): Promise<boolean> {
  stopping.throwIfAborted();
  const each = (option: string, names: readonly string[] = []) => names.flatMap((name) => [option, name]);
  const parameters = [
    ...['run', `${round.url}/openapi.json`, '--checks', checks.join(',')],
    ...['--max-time', String(round.seconds), '--mode', 'all', '--workers', '1', '--continue-on-failure'],
    ...['--request-timeout', '30', '--suppress-health-check', 'all', '--generation-database', 'none'],
    ...['--header', `Authorization: Bearer ${round.key}`, '--warnings', 'off', '--no-color'],
    ...each('--include-name', round.only),
    ...each('--exclude-name', round.without),
  ];
  const child = spawn(program, parameters, { cwd: round.folder, stdio: ['ignore', 'inherit', 'inherit'] });
  const end = () => child.kill('SIGTERM');
  stopping.addEventListener('abort', end);
  // Its own clock ends it; one example may take long, but not this long.
  const late = setTimeout(end, (round.seconds + 120) * 1000);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject).once('exit', (code) => resolve(code === 0));
    });
  } finally {
    clearTimeout(late);
    stopping.removeEventListener('abort', end);
  }
}
