import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  currentUpdateInfo,
  patched,
  setHandler,
  uuid4,
} from '@temporalio/workflow';
import { isFurther } from '../domain/stages.ts';
import { record } from './calls.ts';
import { change } from './changes.ts';
import {
  type Action,
  approveUpdate,
  cancelUpdate,
  type ChangeAction,
  changeAddressUpdate,
  editLinesUpdate,
  type ExtendAction,
  extendUpdate,
  holdUpdate,
  mailSignal,
  NOT_POSSIBLE,
  type OrderAction,
  type RetryAction,
  retryUpdate,
  type Refusal,
  refundUpdate,
  releaseUpdate,
  type RerouteAction,
  rerouteUpdate,
  type ShipAction,
  shipUpdate,
  skipUpdate,
  type StockMessage,
  stockSignal,
  trackingSignal,
} from './contracts.ts';
import {
  type Followed,
  interrupt,
  isChangeable,
  isOpen,
  isShipped,
  type Run,
  type UnsettledChange,
} from './run.ts';
import { tellStanding } from './standing.ts';

/** What an order can be told. Signals are facts and can't be refused; Updates are people's wishes and can. */
export function listen(run: Run): void {
  setHandler(mailSignal, () => void run.mail++);
  setHandler(stockSignal, (message) => hearOfStock(run, message));
  setHandler(trackingSignal, ({ fulfillmentId, stage }) => reach(run, fulfillmentId, stage));

  answer(run, 'retry', retryUpdate, resolve('retried'), refuseAmbiguous('retry'));
  answer(run, 'skip', skipUpdate, resolve('skipped'), refuseAmbiguous('skip'));
  answer(run, 'cancel', cancelUpdate, (action) =>
    interrupt(run, { kind: 'cancel', actor: action.actor, reason: action.reason }),
  );
  answer(run, 'hold', holdUpdate, () => {
    run.held = true;
  });
  answer(run, 'release', releaseUpdate, () => {
    run.held = false;
  });
  answer(run, 'approve', approveUpdate, () => {
    run.approved.push(...run.toApprove);
    run.toApprove = [];
  });
  answer<ChangeAction>(run, 'change-address', changeAddressUpdate, changeOf('address'));
  answer<ChangeAction>(run, 'edit-lines', editLinesUpdate, changeOf('lines'));
  answer<ChangeAction>(run, 'refund', refundUpdate, changeOf('refund'));
  answer<RerouteAction>(run, 'reroute', rerouteUpdate, sendElsewhere, refuseReroute);
  answer<ExtendAction>(run, 'extend', extendUpdate, extend, refuseExtend);
  setHandler(shipUpdate, (action: ShipAction) => CancellationScope.nonCancellable(() => ship(run, action)), {
    validator: (action: ShipAction) => refuseShip(run, action),
    description: 'Say that a fulfillment was handed to its carrier',
  });
}

type Reaction<A extends Action> = (action: A, run: Run) => unknown;

function answer<A extends Action>(
  run: Run,
  name: OrderAction,
  update: Parameters<typeof setHandler>[0],
  react: Reaction<A>,
  refuseMore: (run: Run, action: A) => void = () => undefined,
): void {
  // Accepted is accepted, also when the workflow is cancelled in Temporal meanwhile.
  const handler = (action: A) =>
    CancellationScope.nonCancellable(async () => {
      await react(action, run);
      await tell(run, name, action);
      if (!run.interruption) await tellStanding(run);
    });
  const validator = (action: A) => {
    if (!possibleActions(run).includes(name)) refuse(run, whyNot(run, name));
    refuseMore(run, action);
  };
  setHandler(update as typeof cancelUpdate, handler as never, {
    validator: validator as never,
    description: descriptions[name],
  });
}

const descriptions: Record<OrderAction, string> = {
  retry: 'Run the parked step again',
  skip: 'Go on without a parked step',
  cancel: 'Undo what was done and cancel the order',
  hold: 'Stop before the next step',
  release: 'Let a held order go on',
  approve: 'Let an order go on that the review holds',
  'change-address': 'Ship it to another address',
  'edit-lines': 'Ship less of it',
  refund: 'Give money back',
  reroute: 'Ship a fulfillment from elsewhere',
  extend: 'Let it wait longer',
};

/** What a person may do to the order right now. */
export function possibleActions(run: Run): OrderAction[] {
  if (run.ended || !(run.order || run.after)) return [];
  const actions: OrderAction[] = [];
  if (run.attentions.size > 0) actions.push('retry');
  if (skippable(run).length > 0) actions.push('skip');
  if (run.unwinding || run.interruption) return actions;
  if (isOpen(run)) actions.push('cancel');
  if (run.held) actions.push('release');
  else if (isOpen(run)) actions.push('hold');
  if (run.toApprove.length > 0) actions.push('approve');
  if (isChangeable(run)) actions.push('change-address', 'edit-lines');
  if (!run.closing || run.after) actions.push('refund');
  if (run.fulfillments.some((one) => mayMove(run, one))) actions.push('reroute');
  if (deadlinesOf(run).length > 0) actions.push('extend');
  return actions;
}

function whyNot(run: Run, name: OrderAction): string {
  if (run.ended) return `The order is ${run.stage}: nothing can be done to it here any more`;
  if (!run.order) return 'The order has no content yet';
  if (run.interruption || run.unwinding) return `The order is being undone: ${name} is not possible now`;
  if (name === 'retry') return 'Nothing of the order is parked, so there is nothing to retry';
  if (name === 'skip') return 'Nothing is parked that can be done without';
  if (name === 'approve') return 'The review does not hold the order';
  if (name === 'release') return 'Nobody put the order on hold';
  if (name === 'extend') return 'Nothing of the order waits for a deadline';
  if (name === 'reroute') return 'No fulfillment of the order can go elsewhere (any more)';
  if (name === 'hold' && run.held) return 'The order is on hold already';
  if (run.closing) return `The order is being closed: ${name} is not possible any more`;
  if (name === 'change-address' || name === 'edit-lines')
    return run.order.nothingToShip
      ? 'Nothing of the order is to be shipped'
      : 'All of it has left: intercept it, or take it back';
  return `A parcel has left: to ${name} is too late, intercept it or take it back`;
}

function refuse(run: Run, message: string): never {
  throw ApplicationFailure.nonRetryable(message, NOT_POSSIBLE, {
    possible: possibleActions(run),
  } satisfies Refusal);
}

const skippable = (run: Run): string[] =>
  [...run.attentions].filter(([, { actions }]) => actions.includes('skip')).map(([id]) => id);

const answerable = (run: Run, name: 'retry' | 'skip'): string[] =>
  name === 'skip' ? skippable(run) : [...run.attentions.keys()];

const refuseAmbiguous =
  (name: 'retry' | 'skip') =>
  (run: Run, { attentionId }: RetryAction): void => {
    const open = answerable(run, name);
    if (attentionId && !run.attentions.has(attentionId)) refuse(run, `No attention ${attentionId} is open`);
    if (attentionId && !open.includes(attentionId)) refuse(run, 'That step can not be done without');
    if (!attentionId && open.length > 1)
      refuse(run, `Several steps are parked; name one by attentionId: ${open.join(', ')}`);
  };

const changeOf =
  (kind: UnsettledChange['kind']) =>
  (action: ChangeAction, run: Run): Promise<void> =>
    change(run, kind, action, () => possibleActions(run));

/** Of an earlier generation only what has its label, and may have left, is still of use. */
function hearOfStock(run: Run, { generation, lost = [], short = [] }: StockMessage): void {
  if (generation !== run.generation) {
    const known = short.filter((id) => run.fulfillments.some((one) => one.id === id));
    if (known.length > 0 && patched('stock-of-what-left')) for (const id of known) run.short.add(id);
    return;
  }
  for (const id of lost) {
    run.lost.add(id);
    run.fulfillments.find((one) => one.id === id)?.scope?.cancel();
  }
  for (const id of short) run.short.add(id);
  run.stockNews++;
}

const mayMove = (run: Run, one: Followed): boolean =>
  !isShipped(one) && one.reroute === null && one.scope !== null && !run.lost.has(one.id);

function refuseReroute(run: Run, { fulfillmentId }: RerouteAction): void {
  const fulfillment = run.fulfillments.find(({ id }) => id === fulfillmentId);
  if (!fulfillment) refuse(run, `The order has no live fulfillment ${fulfillmentId}`);
  if (isShipped(fulfillment)) refuse(run, 'It has left: intercept it, or take it back');
  if (!mayMove(run, fulfillment)) refuse(run, 'It is on its way elsewhere already');
}

/** Its scope is cancelled when the Update has been answered for: what follows it goes on by itself. */
function sendElsewhere({ fulfillmentId, excludeWarehouse, actor, reason }: RerouteAction, run: Run): void {
  const fulfillment = run.fulfillments.find(({ id }) => id === fulfillmentId)!;
  const exclude = [excludeWarehouse ?? fulfillment.warehouse];
  fulfillment.reroute = { actor, reason, exclude };
  fulfillment.scope!.cancel();
}

const deadlinesOf = (run: Run): string[] => [
  ...[...run.waits].flatMap(({ deadline }) => deadline ?? []),
  ...[...run.keeping].map((one) => one.until),
];

function refuseExtend(run: Run, { until }: ExtendAction): void {
  const [first] = deadlinesOf(run).sort();
  if (first !== undefined && Date.parse(until) <= Date.parse(first))
    refuse(run, `It waits until ${first} already`);
}

/** Every deadline that ends earlier ends then. */
function extend({ until }: ExtendAction, run: Run): void {
  const later = (deadline: string) => (Date.parse(deadline) < Date.parse(until) ? until : deadline);
  for (const wait of run.waits) if (wait.deadline !== null) wait.deadline = later(wait.deadline);
  for (const one of run.keeping) one.until = later(one.until);
}

const resolve =
  (resolution: 'retried' | 'skipped') =>
  async (action: RetryAction, run: Run): Promise<void> => {
    const id = action.attentionId ?? answerable(run, resolution === 'skipped' ? 'skip' : 'retry')[0]!;
    run.attentions.get(id)!.skipped = resolution === 'skipped';
    run.attentions.delete(id);
    const { orderId } = run.input;
    const resolved = { orderId, attentionIds: [id], resolution, actor: action.actor };
    await record('resolveAttention', resolved, `${action.actor} answered`);
  };

async function tell(run: Run, what: string, action: Action): Promise<void> {
  const { orderId } = run.input;
  const { actor, reason } = action;
  const key = `update/${orderId}/${currentUpdateInfo()?.id ?? uuid4()}`;
  await record('note', { orderId, key, actor, what, detail: reason }, `${actor}: ${what}`);
}

/** Called for news of a fulfillment, whoever brings it; news never goes back. */
export function reach(run: Run, fulfillmentId: string, stage: Followed['reached']): void {
  const fulfillment = run.fulfillments.find(({ id }) => id === fulfillmentId);
  if (fulfillment && isFurther(stage, fulfillment.reached)) fulfillment.reached = stage;
}

function refuseShip(run: Run, { fulfillmentId }: ShipAction): void {
  const fulfillment = run.fulfillments.find(({ id }) => id === fulfillmentId);
  if (!fulfillment) refuse(run, `The order has no live fulfillment ${fulfillmentId}`);
  if (isShipped(fulfillment) || fulfillment.handOver) refuse(run, 'It was handed over already');
  if (fulfillment.reroute) refuse(run, 'It is on its way elsewhere');
  if (run.short.has(fulfillmentId)) refuse(run, 'Its stock is not there any more');
  if (fulfillment.stage !== 'labelled') refuse(run, `It is ${fulfillment.stage}: it has no label yet`);
  if (run.interruption || run.unwinding) refuse(run, 'The order is being undone');
  if (run.held) refuse(run, 'The order is on hold: release it first');
}

async function ship(run: Run, action: ShipAction): Promise<void> {
  const { actor, reason, trackingNumber, carrier, fulfillmentId } = action;
  const fulfillment = run.fulfillments.find(({ id }) => id === fulfillmentId)!;
  fulfillment.handOver = { actor, reason, trackingNumber, carrier };
  reach(run, fulfillmentId, 'shipped');
  await tell(run, 'hand_over', action);
  // A task that Temporal lost may have told what its repeat, with the Updates in another order, did not do.
  if (!run.interruption) await tellStanding(run);
}

/** Before the workflow returns, so that no accepted Update is left without its answer. */
export const allAnswered = () => condition(allHandlersFinished);
