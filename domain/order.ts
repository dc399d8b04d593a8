/** The order as the store tells it, in one shape whatever the platform. Amounts are minor units of `currency`. */

export interface Address {
  name: string;
  company?: string;
  line1: string;
  line2?: string;
  city: string;
  /** State, province or region code or name, as the store has it. */
  region?: string;
  postalCode?: string;
  /** ISO 3166-1 alpha-2, upper case. */
  country: string;
  phone?: string;
}

export const paymentStates = [
  'pending',
  'authorized',
  'paid',
  'partially_paid',
  'partially_refunded',
  'refunded',
  'voided',
  'failed',
] as const;
export type PaymentState = (typeof paymentStates)[number];

export interface OrderLine {
  /** The store's id of the line. */
  externalId: string;
  /** null when the store has none: such a line is recorded and never shipped. */
  sku: string | null;
  title: string;
  /** Ordered, after edits in the shop. */
  quantity: number;
  /** What is still to be fulfilled of it, as the shop counts it. */
  fulfillable: number;
  /** What of it a person here took out: see changes.ts. */
  droppedHere?: number;
  /** false for gift cards, services and downloads. */
  ships: boolean;
  unitPrice: number;
  /** Of the whole line, after discounts; includes tax exactly when the order's `taxesIncluded` says so. */
  total: number;
  tax: number;
}

/** The shop's own fraud verdict. */
export type FraudVerdict = 'accept' | 'investigate' | 'cancel';

export interface OrderSnapshot {
  externalId: string;
  /** What people call it: "#1001". */
  number: string;
  /** RFC 3339 UTC, as are all times here. */
  placedAt: string;
  /** The store's own timestamp; the newest snapshot wins. */
  updatedAt: string;
  currency: string;
  taxesIncluded: boolean;
  totals: {
    /** Charged for shipping; includes its tax exactly when `taxesIncluded`. */
    shipping: number;
    /** Of everything, shipping included. */
    tax: number;
    /** Order-level discount that the lines' totals do not hold already, as a positive amount. */
    discount: number;
    /** Fees and tips outside the lines (WooCommerce fee_lines, Shopify total_tip_received). */
    other: number;
    /** What the customer pays. */
    total: number;
  };
  test: boolean;
  cancelledAt: string | null;
  /** Collected by the customer: nothing is shipped. */
  pickup: boolean;
  /** Why the store does not want all of it sent yet, in its words; null: this news does not say. None is left out. */
  holds?: string[] | null;
  /** `externalId`: the provider's, where it can be asked about the payment. */
  payment: { state: PaymentState; provider: string; externalId?: string };
  fraud: FraudVerdict | null;
  customer: { externalId: string | null; email: string | null; phone: string | null };
  shippingAddress: Address | null;
  lines: OrderLine[];
}

/** Money that the store says was taken. Applied once per (store, externalId). */
export interface PaymentFact {
  externalId: string;
  kind: 'authorization' | 'capture';
  amount: number;
  currency: string;
  provider: string;
  at: string;
}

/** Money that the store says was given back. Applied once per (provider, externalId). */
export interface RefundFact {
  externalId: string;
  amount: number;
  currency: string;
  provider: string;
  at: string;
  /** Our own key, where the store carries it: how the echo of our own refund is recognized. */
  key?: string;
}
