/**
 * Finds the Node that the scripts run on: the npm package `node`. Its install script fetches the binary, and
 * npm may have been told not to run such scripts (`ignore-scripts`, or no entry in allowScripts), so it is
 * run here when the binary is missing.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { environmentOutside, runWithProgress } from './packages.mjs';

export async function ensurePackagedNode(root) {
  const packageFolder = path.join(root, 'node_modules', 'node');
  const binary = path.join(packageFolder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(binary)) return binary;
  const { version } = JSON.parse(readFileSync(path.join(packageFolder, 'package.json'), 'utf8'));
  console.log(`Fetching Node ${version}, which the scripts run on …`);
  const { code, output } = await runWithProgress('node', ['installArchSpecificPackage'], {
    cwd: packageFolder,
    env: { ...environmentOutside(root), npm_config_ignore_scripts: 'false' },
  });
  if (code === 0 && existsSync(binary)) return binary;
  throw new Error(`${output.trimEnd()}\n\nCould not install Node ${version} by npm (above is what it said).`);
}
