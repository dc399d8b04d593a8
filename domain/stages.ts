/**
 * How far an order or a fulfillment is. The order of the names is the way; `closed` and `cancelled` end it.
 *
 * An order that is only recorded (see eligibility.ts) is `closed` with the disposition `record`. There is no
 * `cancelled` after `shipped`: what has left is intercepted or returned, and ends as `closed`.
 */
export const orderStages = [
  'received',
  'reviewed',
  'reserved',
  'allocated',
  'labelled',
  'shipped',
  'delivered',
  'closed',
  'cancelled',
] as const;
export type OrderStage = (typeof orderStages)[number];

/**
 * `forward`: the next step was done. `redo`: an edit, a reroute, a voided label or stock that was not there
 * undid later work. `record`: an order that is not fulfilled here. `undelivered`: it came back, was
 * intercepted, or its tracking ended without a delivery. `cancel`: everything before the hand-over was undone.
 */
export type Move = 'forward' | 'redo' | 'record' | 'undelivered' | 'cancel';

const transitions: Readonly<Record<OrderStage, Readonly<Partial<Record<OrderStage, Move>>>>> = {
  received: { reviewed: 'forward', closed: 'record', cancelled: 'cancel' },
  reviewed: { received: 'redo', reserved: 'forward', cancelled: 'cancel' },
  reserved: { received: 'redo', reviewed: 'redo', allocated: 'forward', cancelled: 'cancel' },
  allocated: {
    received: 'redo',
    reviewed: 'redo',
    reserved: 'redo',
    labelled: 'forward',
    cancelled: 'cancel',
  },
  labelled: {
    received: 'redo',
    reviewed: 'redo',
    reserved: 'redo',
    allocated: 'redo',
    shipped: 'forward',
    cancelled: 'cancel',
  },
  shipped: { delivered: 'forward', closed: 'undelivered' },
  delivered: { closed: 'forward' },
  closed: {},
  cancelled: {},
};

/** The stage can't move there. */
export class IllegalMove extends Error {
  override readonly name = 'IllegalMove';
  readonly from: OrderStage;
  readonly to: OrderStage;

  constructor(from: OrderStage, to: OrderStage) {
    const possible = nextStages(from);
    super(
      `${from} can't become ${to}; possible: ${possible.length ? possible.join(', ') : 'nothing, it is final'}`,
    );
    this.from = from;
    this.to = to;
  }
}

/** What kind of move leads from one stage to the other, or null where none does (staying is no move). */
export function moveBetween(from: OrderStage, to: OrderStage): Move | null {
  return transitions[from][to] ?? null;
}

/** The stages that one move leads to, in the order of the way. */
export function nextStages(from: OrderStage): OrderStage[] {
  return orderStages.filter((to) => moveBetween(from, to) !== null);
}

/** Returns `to`, or throws `IllegalMove`. */
export function advance(from: OrderStage, to: OrderStage): OrderStage {
  if (moveBetween(from, to) === null) throw new IllegalMove(from, to);
  return to;
}

/** Nothing follows. */
export function isFinal(stage: OrderStage): boolean {
  return nextStages(stage).length === 0;
}

/** Before the hand-over. After it: intercept or return. */
export function isCancellable(stage: OrderStage): boolean {
  return moveBetween(stage, 'cancelled') !== null;
}

/** Whether the first stage is further on the way than the second. */
export function isFurther(stage: OrderStage, than: OrderStage): boolean {
  return orderStages.indexOf(stage) > orderStages.indexOf(than);
}

/**
 * The order's stage from those of its fulfillments: the least advanced of the live ones; `cancelled` when all
 * are. null where there are none yet: the order's own stage stands.
 */
export function leastAdvanced(stages: readonly OrderStage[]): OrderStage | null {
  return orderStages.find((stage) => stages.includes(stage)) ?? null;
}
