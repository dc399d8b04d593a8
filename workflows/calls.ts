import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  sleep,
} from '@temporalio/workflow';
import type { Activities } from '../activities/activities.ts';
import type { StorePolicy } from '../domain/policy.ts';
import { partyQueue } from './contracts.ts';

/** How the workflows call their steps. */

type Step = keyof Activities;
type Input<S extends Step> = Parameters<Activities[S]>[0];
type Output<S extends Step> = Awaited<ReturnType<Activities[S]>>;

/** Of a call that a cancel meets under way. `wait`: its outcome can't be told or undone afterwards, so it is let end. */
type WhenCancelled = 'abandon' | 'wait';
const cancellationTypes = {
  abandon: ActivityCancellationType.TRY_CANCEL,
  wait: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
};

/**
 * A step that touches the database alone: a local activity, tried a few times, since it costs the server
 * nothing; when that fails, an ordinary one, for as long as a database may well be away. Then it is a failure.
 */
export async function database<S extends Step>(
  step: S,
  input: Input<S>,
  summary: string,
  whenCancelled: WhenCancelled = 'abandon',
): Promise<Output<S>> {
  const common = { cancellationType: cancellationTypes[whenCancelled], summary };
  const local = proxyLocalActivities<Activities>({
    ...common,
    startToCloseTimeout: '10s',
    scheduleToCloseTimeout: '20s',
    retry: { initialInterval: '100ms', maximumAttempts: 3 },
  });
  const durable = proxyActivities<Activities>({
    ...common,
    startToCloseTimeout: '15s',
    scheduleToCloseTimeout: '30 minutes',
    retry: { initialInterval: '500ms', maximumInterval: '1 minute' },
  });
  try {
    return (await call(local[step], input)) as Output<S>;
  } catch (error) {
    if (isCancellation(error) || isFinal(error)) throw error;
    return (await call(durable[step], input)) as Output<S>;
  }
}

/**
 * What only keeps the books: no person decides about it and nothing goes on without it, so it is tried until it
 * is done, also when its order is cancelled meanwhile.
 */
export async function record<S extends Step>(step: S, input: Input<S>, summary: string): Promise<Output<S>> {
  return (await CancellationScope.nonCancellable(async () => {
    for (;;) {
      try {
        return (await database(step, input, summary)) as Output<S>;
      } catch {
        // It stands in the history; nobody else can be told, since telling is what failed.
        await sleep('1 minute', { summary: `Once more: ${summary}` });
      }
    }
  })) as Output<S>;
}

/** A step that calls an outside party, on that party's own queue, retried as the store's policy says. */
export async function party<S extends Step>(
  partyName: string,
  step: S,
  input: Input<S>,
  summary: string,
  retries: StorePolicy['retries'],
  whenCancelled: WhenCancelled = 'abandon',
): Promise<Output<S>> {
  const ordinary = proxyActivities<Activities>({
    taskQueue: partyQueue(partyName),
    startToCloseTimeout: '45s',
    retry: {
      initialInterval: retries.firstSeconds * 1000,
      maximumInterval: retries.lastSeconds * 1000,
      backoffCoefficient: 2,
      maximumAttempts: retries.attempts,
    },
    cancellationType: cancellationTypes[whenCancelled],
    summary,
  });
  return (await call(ordinary[step], input)) as Output<S>;
}

const call = (step: unknown, input: unknown) => (step as (input: unknown) => Promise<unknown>)(input);

export interface StepFailure {
  /** Stable; see the operations guide. */
  reason: string;
  message: string;
  /** Refused: asking again alone will not help. */
  refused: boolean;
}

/** What a step's failure says, once its retries are used up. */
export function readFailure(error: unknown): StepFailure {
  const cause = causeOf(error);
  if (!(cause instanceof ApplicationFailure))
    return {
      reason: 'no_answer',
      message: cause instanceof Error ? cause.message : String(cause),
      refused: false,
    };
  const facts = cause.details?.[0] as { reason?: string } | undefined;
  return { reason: facts?.reason ?? 'internal', message: cause.message, refused: cause.type === 'Refused' };
}

function isFinal(error: unknown): boolean {
  const cause = causeOf(error);
  return cause instanceof ApplicationFailure && cause.nonRetryable === true;
}

const causeOf = (error: unknown): unknown => (error instanceof ActivityFailure ? error.cause : error);
