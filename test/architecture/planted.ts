/** A small tree of files in a temporary folder, and what the repository's checkers say about it. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '..', '..');

/** Writes the files (by relative path), hands over their folder, and removes it. */
export async function withFiles<T>(
  files: Record<string, string>,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'orderloom-planted-'));
  try {
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), content);
    }
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a program of node_modules in a folder. The checkers exit with 1 when they found something. */
export function runTool(script: string, parameters: string[], cwd: string): Promise<string> {
  // oxlint finds its type-aware half there, whoever started the tests.
  const PATH = [path.join(root, 'node_modules', '.bin'), process.env.PATH].join(path.delimiter);
  const env = { ...process.env, PATH, NODE_OPTIONS: '', FORCE_COLOR: '0' };
  const options = { cwd, maxBuffer: 50_000_000, env };
  return new Promise((resolve, reject) => {
    const file = path.join(root, 'node_modules', script);
    execFile(process.execPath, [file, ...parameters], options, (error, stdout, stderr) => {
      if (stdout === '') reject(error ?? new Error(stderr));
      else resolve(stdout);
    });
  });
}
