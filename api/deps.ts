import type { Logger } from 'pino';
import type { Config } from '../config/environment.ts';
import type { Tracing } from '../config/tracing.ts';
import type { CarrierRegistry } from '../connectors/carriers/registry.ts';
import type { PaymentRegistry } from '../connectors/payments/registry.ts';
import type { StorefrontRegistry } from '../connectors/storefronts/registry.ts';
import type { Database } from '../db/database.ts';
import type { Secrets } from '../db/secrets.ts';
import type { Background } from './background.ts';
import type { Engine } from './engine.ts';
import type { Metrics } from './http/metrics.ts';

/** Everything that the API needs from outside itself; nothing in it reaches for a global. */
export interface ApiDeps {
  orm: Database;
  engine: Engine;
  secrets: Secrets;
  storefronts: StorefrontRegistry;
  carriers: CarrierRegistry;
  payments: PaymentRegistry;
  config: Pick<
    Config,
    'temporalUiUrl' | 'trustedProxies' | 'booksCurrency' | 'mail' | 'wrongKeysPerMinute' | 'costlyAtOnce'
  >;
  temporalNamespace: string;
  log: Logger;
  clock: () => Date;
  /** What goes on after an answer was given. */
  background: Background;
  metrics: Metrics;
  /** Where requests are followed through the processes. */
  tracing?: Tracing;
  /** Tests only: each answer is checked against its documented schema before it is sent. */
  checkAnswers?: boolean;
}
