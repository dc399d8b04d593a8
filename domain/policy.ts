import type { AllocationObjective } from './allocation/types.ts';
import { defaultReviewPolicy, type ReviewPolicy } from './review/policy.ts';

/** What one store wants of the engine. Each value may be set per store; the rest is `defaultPolicy`. */
export interface StorePolicy {
  review: ReviewPolicy;
  objective: AllocationObjective;
  /** `on_order`: stock is kept for an order before it is paid, for `reservationHours`. */
  reserve: 'on_payment' | 'on_order';
  /** `on_shipment`: what a provider of ours has authorized is taken when the first parcel leaves. */
  capture: 'never' | 'on_shipment';
  splitAllowed: boolean;
  /** What each fulfillment after the first counts for, in minor units of the books' currency, when the cheapest is chosen. */
  splitCost: number;
  /** Nothing leaves before everything is there. false: what is there goes, the rest follows. */
  shipComplete: boolean;
  /** Working days in transit that the customer was promised; null: the cheapest, however slow. */
  promiseDays: number | null;
  notifyCustomer: boolean;
  /** Units that are never offered to this store. */
  stockBuffer: number;
  deadlines: {
    /** Hours that an order waits for its payment before it is cancelled. */
    paymentHours: number;
    /** Hours in the queue for stock before a person is asked. */
    stockHours: number;
    /** Hours that an order which is unpaid or held keeps its stock. */
    reservationHours: number;
    /** Hours on hold before its owner is reminded. */
    heldHours: number;
    /** Days after the hand-over when a parcel that nobody tracks counts as delivered. */
    untrackedDays: number;
  };
  /** How long an outside party is retried before the step parks. Delays double from the first to the last. */
  retries: { attempts: number; firstSeconds: number; lastSeconds: number };
}

export const defaultPolicy: StorePolicy = {
  review: defaultReviewPolicy,
  objective: 'nearest',
  reserve: 'on_payment',
  capture: 'never',
  splitAllowed: true,
  splitCost: 0,
  shipComplete: true,
  promiseDays: null,
  notifyCustomer: true,
  stockBuffer: 0,
  deadlines: {
    paymentHours: 7 * 24,
    stockHours: 14 * 24,
    reservationHours: 24,
    heldHours: 48,
    untrackedDays: 14,
  },
  retries: { attempts: 12, firstSeconds: 1, lastSeconds: 120 },
};

/** What a policy may change by: groups of settings with some of their values. */
export type PolicyChange = Partial<Omit<StorePolicy, 'review' | 'deadlines' | 'retries'>> & {
  review?: Partial<Omit<ReviewPolicy, 'fraud'>> & { fraud?: Partial<ReviewPolicy['fraud']> };
  deadlines?: Partial<StorePolicy['deadlines']>;
  retries?: Partial<StorePolicy['retries']>;
};

/** The default with a store's own values put in. `own` was validated when it was saved. */
export function policyOf(own: Record<string, unknown>): StorePolicy {
  return changePolicy(defaultPolicy, own);
}

/** Each value that is given takes the place of the former; the others stay. */
export function changePolicy(policy: StorePolicy, change: PolicyChange): StorePolicy {
  const { review, deadlines, retries } = policy;
  return {
    ...policy,
    ...change,
    review: { ...review, ...change.review, fraud: { ...review.fraud, ...change.review?.fraud } },
    deadlines: { ...deadlines, ...change.deadlines },
    retries: { ...retries, ...change.retries },
  };
}
