import { DriverException } from '@mikro-orm/core';
import type { Database, Em } from '../db/database.ts';
import * as progress from '../db/bulk/progress.ts';
import { personalStrings, scrub } from '../db/privacy.ts';
import { aftercareWorkflowId } from '../domain/workflow-ids.ts';
import { currentAttempt } from './retry-delay.ts';

/** As the workflows answer a person's Update. */
export type Told = { outcome: 'accepted' } | { outcome: 'refused'; message: string } | { outcome: 'ended' };

export interface BulkDeps {
  orm: Database;
  /** Sends an Update; throws when nobody answered in time. The same id is the same Update. */
  act(workflowId: string, update: string, args: unknown, updateId: string): Promise<Told>;
  ordersPerSecond: number;
}

export interface BulkStep {
  state: progress.BulkState;
  /** How many were begun. */
  begun: number;
}

type Result = { state: progress.BulkOutcome; message: string | null };

/** Attempts of a batch after which an order that gives no answer, while others do, is put behind all others. */
const PATIENCE = 5;
/**
 * The same where nobody answers, after which that is the result: Temporal may well be away for some time, and workflows
 * have much to catch up with when a worker has died. Half a minute lies between two of them.
 */
const LONG_PATIENCE = 40;

/** Does the next orders of a bulk. Each has its result once, however often and by how many processes it runs. */
export async function doNextOrders(deps: BulkDeps, { bulkId }: { bulkId: string }): Promise<BulkStep> {
  const em = deps.orm.em.fork();
  const bulk = await progress.readBulkState(em, bulkId);
  if (bulk?.state === 'stopped') await progress.endBulk(em, bulkId);
  if (bulk?.state !== 'running') return { state: bulk?.state ?? 'stopped', begun: 0 };
  const orders = await progress.nextOrders(em, bulkId, deps.ordersPerSecond);
  if (orders.length === 0) await progress.endBulk(em, bulkId);
  const outcomes = await Promise.allSettled(orders.map((order) => doOrder(deps, bulk, order)));
  const attempt = currentAttempt()?.attempt ?? 1;
  const answered = outcomes.some(({ status }) => status === 'fulfilled');
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.status === 'fulfilled') continue;
    // A database that is away says nothing of the order.
    const ours = outcome.reason instanceof DriverException;
    if (ours || attempt < (answered ? PATIENCE : LONG_PATIENCE)) throw outcome.reason;
    const { position } = orders[index]!;
    const result = await silent(em, bulk, orders[index]!);
    if (answered && result.state === 'failed') await progress.deferOrder(em, bulkId, position);
    else await progress.writeResult(em, bulkId, position, result);
  }
  return { state: (await progress.readBulkState(em, bulkId))!.state, begun: orders.length };
}

/** What becomes of an order whose workflow gave no answer: it may have done it all the same. */
async function silent(em: Em, bulk: progress.BulkRow, order: progress.NextOrder): Promise<Result> {
  const ids = updateIdsOf(bulk, order);
  const applied = await Promise.all(
    ids.map(({ updateId }) => progress.wasApplied(em, order.orderId, updateId)),
  );
  return applied.every(Boolean)
    ? { state: 'done', message: null }
    : { state: 'failed', message: 'Its workflow gave no answer' };
}

/** Retries name what they are for, each with an Update of its own. */
function updateIdsOf(bulk: progress.BulkRow, order: progress.NextOrder) {
  const wishes = bulk.action === 'retry' ? order.attentionIds : [null];
  return wishes.map((attentionId) => ({
    attentionId,
    updateId: attentionId === null ? `bulk/${bulk.id}` : `bulk/${bulk.id}/${attentionId}`,
  }));
}

async function doOrder(deps: BulkDeps, bulk: progress.BulkRow, order: progress.NextOrder): Promise<void> {
  const result = await tellOrder(deps, bulk, order);
  const message = result.message && scrub(result.message, await personalStrings(deps.orm, order.orderId));
  await progress.writeResult(deps.orm.em.fork(), bulk.id, order.position, { ...result, message });
}

async function tellOrder(deps: BulkDeps, bulk: progress.BulkRow, order: progress.NextOrder): Promise<Result> {
  const wishes = updateIdsOf(bulk, order);
  if (wishes.length === 0) return { state: 'refused', message: 'Nothing of the order was parked' };
  const reason = scrub(bulk.reason, await personalStrings(deps.orm, order.orderId));
  const results: Result[] = [];
  for (const { attentionId, updateId } of wishes) {
    const args = { actor: bulk.actor, reason, ...(attentionId !== null && { attentionId }) };
    results.push(await tellOnce(deps, bulk.action, order, args, updateId));
  }
  return results.find(({ state }) => state !== 'done') ?? results[0]!;
}

async function tellOnce(
  deps: BulkDeps,
  action: string,
  order: progress.NextOrder,
  args: unknown,
  updateId: string,
): Promise<Result> {
  const { orderId, ended, stage, workflowId } = order;
  const em = deps.orm.em.fork();
  const done: Result = { state: 'done', message: null };
  if (await progress.wasApplied(em, orderId, updateId)) return done;
  if (order.disposition === 'record') return { state: 'refused', message: 'The order is only recorded' };
  if (ended && action !== 'retry') return { state: 'refused', message: `The order is ${stage}` };
  const told = await deps.act(ended ? aftercareWorkflowId(workflowId) : workflowId, action, args, updateId);
  if (told.outcome === 'accepted') return done;
  // It may have been applied by a run whose answer was lost, and the order gone on since.
  if (await progress.wasApplied(deps.orm.em.fork(), orderId, updateId)) return done;
  if (told.outcome === 'refused') return { state: 'refused', message: told.message };
  if (ended) return { state: 'failed', message: 'Its aftercare does not run now' };
  throw new Error(`The workflow of order ${orderId} does not run: it is resumed soon`);
}

export const createBulkActivities = (deps: BulkDeps) => ({
  doNextOrders: (input: { bulkId: string }) => doNextOrders(deps, input),
});
export type BulkActivities = ReturnType<typeof createBulkActivities>;
