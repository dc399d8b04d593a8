import type { State, Table } from '../state.ts';
import type { Deliveries } from '../webhooks/deliveries.ts';

/** Amounts are in Stripe's minor units of the (lower-case) currency; times are seconds since the epoch. */

export interface StripeAccount {
  name: string;
  /** `sk_test_…` */
  secretKey: string;
  webhook: { url: string; secret: string } | null;
  /** Of the balance: fees are in it. */
  currency: string;
  /** How long a card's authorization holds. */
  holdSeconds: number;
}

export const intentStatuses = [
  'requires_payment_method',
  'requires_confirmation',
  'requires_capture',
  'processing',
  'canceled',
  'succeeded',
] as const;
export type IntentStatus = (typeof intentStatuses)[number];

export interface PaymentIntent {
  id: string;
  amount: number;
  amountCapturable: number;
  amountReceived: number;
  currency: string;
  captureMethod: 'automatic' | 'manual';
  status: IntentStatus;
  latestCharge: string | null;
  lastError: { code: string; message: string } | null;
  canceledAt: number | null;
  metadata: Record<string, string>;
  created: number;
}

export interface Charge {
  id: string;
  intent: string;
  amount: number;
  amountCaptured: number;
  amountRefunded: number;
  currency: string;
  captured: boolean;
  paid: boolean;
  /** Until when it can be captured. */
  captureBefore: number | null;
  balanceTransaction: string | null;
  failure: { code: string; message: string } | null;
  created: number;
}

export interface Refund {
  id: string;
  charge: string;
  intent: string;
  amount: number;
  currency: string;
  reason: string | null;
  status: 'pending' | 'succeeded' | 'failed' | 'canceled';
  failureReason: string | null;
  balanceTransaction: string | null;
  metadata: Record<string, string>;
  created: number;
}

export interface Dispute {
  id: string;
  charge: string;
  intent: string;
  amount: number;
  currency: string;
  reason: string;
  status: 'needs_response' | 'under_review' | 'won' | 'lost';
  dueBy: number;
  created: number;
}

export interface BalanceTransaction {
  id: string;
  type: 'charge' | 'refund' | 'refund_failure' | 'adjustment';
  source: string;
  amount: number;
  fee: number;
  currency: string;
  created: number;
}

/** What a key was answered, and to what. */
export interface Replay {
  request: string;
  status: number;
  body: unknown;
}

export interface StripeTables {
  accounts: Table<StripeAccount>;
  intents: Table<PaymentIntent>;
  charges: Table<Charge>;
  refunds: Table<Refund>;
  disputes: Table<Dispute>;
  balance: Table<BalanceTransaction>;
  replays: Table<Replay>;
}

export interface StripeWorld {
  state: State;
  tables: StripeTables;
  deliveries: Deliveries;
  now: () => number;
}

export const stripeTables = (state: State): StripeTables => ({
  accounts: state.table('stripe-accounts'),
  intents: state.table('stripe-intents'),
  charges: state.table('stripe-charges'),
  refunds: state.table('stripe-refunds'),
  disputes: state.table('stripe-disputes'),
  balance: state.table('stripe-balance'),
  replays: state.table('stripe-replays'),
});

export const seconds = (world: StripeWorld): number => Math.floor(world.now() / 1000);

/** `pi_sandbox0000000001`: as long as Stripe's are, and never the same again. */
export const newId = (world: StripeWorld, prefix: string): string =>
  `${prefix}_sandbox${String(world.state.next(`stripe/${prefix}`)).padStart(17, '0')}`;
