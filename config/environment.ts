import { z } from 'zod';

/** What the processes read from their environment; every name is documented by its schema below. */
export interface Config {
  environment: 'development' | 'production';
  databaseUrl: string;
  databasePoolSize: number;
  /** Without a trailing slash. */
  temporalUiUrl: string;
  port: number;
  /** Loopback alone unless told otherwise or in production. */
  host: string;
  /** Of a worker: for its own metrics and its health, and for those of Temporal's SDK. 0: none. */
  workerMetricsPort: number;
  workerSdkMetricsPort: number;
  /** Proxies in front whose X-Forwarded-For is believed. */
  trustedProxies: number;
  /** Failed keys and signatures from one address before they are answered 429; each process counts by itself. */
  wrongKeysPerMinute: number;
  /** Requests that compute much, at the same time in one process. */
  costlyAtOnce: number;
  /** Within which a request must have arrived whole. */
  requestTimeoutSeconds: number;
  /** The first admin key; without one, only keys that are in the database already work. */
  adminKey: string | undefined;
  /** Seal the secrets of stores and carriers: the first seals, all open. */
  secretsKeys: Buffer[];
  /** ISO 4217: what costs are compared in. */
  booksCurrency: string;
  /** Where spans are sent; without it nothing is traced. */
  otlpEndpoint: string | undefined;
  /** Of the traces that begin here, 0 to 1. */
  traceRatio: number;
  logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** Of each bulk. */
  bulkOrdersPerSecond: number;
  labelSettleSeconds: number;
  backfillIntervalSeconds: number;
  trackingIntervalSeconds: number;
  stockPushIntervalSeconds: number;
  /** How often every number of stock is proven. */
  proofIntervalSeconds: number;
  sweepIntervalSeconds: number;
  /** How often is looked for what runs low or expires, and how many days before it does. */
  alertsIntervalSeconds: number;
  lotExpiryAlertDays: number;
  /** How alerts are sent by email; null: not at all. */
  mail: { smtpUrl: string; from: string } | null;
  /** Days for which the bodies of events that were read, and labels of orders that have ended, are kept. */
  inboxRetentionDays: number;
  labelRetentionDays: number;
  /** How often what is older is looked for. */
  retentionIntervalSeconds: number;
}

/** Each line of the message names one variable and what is expected of it, never its value. */
export class InvalidConfiguration extends Error {
  override readonly name = 'InvalidConfiguration';

  constructor(problems: readonly string[]) {
    super(['The environment can not be used:', ...problems.map((problem) => `  ${problem}`)].join('\n'));
  }
}

const whole = (from: number, to: number, otherwise: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .refine((number) => number >= from && number <= to)
    .default(otherwise)
    .meta({ expected: `a whole number from ${from} to ${to}` });

const address = (protocols: readonly string[], example: string) =>
  z
    .string()
    .refine((text) => protocols.includes(URL.parse(text)?.protocol ?? ''))
    .meta({ expected: `a URL like ${example}` });

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const variables = {
  ORDERLOOM_ENV: z.enum(['development', 'production']).default('development'),
  DATABASE_URL: address(['postgres:', 'postgresql:'], 'postgresql://user:password@host:5432/orderloom'),
  DATABASE_POOL_SIZE: whole(1, 500, 10),
  TEMPORAL_UI_URL: address(['http:', 'https:'], 'http://127.0.0.1:8233').default('http://127.0.0.1:8233'),
  PORT: whole(0, 65_535, 3000),
  HOST: z
    .string()
    .regex(/^[\w.:-]+$/)
    .optional()
    .meta({ expected: 'an address to listen on' }),
  WORKER_METRICS_PORT: whole(0, 65_535, 0),
  WORKER_SDK_METRICS_PORT: whole(0, 65_535, 0),
  TRUSTED_PROXIES: whole(0, 10, 0),
  WRONG_KEYS_PER_MINUTE: whole(1, 100_000, 200),
  COSTLY_AT_ONCE: whole(1, 100, 4),
  REQUEST_TIMEOUT_SECONDS: whole(1, 3_600, 30),
  ORDERLOOM_ADMIN_KEY: z
    .string()
    .regex(/^[\x21-\x7e]+$/)
    .optional()
    .meta({ expected: 'printable ASCII without blanks' }),
  ORDERLOOM_SECRETS_KEY: z
    .string()
    .transform(readSecretsKeys)
    .refine((keys) => keys.every((key) => key.length === 32))
    .optional()
    .meta({
      expected: '32 random bytes as base64; after a comma, former ones that still open what they sealed',
    }),
  BOOKS_CURRENCY: z
    .string()
    .refine((code) => Intl.supportedValuesOf('currency').includes(code))
    .default('EUR')
    .meta({ expected: 'an ISO 4217 currency in capitals, like EUR' }),
  OTEL_EXPORTER_OTLP_ENDPOINT: address(['http:', 'https:'], '')
    .optional()
    .meta({ expected: 'a URL like http://collector:4318' }),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(0|1|0?\.\d+|1\.0+)$/)
    .transform(Number)
    .default(1)
    .meta({ expected: 'a share from 0 to 1' }),
  LOG_LEVEL: z.enum(logLevels).default('info'),
  BULK_ORDERS_PER_SECOND: whole(1, 100, 10),
  LABEL_SETTLE_SECONDS: whole(0, 3_600, 30),
  BACKFILL_INTERVAL_SECONDS: whole(1, 86_400, 300),
  TRACKING_INTERVAL_SECONDS: whole(1, 86_400, 900),
  STOCK_PUSH_INTERVAL_SECONDS: whole(1, 3_600, 5),
  PROOF_INTERVAL_SECONDS: whole(60, 604_800, 3_600),
  SWEEP_INTERVAL_SECONDS: whole(1, 86_400, 300),
  ALERTS_INTERVAL_SECONDS: whole(1, 86_400, 60),
  LOT_EXPIRY_ALERT_DAYS: whole(1, 3_650, 30),
  SMTP_URL: address(['smtp:', 'smtps:'], '')
    .optional()
    .meta({ expected: 'a URL like smtps://user:password@mail.example.com' }),
  ALERTS_FROM: z.email().optional().meta({ expected: 'an email address' }),
  INBOX_RETENTION_DAYS: whole(1, 3_650, 90),
  LABEL_RETENTION_DAYS: whole(1, 3_650, 180),
  RETENTION_INTERVAL_SECONDS: whole(1, 86_400, 3_600),
};
export const variableNames = Object.keys(variables);
const schema = z.object(variables);

/** An empty variable counts as missing. Throws `InvalidConfiguration`. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const wrong = new Set(parsed.error.issues.map((issue) => String(issue.path[0])));
    throw new InvalidConfiguration([...wrong].map((name) => complaint(name, name in given)));
  }
  const values = parsed.data;
  const unsafe = values.ORDERLOOM_ENV === 'production' ? unsafeInProduction(values) : [];
  if (unsafe.length) throw new InvalidConfiguration(unsafe);
  return {
    environment: values.ORDERLOOM_ENV,
    databaseUrl: values.DATABASE_URL,
    databasePoolSize: values.DATABASE_POOL_SIZE,
    temporalUiUrl: values.TEMPORAL_UI_URL.replace(/\/+$/, ''),
    port: values.PORT,
    host: values.HOST ?? (values.ORDERLOOM_ENV === 'production' ? '0.0.0.0' : '127.0.0.1'),
    workerMetricsPort: values.WORKER_METRICS_PORT,
    workerSdkMetricsPort: values.WORKER_SDK_METRICS_PORT,
    trustedProxies: values.TRUSTED_PROXIES,
    wrongKeysPerMinute: values.WRONG_KEYS_PER_MINUTE,
    costlyAtOnce: values.COSTLY_AT_ONCE,
    requestTimeoutSeconds: values.REQUEST_TIMEOUT_SECONDS,
    adminKey: values.ORDERLOOM_ADMIN_KEY,
    secretsKeys: values.ORDERLOOM_SECRETS_KEY ?? [developmentKey],
    booksCurrency: values.BOOKS_CURRENCY,
    otlpEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT,
    traceRatio: values.OTEL_TRACES_SAMPLER_ARG,
    logLevel: values.LOG_LEVEL,
    bulkOrdersPerSecond: values.BULK_ORDERS_PER_SECOND,
    labelSettleSeconds: values.LABEL_SETTLE_SECONDS,
    backfillIntervalSeconds: values.BACKFILL_INTERVAL_SECONDS,
    trackingIntervalSeconds: values.TRACKING_INTERVAL_SECONDS,
    stockPushIntervalSeconds: values.STOCK_PUSH_INTERVAL_SECONDS,
    proofIntervalSeconds: values.PROOF_INTERVAL_SECONDS,
    sweepIntervalSeconds: values.SWEEP_INTERVAL_SECONDS,
    alertsIntervalSeconds: values.ALERTS_INTERVAL_SECONDS,
    lotExpiryAlertDays: values.LOT_EXPIRY_ALERT_DAYS,
    mail: mailOf(values),
    inboxRetentionDays: values.INBOX_RETENTION_DAYS,
    labelRetentionDays: values.LABEL_RETENTION_DAYS,
    retentionIntervalSeconds: values.RETENTION_INTERVAL_SECONDS,
  };
}

/** Both or neither: a message needs somebody who sends it. */
function mailOf({ SMTP_URL: smtpUrl, ALERTS_FROM: from }: z.output<typeof schema>): Config['mail'] {
  if (smtpUrl !== undefined && from !== undefined) return { smtpUrl, from };
  if (smtpUrl === undefined && from === undefined) return null;
  throw new InvalidConfiguration([
    `${complaint(smtpUrl === undefined ? 'SMTP_URL' : 'ALERTS_FROM', false)}, since the other one is given`,
  ]);
}

function complaint(name: string, given: boolean): string {
  return `${name} ${given ? 'is wrong' : 'is missing'}: expected ${expectation(name)}`;
}

function expectation(name: string): string {
  const variable = variables[name as keyof typeof variables] as z.ZodType;
  const inner = variable instanceof z.ZodDefault ? (variable.unwrap() as z.ZodType) : variable;
  if (inner instanceof z.ZodEnum) return `one of ${inner.options.join(', ')}`;
  return String(variable.meta()?.['expected'] ?? inner.meta()?.['expected']);
}

/** Comma-separated, in base64. */
export function readSecretsKeys(text: string): Buffer[] {
  return text.split(',').map((key) => Buffer.from(key, 'base64'));
}

/** Everybody knows it: for a laptop alone. */
const developmentKey = Buffer.alloc(32, 'development');

const SHORTEST_SECRET = 24;
const wellKnown = ['postgres', 'password', 'orderloom', 'admin', 'secret', 'changeme'];

/** What is convenient on a laptop and dangerous where real orders are. */
function unsafeInProduction(values: z.output<typeof schema>): string[] {
  const { DATABASE_URL: database, ORDERLOOM_ADMIN_KEY: adminKey } = values;
  const problems: string[] = [];
  if (values.ORDERLOOM_SECRETS_KEY === undefined)
    problems.push(`ORDERLOOM_SECRETS_KEY is missing: expected ${expectation('ORDERLOOM_SECRETS_KEY')}`);
  else if (values.ORDERLOOM_SECRETS_KEY.some((key) => new Set(key).size < 8))
    problems.push('ORDERLOOM_SECRETS_KEY is too simple for production: expected random bytes');
  if (adminKey !== undefined && adminKey.length < SHORTEST_SECRET)
    problems.push(`ORDERLOOM_ADMIN_KEY is too short for production: at least ${SHORTEST_SECRET} characters`);
  if (adminKey !== undefined && new Set(adminKey).size < 8)
    problems.push('ORDERLOOM_ADMIN_KEY is too simple for production: expected random characters');
  if (wellKnown.includes(decodeURIComponent(new URL(database).password)))
    problems.push('DATABASE_URL has a well-known password: production needs one of its own');
  return problems;
}
