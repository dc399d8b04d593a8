import { recordAudit } from '../db/audit.ts';
import { readMarkKey } from '../db/blocked-customers.ts';
import type { Em } from '../db/database.ts';
import { readLinesToShip, readOrderContent } from '../db/order-content.ts';
import { readReviewFacts, withProvidersWord } from '../db/read/review-facts.ts';
import { writeBehind } from '../db/transaction.ts';
import { policyOf } from '../domain/policy.ts';
import { review as judge, type Review } from '../domain/review.ts';
import type { FindingCode } from '../domain/review/findings.ts';
import type { ActivityDeps } from './deps.ts';
import { decideOnce } from './steps.ts';

export interface ReviewInput {
  orderId: string;
  generation: number;
  /** Findings for which a person let the order go on. */
  approved: FindingCode[];
}

/** `version`: of the content that passed, by which all else of its generation goes. */
type Passed = Review & { version: number };

/** Judges the newest content. Only a pass is a decision: everything else is looked at again when something changes. */
export async function review(deps: ActivityDeps, input: ReviewInput): Promise<Review> {
  const key = { orderId: input.orderId, step: 'review', generation: input.generation };
  let verdict: Review = { outcome: 'pass', findings: [] };
  const read = (em: Em) =>
    Promise.all([
      readOrderContent(em, input.orderId),
      readLinesToShip(em, input.orderId),
      readMarkKey(em, deps.secrets),
    ]);
  const passed = await decideOnce<Passed, Awaited<ReturnType<typeof read>>>(
    deps,
    key,
    read,
    async (em, found) => {
      const [order, lines, markKey] = found;
      const { review: policy } = policyOf(order.policy);
      const [snapshot, facts] = await Promise.all([
        withProvidersWord(em, order.id, order.snapshot),
        readReviewFacts(em, markKey, order, policy),
      ]);
      const now = deps.clock().toISOString();
      verdict = judge(snapshot, lines, policy, { ...facts, now, approved: input.approved });
      if (verdict.outcome !== 'pass') return undefined;
      await writeBehind(
        em,
        `update orders set stage = 'reviewed', updated_at = now() where id = ? and stage = 'received'`,
        [input.orderId],
      );
      await recordAudit(em, {
        actor: 'engine',
        what: 'reviewed',
        orderId: input.orderId,
        detail: verdict.findings.map(({ message }) => message).join('; ') || 'Nothing to object to',
        key: `reviewed/${input.orderId}/${input.generation}`,
      });
      return { ...verdict, version: order.version };
    },
  );
  return passed ? { outcome: passed.outcome, findings: passed.findings } : verdict;
}
