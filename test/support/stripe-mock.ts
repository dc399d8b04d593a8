/**
 * Stripe's own stand-in `stripe-mock`: as it is in the PATH, or built once by Go and kept in the data directory.
 * Null where there is neither.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { dataDirectory } from '../../scripts/embedded/paths.ts';

const version = '0.203.0';

export function stripeMock(): string | null {
  const folder = path.join(dataDirectory(), 'bin', `stripe-mock-${version}`);
  const kept = path.join(folder, process.platform === 'win32' ? 'stripe-mock.exe' : 'stripe-mock');
  if (runs('stripe-mock', ['-version'])) return 'stripe-mock';
  if (!existsSync(kept)) build(folder);
  return existsSync(kept) ? kept : null;
}

function build(folder: string): void {
  mkdirSync(folder, { recursive: true });
  runs('go', ['install', `github.com/stripe/stripe-mock@v${version}`], { GOBIN: folder });
}

function runs(program: string, parameters: string[], environment: Record<string, string> = {}): boolean {
  try {
    execFileSync(program, parameters, {
      stdio: 'ignore',
      env: { ...process.env, ...environment },
      timeout: 300_000,
    });
    return true;
  } catch {
    return false;
  }
}
