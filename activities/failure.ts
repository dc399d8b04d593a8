import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { PartyFailure } from '../connectors/failure.ts';
import type { ActivityDeps } from './deps.ts';
import { currentAttempt, retryDelay } from './retry-delay.ts';
import { personalStrings, scrub } from '../db/privacy.ts';
import { type Ending, StepUndone } from '../db/steps.ts';
import { NobodyShips } from '../db/stock/allocate.ts';
import { LotsExpired } from '../db/stock/lots.ts';

/** Failure types by which the workflow tells what to do; both are final. Everything else is retried. */
export const REFUSED = 'Refused';
export const UNDONE = 'Undone';

/** A business refusal: retrying alone will not help, a person decides. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  /** Stable; documented in the operations guide. */
  readonly reason: string;

  constructor(reason: string, sentence: string) {
    super(sentence);
    this.reason = reason;
  }
}

/** What the workflow reads of a failure: its first detail. */
export interface FailureFacts {
  reason: string;
  /** The other party may have acted before its answer was lost. */
  effectUnknown: boolean;
  /** Of a step whose whole generation was undone: what for. */
  ending?: Ending;
}

/**
 * Turns whatever a step threw into what may stand in a workflow's history: classified, and with the order's
 * personal data taken out, since carriers echo addresses. The original is never attached.
 */
async function toFailure(deps: ActivityDeps, orderId: string | undefined, error: unknown): Promise<Error> {
  if (error instanceof CancelledFailure) return error;
  const facts = classify(error);
  const personal = orderId ? await personalStrings(deps.orm, orderId).catch(() => null) : [];
  const message = personal ? scrub(messageOf(error), personal) : withoutQuotes(error);
  deps.log.warn({ orderId, reason: facts.reason, final: facts.final, message }, 'step failed');
  return ApplicationFailure.create({
    message,
    type: facts.type,
    nonRetryable: facts.final,
    details: [
      {
        ...{ reason: facts.reason, effectUnknown: facts.effectUnknown },
        ...(error instanceof StepUndone && error.ending && { ending: error.ending }),
      } satisfies FailureFacts,
    ],
    nextRetryDelay: retryDelay(facts.retryAfterMs, currentAttempt()),
  });
}

function refusalReason(error: unknown): string | null {
  if (error instanceof Refusal) return error.reason;
  if (error instanceof LotsExpired) return 'lots_expired';
  return error instanceof NobodyShips ? 'nobody_ships' : null;
}

function classify(error: unknown) {
  if (error instanceof StepUndone)
    return { type: UNDONE, reason: 'undone', final: true, effectUnknown: false, retryAfterMs: undefined };
  const refused = refusalReason(error);
  if (refused !== null)
    return {
      type: REFUSED,
      reason: refused,
      final: true,
      effectUnknown: false,
      retryAfterMs: undefined,
    };
  if (error instanceof PartyFailure) {
    const final = error.kind === 'refuse';
    const type = final ? REFUSED : 'Unavailable';
    const reason = final ? `${error.party}_refused` : `${error.party}_unavailable`;
    return {
      type,
      reason,
      final,
      effectUnknown: error.effect === 'unknown',
      retryAfterMs: error.retryAfterMs,
    };
  }
  return { type: 'Internal', reason: 'internal', final: false, effectUnknown: true, retryAfterMs: undefined };
}

function messageOf(error: unknown): string {
  if (error instanceof PartyFailure) return inFull(error);
  // A database error quotes the statement with its values: its kind is enough here, PostgreSQL's log has the rest.
  if (error instanceof Error && 'sqlState' in error) return `database: ${error.name}`;
  return error instanceof Error ? error.message : String(error);
}

/** Who said it, what, and the code, each once. */
function inFull({ party, message, code }: PartyFailure): string {
  const named = message.toLowerCase().includes(party) ? message : `${party}: ${message}`;
  return named.includes(code) ? named : `${named} (${code})`;
}

/** What a party said may name the customer, and nobody can be asked whether it does: its code has to do. */
const withoutQuotes = (error: unknown): string =>
  error instanceof PartyFailure ? `${error.party}: ${error.code}` : messageOf(error);

type Step<Input, Output> = (input: Input) => Promise<Output>;

/** Wraps every step so that only classified, scrubbed failures leave it. */
export function guarded<S extends Record<string, Step<never, unknown>>>(deps: ActivityDeps, steps: S): S {
  const wrapped = Object.entries(steps).map(([name, step]) => [
    name,
    async (input: { orderId?: string }) => {
      try {
        return await step(input as never);
      } catch (error) {
        throw await toFailure(deps, input.orderId, error);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as S;
}
