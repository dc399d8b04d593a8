import { Gauge, Registry } from 'prom-client';
import type { Backlog } from '../../db/read/backlog.ts';

/** What the database knows, as metrics. null: it did not answer, and an old number would look like a new one. */
export function backlogMetrics(backlog: Backlog | null): Registry {
  const registry = new Registry();
  const gauge = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name: `orderloom_${name}`, help, labelNames, registers: [registry] });

  gauge('database_up', 'Whether the database answered for these numbers').set(backlog ? 1 : 0);
  if (!backlog) return registry;
  const { orders, inbox, attention } = backlog;
  const open = gauge('orders_open', 'Orders that have not ended', 'stage', 'condition');
  const unmoved = gauge(
    'order_oldest_unmoved_seconds',
    'How long the open order that has stood still for the longest has done so',
    ...['stage', 'condition'],
  );
  for (const { stage, condition, count, oldestSeconds } of orders) {
    open.set({ stage, condition }, count);
    unmoved.set({ stage, condition }, oldestSeconds);
  }
  const events = gauge('inbox_events', 'Events from outside that are not applied yet', 'state');
  for (const state of ['received', 'delivered'] as const)
    events.set({ state }, inbox.find((one) => one.state === state)?.count ?? 0);
  const messages = gauge('outbox_messages', 'Messages to workflows that are not delivered yet');
  messages.set(backlog.outbox);
  gauge('inbox_oldest_seconds', 'Age of the oldest event that is not applied yet').set(
    backlog.inboxOldestSeconds,
  );
  gauge('outbox_oldest_seconds', 'Age of the oldest message that is not delivered yet').set(
    backlog.outboxOldestSeconds,
  );
  const cases = gauge('attention_open', 'Cases that wait for a person', 'step', 'reason');
  for (const { step, reason, count } of attention) cases.set({ step, reason }, count);
  addConnections(gauge, backlog);
  addProof(gauge, backlog);
  return registry;
}

type NewGauge = (name: string, help: string, ...labelNames: string[]) => Gauge;

function addConnections(gauge: NewGauge, { stores, unread }: Backlog): void {
  const failing = gauge('stores_failing', 'Stores with which it did not work the last time', 'work');
  failing.set({ work: 'backfill' }, stores.backfill);
  failing.set({ work: 'stock-push' }, stores.stockPush);
  const parcels = gauge('parcels_unread', 'Parcels that their carrier could not be asked about', 'carrier');
  for (const { carrier, count } of unread) parcels.set({ carrier }, count);
}

function addProof(gauge: NewGauge, backlog: Backlog): void {
  const differences = gauge(
    'stock_differences_open',
    'Rows of stock that are not the sum of what they stand for',
  );
  differences.set(backlog.stockDifferences);
  const age = gauge('stock_proof_age_seconds', 'Time since every number of stock was proven');
  // Never yet: older than any limit.
  age.set(backlog.proofSeconds ?? Infinity);
}
