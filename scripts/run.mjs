/**
 * Runs a script of this repository from a bare checkout: `node scripts/run.mjs <script> [arguments]`.
 *
 * Needs only Node 20 and npm, imports no package, and so works before node_modules exists. It installs the
 * packages when they are absent or older than package-lock.json, then runs the script on the packaged Node 24
 * (which runs TypeScript as it is) with the same terminal, signals and exit code.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages, packagesAreFresh } from './set-up/packages.mjs';
import { ensurePackagedNode } from './set-up/packaged-node.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const oldestNode = 20;

try {
  requireNode(process.versions.node);
  const [script, ...scriptArguments] = process.argv.slice(2);
  if (!script) throw new Error('Name the script to run: node scripts/run.mjs <script> [arguments]');
  if (!packagesAreFresh(root)) await installPackages(root);
  const node = await ensurePackagedNode(root);
  runScript(node, [path.resolve(root, script), ...scriptArguments]);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function requireNode(version) {
  if (Number.parseInt(version, 10) >= oldestNode) return;
  throw new Error(
    `Orderloom needs Node ${oldestNode} or newer to set itself up, and this is Node ${version}.`,
  );
}

/**
 * Signals sent to this process are passed on. (The npm scripts say `exec` so that those sent to npm arrive here
 * and not at a shell in between, and npm waits for the end.) The IPC channel tells the script when this process
 * is gone (`disconnect`), however it ended.
 */
function runScript(node, nodeArguments) {
  const child = spawn(node, nodeArguments, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`Could not run ${node}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    if (!signal) process.exit(code ?? 1);
    for (const each of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(each);
    process.kill(process.pid, signal);
  });
}
