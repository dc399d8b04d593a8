import { defineSignal, defineUpdate } from '@temporalio/workflow';

/** Names, ids and messages by which everyone else knows the workflows. No personal data in any of them. */

export const orderQueue = 'orderloom';

/** Calls to an outside party wait on a queue of its own, so that one that is slow or limited delays nobody else. */
export const partyQueue = (party: string) => `orderloom-${party}`;

/** By which a request's trace goes on in its order's steps: as in Temporal's other SDKs, so that theirs can join. */
export const traceHeader = '_tracer-data';

export interface OrderInput {
  /** Ours, and known before the order's row is: it follows from the two below. */
  orderId: string;
  storeId: string;
  externalId: string;
  /** Whose `partyQueue` calls to the shop go through. */
  platform: string;
}

/** There is unread mail for this order in the inbox. */
export const mailSignal = defineSignal('mail');

/** The carrier (or a person) says how far a fulfillment's parcels are. */
export interface TrackingMessage {
  fulfillmentId: string;
  stage: 'shipped' | 'delivered';
}
export const trackingSignal = defineSignal<[TrackingMessage]>('tracking');

/** Something became of an order's stock: the queue gave it some, or a loss took it away. */
export interface StockMessage {
  generation: number;
  /** Fulfillments that lost stock and were dissolved: nobody had been asked for a label. */
  lost?: string[];
  /** Fulfillments that lost stock and have their label, or may have it. */
  short?: string[];
}
export const stockSignal = defineSignal<[StockMessage]>('stock');

/** Every message of a person says who and why. `actor` is the API key's name. */
export interface Action {
  actor: string;
  reason: string;
}
export interface RetryAction extends Action {
  /** The attention it answers; left out where only one is open. */
  attentionId?: string;
}
export interface RerouteAction extends Action {
  fulfillmentId: string;
  /** Default: the one that it is in. */
  excludeWarehouse?: string;
}
export interface ExtendAction extends Action {
  /** RFC 3339. */
  until: string;
}
export interface ShipAction extends Action {
  fulfillmentId: string;
  trackingNumber?: string;
  carrier?: string;
}

/** What it is about stays in the database: it may tell who the customer is. */
export interface ChangeAction extends Action {
  changeId: string;
}

export const orderActions = [
  'retry',
  'skip',
  'cancel',
  'hold',
  'release',
  'approve',
  'change-address',
  'edit-lines',
  'reroute',
  'refund',
  'extend',
] as const;
export type OrderAction = (typeof orderActions)[number];

export const retryUpdate = defineUpdate<void, [RetryAction]>('retry');
export const skipUpdate = defineUpdate<void, [RetryAction]>('skip');
export const cancelUpdate = defineUpdate<void, [Action]>('cancel');
export const holdUpdate = defineUpdate<void, [Action]>('hold');
export const releaseUpdate = defineUpdate<void, [Action]>('release');
export const approveUpdate = defineUpdate<void, [Action]>('approve');
export const changeAddressUpdate = defineUpdate<void, [ChangeAction]>('change-address');
export const editLinesUpdate = defineUpdate<void, [ChangeAction]>('edit-lines');
export const refundUpdate = defineUpdate<void, [ChangeAction]>('refund');
export const rerouteUpdate = defineUpdate<void, [RerouteAction]>('reroute');
export const extendUpdate = defineUpdate<void, [ExtendAction]>('extend');
export const shipUpdate = defineUpdate<void, [ShipAction]>('ship');

/**
 * The `type` of the failure by which a validator refuses an Update; its first detail is `Refusal`.
 * A refused Update leaves no trace in the history.
 */
export const NOT_POSSIBLE = 'NotPossible';
export interface Refusal {
  /** What may be done instead, as names of actions. */
  possible: string[];
}

/** A bulk was paused, resumed or stopped: its row says which. */
export const bulkTurnedSignal = defineSignal('turned');
