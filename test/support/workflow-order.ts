/**
 * One order as the outside of its workflow has it, in memory: what its shop says, what the database would hold,
 * and every call of a step, in order. Each step can be told how its next calls go.
 */
import type { Activities } from '../../activities/activities.ts';
import type { Captured } from '../../activities/capture.ts';
import type { AttentionInput, NoteInput, StandingInput } from '../../activities/lifecycle.ts';
import type { RateDecision } from '../../activities/shipping.ts';
import type { AllocatedFulfillment } from '../../db/stock/allocate.ts';
import { defaultPolicy } from '../../domain/policy.ts';
import type { Reconciliation } from '../../domain/reconcile.ts';
import type { Review } from '../../domain/review.ts';
import { orderWorkflowId } from '../../domain/workflow-ids.ts';
import type { OrderInput } from '../../workflows/contracts.ts';

export type Step = keyof Activities;

/** How a call of a step goes; without one it succeeds. */
export type Turn =
  /** A business refusal with this reason. */
  | { refuse: string }
  /** Fails in a way that is worth another try: the party is down, or the database. */
  | 'fail'
  /** Does nothing and does not answer until `letGo`. */
  | 'hang';

export interface Call {
  step: Step;
  input: Record<string, unknown>;
}

/** The order in its shop. */
export interface Content {
  /** Stands for the address; another one is a change that begins the order anew. */
  address: string;
  toShip: number;
  cancelledInShop: boolean;
  paymentState: string;
}

export interface Purchase {
  fulfillmentId: string;
  state: 'intended' | 'bought' | 'voided' | 'abandoned';
}

export interface FakeChange {
  kind: 'address' | 'lines' | 'refund';
  state: 'proposed' | 'accepted' | 'done' | 'skipped';
  /** Why the books say no. */
  refused?: string;
  address?: string;
  toShip?: number;
  told?: boolean;
  paid?: boolean;
}

export interface FakeOrder {
  readonly input: OrderInput;
  readonly workflowId: string;
  readonly calls: Call[];
  /** The next calls of each step, first one first. */
  readonly turns: Map<Step, Turn[]>;
  /** The steps that go this way until told otherwise. */
  readonly always: Map<Step, Turn>;
  /** Ends of the calls that hang now. */
  readonly hanging: Map<Step, (() => void)[]>;

  /** Every version that the shop wrote, oldest first; none: it never told of the order. */
  readonly versions: Content[];
  /** The version by which an earlier run began each generation. */
  readonly begunBy: Map<number, number>;
  /** What people wish of it, by id. */
  readonly changes: Map<string, FakeChange>;
  /** The newest snapshot is as old as the one before: the shop must be asked. */
  tie: boolean;
  /** Its webhooks leave out what the review needs. */
  incomplete: boolean;
  policy: Captured['policy'];
  moneyParty: string;
  /** What the review says while it does not pass. */
  verdict: Review | null;
  /** Missing of the SKU; 0: all is there. */
  missing: number;
  /** The warehouses that an allocation chooses, and those that it goes to next. */
  warehouses: string[];
  elsewhere: string[];
  /** Units that are to follow: no fulfillment has them yet. */
  toFollow: number;
  /** RFC 3339: nothing leaves before. */
  notBefore: string | null;
  /** The stock of fulfillments that lost it is there again. */
  stockBack: boolean;
  /** What the provider says of the payment. */
  payment: string | null;
  carriers: string[];
  tracked: boolean;
  /** Parcels of these warehouses have left, says their carrier. */
  readonly left: Set<string>;
  money: Reconciliation;
  byHand: string[];

  row: { stage: string; generation: number; ended: boolean; held: boolean };
  readonly buried: Map<number, 'redo' | 'cancel'>;
  /** Generations that hold stock. */
  readonly reserved: Set<number>;
  readonly allocated: Map<number, AllocatedFulfillment[]>;
  readonly rates: Map<string, RateDecision>;
  readonly purchases: Map<string, Purchase>;
  readonly stages: Map<string, 'allocated' | 'labelled' | 'shipped' | 'delivered' | 'cancelled'>;
  /** What the scans of a fulfillment say, whoever was told of it. */
  readonly scanned: Map<string, 'labelled' | 'shipped' | 'delivered'>;
  readonly announced: Set<string>;
  cancelledInStore: boolean;
  refunded: boolean;
  captured: boolean;
  /** Warehouses that are to serve it no more. */
  readonly excluded: string[];
  standing: StandingInput | null;
  readonly attentions: (AttentionInput & { resolution: string | null; resolvedBy: string | null })[];
  readonly notes: NoteInput[];
  endings: { stage: string; detail: string; actor: string }[];
}

/** Quick, so that retries are used up at once; deadlines are the real ones. */
const quick = {
  deadlines: defaultPolicy.deadlines,
  retries: { attempts: 3, firstSeconds: 0.02, lastSeconds: 0.05 },
  reserve: 'on_payment',
  capture: 'never',
} as const;

/** An order that goes all the way unless it is told otherwise. */
export function fakeOrder(name: string, given: Partial<FakeOrder> = {}): FakeOrder {
  const input = { orderId: `id-${name}`, storeId: 'store', externalId: name, platform: 'shopify' };
  return {
    input,
    workflowId: orderWorkflowId(input.storeId, input.externalId),
    calls: [],
    turns: new Map(),
    always: new Map(),
    hanging: new Map(),
    versions: [{ address: 'first', toShip: 2, cancelledInShop: false, paymentState: 'paid' }],
    begunBy: new Map(),
    changes: new Map(),
    tie: false,
    incomplete: false,
    policy: quick,
    moneyParty: 'shopify',
    verdict: null,
    missing: 0,
    warehouses: ['BER'],
    elsewhere: ['MUC'],
    toFollow: 0,
    notBefore: null,
    stockBack: false,
    payment: null,
    carriers: ['ups'],
    tracked: true,
    left: new Set(),
    money: { matched: true },
    byHand: [],
    row: { stage: 'received', generation: 1, ended: false, held: false },
    buried: new Map(),
    reserved: new Set(),
    allocated: new Map(),
    rates: new Map(),
    purchases: new Map(),
    stages: new Map(),
    scanned: new Map(),
    announced: new Set(),
    cancelledInStore: false,
    refunded: false,
    captured: false,
    excluded: [],
    standing: null,
    attentions: [],
    notes: [],
    endings: [],
    ...given,
  };
}

/** The next calls of the step go this way, one after the other; those after them succeed. */
export function tell(order: FakeOrder, step: Step, ...turns: Turn[]): void {
  order.turns.set(step, [...(order.turns.get(step) ?? []), ...turns]);
}

/** Lets all calls of the step that hang go on, however late it is, and those to come. */
export function letGo(order: FakeOrder, step: Step): void {
  order.always.delete(step);
  for (const goOn of order.hanging.get(step) ?? []) goOn();
  order.hanging.delete(step);
}

/** The shop writes a new version. */
export function write(order: FakeOrder, change: Partial<Content>): void {
  order.versions.push({ ...order.versions.at(-1)!, ...change });
}

/** Whom the step calls; null: the database alone. */
export function partyOf(step: Step): 'ups' | 'shopify' | null {
  if (step === 'quote' || step === 'buyLabel' || step === 'voidLabel') return 'ups';
  const shop: Step[] = [
    'fetchOrder',
    'announce',
    'withdraw',
    'reconcile',
    'cancelInStore',
    'refundAll',
    'tellChange',
    'payBack',
    'readPayment',
    'capturePayment',
  ];
  return shop.includes(step) ? 'shopify' : null;
}

const bookkeeping: readonly Step[] = ['setStanding', 'openAttention', 'resolveAttention', 'note'];

/** The calls of steps and undos, in order, without those that only tell where the order stands. */
export const stepsOf = (order: FakeOrder): Step[] =>
  order.calls.map(({ step }) => step).filter((step) => !bookkeeping.includes(step));

/** How often a step was called. */
export const timesOf = (order: FakeOrder, step: Step): number =>
  order.calls.filter((call) => call.step === step).length;

/** What would be left in the database and with the parties, in short. */
export const effectsOf = (order: FakeOrder) => ({
  stage: order.row.stage,
  generation: order.row.generation,
  reserved: [...order.reserved],
  labels: [...order.purchases.values()].map(({ state }) => state),
  fulfillments: [...order.stages.values()],
  announced: order.announced.size,
  cancelledInStore: order.cancelledInStore,
  refunded: order.refunded,
});

export const openAttentions = (order: FakeOrder) =>
  order.attentions.filter(({ resolution }) => resolution === null);
