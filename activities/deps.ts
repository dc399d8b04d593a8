import type { Logger } from 'pino';
import type { CarrierRegistry } from '../connectors/carriers/registry.ts';
import type { PaymentRegistry } from '../connectors/payments/registry.ts';
import type { StorefrontRegistry } from '../connectors/storefronts/registry.ts';
import type { Database } from '../db/database.ts';
import type { Secrets } from '../db/secrets.ts';

/** All that the steps reach for; nothing else is global. */
export interface ActivityDeps {
  orm: Database;
  secrets: Secrets;
  storefronts: StorefrontRegistry;
  carriers: CarrierRegistry;
  payments: PaymentRegistry;
  clock: () => Date;
  log: Logger;
  /** How long after a lost answer a carrier's "no such label" is not believed yet. */
  labelSettleMs: number;
  /** How often carriers are asked about a parcel; the first time that long after its label was bought. */
  trackingIntervalSeconds: number;
}
