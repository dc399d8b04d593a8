import { isFurther, type OrderStage } from './stages.ts';
import type { PaymentFact, RefundFact } from './order.ts';

/** Derived whenever it is asked for, and never stored. */
export type ShippingSummary =
  'nothing_to_ship' | 'unshipped' | 'partially_shipped' | 'shipped' | 'partially_delivered' | 'delivered';

export interface ShippedPart {
  stage: OrderStage;
  /** Units. */
  quantity: number;
  /** It came back or was never delivered; a closed part counts as delivered otherwise. */
  undelivered?: boolean;
}

/** How much of the `toShip` units is on its way or there. Cancelled parts do not count. */
export function shippingSummary(toShip: number, parts: readonly ShippedPart[]): ShippingSummary {
  const live = parts.filter(({ stage }) => stage !== 'cancelled');
  const units = (some: readonly ShippedPart[]) => some.reduce((sum, { quantity }) => sum + quantity, 0);
  const shipped = units(live.filter(({ stage }) => isFurther(stage, 'labelled')));
  const delivered = units(live.filter((part) => isFurther(part.stage, 'shipped') && !part.undelivered));
  if (toShip === 0) return 'nothing_to_ship';
  if (delivered >= toShip) return 'delivered';
  if (shipped >= toShip) return delivered > 0 ? 'partially_delivered' : 'shipped';
  return shipped > 0 ? 'partially_shipped' : 'unshipped';
}

export type PaymentSummary =
  'nothing_due' | 'unpaid' | 'authorized' | 'partially_paid' | 'paid' | 'partially_refunded' | 'refunded';

/** Minor units of `currency`; facts in another currency are reconciliation's business and do not count here. */
export function paymentSummary(order: {
  total: number;
  currency: string;
  payments: readonly PaymentFact[];
  refunds: readonly RefundFact[];
}): PaymentSummary {
  const { authorized, captured, refunded } = sumFacts(order);
  if (captured > 0 && refunded >= captured) return 'refunded';
  if (captured > 0 && refunded > 0) return 'partially_refunded';
  if (order.total === 0 && captured === 0) return 'nothing_due';
  if (captured >= order.total) return 'paid';
  if (captured > 0) return 'partially_paid';
  return authorized > 0 ? 'authorized' : 'unpaid';
}

/** Sums in minor units of one currency. An authorization that was captured counts under both. */
export function sumFacts(facts: {
  currency: string;
  payments: readonly PaymentFact[];
  refunds: readonly RefundFact[];
}): { authorized: number; captured: number; refunded: number } {
  const sum = (some: readonly { amount: number; currency: string }[]) =>
    some.filter((fact) => fact.currency === facts.currency).reduce((total, fact) => total + fact.amount, 0);
  return {
    authorized: sum(facts.payments.filter(({ kind }) => kind === 'authorization')),
    captured: sum(facts.payments.filter(({ kind }) => kind === 'capture')),
    refunded: sum(facts.refunds),
  };
}
