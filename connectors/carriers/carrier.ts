import type { z } from 'zod';
import type { Address } from '../../domain/order.ts';
import type { Money } from '../../domain/money.ts';
import type { TrackingStatus } from '../../domain/tracking.ts';

export interface Parcel {
  weightGrams: number;
  /** Millimeters. */
  dimensions: { length: number; width: number; height: number };
}

/** What is in the parcel, for customs on international lanes. */
export interface ParcelItem {
  sku: string;
  title: string;
  quantity: number;
  unitValue: Money;
  weightGrams: number;
  hsCode: string | null;
  originCountry: string | null;
}

export interface ShipmentRequest {
  from: Address;
  to: Address;
  parcel: Parcel;
  items: ParcelItem[];
  /** Unique per paid label, at most 35 characters of [A-Za-z0-9-]: printed as the carrier's reference and used to find it again. */
  reference: string;
}

/** One quoted price. */
export interface Rate {
  service: string;
  serviceName: string;
  price: Money;
  /** Working days in transit; null where the carrier does not say. */
  transitDays: number | null;
  /** What the price is for: the greater of real and dimensional weight. Left out where the carrier does not say. */
  billedGrams?: number;
}

export interface BoughtLabel {
  trackingNumber: string;
  /** The carrier's own id of the shipment, needed to void it. */
  shipmentId: string;
  /** null where the carrier does not say (a label found again, some origins): the quoted price stands. */
  cost: Money | null;
  format: 'PDF' | 'ZPL' | 'GIF' | 'PNG';
  document: Buffer;
  /** The customs documents as PDF, where the carrier wants them printed and put on the parcel. */
  customsForm?: Buffer;
}

export interface TrackingScan {
  /** The carrier's own code. */
  code: string;
  /** Monotonic: a later scan never takes a parcel back to an earlier one. */
  status: TrackingStatus;
  at: string;
  description: string;
  /** City and country only. */
  place: string | null;
}

/** A carrier account, called by its base URL and credentials. Every method throws `PartyFailure`. */
export interface CarrierClient {
  rates(shipment: ShipmentRequest): Promise<Rate[]>;
  /** The exact request as JSON: stored before the call, and the very thing that every attempt resends. */
  labelRequest(shipment: ShipmentRequest, service: string): unknown;
  /** `key` is sent wherever the carrier takes an idempotency key or transaction id. */
  buyLabel(request: unknown, key: string): Promise<BoughtLabel>;
  /**
   * After a lost answer: the label bought under this reference. `cannot-tell` where the carrier offers no
   * look-up or its look-up can't be trusted to say no yet. `lastAskedAt` is when the request was last sent
   * (RFC 3339): without it, a no that needs time to settle is never certain.
   */
  findLabel(
    reference: string,
    lastAskedAt?: string,
  ): Promise<{ found: BoughtLabel } | { found: null } | { found: 'cannot-tell' }>;
  /** `refused`: the parcel has left or the time to void is over. Already voided counts as voided. */
  voidLabel(label: { shipmentId: string; trackingNumber: string }): Promise<'voided' | 'refused'>;
  /** Oldest first; empty where the carrier knows nothing yet. */
  track(trackingNumber: string): Promise<TrackingScan[]>;
}

export interface CarrierWebhooks {
  verify(rawBody: Buffer, headers: Record<string, string | undefined>, secret: string): boolean;
  /**
   * `scan` is null where the event says nothing of where the parcel is. Throws `UnusableWebhook` (see
   * storefronts/storefront.ts) when the signed body can't be used.
   */
  parse(rawBody: Buffer): { key: string; trackingNumber: string; scan: TrackingScan | null };
}

export interface CarrierAccount {
  id: string;
  carrier: string;
  url: string;
  /** Parsed by the carrier's own schema. */
  credentials: unknown;
}

/** A carrier: one folder and one line in the registry. */
export interface Carrier {
  name: string;
  /** What people read: "UPS". */
  title: string;
  credentials: z.ZodType;
  connect(account: CarrierAccount): CarrierClient;
  /** Public tracking page, or null. */
  trackingUrl(trackingNumber: string): string | null;
  webhooks: CarrierWebhooks | null;
  /** Set where nobody scans: a parcel then counts as delivered after the store's `untrackedDays`. */
  untracked?: true;
}
