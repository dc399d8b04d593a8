/** PostgreSQL and Temporal: those that the environment names, else embedded ones that keep their data. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { chooseLoopbackPort } from '../embedded/ports.ts';
import { startPostgres } from '../embedded/postgres.ts';
import { temporalCli } from '../embedded/temporal-binaries.ts';
import { startTemporal } from '../embedded/temporal.ts';
import { createRestarts } from './restarts.ts';
import { logFile } from './settings.ts';
import type { Steps } from './steps.ts';

export interface Part {
  /** What our processes find it by. */
  env: Record<string, string | undefined>;
  stop(): Promise<void>;
}

const given = (env: Record<string, string | undefined>): Part => ({ env, stop: () => Promise.resolve() });

export async function database(folder: string, { step, say }: Steps): Promise<Part> {
  if (process.env.DATABASE_URL) return given({ DATABASE_URL: process.env.DATABASE_URL });
  const wanted = path.join(folder, 'postgres');
  const restarts = createRestarts('PostgreSQL', () => server.restart(), say);
  const server = await step('PostgreSQL, embedded', async () =>
    startPostgres({
      dataFolder: wanted,
      port: await chooseLoopbackPort(folder, 'postgres', 54_329),
      logFile: logFile('postgres'),
      onUnexpectedExit: restarts.ended,
    }),
  );
  if (server.dataFolder !== wanted) {
    say(
      `    its data is in ${server.dataFolder}: PostgreSQL refuses to run as root, and no other user can reach ${folder}`,
    );
  }
  return { env: { DATABASE_URL: server.url }, stop: () => stopFor(restarts, server) };
}

/** Any of Temporal's own variables that say where it is means: that one. */
const temporalIsGiven = () =>
  ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'].some((name) => process.env[name]);

export async function temporal(folder: string, { step, say }: Steps): Promise<Part> {
  if (temporalIsGiven()) return given({});
  const executable = await temporalCli(say);
  const namespace = process.env.TEMPORAL_NAMESPACE || 'default';
  const restarts = createRestarts('Temporal', () => server.restart(), say);
  const uiPort = await chooseLoopbackPort(folder, 'temporal-ui', 8233);
  const server = await step('Temporal, embedded', async () =>
    startTemporal({
      executable,
      namespace,
      dbFilename: path.join(folder, 'temporal.db'),
      port: await chooseLoopbackPort(folder, 'temporal', 7233),
      uiPort,
      logFile: logFile('temporal'),
      onUnexpectedExit: restarts.ended,
    }),
  );
  const uiUrl = `http://localhost:${uiPort}`;
  return {
    env: { ...withoutOwnProfile(folder, server.address, namespace), TEMPORAL_UI_URL: uiUrl },
    stop: () => stopFor(restarts, server),
  };
}

async function stopFor(restarts: { cancel(): void }, server: { stop(): Promise<void> }): Promise<void> {
  restarts.cancel();
  await server.stop();
}

/**
 * Temporal's clients also read a profile from the user's home folder, whose key or certificate would be sent
 * to the embedded server: a file of ours takes its place.
 */
function withoutOwnProfile(
  folder: string,
  address: string,
  namespace: string,
): Record<string, string | undefined> {
  const configFile = path.join(folder, 'temporal.toml');
  writeFileSync(configFile, `[profile.default]\naddress = "${address}"\nnamespace = "${namespace}"\n`);
  const foreign = Object.keys(process.env).filter((name) => name.startsWith('TEMPORAL_'));
  return {
    ...Object.fromEntries(foreign.map((name) => [name, undefined])),
    TEMPORAL_CONFIG_FILE: configFile,
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
  };
}
