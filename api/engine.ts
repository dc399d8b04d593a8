import { type Client, WorkflowUpdateFailedError } from '@temporalio/client';
import {
  type ActionOutcome,
  actAfterEnd,
  actOnOrder,
  deliverMail,
  type Standing,
} from '../workflows/client.ts';
import type { OrderInput } from '../workflows/contracts.ts';
import { createTurns } from './turns.ts';

/** An activity that has begun and not ended: what an order is at right now. */
export interface PendingStep {
  step: string;
  attempt: number;
  lastError: string | null;
  /** RFC 3339; null while an attempt runs. */
  nextAttemptAt: string | null;
}

/** The workflows, as the API reaches them. Every call ends within its bound, whatever Temporal does. */
export interface Engine {
  /** Throws `EngineUnavailable` when it could not be told in time; the inbox row is still there. */
  deliver(input: OrderInput, standing: Standing): Promise<void>;
  /** Throws `EngineUnavailable` when neither accepted nor refused in time. */
  act(workflowId: string, update: string, args: unknown, updateId: string): Promise<ActionOutcome>;
  /** The same of an order that has ended, by its aftercare, which is started for it. */
  actAfterEnd(input: OrderInput, update: string, args: unknown, updateId: string): Promise<ActionOutcome>;
  /** null when Temporal did not say in time. */
  pendingSteps(workflowId: string): Promise<PendingStep[] | null>;
  /** Throws `EngineUnavailable`. */
  ping(): Promise<void>;
}

/** Temporal, or a worker where one is needed, did not answer. Repeating under the same id does no harm. */
export class EngineUnavailable extends Error {
  override readonly name = 'EngineUnavailable';
}

/** Milliseconds. */
export const bounds = { deliver: 2_000, act: 5_000, pendingSteps: 300, ping: 1_000 } as const;

/**
 * Updates of one workflow go out one after the other: when many come at once the server takes back tasks that a worker is
 * at, and the worker has been seen to lose what such a workflow waits for.
 */
export function createEngine(client: Client): Engine {
  const inTurn = createTurns();
  const within = <T>(bound: number, call: () => Promise<T>) => bounded(client, bound, call);
  return {
    deliver: (input, standing) => within(bounds.deliver, () => deliverMail(client, input, standing)),
    act: (workflowId, update, args, updateId) =>
      within(bounds.act, () =>
        inTurn(workflowId, () => actOnOrder(client, workflowId, update, args, updateId)),
      ),
    actAfterEnd: (input, update, args, updateId) =>
      within(bounds.act, () =>
        inTurn(input.orderId, () => actAfterEnd(client, input, update, args, updateId)),
      ),
    async pendingSteps(workflowId) {
      try {
        return await within(bounds.pendingSteps, () => describe(client, workflowId));
      } catch (error) {
        if (error instanceof EngineUnavailable) return null;
        throw error;
      }
    },
    ping: () =>
      within(bounds.ping, async () => {
        await client.connection.workflowService.getSystemInfo({});
      }),
  };
}

/**
 * The client's own deadline cancels a call under way, but not its connecting: the timer covers both. An Update
 * that failed inside the workflow is an answer; every other error means that Temporal gave none.
 */
async function bounded<T>(client: Client, milliseconds: number, call: () => Promise<T>): Promise<T> {
  const answer = client.withDeadline(Date.now() + milliseconds, call);
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer in ${milliseconds} ms`)), milliseconds);
  try {
    return await Promise.race([answer, late]);
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) throw error;
    throw new EngineUnavailable('Temporal could not be asked', { cause: error });
  } finally {
    clearTimeout(timer);
    answer.catch(() => undefined); // the loser of the race: its error is of no interest any more
  }
}

async function describe(client: Client, workflowId: string): Promise<PendingStep[]> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  return (raw.pendingActivities ?? []).map((activity) => ({
    step: activity.activityType?.name ?? 'unknown',
    attempt: activity.attempt ?? 1,
    lastError: activity.lastFailure?.message ?? null,
    nextAttemptAt: toTime(activity.nextAttemptScheduleTime),
  }));
}

function toTime(stamp: { seconds?: unknown; nanos?: number | null } | null | undefined): string | null {
  if (!stamp) return null;
  const milliseconds = Number(stamp.seconds ?? 0) * 1000 + Math.floor((stamp.nanos ?? 0) / 1e6);
  return milliseconds > 0 ? new Date(milliseconds).toISOString() : null;
}
