import type { Attention } from '../../db/entities/messages.ts';
import type { FulfillmentFacts, ParcelFacts } from '../../db/read/fulfillments.ts';
import type { OrderFacts } from '../../db/read/order.ts';
import type { OrderRow } from '../../db/read/orders.ts';
import { type Condition, conditions, worst } from '../../domain/conditions.ts';
import { toWire } from '../../domain/money.ts';
import type { OrderStage } from '../../domain/stages.ts';
import { shippingSummary } from '../../domain/summaries.ts';
import type { ApiDeps } from '../deps.ts';
import type { WireAttention, WireFulfillment, WireOrder } from '../schemas/orders.ts';
import { possibleActions } from './possible.ts';

/** How rows are shown by the API. */

type Urls = Pick<ApiDeps, 'config' | 'temporalNamespace' | 'carriers'>;

export function workflowUrl(
  { config, temporalNamespace }: Omit<Urls, 'carriers'>,
  workflowId: string,
): string {
  const [namespace, workflow] = [temporalNamespace, workflowId].map(encodeURIComponent);
  return `${config.temporalUiUrl}/namespaces/${namespace}/workflows/${workflow}`;
}

const utc = (time: string | Date) => new Date(time).toISOString();
const utcOrNull = (time: string | Date | null | undefined) => (time ? utc(time) : null);
const known = (present: readonly string[]) => conditions.filter((condition) => present.includes(condition));

export function toSummary(row: OrderRow) {
  const present = known(row.conditions);
  return {
    id: row.id,
    store: row.storeId,
    externalId: row.externalId,
    number: row.number,
    stage: row.stage as OrderStage,
    condition: worst(present),
    conditions: present,
    disposition: row.disposition,
    paymentState: row.paymentState,
    total: toWire({ minor: row.total, currency: row.currency }),
    country: row.country,
    placedAt: utc(row.placedAt),
    waitingFor: row.waitingFor,
    deadline: utcOrNull(row.deadline),
    endedAt: utcOrNull(row.endedAt),
  };
}

export function toWireOrder(
  facts: OrderFacts,
  urls: Urls,
  shown: { contact: boolean; running: WireOrder['why']['running'] },
): WireOrder {
  const { order, snapshot } = facts;
  const present = known(order.conditions as Condition[]);
  const money = (minor: number) => toWire({ minor, currency: order.currency });
  const attention = facts.attention.map(toAttention);
  const contact = shown.contact && !order.erasedAt;
  return {
    id: order.id,
    store: order.storeId,
    externalId: order.externalId,
    number: order.number,
    stage: order.stage as OrderStage,
    condition: worst(present),
    conditions: present,
    disposition: order.disposition,
    recordReason: order.recordReason ?? null,
    paymentState: order.paymentState,
    total: money(order.total),
    country: order.country ?? null,
    placedAt: utc(order.placedAt),
    endedAt: utcOrNull(order.endedAt),
    version: order.version,
    shippingState: shippingState(facts),
    lines: facts.lines.map((line) => ({
      externalId: line.externalId,
      sku: line.sku ?? null,
      title: line.title,
      quantity: line.quantity,
      toShip: line.toShip,
      leftReason: line.leftReason ?? null,
      unitPrice: money(line.unitPrice),
      total: money(line.total),
      tax: money(line.tax),
    })),
    fulfillments: facts.fulfillments.map((each) => toFulfillment(each, attention, urls)),
    attention,
    awaitingStock: facts.awaitedStock,
    why: toWhy(facts, shown.running),
    ...toMoney(facts),
    costOfGoods: facts.costOfGoods.map(toWire),
    erasedAt: utcOrNull(order.erasedAt),
    customer: contact ? { email: snapshot.customer.email, phone: snapshot.customer.phone } : null,
    shippingAddress: contact ? snapshot.shippingAddress : null,
    timeline: facts.timeline.map((entry) => ({ ...entry, at: utc(entry.at) })),
    workflowId: order.workflowId,
    workflowUrl: workflowUrl(urls, order.workflowId),
  };
}

function shippingState({ lines, fulfillments }: OrderFacts): string {
  const toShip = lines.reduce((sum, line) => sum + line.toShip, 0);
  const parts = fulfillments.map((each) => ({
    stage: each.stage as OrderStage,
    quantity: each.lines.reduce((sum, line) => sum + line.quantity, 0),
  }));
  return shippingSummary(toShip, parts);
}

function toWhy(facts: OrderFacts, running: WireOrder['why']['running']): WireOrder['why'] {
  const { order, attention, fulfillments, reservedUntil } = facts;
  const sum = (amounts: { amount: number }[]) => amounts.reduce((total, { amount }) => total + amount, 0);
  const captured = sum(facts.payments.filter(({ kind }) => kind === 'capture'));
  const givenBack = sum(facts.refunds.filter(({ state }) => state === 'done' || state === 'intended'));
  return {
    waitingFor: order.waitingFor ?? null,
    since: utcOrNull(order.waitingSince),
    deadline: utcOrNull(order.deadline),
    reservedUntil: utcOrNull(reservedUntil),
    possible: possibleActions({
      stage: order.stage as OrderStage,
      conditions: order.conditions,
      ended: Boolean(order.endedAt),
      // What stops nothing is answered at the case itself.
      offered: attention.flatMap(({ actions }) => actions.filter((action) => action !== 'resolve')),
      waits: Boolean(order.deadline ?? reservedUntil),
      refundable: order.disposition === 'fulfill' && captured > givenBack,
      movable: fulfillments.some(({ stage }) => stage === 'allocated' || stage === 'labelled'),
    }),
    ...(running && { running }),
  };
}

function toAttention(row: Attention): WireAttention {
  const { id, step, reason, sentence, actions } = row;
  return {
    id,
    fulfillmentId: row.fulfillmentId ?? null,
    step,
    reason,
    sentence,
    lastError: row.lastError ?? null,
    actions,
    openedAt: utc(row.openedAt),
  };
}

function toFulfillment(
  facts: FulfillmentFacts,
  attention: WireAttention[],
  { carriers }: Urls,
): WireFulfillment {
  const { id, warehouse, stage, lines, carrier, service, trackingNumber } = facts;
  const parcels = facts.parcels.map(toParcel);
  const open = attention.find(({ fulfillmentId }) => fulfillmentId === id);
  const page = carrier && trackingNumber ? carriers.find(carrier)?.trackingUrl(trackingNumber) : null;
  return {
    id,
    warehouse,
    stage: stage as OrderStage,
    lines,
    carrier,
    service,
    trackingNumber,
    trackingUrl: page ?? null,
    labelUrl: parcels.find(({ labelUrl }) => labelUrl)?.labelUrl ?? null,
    labelledAt: utcOrNull(facts.labelledAt),
    shipDay: facts.shipDay,
    shippedAt: utcOrNull(facts.shippedAt),
    deliveredAt: utcOrNull(facts.deliveredAt),
    parcels,
    ...(open && { attention: open }),
  };
}

function toParcel(parcel: ParcelFacts): WireFulfillment['parcels'][number] {
  const { id, box, weightGrams, dimensions, items, labelId, cost, currency } = parcel;
  const { carrier, trackingNumber, trackingStatus, trackingError } = parcel;
  return {
    id,
    box,
    weightGrams,
    dimensionsMm: dimensions,
    items,
    carrier,
    trackingNumber,
    trackingStatus,
    trackingError,
    labelUrl: labelId && `/v1/labels/${labelId}`,
    labelCost: cost !== null && currency !== null ? toWire({ minor: cost, currency }) : null,
  };
}

function toMoney({ payments, refunds }: OrderFacts): Pick<WireOrder, 'payments' | 'refunds'> {
  return {
    payments: payments.map(({ provider, externalId, kind, amount, currency, at }) => ({
      provider,
      externalId,
      kind,
      amount: toWire({ minor: amount, currency }),
      at: utc(at),
    })),
    refunds: refunds.map(({ provider, externalId, state, amount, currency, at }) => ({
      provider,
      externalId: externalId ?? null,
      state,
      amount: toWire({ minor: amount, currency }),
      at: utc(at),
    })),
  };
}
