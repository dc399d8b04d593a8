import type { Em } from '../db/database.ts';
import { decisionUnderLock, recordDecision, type StepKey } from '../db/steps.ts';
import { inTransaction } from '../db/transaction.ts';
import type { ActivityDeps } from './deps.ts';

/**
 * A step that decides once. The first attempt's decision is stored in the transaction of its effect; every later
 * one, however late, gets that decision and changes nothing. `read` is asked together with the lock, and answered under
 * it; `decide` returns undefined for "not decided yet".
 */
export async function decideOnce<T, R>(
  deps: ActivityDeps,
  key: StepKey,
  read: (em: Em) => Promise<R>,
  decide: (em: Em, found: R) => Promise<T | undefined>,
): Promise<T | undefined> {
  return inTransaction(deps.orm, async (em) => {
    const deciding = decisionUnderLock<T>(em, key);
    const reading = read(em);
    // Where it was decided, it does not matter what has become of it since.
    reading.catch(() => undefined);
    const earlier = await deciding;
    if (earlier !== undefined) return earlier;
    const decision = await decide(em, await reading);
    if (decision !== undefined) await recordDecision(em, key, decision);
    return decision;
  });
}
