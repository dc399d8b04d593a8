import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectSandboxCarriers, runDemo } from '../../scripts/demo.ts';
import { startSystem, type System } from '../support/system.ts';

const adminKey = 'key-of-the-guides-in-this-test';

interface Block {
  text: string;
  /** It has a place for a secret of one's own. */
  secret: boolean;
}

/** The commands of a guide, as they stand there. */
function blocksOf(guide: string): Block[] {
  const text = readFileSync(new URL(`../../docs/${guide}.md`, import.meta.url), 'utf8');
  return [...text.matchAll(/^( *)```sh\n(.*?)^ *```$/gms)].map(([, indent, block]) => ({
    text: block!.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    secret: block!.includes('…'),
  }));
}

/** One after the other, by the demo's orders, as one who reads them types them. */
describe('the commands of the guides', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({ ORDERLOOM_ADMIN_KEY: adminKey });
    const at = { apiUrl: system.api.url, sandboxUrl: system.sandbox.url, adminKey };
    await connectSandboxCarriers(at);
    const stopping = new AbortController();
    const log = (text: string) => void (text.startsWith('demo: ') && stopping.abort());
    await runDemo({ ...at, log, width: 200, signal: stopping.signal }).catch((error: Error) => {
      if (error.name !== 'AbortError') throw error;
    });
  }, 180_000);
  afterAll(() => system?.stop());

  const [preparing] = blocksOf('connect');
  /** How to speak to the API is said in each guide, or in that one. */
  const scriptOf = (guide: string) => {
    const blocks = blocksOf(guide).filter(({ secret }) => !secret);
    const own = blocks.some(({ text }) => text.includes('ask() {'));
    return [...(own ? [] : [preparing!]), ...blocks]
      .map(({ text }) => text)
      .join('\n')
      .replaceAll('http://localhost:3000', system.api.url)
      .replaceAll('<the admin key>', adminKey);
  };

  it.each([
    ['support', 10],
    ['connect', 6],
    ['policies', 4],
    ['stock', 4],
  ])('work: %s', async (guide, least) => {
    const script = scriptOf(guide);
    // Of an answer that is no success, curl alone says so.
    const strict = `curl() { command curl --fail-with-body -sS "$@"; }\n${script}`;
    const ran = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', strict]).then(
      ({ stdout }) => ({ failed: null, stdout }),
      ({ stdout, stderr }: { stdout: string; stderr: string }) => ({ failed: stderr || stdout, stdout }),
    );
    expect(ran.failed === null ? null : `${ran.stdout.slice(-600)}\n${ran.failed}`).toBeNull();
    expect(script.match(/\b(ask|curl) /g)!.length).toBeGreaterThanOrEqual(least);
  });

  it('leave out those alone that need what only their reader has', () => {
    const left = ['support', 'connect', 'policies', 'stock'].flatMap((guide) =>
      blocksOf(guide)
        .filter(({ secret }) => secret)
        .map(({ text }) => /"(?:platform|carrier|provider)": "(\w+)"/.exec(text)?.[1]),
    );
    expect(left).toEqual(['shopify', 'woocommerce', 'ups', 'stripe']);
  });
});
