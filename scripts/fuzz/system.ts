/** A whole Orderloom to be fuzzed: embedded PostgreSQL and Temporal, the sandbox, API and worker, with the demo's data. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { migrate } from '../../db/migrate.ts';
import { sandboxClient } from '../../sandbox/client.ts';
import { type ApiClient, apiClient } from '../api-client.ts';
import { connectSandboxCarriers, connectShops } from '../demo/connect.ts';
import { orders } from '../demo/orders.ts';
import { placeOrders } from '../demo/place.ts';
import { freePort } from '../embedded/ports.ts';
import { startPostgres } from '../embedded/postgres.ts';
import { startTemporal } from '../embedded/temporal.ts';
import { superviseChild } from '../supervise/child.ts';

export interface FuzzedSystem {
  url: string;
  /** Of an admin. */
  key: string;
  keyWorks(): Promise<boolean>;
  /** What the API's log says of requests that failed here. */
  failures(): string[];
  requests(): number;
  stopWorker(): Promise<void>;
  stop(): Promise<void>;
}

export async function startFuzzedSystem(folder: string, stopping: AbortSignal): Promise<FuzzedSystem> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  try {
    const log = (name: string) => path.join(folder, `${name}.log`);
    const postgres = await startPostgres({ logFile: log('postgres') });
    stops.push(() => postgres.stop());
    const temporal = await startTemporal({ logFile: log('temporal') });
    stops.push(() => temporal.stop());
    await migrate(postgres.url);
    const ports = { api: await freePort(), sandbox: await freePort() };
    const adminKey = randomBytes(24).toString('base64url');
    const env = environment(folder, {
      ...{ DATABASE_URL: postgres.url, TEMPORAL_ADDRESS: temporal.address },
      ...{ PORT: String(ports.api), SANDBOX_PORT: String(ports.sandbox), ORDERLOOM_ADMIN_KEY: adminKey },
      SANDBOX_STATE: path.join(folder, 'sandbox.jsonl'),
    });
    const start = async (name: string, script: string) => {
      const options = { name, script, env, stopping, patience: 15_000, logFile: log(name) };
      const child = await superviseChild({ ...options, say: console.log, onStart: () => undefined });
      stops.push(() => child.stop());
      return child;
    };
    await start('sandbox', 'sandbox/main.ts');
    await start('api', 'api/main.ts');
    const worker = await start('worker', 'workers/main.ts');
    const api = apiClient(`http://127.0.0.1:${ports.api}`, adminKey);
    await seed(api, `http://127.0.0.1:${ports.sandbox}`, stopping);
    const { key } = await api.post<{ key: string }>('/v1/api-keys', { name: 'fuzzer', role: 'admin' });
    return {
      ...{ url: api.url, key, stop, stopWorker: () => worker.stop() },
      keyWorks: async () => (await ask(api.url, key)) === 200,
      failures: () =>
        ended(log('api'))
          .filter(({ status }) => status >= 500)
          .map(describe),
      requests: () => ended(log('api')).length,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Without a database, a Temporal or a mail server that the environment names: these are given nonsense. */
function environment(folder: string, own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const configFile = path.join(folder, 'temporal.toml');
  writeFileSync(configFile, '[profile.default]\nnamespace = "default"\n');
  const others = Object.entries(process.env).filter(
    ([name]) => name !== 'DATABASE_URL' && !/^(TEMPORAL_|OTEL_|ORDERLOOM_|SMTP_|ALERTS_)/.test(name),
  );
  return { ...Object.fromEntries(others), TEMPORAL_CONFIG_FILE: configFile, ...own };
}

/** Every kind of thing that there is, so that addresses lead somewhere. */
async function seed(api: ApiClient, sandboxUrl: string, stopping: AbortSignal): Promise<void> {
  const sandbox = sandboxClient(sandboxUrl);
  await connectSandboxCarriers(api, sandbox);
  await placeOrders(sandbox, await connectShops(api, sandbox));
  await api.post('/v1/stores', { name: 'Own shop', platform: 'api', credentials: {}, currency: 'EUR' });
  const arrived = async () => (await api.get<{ items: unknown[] }>('/v1/orders')).items.length;
  while ((await arrived()) < orders.length) await sleep(200, undefined, { signal: stopping });
}

async function ask(url: string, key: string): Promise<number> {
  const answer = await request(`${url}/v1/me`, { headers: { authorization: `Bearer ${key}` } });
  await answer.body.dump();
  return answer.statusCode;
}

interface Ended {
  status: number;
  line: { req?: { method: string; path: string }; err?: unknown };
}

function ended(logFile: string): Ended[] {
  const lines = readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"responseTime"'));
  return lines.map((text) => {
    const line = JSON.parse(text) as Ended['line'] & { res: { status: number } };
    return { status: line.res.status, line };
  });
}

const describe = ({ status, line }: Ended) =>
  `${line.req?.method} ${line.req?.path} → ${status} ${JSON.stringify(line.err ?? '')}`;
