import type { Money } from '../money.ts';

/** A store's thresholds for the review, as plain JSON. null switches a rule off. */
export interface ReviewPolicy {
  /** What lets an order go on: money captured, or an authorization already. */
  payment: 'paid' | 'authorized';
  /** What the shop's fraud verdict leads to. An order that is held can be approved by a person. */
  fraud: { investigate: 'pass' | 'hold'; cancel: 'hold' | 'refuse' };
  /** An order of this total or more needs a person's approval; one in another currency does too. */
  approvalAbove: Money | null;
  /** Units; a line of more is held. */
  maxQuantityPerLine: number | null;
  /** Minor units that each line, and the tax, may be off by when the amounts are added up. */
  roundingPerLine: number;
  /** Minutes; the same customer's same order within them is a possible duplicate. */
  duplicateWithinMinutes: number | null;
  /** What a possible duplicate leads to. In a sale, the same customer does buy the same thing twice. */
  duplicate: 'note' | 'hold';
  /** Days; an order that was placed longer ago is held. */
  holdOlderThanDays: number | null;
}

export const defaultReviewPolicy: ReviewPolicy = {
  payment: 'paid',
  fraud: { investigate: 'hold', cancel: 'hold' },
  approvalAbove: null,
  maxQuantityPerLine: null,
  roundingPerLine: 1,
  duplicateWithinMinutes: 10,
  duplicate: 'note',
  holdOlderThanDays: null,
};
