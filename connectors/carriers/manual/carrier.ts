import { z } from 'zod';
import { isCurrency, type Money, parseMinor } from '../../../domain/money.ts';
import { PartyFailure } from '../../failure.ts';
import type { Carrier, CarrierClient, ShipmentRequest } from '../carrier.ts';
import { drawLabel } from './label.ts';
import { trackingNumberOf } from './number.ts';

const serviceSchema = z
  .object({
    code: z.string().min(1),
    name: z.string().min(1),
    /** Decimal, in major units: "4.90". */
    price: z.string(),
    currency: z.string().refine(isCurrency, 'not an ISO 4217 currency'),
    transitDays: z.int().nonnegative().nullable().default(null),
    /** Destinations (ISO 3166-1 alpha-2), or '*' for all. */
    countries: z.union([z.literal('*'), z.array(z.string().length(2))]).default('*'),
    maxWeightGrams: z.int().positive().optional(),
  })
  .refine(({ price, currency }) => !isCurrency(currency) || priceOf(price, currency) !== null, {
    path: ['price'],
    error: 'not an amount in its currency',
  });
type Service = z.output<typeof serviceSchema>;

const manualCredentials = z.object({ services: z.array(serviceSchema).min(1) });

function priceOf(price: string, currency: string): Money | null {
  if (!/^\d+(\.\d+)?$/.test(price)) return null;
  try {
    return { minor: parseMinor(price, currency), currency };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const requestSchema = z.object({ shipment: z.custom<ShipmentRequest>(isShipment), service: z.string() });

function isShipment(value: unknown): boolean {
  const shipment = value as ShipmentRequest | null;
  return Boolean(shipment?.reference && shipment.from && shipment.to && shipment.parcel);
}

/**
 * Parcels handed over without a carrier's API: the post counter, a local courier, an own van. Prices are those
 * of the account; the label is ours. Its number follows from the reference, so buying twice is the same label
 * and costs nothing: there is never a paid label to be found. The carrier's own number may be typed in at
 * hand-over; nothing is tracked.
 */
export const manual: Carrier = {
  name: 'manual',
  title: 'Manual',
  credentials: manualCredentials,
  connect: (account) => connect(manualCredentials.parse(account.credentials).services),
  trackingUrl: () => null,
  // Nobody tells: a parcel's way is known from hand-over only.
  webhooks: null,
  untracked: true,
};

function connect(services: Service[]): CarrierClient {
  return {
    rates: async (shipment) =>
      services
        .filter((service) => serves(service, shipment))
        .map(({ code, name, price, currency, transitDays }) => ({
          service: code,
          serviceName: name,
          price: priceOf(price, currency)!,
          transitDays,
        })),
    labelRequest: (shipment, service) => ({ shipment, service: find(services, service).code }),
    async buyLabel(request) {
      const { shipment, service: code } = requestSchema.parse(request);
      const service = find(services, code);
      const trackingNumber = trackingNumberOf(shipment.reference);
      return {
        trackingNumber,
        shipmentId: trackingNumber,
        cost: priceOf(service.price, service.currency),
        format: 'PDF',
        document: await drawLabel(shipment, service.name, trackingNumber),
      };
    },
    findLabel: async () => ({ found: null }),
    voidLabel: async () => 'voided',
    track: async () => [],
  };
}

const serves = ({ countries, maxWeightGrams }: Service, { to, parcel }: ShipmentRequest) =>
  (countries === '*' || countries.includes(to.country)) &&
  (maxWeightGrams === undefined || parcel.weightGrams <= maxWeightGrams);

function find(services: Service[], code: string): Service {
  const service = services.find((known) => known.code === code);
  if (service) return service;
  throw new PartyFailure(`The account has no service ${code}`, {
    party: 'manual',
    kind: 'refuse',
    effect: 'none',
    code: 'unknown-service',
  });
}
