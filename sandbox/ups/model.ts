import type { State, Table } from '../state.ts';

/** A shipper's account with its OAuth client. */
export interface UpsAccount {
  name: string;
  clientId: string;
  clientSecret: string;
  /** Six characters. */
  shipperNumber: string;
  /** Where the account may ship from; anywhere, unlike with UPS, where it is null. */
  country: string | null;
  tokenSeconds: number;
  /** How long a new label stays unknown to tracking by reference. */
  referenceLagMs: number;
  /** After how long a parcel moves by itself, or null where only the control API moves it. */
  progress: Progress | null;
}

/** Milliseconds since the label was bought. */
export interface Progress {
  handedOver: number;
  inTransit: number;
  outForDelivery: number;
  delivered: number;
}

export const parcelStatuses = [
  'label_created',
  'voided',
  'handed_over',
  'in_transit',
  'out_for_delivery',
  'exception',
  'delivered',
  'returned',
] as const;
export type ParcelStatus = (typeof parcelStatuses)[number];

export interface Scan {
  status: ParcelStatus;
  at: string;
  city: string;
  country: string;
}

export interface Place {
  city: string;
  region: string | null;
  postalCode: string | null;
  country: string;
}

/** One package whose label was paid for. */
export interface Label {
  account: string;
  trackingNumber: string;
  shipmentId: string;
  /** Reference numbers of its package and of its shipment. */
  references: string[];
  service: string;
  /** What the shipper is charged for this package, as a decimal amount. */
  cost: string;
  currency: string;
  boughtAt: string;
  voided: boolean;
  voidedAt: string | null;
  from: Place;
  to: Place & { name: string };
  weightKg: number;
  /** The format that was bought. */
  format: string;
  /** Base64. */
  image: string;
  /** Base64 PDF of the customs forms, on the first package. */
  form: string | null;
  /** Oldest first. */
  scans: Scan[];
}

export interface Subscription {
  account: string;
  trackingNumber: string;
  url: string;
  credentialType: string;
  credential: string;
}

export interface UpsTables {
  accounts: Table<UpsAccount>;
  /** Grouped by account, keyed by tracking number. */
  labels: Table<Label>;
  subscriptions: Table<Subscription>;
}

export const upsTables = (state: State): UpsTables => ({
  accounts: state.table('ups-accounts'),
  labels: state.table('ups-labels'),
  subscriptions: state.table('ups-subscriptions'),
});
