import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { temporalSettings } from '../../../config/temporal.ts';

/** As docs/temporal-cloud.md says it. */
describe('where Temporal is', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'orderloom-temporal-settings-'));
    writeFileSync(path.join(folder, 'client.pem'), 'CERT');
    writeFileSync(path.join(folder, 'client.key'), 'KEY');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const settings = (env: Record<string, string | undefined>) =>
    temporalSettings({ TEMPORAL_CONFIG_FILE: path.join(folder, 'none.toml'), ...env });
  const pair = { crt: Buffer.from('CERT'), key: Buffer.from('KEY') };

  it('is this machine, in the clear, unless something is said', () => {
    const { connectionOptions, namespace } = settings({});
    expect([connectionOptions.address, connectionOptions.tls, namespace]).toEqual([
      undefined,
      undefined,
      'default',
    ]);
  });

  it('with an API key is reached by TLS', () => {
    expect(
      settings({
        TEMPORAL_ADDRESS: 'eu-central-1.aws.api.temporal.io:7233',
        TEMPORAL_NAMESPACE: 'shop.a1b2c',
        TEMPORAL_API_KEY: 'key',
      }),
    ).toMatchObject({
      connectionOptions: { address: 'eu-central-1.aws.api.temporal.io:7233', apiKey: 'key', tls: true },
      namespace: 'shop.a1b2c',
    });
  });

  it.each(['PATH', 'DATA'])('with a certificate by its %s is reached by mutual TLS', (kind) => {
    const [cert, key] =
      kind === 'DATA' ? ['CERT', 'KEY'] : ['client.pem', 'client.key'].map((name) => path.join(folder, name));
    const { connectionOptions } = settings({
      TEMPORAL_ADDRESS: 'shop.a1b2c.tmprl.cloud:7233',
      [`TEMPORAL_TLS_CLIENT_CERT_${kind}`]: cert,
      [`TEMPORAL_TLS_CLIENT_KEY_${kind}`]: key,
    });
    const { clientCertPair } = connectionOptions.tls as { clientCertPair: Record<'crt' | 'key', Uint8Array> };
    expect([Buffer.from(clientCertPair.crt), Buffer.from(clientCertPair.key)]).toEqual([pair.crt, pair.key]);
  });

  it('may stand in a profile of a file', () => {
    const file = path.join(folder, 'temporal.toml');
    writeFileSync(file, '[profile.live]\naddress = "live:7233"\nnamespace = "shop.live"\napi_key = "key"\n');
    expect(settings({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'live' })).toMatchObject({
      connectionOptions: { address: 'live:7233', apiKey: 'key', tls: true },
      namespace: 'shop.live',
    });
  });

  it('an empty variable counts as missing', () => {
    const { connectionOptions, namespace } = settings({
      TEMPORAL_ADDRESS: '',
      TEMPORAL_NAMESPACE: '',
      TEMPORAL_API_KEY: '',
    });
    expect([connectionOptions.address, connectionOptions.tls, namespace]).toEqual([
      undefined,
      undefined,
      'default',
    ]);
  });
});
