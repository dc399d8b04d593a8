/** Brings node_modules in line with package-lock.json. Plain Node 20, no package imported. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const markerOf = (root) => path.join(root, 'node_modules', '.orderloom-lock');

/** The lock file's hash and the platform, since native packages differ by platform. */
function fingerprint(root) {
  const lock = readFileSync(path.join(root, 'package-lock.json'));
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}\n`;
}

export function packagesAreFresh(root) {
  const marker = markerOf(root);
  return (existsSync(marker) && readFileSync(marker, 'utf8') === fingerprint(root)) || matchesLock(root);
}

/** True when someone ran `npm ci` or `npm install` by hand and got everything that the lock file asks for. */
function matchesLock(root) {
  const installedFile = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return false;
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(([folder, { version, optional, devOptional }]) => {
    if (folder === '' || installed[folder]?.version === version) return true;
    return installed[folder] === undefined && Boolean(optional || devOptional);
  });
}

export async function installPackages(root) {
  const release = await takeInstallLock(root);
  try {
    if (packagesAreFresh(root)) return; // another command installed them while this one waited
    console.log(
      existsSync(path.join(root, 'node_modules'))
        ? 'The packages are older than package-lock.json: installing them anew …'
        : 'First run in this checkout: installing the packages …',
    );
    const started = Date.now();
    await npmCi(root);
    writeFileSync(markerOf(root), fingerprint(root));
    console.log(`Packages installed in ${seconds(Date.now() - started)}.`);
  } finally {
    release();
  }
}

/** `--include=dev` because tests and the embedded servers are needed even under NODE_ENV=production. */
async function npmCi(root) {
  const { code, output } = await runWithProgress('npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], {
    cwd: root,
    env: environmentOutside(root),
  });
  if (code === 0) return;
  throw new Error(
    `${output.trimEnd()}\n\n\`npm ci\` failed (above is what it said). Orderloom needs npm with access to a package registry.`,
  );
}

/** npm must run on the machine's own Node: the packaged one lies in the folder that npm is about to replace. */
export function environmentOutside(root) {
  const own = path.join(root, 'node_modules') + path.sep;
  const folders = (process.env.PATH ?? '')
    .split(path.delimiter)
    .filter((each) => !`${each}${path.sep}`.startsWith(own));
  return { ...process.env, PATH: folders.join(path.delimiter) };
}

/** Runs a quiet command and says every few seconds that it is still at work. */
export function runWithProgress(command, commandArguments, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, commandArguments, {
      ...options,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    const stop = showProgress();
    child.on('error', (error) => {
      stop();
      reject(new Error(`Could not run ${command}: ${error.message}. Is npm installed and on the PATH?`));
    });
    child.on('close', (code) => {
      stop();
      resolve({ code, output });
    });
  });
}

function showProgress() {
  const started = Date.now();
  const terminal = process.stdout.isTTY;
  const timer = setInterval(
    () =>
      process.stdout.write(
        terminal ? `\r  ${seconds(Date.now() - started)} ` : `  … ${seconds(Date.now() - started)}\n`,
      ),
    terminal ? 1_000 : 10_000,
  );
  return () => {
    clearInterval(timer);
    if (terminal) process.stdout.write('\r\u001b[K');
  };
}

const seconds = (milliseconds) => `${Math.round(milliseconds / 1000)} s`;

/** Two commands started at once in a fresh checkout must not both run `npm ci`: the second one waits. */
async function takeInstallLock(root) {
  const lock = path.join(root, '.orderloom', 'install.lock');
  mkdirSync(path.dirname(lock), { recursive: true });
  for (let waited = 0; !tryLock(lock); waited += 1) {
    if (waited === 0) console.log('Another command is installing the packages: waiting for it …');
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return () => rmSync(lock, { force: true });
}

function tryLock(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  if (!isAlive(Number(readFileSync(lock, 'utf8')))) rmSync(lock, { force: true });
  return false;
}

function isAlive(pid) {
  if (!pid) return true; // written a moment ago, the number still to come
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
