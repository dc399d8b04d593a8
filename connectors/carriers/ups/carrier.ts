import type { Carrier } from '../carrier.ts';
import { createUpsApi, upsCredentials } from './api.ts';
import { findLabel } from './find.ts';
import { buyLabel, shipmentRequest } from './label.ts';
import { fetchRates } from './rate.ts';
import { createTokenSource } from './token.ts';
import { fetchScans } from './tracking.ts';
import { voidLabel } from './void.ts';
import { upsWebhooks } from './webhook.ts';

/**
 * UPS' REST API; the account's URL is https://onlinetools.ups.com, or https://wwwcie.ups.com for tests.
 * Tokens are kept per account for the life of what is created here, so create it once per process.
 */
export function createUps({ now = Date.now }: { now?: () => number } = {}): Carrier {
  const tokens = createTokenSource(now);
  return {
    name: 'ups',
    title: 'UPS',
    credentials: upsCredentials,
    connect(account) {
      const api = createUpsApi(account, tokens);
      return {
        rates: (shipment) => fetchRates(api, shipment),
        labelRequest: (shipment, service) =>
          shipmentRequest(shipment, service, api.credentials, compactDate(now())),
        buyLabel: (request, key) => buyLabel(api, request, key),
        findLabel: (reference, lastAskedAt) => findLabel(api, reference, lastAskedAt, now()),
        voidLabel: ({ shipmentId }) => voidLabel(api, shipmentId),
        track: (trackingNumber) => fetchScans(api, trackingNumber),
      };
    },
    trackingUrl: (trackingNumber) =>
      `https://www.ups.com/track?tracknum=${encodeURIComponent(trackingNumber)}`,
    webhooks: upsWebhooks,
  };
}

/** YYYYMMDD in UTC. */
const compactDate = (at: number) => new Date(at).toISOString().slice(0, 10).replaceAll('-', '');
