import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

jest.setTimeout(60_000);

const main = fileURLToPath(new URL('../../../api/main.ts', import.meta.url));

/** The process as production runs it; Temporal is a port where nobody listens. */
describe('api/main.ts', () => {
  let database: TestDatabase;
  let child: ChildProcess | undefined;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());
  afterEach(() => void child?.kill('SIGKILL'));

  function start(env: Record<string, string>): { output: () => string; child: ChildProcess } {
    const { PATH = '' } = process.env;
    child = fork(main, {
      env: { PATH, TEMPORAL_ADDRESS: '127.0.0.1:9', ...env },
      execArgv: [],
      stdio: 'pipe',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    return { output: () => output, child };
  }
  const ended = async (process: ChildProcess): Promise<number | null> =>
    process.exitCode ?? ((await once(process, 'exit'))[0] as number | null);

  const env = () => ({
    DATABASE_URL: database.url,
    PORT: '0',
    ORDERLOOM_ADMIN_KEY: 'a-key-of-the-environment-7f3a',
  });

  it.each(['SIGTERM', 'SIGINT', 'disconnect'] as const)(
    'says when it is ready, serves, and stops cleanly on %s',
    async (end) => {
      const { child: api, output } = start({ ...env(), ORDERLOOM_ENV: 'development' });
      const [message] = (await once(api, 'message')) as [{ ready: boolean; url: string }];
      expect(message).toEqual({ ready: true, url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) });
      const headers = { Authorization: 'Bearer a-key-of-the-environment-7f3a' };
      const me = await fetch(`${message.url}/v1/orders?q=mina@example.com`, { headers });
      expect([me.status, await me.json()]).toEqual([200, { items: [], nextCursor: null }]);
      if (end === 'disconnect') api.disconnect();
      else api.kill(end);
      expect(await ended(api)).toBe(0);
      expect(output()).toContain('"path":"/v1/orders"');
      expect(output()).not.toMatch(/mina|a-key-of-the-environment/);
    },
  );

  it.each([
    [{ DATABASE_URL: '' }, 'DATABASE_URL is missing: expected a URL like postgresql://'],
    [{ PORT: 'http' }, 'PORT is wrong: expected a whole number'],
    [
      {
        ORDERLOOM_ENV: 'production',
        DATABASE_URL: 'postgresql://orders:x7Kp93ab@127.0.0.1:9/x',
        ORDERLOOM_ADMIN_KEY: '',
        ORDERLOOM_SECRETS_KEY: '3p9vLw0xT6Zr1K8mN4bC7yF2hJ5gDsAqWeRtYuIoPa0=',
      },
      'ORDERLOOM_ADMIN_KEY is missing',
    ],
  ])('does not start with %j, and names it', async (wrong, says) => {
    const { child: api, output } = start({ ...env(), ...wrong });
    expect(await ended(api)).toBe(1);
    expect(output()).toContain(says);
  });
});
