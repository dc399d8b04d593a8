import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { root } from '../../scripts/embedded/paths.ts';
import { freePort } from '../../scripts/embedded/ports.ts';
import { type Postgres, startPostgres } from '../../scripts/embedded/postgres.ts';
import { endProcess } from '../../scripts/embedded/processes.ts';
import { startTemporal, type Temporal } from '../../scripts/embedded/temporal.ts';
import { compose, copiedFiles, filledIn, read } from '../support/image.ts';
import { until } from '../support/until.ts';

/**
 * The services of docker-compose.yml, from the files that the image has and nothing else, in production mode, with the
 * environment and the commands that it gives them; hosts and ports are those of this machine.
 */
describe('as docker-compose.yml runs it', () => {
  const secrets = {
    POSTGRES_PASSWORD: 'a51ce0f1d2b4c3',
    ORDERLOOM_DB_PASSWORD: 'b62df1e2c3a5d4',
    TEMPORAL_DB_PASSWORD: 'c73ea2f3d4b6e5',
    ORDERLOOM_ADMIN_KEY: 'd84fb3a4e5c7f6d84fb3a4e5c7f6',
    ORDERLOOM_SECRETS_KEY: Buffer.from('3pQ8vL1xT6wZ0rK9mN4bC7yF2hJ5gDsA').toString('base64'),
  };
  const { services } = compose();
  const running: ChildProcess[] = [];
  const output: Record<string, string> = {};
  let app: string;
  let postgres: Postgres;
  let temporal: Temporal;
  let ports: Record<'3000' | '9464' | '9465', number>;

  /** What is another one here than between containers. */
  const here = (text: string) => {
    const database = new URL(postgres.url);
    return Object.entries(ports).reduce(
      (changed, [port, mine]) => changed.replaceAll(port, String(mine)),
      text.replaceAll('@postgres:5432', `@${database.host}`).replaceAll('temporal:7233', temporal.address),
    );
  };
  const service = (name: string) => filledIn(services[name]!, secrets);
  const environmentOf = (name: string) => ({
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    ...Object.fromEntries(
      Object.entries(service(name).environment!).map(([variable, value]) => [variable, here(value)]),
    ),
  });

  function start(name: string): ChildProcess {
    const child = spawn(process.execPath, service(name).command as string[], {
      cwd: app,
      env: environmentOf(name),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    output[name] = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output[name] += chunk.toString()));
    running.push(child);
    return child;
  }
  const finished = async (name: string) => {
    const [code] = (await once(start(name), 'close')) as [number];
    return [code, output[name]];
  };
  /** The health check's own command. */
  const isHealthy = async (name: string) => {
    const [, program, ...parameters] = service(name).healthcheck!.test;
    expect(program).toBe('node');
    const check = promisify(execFile)(process.execPath, parameters.map(here), { env: environmentOf(name) });
    return check.then(
      () => true,
      () => false,
    );
  };
  const becomesHealthy = (name: string) =>
    until(`${name} is healthy`, () => isHealthy(name), {
      giveUp: () =>
        running.map((child) => (child.exitCode ? `it ended: ${output[name]}` : null)).find(Boolean),
    });

  /** As the image of PostgreSQL does on an empty data folder; its superuser has another name than this one's. */
  async function createDatabases(): Promise<void> {
    const [, script] = /<<'SQL'\n(.*)\nSQL/s.exec(read('docker/create-databases.sh'))!;
    const literal = (text: string) => pg.escapeLiteral(text);
    const { password } = new URL(postgres.url);
    await asSuperuser(postgres.url, [`create role renamer superuser login password ${literal(password)}`]);
    const url = Object.assign(new URL('/postgres', postgres.url), { username: 'renamer' });
    await asSuperuser(url.href, ['alter role orderloom rename to postgres']);
    const filled = script!
      .replace(":'orderloom_password'", literal(secrets.ORDERLOOM_DB_PASSWORD))
      .replace(":'temporal_password'", literal(secrets.TEMPORAL_DB_PASSWORD));
    await asSuperuser(url.href, filled.split(';\n'));
  }
  async function asSuperuser(url: string, statements: string[]): Promise<void> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  }

  beforeAll(async () => {
    app = mkdtempSync(path.join(tmpdir(), 'orderloom-image-'));
    for (const { from, to } of copiedFiles()) {
      mkdirSync(path.dirname(path.join(app, to)), { recursive: true });
      cpSync(path.join(root, from), path.join(app, to), { recursive: true });
    }
    symlinkSync(path.join(root, 'node_modules'), path.join(app, 'node_modules'));
    // The database is made below, by the script.
    [postgres, temporal] = await Promise.all([startPostgres({ database: 'unused' }), startTemporal()]);
    ports = { 3000: await freePort(), 9464: await freePort(), 9465: await freePort() };
    await createDatabases();
  });
  afterAll(async () => {
    for (const child of running)
      if (child.exitCode === null && child.signalCode === null) await endProcess(child.pid!, 'SIGKILL');
    await Promise.all([postgres?.stop(), temporal?.stop()]);
    rmSync(app, { recursive: true, force: true });
  });

  it('the migration ends well as a role that is no superuser, also the second time', async () => {
    expect(await finished('migrate')).toEqual([0, 'The database has the newest schema.\n']);
    expect(await finished('migrate')).toEqual([0, 'The database has the newest schema.\n']);
  });

  it('API and worker become healthy by their own checks, and stop in order when they are told to', async () => {
    expect(await Promise.all([isHealthy('api'), isHealthy('worker')])).toEqual([false, false]);
    const [api, worker] = [start('api'), start('worker')];
    await Promise.all([becomesHealthy('api'), becomesHealthy('worker')]);
    const ready = await fetch(`http://127.0.0.1:${ports['3000']}/readyz`);
    expect(await ready.json()).toEqual({ status: 'ready', database: 'ok', temporal: 'ok' });
    const authorized = await fetch(`http://127.0.0.1:${ports['3000']}/v1/orders`, {
      headers: { Authorization: `Bearer ${secrets.ORDERLOOM_ADMIN_KEY}` },
    });
    expect(await authorized.json()).toEqual({ items: [], nextCursor: null });
    const ended = [api, worker].map(async (child) => (await once(child, 'exit'))[0] as number | null);
    for (const child of [api, worker]) child.kill('SIGTERM');
    expect(await Promise.all(ended)).toEqual([0, 0]);
    const said = Object.values(output).join('');
    for (const secret of Object.values(secrets)) expect(said).not.toContain(secret);
  });
});
