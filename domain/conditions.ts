/**
 * Why an order is not moving: a set beside the stage, of which the worst is shown. The order of the names is
 * the ranking, worst first: an unwinding under way decides everything else; then what only a person can solve
 * (an error before a decision); then what solves itself or by the customer, payment before stock, since an
 * unpaid order waits for no stock.
 */
export const conditions = [
  'cancelling',
  'needs_attention',
  'held',
  'awaiting_payment',
  'awaiting_stock',
] as const;
export type Condition = (typeof conditions)[number];

/** For people: a short name, and what it means for them. */
export const conditionWording: Readonly<Record<Condition, { title: string; sentence: string }>> = {
  cancelling: {
    title: 'Cancelling',
    sentence: 'The order is being cancelled; what was done for it is being undone.',
  },
  needs_attention: {
    title: 'Needs attention',
    sentence: 'A step failed or was refused; a person must decide how it goes on.',
  },
  held: {
    title: 'Held',
    sentence: 'The order is on hold until a person releases, approves or cancels it.',
  },
  awaiting_payment: {
    title: 'Awaiting payment',
    sentence: 'The store has not confirmed the payment yet; unpaid by the deadline, the order is cancelled.',
  },
  awaiting_stock: {
    title: 'Awaiting stock',
    sentence: 'Not everything is in stock; the order is in the queue for the next receipt.',
  },
};

/** The one that is shown, or 'none'. */
export function worst(present: Iterable<Condition>): Condition | 'none' {
  const set = new Set(present);
  return conditions.find((condition) => set.has(condition)) ?? 'none';
}
