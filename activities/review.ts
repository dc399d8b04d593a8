import { recordAudit } from '../db/audit.ts';
import { readLinesToShip, readOrderContent } from '../db/order-content.ts';
import { readReviewFacts, withProvidersWord } from '../db/read/review-facts.ts';
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

/** Judges the newest content. Only a pass is a decision: everything else is looked at again when something changes. */
export async function review(deps: ActivityDeps, input: ReviewInput): Promise<Review> {
  const key = { orderId: input.orderId, step: 'review', generation: input.generation };
  let verdict: Review = { outcome: 'pass', findings: [] };
  const passed = await decideOnce<Review>(deps, key, async (em) => {
    const order = await readOrderContent(em, input.orderId);
    const lines = await readLinesToShip(em, input.orderId);
    const { review: policy } = policyOf(order.policy);
    verdict = judge(await withProvidersWord(em, order.id, order.snapshot), lines, policy, {
      ...(await readReviewFacts(em, deps.secrets, order, policy)),
      now: deps.clock().toISOString(),
      approved: input.approved,
    });
    if (verdict.outcome !== 'pass') return undefined;
    await em.execute(
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
    return verdict;
  });
  return passed ?? verdict;
}
