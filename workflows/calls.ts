import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
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

/**
 * The server is told of a cancel, which ends a backoff at once. Whether its answer is waited for is decided here:
 * the one that the SDK makes up for an activity that it abandons comes in another order when it is replayed.
 */
const cancellationType = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED;

function answerOf<T>(work: Promise<T>, whenCancelled: WhenCancelled): Promise<T> {
  const scope = CancellationScope.current();
  if (whenCancelled === 'wait' || !scope.cancellable) return work;
  return Promise.race([work, scope.cancelRequested]);
}

// This workflow's own: each has its modules to itself.
let shielded: CancellationScope | undefined;
let underWay = false;
const inLine: (() => void)[] = [];

/**
 * What is run can't be cancelled. One scope for all of it, and none where the present one can't be cancelled either:
 * each is four promises, and the SDK takes the stack of every promise.
 */
function uncancelled<T>(run: () => Promise<T>): Promise<T> {
  if (!CancellationScope.current().cancellable) return run();
  shielded ??= new CancellationScope({ cancellable: false });
  return shielded.run(run);
}

/**
 * One local activity after the other. The answers of two that are under way together come one by one when they
 * run, but at once when they are replayed, and what follows them would then be done in another order.
 */
async function inTurn<T>(run: () => Promise<T>): Promise<T> {
  if (underWay) await new Promise<void>((go) => inLine.push(go));
  underWay = true;
  try {
    return await run();
  } finally {
    const next = inLine.shift();
    if (next) next();
    else underWay = false;
  }
}

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
  const scope = CancellationScope.current();
  const local = proxyLocalActivities<Activities>({
    summary,
    // Over before the workflow's task is, which lasts ten seconds: nothing else can come while it runs.
    startToCloseTimeout: '4s',
    scheduleToCloseTimeout: '6s',
    retry: { initialInterval: '100ms', maximumAttempts: 3 },
  });
  const durable = proxyActivities<Activities>({
    summary,
    cancellationType,
    startToCloseTimeout: '15s',
    scheduleToCloseTimeout: '30 minutes',
    retry: { initialInterval: '500ms', maximumInterval: '1 minute' },
  });
  try {
    return (await inTurn(() => {
      if (scope.consideredCancelled) throw new CancelledFailure(`${step} was not begun`);
      // Seconds at most. To cancel one that ends at that moment would break the workflow for good.
      return uncancelled(() => call(local[step], input));
    })) as Output<S>;
  } catch (error) {
    if (isCancellation(error) || isFinal(error)) throw error;
    const goOn = () => call(durable[step], input);
    const answer = whenCancelled === 'wait' ? uncancelled(goOn) : goOn();
    return (await answerOf(answer, whenCancelled)) as Output<S>;
  }
}

/**
 * What only keeps the books: no person decides about it and nothing goes on without it, so it is tried until it
 * is done, also when its order is cancelled meanwhile.
 */
export async function record<S extends Step>(step: S, input: Input<S>, summary: string): Promise<Output<S>> {
  return uncancelled(async (): Promise<Output<S>> => {
    for (;;) {
      try {
        return await database(step, input, summary);
      } catch {
        // It stands in the history; nobody else can be told, since telling is what failed.
        await sleep('1 minute', { summary: `Once more: ${summary}` });
      }
    }
  });
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
    cancellationType,
    summary,
  });
  return (await answerOf(call(ordinary[step], input), whenCancelled)) as Output<S>;
}

const call = (step: unknown, input: unknown) => (step as (input: unknown) => Promise<unknown>)(input);

export interface StepFailure {
  /** Stable; see the operations guide. */
  reason: string;
  message: string;
  /** Refused: asking again alone will not help. */
  refused: boolean;
  /** The generation that it belongs to was undone, and what for. */
  ending?: 'redo' | 'cancel';
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
  const facts = cause.details?.[0] as Pick<StepFailure, 'ending'> & { reason?: string };
  return {
    ...{ reason: facts?.reason ?? 'internal', message: cause.message, refused: cause.type === 'Refused' },
    ...(facts?.ending && { ending: facts.ending }),
  };
}

function isFinal(error: unknown): boolean {
  const cause = causeOf(error);
  return cause instanceof ApplicationFailure && cause.nonRetryable === true;
}

const causeOf = (error: unknown): unknown => (error instanceof ActivityFailure ? error.cause : error);
