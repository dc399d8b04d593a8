import { type CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { Captured } from '../activities/capture.ts';
import type { Activities } from '../activities/activities.ts';
import type { Condition } from '../domain/conditions.ts';
import type { FindingCode } from '../domain/review/findings.ts';
import { isFurther, type OrderStage } from '../domain/stages.ts';
import type { OrderInput } from './contracts.ts';

type AllocatedFulfillment = Awaited<ReturnType<Activities['allocate']>>['fulfillments'][number];

/** A fulfillment as the workflow follows it. */
export interface Followed extends AllocatedFulfillment {
  /** The last that the carrier or a person said; the steps catch up with it. */
  reached: 'labelled' | 'shipped' | 'delivered';
  /** The store knows of it. */
  announced: boolean;
  /** Said at the hand-over by a person. */
  handOver: { actor: string; reason: string; trackingNumber?: string; carrier?: string } | null;
  /** The scope of its way; null before it is begun. */
  scope: CancellationScope | null;
  /** A person wants it sent from elsewhere. */
  reroute: { actor: string; reason: string; exclude: string[] } | null;
}

export function toFollow(one: AllocatedFulfillment): Followed {
  const byStage = one.stage === 'allocated' ? 'labelled' : one.stage;
  return {
    ...one,
    reached: one.reached && isFurther(one.reached, byStage) ? one.reached : byStage,
    announced: false,
    handOver: null,
    scope: null,
    reroute: null,
  };
}

/** Something that only a message or time can end. */
export interface Wait {
  condition: Condition;
  text: string;
  deadline: string | null;
}

/** A change by a person here that is still to be told or paid. */
export type UnsettledChange = Captured['unsettled'][number];

export interface OpenAttention {
  step: string;
  fulfillmentId: string | null;
  sentence: string;
  actions: string[];
  /** A person answered that they do it, or do without it. */
  skipped?: boolean;
}

export interface Interruption {
  kind: 'cancel' | 'redo';
  actor: string;
  reason: string;
}

/** All that one order's workflow knows. Handlers write it, the way reads it. */
export interface Run {
  readonly input: OrderInput;
  /** Set once the order's content is known. */
  order: Captured | null;
  generation: number;
  stage: OrderStage;
  /** Signals of unread mail since it was last read. */
  mail: number;
  /** How often something became of its stock. */
  stockNews: number;
  /** It has claimed stock, or waits for it in the queue. */
  holdsStock: boolean;
  /** RFC 3339: until when it keeps that, for each that waits for a payment or a person. */
  readonly keeping: Set<{ until: string }>;
  /** Fulfillments that were dissolved, and those that have their label and lost stock. */
  readonly lost: Set<string>;
  readonly short: Set<string>;
  held: boolean;
  /** Findings that a person must approve before the order goes on. */
  toApprove: FindingCode[];
  approved: FindingCode[];
  fulfillments: Followed[];
  readonly waits: Set<Wait>;
  readonly attentions: Map<string, OpenAttention>;
  /** The first is under way. */
  unsettled: UnsettledChange[];
  /** Who changed the content that is read next, where that was nobody in the store. */
  editor: Pick<Interruption, 'actor' | 'reason'> | null;
  /** What ended the present way, or is to end it. */
  interruption: Interruption | null;
  /** The scope of the present way. */
  way: CancellationScope | null;
  /** What was done for the order is being undone. */
  unwinding: boolean;
  /** All is done but its last word: too late for anything else. */
  closing: boolean;
  ended: boolean;
  /** It cares for an order that had ended before. */
  after: boolean;
  /** Calls that tell the store of shipments, one after the other. */
  announcing: Promise<unknown>;
  /** Writes of the order's standing, one after the other. */
  standing: Promise<void>;
}

export function createRun(input: OrderInput): Run {
  return {
    input,
    order: null,
    generation: 1,
    stage: 'received',
    // One that was only recorded, and is to be fulfilled after all, reads on where the run before it stopped.
    mail: workflowInfo().continuedFromExecutionRunId === undefined ? 0 : 1,
    stockNews: 0,
    holdsStock: false,
    keeping: new Set(),
    lost: new Set(),
    short: new Set(),
    held: false,
    toApprove: [],
    approved: [],
    fulfillments: [],
    waits: new Set(),
    attentions: new Map(),
    unsettled: [],
    editor: null,
    interruption: null,
    way: null,
    unwinding: false,
    closing: false,
    ended: false,
    after: false,
    announcing: Promise.resolve(),
    standing: Promise.resolve(),
  };
}

/** When it gives its stock back, since it is unpaid or held; null while it goes on. */
export const reservedUntil = (run: Run): string | null =>
  [...run.keeping].map(({ until }) => until).sort()[0] ?? null;

/** Ends the present way; what it did is then undone. A cancel outranks a redo, never the reverse. */
export function interrupt(run: Run, interruption: Interruption): void {
  if (run.closing || run.interruption?.kind === 'cancel') return;
  run.interruption = interruption;
  run.way?.cancel();
}

export const isShipped = (fulfillment: Followed): boolean =>
  fulfillment.stage === 'shipped' || fulfillment.stage === 'delivered';

/** Something of it has not left yet: where that goes and how much it is can be changed. */
export const isChangeable = (run: Run): boolean =>
  !run.closing &&
  !(run.order?.nothingToShip ?? true) &&
  (run.fulfillments.length === 0 || run.fulfillments.some((one) => !isShipped(one)));

/** Nothing of it has left: it can be cancelled. */
export const isOpen = (run: Run): boolean =>
  !run.closing && !run.fulfillments.some(isShipped) && !isFurther(run.stage, 'labelled');
