/**
 * What tests of the workflows do to an order, and how they wait for it. Waiting is always for a condition on what
 * the fakes were asked, so no test depends on how fast it went.
 */
import { setTimeout as pause } from 'node:timers/promises';
import {
  ApplicationFailure,
  type Client,
  type WorkflowHandle,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import {
  type Action,
  mailSignal,
  NOT_POSSIBLE,
  type OrderAction,
  orderQueue,
  type Refusal,
  stockSignal,
  trackingSignal,
} from '../../workflows/contracts.ts';
import { type FakeOrder, fakeOrder, openAttentions, type Step } from './workflow-order.ts';

/** An order whose workflow runs. */
export interface Scene extends FakeOrder {
  handle: WorkflowHandle;
}

/** Starts the workflow of a new order with its first mail. Names are unique per server. */
export async function start(
  client: Client,
  orders: Map<string, FakeOrder>,
  name: string,
  given: Partial<FakeOrder> = {},
): Promise<Scene> {
  const order = fakeOrder(name, given);
  orders.set(order.input.orderId, order);
  await mail(client, order);
  return Object.assign(order, { handle: client.workflow.getHandle(order.workflowId) });
}

export async function mail(client: Client, order: FakeOrder): Promise<void> {
  await client.workflow.signalWithStart('order', {
    taskQueue: orderQueue,
    workflowId: order.workflowId,
    args: [order.input],
    signal: mailSignal,
  });
}

/** A call to an outside party is given up 45 seconds after its worker was killed. */
const patience = 100_000;

/** Waits until it is so. `what` is said when it never is. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const end = Date.now() + patience;
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`Waited in vain: ${what}`);
    await pause(15);
  }
}

export const hangs = (order: FakeOrder, step: Step) =>
  until(`${step} of ${order.input.externalId} to hang`, () => order.hanging.has(step));

/** Until a person is asked, this many times in all that are open. */
export const parked = (order: FakeOrder, open = 1) =>
  until(
    `${order.input.externalId} to be parked`,
    () =>
      openAttentions(order).length === open &&
      order.standing?.conditions.includes('needs_attention') === true,
  );

export const shows = (order: FakeOrder, condition: string) =>
  until(
    `${order.input.externalId} to be ${condition}`,
    () => (order.standing?.conditions as string[] | undefined)?.includes(condition) === true,
  );

/** Until every fulfillment has its label and the store was told. */
export async function labelled(order: Scene): Promise<void> {
  await until(
    `${order.input.externalId} to be labelled and announced`,
    () => order.announced.size > 0 && order.announced.size === liveOf(order).length,
  );
  await settled(order);
}

/** The numbers of these events in Temporal's API. */
const TASK_SCHEDULED = 5;
const TASK_COMPLETED = 7;

/**
 * Until nothing is under way and the workflow only waits. The time-skipping server loses an Update that comes at
 * the moment at which an activity's answer does.
 */
export async function settled({ handle, input }: Scene): Promise<void> {
  const end = Date.now() + patience;
  for (;;) {
    const { raw } = await handle.describe();
    const { events } = await handle.fetchHistory();
    const lastOf = (type: number) => (events ?? []).findLastIndex(({ eventType }) => eventType === type);
    const idle = lastOf(TASK_COMPLETED) > lastOf(TASK_SCHEDULED);
    if (idle && (raw.pendingActivities ?? []).length === 0) return;
    if (Date.now() > end) throw new Error(`Waited in vain: ${input.externalId} to settle`);
    await pause(20);
  }
}

const liveOf = (order: FakeOrder) => [...order.stages].filter(([, stage]) => stage !== 'cancelled');

export const scan = (order: Scene, fulfillmentId: string, stage: 'shipped' | 'delivered') =>
  order.handle.signal(trackingSignal, { fulfillmentId, stage });

export const stockCame = (order: Scene, generation: number) =>
  order.handle.signal(stockSignal, { generation });

const TASK_STARTED = 6;
const CANCEL_REQUESTED = 20;

/** Until the workflow knows that it was cancelled in Temporal. */
export async function heardOfCancel({ handle, input }: Scene): Promise<void> {
  await history({ handle, input }, 'hear of its cancel', (types) => {
    const asked = types.indexOf(CANCEL_REQUESTED);
    return asked >= 0 && types.includes(TASK_STARTED, asked);
  });
}

async function history(
  { handle, input }: Pick<Scene, 'handle' | 'input'>,
  what: string,
  isSo: (eventTypes: number[]) => boolean,
): Promise<void> {
  const end = Date.now() + patience;
  for (;;) {
    const { events } = await handle.fetchHistory();
    if (isSo((events ?? []).map(({ eventType }) => eventType as number))) return;
    if (Date.now() > end) throw new Error(`Waited in vain: ${input.externalId} to ${what}`);
    await pause(50);
  }
}

const someone: Action = { actor: 'ops', reason: 'as agreed' };

/** Sends a person's Update, and waits for its answer. */
export async function act(
  order: Scene,
  action: OrderAction | 'ship',
  given: Record<string, unknown> = {},
): Promise<void> {
  await order.handle.executeUpdate(action, { args: [{ ...someone, ...given }] });
}

/** The words and the offers of a refusal; fails when the Update was accepted. */
export async function refusalOf(
  order: Scene,
  action: OrderAction | 'ship',
  given: Record<string, unknown> = {},
): Promise<{ message: string; possible: string[] }> {
  try {
    await act(order, action, given);
  } catch (error) {
    const cause = error instanceof WorkflowUpdateFailedError ? error.cause : null;
    if (!(cause instanceof ApplicationFailure) || cause.type !== NOT_POSSIBLE) throw error;
    const [refusal] = (cause.details ?? []) as Refusal[];
    return { message: cause.message, possible: refusal!.possible };
  }
  throw new Error(`${action} was accepted`);
}

/** Delivers all that is labelled and waits for the workflow's last word. */
export async function deliverAll(order: Scene): Promise<string> {
  await labelled(order);
  for (const [id, stage] of liveOf(order)) if (stage === 'labelled') await scan(order, id, 'delivered');
  return (await order.handle.result()) as string;
}
