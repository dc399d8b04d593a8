import type { Fault } from '../../../sandbox/faults.ts';
import type { Sold } from '../sell.ts';
import type { Deed, PlannedOrder } from './plan.ts';

/** One order of a run, with what became of its plan. */
export interface Subject {
  plan: PlannedOrder;
  sold: Sold;
  /** As they stood when all was mended, with how often each had struck. */
  faults: Fault[];
  /** What was asked for and accepted. */
  done: Deed[];
}
