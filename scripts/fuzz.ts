/**
 * `npm run fuzz`: hostile and odd requests made from the OpenAPI document, by Schemathesis, against a whole Orderloom
 * of its own on loopback: FUZZ_SECONDS of them, 600 unless given. Ends with 1 when any answer is a failure of ours or
 * is not as documented.
 *
 * Twice: first with a worker, then without one on the routes that would make it call an address from outside. Keys
 * are made and revoked in the second, which can not list them: so it revokes only its own, never the one it uses.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { locateSchemathesis, type Round, runSchemathesis } from './fuzz/schemathesis.ts';
import { startFuzzedSystem } from './fuzz/system.ts';

const seconds = Number(process.env.FUZZ_SECONDS || 600);
if (!Number.isInteger(seconds) || seconds < 10) throw new RangeError('FUZZ_SECONDS is at least 10');

const withoutWorker = [
  'POST /v1/stores',
  'PATCH /v1/stores/{id}',
  'POST /v1/carriers',
  'POST /v1/payment-accounts',
  'POST /v1/alert-endpoints',
  'POST /v1/api-keys',
  'DELETE /v1/api-keys/{id}',
];

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());
process.on('disconnect', () => stopping.abort());
process.channel?.unref();

const folder = mkdtempSync(path.join(tmpdir(), 'orderloom-fuzz-'));
try {
  process.exitCode = await fuzz();
} catch (error) {
  console.error(stopping.signal.aborted ? 'Stopped.' : (error as Error).message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function fuzz(): Promise<number> {
  const program = await locateSchemathesis(console.log);
  const system = await startFuzzedSystem(folder, stopping.signal);
  try {
    const run = (round: Pick<Round, 'seconds' | 'only' | 'without'>) =>
      runSchemathesis(program, { ...round, url: system.url, key: system.key, folder }, stopping.signal);
    const last = Math.round(seconds / 5);
    const first = await run({ seconds: seconds - last, without: withoutWorker });
    await system.stopWorker();
    const second = await run({ seconds: last, only: withoutWorker });
    const failures = system.failures();
    for (const line of failures) console.log(`In the log of the API: ${line}`);
    if (!(await system.keyWorks())) failures.push('the key of the fuzzer was revoked on the way');
    const clean = first && second && failures.length === 0;
    console.log(
      `\nfuzz: ${seconds} s, ${system.requests()} requests, ` +
        (clean ? 'nothing found' : `findings: see above${failures.map((line) => `\n  ${line}`).join('')}`),
    );
    return clean ? 0 : 1;
  } finally {
    await system.stop();
  }
}
