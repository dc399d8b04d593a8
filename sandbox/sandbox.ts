import { controlParty } from './control/party.ts';
import { shopifyControl } from './control/shopify.ts';
import { stripeControl } from './control/stripe.ts';
import { pushProgress, upsControl } from './control/ups.ts';
import { wooControl } from './control/woocommerce.ts';
import { createFaults, type Faults } from './faults.ts';
import { listen } from './server.ts';
import { shopTables, type ShopTables } from './shopify/model.ts';
import { shopifyParty } from './shopify/party.ts';
import { openState, type State } from './state.ts';
import { stripeTables, type StripeTables } from './stripe/model.ts';
import { stripeParty } from './stripe/party.ts';
import { upsTables, type UpsTables } from './ups/model.ts';
import { upsParty } from './ups/party.ts';
import { createDeliveries, type Deliveries } from './webhooks/deliveries.ts';
import { wooTables, type WooTables } from './woocommerce/model.ts';
import { wooParty } from './woocommerce/party.ts';

export interface SandboxOptions {
  /** 0, any free port, unless given. */
  port?: number;
  /** Where state is kept, so that it outlives the process; in memory unless given. */
  statePath?: string;
  /** The clock, in milliseconds; for tests. */
  now?: () => number;
}

export interface Sandbox {
  url: string;
  port: number;
  state: State;
  faults: Faults;
  deliveries: Deliveries;
  shopify: ShopTables;
  woocommerce: WooTables;
  ups: UpsTables;
  stripe: StripeTables;
  close(): Promise<void>;
}

/** The outside parties on one loopback port: /shopify/{shop}, /woocommerce/{site}, /ups, /stripe, and /_sandbox. */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const now = options.now ?? Date.now;
  const state = openState(options.statePath);
  const faults = createFaults();
  const deliveries = createDeliveries(state);
  const shopify = { state, tables: shopTables(state), deliveries, now, owners: new Map<string, number>() };
  const woocommerce = { state, tables: wooTables(state), deliveries, now };
  const ups = upsTables(state);
  const stripe = { state, tables: stripeTables(state), deliveries, now };
  const control = controlParty(state, faults, deliveries, [
    ...shopifyControl(shopify),
    ...wooControl(woocommerce),
    ...upsControl(ups, deliveries, now),
    ...stripeControl(stripe),
  ]);
  const parties = {
    shopify: shopifyParty(shopify),
    woocommerce: wooParty(woocommerce),
    ups: upsParty(state, ups, now),
    stripe: stripeParty(stripe),
    _sandbox: control,
  };
  const server = await listen(parties, faults, state, options.port ?? 0);
  const progress = setInterval(() => {
    pushProgress(ups, deliveries, now());
    state.flush();
  }, 500);
  progress.unref();
  return {
    url: server.url,
    port: server.port,
    state,
    faults,
    deliveries,
    shopify: shopify.tables,
    woocommerce: woocommerce.tables,
    ups,
    stripe: stripe.tables,
    async close() {
      clearInterval(progress);
      await server.close();
      await deliveries.close();
      state.close();
    },
  };
}
