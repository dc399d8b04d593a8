/** The rows of the matrix: every call to an outside party, and what becomes of an order when it never works. */
import type { Column, ColumnName } from './faults.ts';

/** On which way of an order the call is made. */
export type Journey =
  | 'shop'
  | 'shop, 30 lines'
  | 'shop, answer lost'
  | 'shop, cancelled'
  | 'shop, moved'
  | 'site'
  | 'site, cancelled'
  | 'lost label'
  | 'unsold label'
  | 'provider'
  | 'provider, cancelled';

export interface Row {
  /** Its name among the sandbox's operations. */
  operation: string;
  journey: Journey;
  /** Where its order stops when it never works; null: the order goes its way without. */
  step: string | null;
  /**
   * What is done although the answer is lost: `found` by the next attempt, so that the order goes on; `once`: however
   * often it is asked for, so that it stops, done once. `reads`: nothing.
   */
  effect: 'reads' | 'found' | 'once';
  /** Calls that are let through first: an earlier step makes the same one. */
  skip?: number;
  /** Where the rule above does not hold: what happens instead when it never works. */
  never?: Partial<Record<Column['kind'] | ColumnName, string | null>>;
}

export const rows: Row[] = [
  { operation: 'shopify.Order', journey: 'shop', step: null, effect: 'reads' },
  { operation: 'shopify.OrderLines', journey: 'shop, 30 lines', step: null, effect: 'reads' },
  {
    operation: 'shopify.FulfillmentOrderLines',
    journey: 'shop, 30 lines',
    step: 'announce',
    effect: 'reads',
  },
  { operation: 'shopify.FulfillmentOrders', journey: 'shop', step: 'announce', effect: 'reads' },
  { operation: 'shopify.Fulfillments', journey: 'shop', step: 'announce', effect: 'reads' },
  { operation: 'shopify.FulfillmentLines', journey: 'shop, answer lost', step: 'announce', effect: 'reads' },
  { operation: 'shopify.CreateFulfillment', journey: 'shop', step: 'announce', effect: 'found' },
  { operation: 'shopify.OrderMoney', journey: 'shop', step: 'reconcile', effect: 'reads' },
  { operation: 'shopify.Fulfillment', journey: 'shop, cancelled', step: 'withdraw', effect: 'reads' },
  { operation: 'shopify.CancelFulfillment', journey: 'shop, cancelled', step: 'withdraw', effect: 'found' },
  { operation: 'shopify.Cancellation', journey: 'shop, cancelled', step: 'cancel-in-store', effect: 'reads' },
  { operation: 'shopify.CancelOrder', journey: 'shop, cancelled', step: 'cancel-in-store', effect: 'found' },
  // The next attempt sees that the order is cancelled, and asks for no job.
  {
    operation: 'shopify.Job',
    journey: 'shop, cancelled',
    step: 'cancel-in-store',
    effect: 'reads',
    never: { before: null, after: null },
  },
  { operation: 'shopify.RefundParent', journey: 'shop, cancelled', step: 'refund', effect: 'reads' },
  { operation: 'shopify.CreateRefund', journey: 'shop, cancelled', step: 'refund', effect: 'found' },
  { operation: 'shopify.UpdateOrder', journey: 'shop, moved', step: 'tell-change', effect: 'once' },
  { operation: 'woocommerce.orders.get', journey: 'site', step: 'announce', effect: 'reads' },
  { operation: 'woocommerce.notes.list', journey: 'site', step: 'announce', effect: 'reads' },
  { operation: 'woocommerce.notes.create', journey: 'site', step: 'announce', effect: 'found' },
  { operation: 'woocommerce.orders.update', journey: 'site', step: 'announce', effect: 'found' },
  { operation: 'woocommerce.refunds.list', journey: 'site', step: 'reconcile', effect: 'reads' },
  { operation: 'woocommerce.refunds.create', journey: 'site, cancelled', step: 'refund', effect: 'found' },
  { operation: 'ups.rate', journey: 'site', step: 'label', effect: 'reads' },
  { operation: 'ups.ship', journey: 'site', step: 'label', effect: 'found' },
  { operation: 'ups.recovery', journey: 'lost label', step: 'label', effect: 'reads' },
  { operation: 'ups.track-reference', journey: 'unsold label', step: 'label', effect: 'reads' },
  // The carrier's word that it was given back already is lost as well.
  { operation: 'ups.void', journey: 'site, cancelled', step: 'void', effect: 'once' },
  {
    operation: 'stripe.payment_intents.retrieve',
    journey: 'provider',
    step: 'capture-payment',
    effect: 'reads',
  },
  { operation: 'stripe.refunds.list', journey: 'provider', step: 'capture-payment', effect: 'reads' },
  { operation: 'stripe.disputes.list', journey: 'provider', step: 'capture-payment', effect: 'reads' },
  {
    operation: 'stripe.payment_intents.capture',
    journey: 'provider',
    step: 'capture-payment',
    effect: 'found',
  },
  { operation: 'stripe.refunds.create', journey: 'provider, cancelled', step: 'refund', effect: 'found' },
];

/** Where the order of a cell stops that never heals; null: nowhere. */
export function stopsAt(row: Row, column: ColumnName, kind: Column['kind']): string | null {
  const exception = row.never?.[column] ?? row.never?.[kind];
  if (exception !== undefined || kind === 'harmless') return exception ?? null;
  return kind === 'after' && row.effect === 'found' ? null : row.step;
}
