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

it('a collector that is away fails nothing: neither the work nor the stop', async () => {
  const program = `
    import { startTracing } from './config/tracing.ts';
    process.env.OTEL_EXPORTER_OTLP_ENDPOINT = 'http://127.0.0.1:9';
    const tracing = await startTracing({ service: 'test', ratio: 1, warn: () => undefined });
    const span = { name: 'work', kind: 'internal' };
    console.log(await tracing.inSpan(span, async () => Object.keys(tracing.carrier()).join()));
    console.log(await tracing.inSpan(span, () => Promise.reject(new Error('as before'))).catch((error) => error.message));
    console.log(tracing.isOpen(), JSON.stringify(tracing.carrier()));
    await tracing.stop();
    process.exit(0);`;
  const flags = ['--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: root });
  expect(stdout.split('\n')).toEqual(['traceparent', 'as before', 'false {}', '']);
});
