import { isCancellable, type OrderStage } from '../../domain/stages.ts';
import type { OrderAction } from '../../workflows/contracts.ts';

/**
 * What the order's row says a person may do; the workflow has the last word. A held order may be released and
 * approved: which of the two its hold wants, `waitingFor` says.
 */
export function possibleActions(order: {
  stage: OrderStage;
  conditions: readonly string[];
  ended: boolean;
  /** Of open attention. */
  offered: readonly string[];
  /** It waits until a deadline, or keeps its stock until one. */
  waits: boolean;
  /** One of its fulfillments has not left. */
  movable: boolean;
  /** Money was taken and not given back. */
  refundable: boolean;
}): (OrderAction | (string & {}))[] {
  if (order.ended) return [...order.offered, ...(order.refundable ? ['refund'] : [])];
  const has = (condition: string) => order.conditions.includes(condition);
  const actions = new Set<string>(order.offered);
  if (has('cancelling')) return [...actions];
  if (has('held')) actions.add('release').add('approve');
  else if (isCancellable(order.stage)) actions.add('hold');
  if (isCancellable(order.stage)) actions.add('cancel');
  if (isCancellable(order.stage) || order.movable) actions.add('change-address').add('edit-lines');
  if (order.movable) actions.add('reroute');
  if (order.refundable) actions.add('refund');
  if (order.waits) actions.add('extend');
  return [...actions];
}
