import { describe, expect, it } from '@jest/globals';
import { InvalidConfiguration, readConfig } from '../../../config/environment.ts';

const database = 'postgresql://orders:x7Kp-93ab@db.example.com:5432/orderloom';
const adminKey = 'f3a9c1d47be2608591c3aa17';
const secretsKey = Buffer.from('3pQ8vL1xT6wZ0rK9mN4bC7yF2hJ5gDsA').toString('base64');

describe('readConfig', () => {
  it('needs the database alone', () => {
    expect(readConfig({ DATABASE_URL: database })).toEqual({
      environment: 'development',
      databaseUrl: database,
      databasePoolSize: 10,
      bulkOrdersPerSecond: 10,
      temporalUiUrl: 'http://127.0.0.1:8233',
      port: 3000,
      host: '127.0.0.1',
      workerMetricsPort: 0,
      workerSdkMetricsPort: 0,
      trustedProxies: 0,
      wrongKeysPerMinute: 200,
      costlyAtOnce: 4,
      requestTimeoutSeconds: 30,
      adminKey: undefined,
      secretsKeys: [Buffer.from('developmentdevelopmentdevelopmen')],
      booksCurrency: 'EUR',
      otlpEndpoint: undefined,
      traceRatio: 1,
      logLevel: 'info',
      labelSettleSeconds: 30,
      backfillIntervalSeconds: 300,
      trackingIntervalSeconds: 900,
      stockPushIntervalSeconds: 5,
      proofIntervalSeconds: 3600,
      sweepIntervalSeconds: 300,
      alertsIntervalSeconds: 60,
      lotExpiryAlertDays: 30,
      mail: null,
      inboxRetentionDays: 90,
      labelRetentionDays: 180,
      retentionIntervalSeconds: 3600,
    });
  });

  it('sends mail where it knows how and by whom', () => {
    const given = { SMTP_URL: 'smtp://mail.example.com:25', ALERTS_FROM: 'alerts@example.com' };
    const { mail } = readConfig({ DATABASE_URL: database, ...given });
    expect(mail).toEqual({ smtpUrl: given.SMTP_URL, from: given.ALERTS_FROM });
  });

  it('takes an empty variable for a missing one, and trims the slash of a URL', () => {
    const config = readConfig({
      DATABASE_URL: database,
      PORT: '',
      TEMPORAL_UI_URL: 'https://ui.example.com/',
    });
    expect([config.port, config.temporalUiUrl]).toEqual([3000, 'https://ui.example.com']);
  });

  it.each([
    [{}, 'DATABASE_URL is missing: expected a URL like postgresql://user:password@host:5432/orderloom'],
    [{ DATABASE_URL: 'mysql://x/y' }, 'DATABASE_URL is wrong: expected a URL like'],
    [{ DATABASE_URL: database, PORT: '70000' }, 'PORT is wrong: expected a whole number from 0 to 65535'],
    [{ DATABASE_URL: database, PORT: '3e3' }, 'PORT is wrong'],
    [{ DATABASE_URL: database, DATABASE_POOL_SIZE: '0' }, 'DATABASE_POOL_SIZE is wrong'],
    [
      { DATABASE_URL: database, OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
      'OTEL_EXPORTER_OTLP_ENDPOINT is wrong: expected a URL like http://collector:4318',
    ],
    [
      { DATABASE_URL: database, OTEL_TRACES_SAMPLER_ARG: '10%' },
      'OTEL_TRACES_SAMPLER_ARG is wrong: expected a share',
    ],
    [
      { DATABASE_URL: database, WRONG_KEYS_PER_MINUTE: '0' },
      'WRONG_KEYS_PER_MINUTE is wrong: expected a whole number from 1 to 100000',
    ],
    [{ DATABASE_URL: database, COSTLY_AT_ONCE: '0' }, 'COSTLY_AT_ONCE is wrong: expected a whole number'],
    [
      { DATABASE_URL: database, REQUEST_TIMEOUT_SECONDS: '0' },
      'REQUEST_TIMEOUT_SECONDS is wrong: expected a whole number from 1 to 3600',
    ],
    [{ DATABASE_URL: database, LOG_LEVEL: 'loud' }, 'LOG_LEVEL is wrong: expected one of trace, debug'],
    [
      { DATABASE_URL: database, ORDERLOOM_ENV: 'prod' },
      'ORDERLOOM_ENV is wrong: expected one of development',
    ],
    [
      { DATABASE_URL: database, TEMPORAL_UI_URL: 'ui' },
      'TEMPORAL_UI_URL is wrong: expected a URL like http://',
    ],
    [
      { DATABASE_URL: database, ORDERLOOM_ADMIN_KEY: 'a b' },
      'ORDERLOOM_ADMIN_KEY is wrong: expected printable',
    ],
    [
      { DATABASE_URL: database, SMTP_URL: 'https://mail.example.com', ALERTS_FROM: 'alerts@example.com' },
      'SMTP_URL is wrong: expected a URL like smtps://',
    ],
    [
      { DATABASE_URL: database, SMTP_URL: 'smtp://mail.example.com' },
      'ALERTS_FROM is missing: expected an email address, since the other one is given',
    ],
    [
      { DATABASE_URL: database, ALERTS_FROM: 'alerts@example.com' },
      'SMTP_URL is missing: expected a URL like smtps://',
    ],
    [{ DATABASE_URL: database, LABEL_SETTLE_SECONDS: '-1' }, 'LABEL_SETTLE_SECONDS is wrong'],
    [
      { DATABASE_URL: database, ORDERLOOM_SECRETS_KEY: `${secretsKey},c2hvcnQ=` },
      'ORDERLOOM_SECRETS_KEY is wrong: expected 32 random bytes as base64',
    ],
  ])('names what is wrong with %j', (env, message) => {
    expect(() => readConfig(env)).toThrow(InvalidConfiguration);
    expect(() => readConfig(env)).toThrow(message);
  });

  it('names every wrong variable at once and shows no value', () => {
    const read = () => readConfig({ DATABASE_URL: 'secret-value', PORT: 'secret-value' });
    expect(read).toThrow(/DATABASE_URL[^]*PORT/);
    expect(read).not.toThrow(/secret-value/);
  });

  it.each([
    [{ ORDERLOOM_ADMIN_KEY: 'short' }, 'ORDERLOOM_ADMIN_KEY is too short for production: at least 24'],
    [{ ORDERLOOM_ADMIN_KEY: 'a'.repeat(30) }, 'ORDERLOOM_ADMIN_KEY is too simple for production'],
    [{ ORDERLOOM_SECRETS_KEY: '' }, 'ORDERLOOM_SECRETS_KEY is missing: expected 32 random bytes'],
    [
      { ORDERLOOM_SECRETS_KEY: Buffer.alloc(32, 'x').toString('base64') },
      'ORDERLOOM_SECRETS_KEY is too simple for production',
    ],
    [
      { DATABASE_URL: 'postgresql://postgres:postgres@db/orderloom' },
      'DATABASE_URL has a well-known password',
    ],
  ])('refuses %j in production', (env, message) => {
    const given = {
      ORDERLOOM_ENV: 'production',
      DATABASE_URL: database,
      ORDERLOOM_ADMIN_KEY: adminKey,
      ORDERLOOM_SECRETS_KEY: secretsKey,
      ...env,
    };
    expect(() => readConfig(given)).toThrow(message);
    expect(() => readConfig({ ...given, ORDERLOOM_ENV: 'development' })).not.toThrow();
  });
});
