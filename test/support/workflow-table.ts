/** Every step of an order's workflow and every undo: how an order comes there, and what a failure leads to. */
import type { Activities } from '../../activities/activities.ts';
import type { FakeOrder, Step } from './workflow-order.ts';
import { act, labelled, scan, type Scene } from './workflow-scene.ts';

export interface Row {
  /** Of the row; the step's name where it has one row only. */
  name: string;
  step: Step;
  /** `undo`: the order is cancelled by a person once its store was told of the shipment. */
  way: 'forward' | 'undo';
  /** What the order must be like for the step to be called at all. */
  given?: Partial<FakeOrder>;
  /** Where it parks. null: nobody is asked; `alone` says what happens instead. */
  parks: { step: string; fulfillmentId: string | null; actions: string[] } | null;
  alone?: 'tried-on' | 'done-without';
}

const open = ['retry', 'cancel'];
const only = ['retry'];
/** Where a person may do without it. */
const dispensable = ['retry', 'skip'];
const order = (step: string, actions: string[]) => ({ step, fulfillmentId: null, actions });
const parcel = (step: string, actions: string[]) => ({ step, fulfillmentId: 'BER-1', actions });

const forward = (step: Step, parks: Row['parks'], more: Partial<Row> = {}): Row => ({
  name: step,
  step,
  way: 'forward',
  parks,
  ...more,
});
const undo = (step: Step, parks: Row['parks'], more: Partial<Row> = {}): Row => ({
  ...forward(step, parks, more),
  way: 'undo',
});

export const table: readonly Row[] = [
  // Before it there is no row that could say that a person is needed.
  forward('capture', null, { alone: 'tried-on' }),
  // What the store said last must do.
  forward('fetchOrder', null, { alone: 'done-without', given: { incomplete: true } }),
  forward('review', order('review', open)),
  forward('reserve', order('reserve', open)),
  forward('allocate', order('allocate', open)),
  forward('listCarriers', parcel('label', open)),
  forward('quote', parcel('label', open)),
  forward('chooseService', parcel('label', open)),
  forward('buyLabel', parcel('label', open)),
  forward('announce', parcel('announce', [...open, 'skip'])),
  forward('handOver', parcel('hand-over', open)),
  forward('deliver', parcel('deliver', only)),
  forward('reconcile', order('reconcile', only)),
  forward('end', order('end', only)),
  undo('bury', order('bury', only)),
  undo('voidLabel', parcel('void', only)),
  undo('withdraw', parcel('withdraw', dispensable)),
  undo('release', order('release', only)),
  undo('cancelInStore', order('cancel-in-store', dispensable)),
  undo('refundAll', order('refund', dispensable)),
  undo('end', order('end', only), { name: 'end of a cancel' }),
];

/** The steps of the table's rows; the type fails to compile when one of the activities has no row. */
type Told = 'setStanding' | 'openAttention' | 'resolveAttention' | 'note';
/** Steps of ways that few orders go; each has its cases in detours.test.ts. */
type Detour =
  | 'applyChange'
  | 'tellChange'
  | 'payBack'
  | 'settleChange'
  | 'lookAfter'
  | 'reclaim'
  | 'giveUp'
  | 'goOn'
  | 'move'
  | 'giveBack'
  | 'readPayment'
  | 'capturePayment';
export const steps: Record<Exclude<keyof Activities, Told | Detour>, true> = {
  capture: true,
  fetchOrder: true,
  review: true,
  reserve: true,
  allocate: true,
  listCarriers: true,
  quote: true,
  chooseService: true,
  buyLabel: true,
  announce: true,
  handOver: true,
  deliver: true,
  reconcile: true,
  end: true,
  bury: true,
  voidLabel: true,
  withdraw: true,
  release: true,
  cancelInStore: true,
  refundAll: true,
};

const toLabel: Step[] = ['listCarriers', 'quote', 'chooseService', 'buyLabel'];
const toAnnounced: Step[] = ['capture', 'review', 'reserve', 'allocate', ...toLabel, 'announce'];
const wholeWay: Step[] = [...toAnnounced, 'handOver', 'deliver', 'reconcile', 'end', 'capture'];
const undoing: Step[] = ['bury', 'voidLabel', 'withdraw', 'release', 'cancelInStore', 'refundAll'];

/** The calls of an order on which nothing goes wrong. The last one reads what came while it ended. */
export function callsOf(row: Row): Step[] {
  if (row.way === 'undo') return [...toAnnounced, ...undoing, 'end', 'capture'];
  return row.step === 'fetchOrder' ? ['capture', 'fetchOrder', ...wholeWay] : wholeWay;
}

/** The same when the row's step was called `times` in vain, and then what parked began anew. */
export function callsAround(row: Row, times: number): Step[] {
  const calls = callsOf(row);
  const at = calls.indexOf(row.step);
  const from = toLabel.includes(row.step) && row.parks ? calls.indexOf('listCarriers') : at;
  return [...calls.slice(0, at), ...Array<Step>(times).fill(row.step), ...calls.slice(from)];
}

export const resultOf = ({ way }: Row) => (way === 'undo' ? 'cancelled' : 'closed');

const nothing = { reserved: [], labels: ['voided'], fulfillments: ['cancelled'], announced: 0 };
/** What is left of an order that came to its end, however often it was interrupted. */
export const leftOf = ({ way }: Row) =>
  way === 'undo'
    ? { stage: 'cancelled', generation: 1, ...nothing, cancelledInStore: true, refunded: true }
    : {
        stage: 'closed',
        generation: 1,
        reserved: [],
        labels: ['bought'],
        fulfillments: ['delivered'],
        announced: 1,
        cancelledInStore: false,
        refunded: false,
      };

/** Steps that come only after the parcel was scanned. */
const afterScan: Step[] = ['handOver', 'deliver', 'reconcile', 'end'];

/** Takes an order towards the row's step: what people and carriers do to it until then. */
export async function lead(scene: Scene, row: Row): Promise<void> {
  if (row.way === 'forward' && !afterScan.includes(row.step)) return;
  await labelled(scene);
  if (row.way === 'forward') await scan(scene, 'BER-1', 'delivered');
  else await act(scene, 'cancel');
}

/** Takes it on from the row's step to its end; a cancelled order needs no scan for that. */
export async function finish(scene: Scene, row: Row, cancelled = false): Promise<string> {
  if (!cancelled && row.way === 'forward' && !afterScan.includes(row.step)) {
    await labelled(scene);
    await scan(scene, 'BER-1', 'delivered');
  }
  return (await scene.handle.result()) as string;
}
