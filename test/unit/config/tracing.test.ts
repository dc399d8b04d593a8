import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { root } from '../../../scripts/embedded/paths.ts';

/** What Node loads for this program, run from the root of the checkout. */
async function loadedBy(program: string): Promise<string[]> {
  const watching = `
    import { registerHooks } from 'node:module';
    registerHooks({ load(url, context, next) { console.log(url); return next(url, context); } });
    ${program}`;
  const flags = ['--input-type=module', '--eval', watching];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: root, maxBuffer: 10_000_000 });
  return stdout.split('\n');
}
const sdkOf = (urls: string[]) =>
  urls.filter((url) => /@opentelemetry\/(sdk-trace|exporter|otlp|resources|context)/.test(url));

it('without an endpoint nothing that traces is loaded; with one it is', async () => {
  const untraced = await loadedBy(`
    for (const file of ['api/server.ts', 'api/http/trace.ts', 'config/tracing.ts', 'workers/workers.ts', 'workers/trace-steps.ts'])
      await import('./' + file);`);
  expect(untraced.some((url) => url.endsWith('/config/tracing.ts'))).toBe(true);
  expect(sdkOf(untraced)).toEqual([]);
  const traced = await loadedBy(`
    const { startTracing } = await import('./config/tracing.ts');
    await (await startTracing({ service: 'test', ratio: 1, warn() {} })).stop();`);
  expect(sdkOf(traced)).not.toEqual([]);
});
