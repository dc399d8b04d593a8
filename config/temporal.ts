import { loadClientConnectConfig } from '@temporalio/envconfig';

/**
 * Where Temporal is, by its own standard: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY,
 * TEMPORAL_TLS_…, or a profile in a TOML file. For `Connection` of the client and `NativeConnection` of the
 * worker alike. An empty variable counts as missing.
 */
export function temporalSettings(env: Readonly<Record<string, string | undefined>>) {
  const given = Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({
    overrideEnvVars: Object.fromEntries(given),
  });
  return { connectionOptions, namespace };
}
