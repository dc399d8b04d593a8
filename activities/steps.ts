import type { Em } from '../db/database.ts';
import { decisionUnderLock, recordDecision, type StepKey } from '../db/steps.ts';
import { inTransaction } from '../db/transaction.ts';
import type { ActivityDeps } from './deps.ts';

/**
 * A step that decides once. The first attempt's decision is stored in the transaction of its effect; every later
 * one, however late, gets that decision and changes nothing. `decide` returns undefined for "not decided yet".
 */
export async function decideOnce<T>(
  deps: ActivityDeps,
  key: StepKey,
  decide: (em: Em) => Promise<T | undefined>,
): Promise<T | undefined> {
  return inTransaction(deps.orm, async (em) => {
    const earlier = await decisionUnderLock<T>(em, key);
    if (earlier !== undefined) return earlier;
    const decision = await decide(em);
    if (decision !== undefined) await recordDecision(em, key, decision);
    return decision;
  });
}
