import { recordAudit } from '../db/audit.ts';
import type { Em } from '../db/database.ts';
import { type OrderContent, readLinesToShip, readOrderContent } from '../db/order-content.ts';
import type { OrderSnapshot, PaymentState } from '../domain/order.ts';
import { policyOf } from '../domain/policy.ts';
import { review as judge, type Review, type ReviewFacts } from '../domain/review.ts';
import { isDuplicate } from '../domain/review/duplicate.ts';
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
    verdict = judge(await withProvidersWord(em, order), lines, policyOf(order.policy).review, {
      ...(await readFacts(em, order)),
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

/** Where a provider of ours holds the payment, it counts as the provider has it. */
async function withProvidersWord(em: Em, { id, snapshot }: OrderContent): Promise<OrderSnapshot> {
  const [held] = await em.execute<{ state: PaymentState | null }[]>(
    'select state from provider_payment where order_id = ?',
    [id],
  );
  return held?.state ? { ...snapshot, payment: { ...snapshot.payment, state: held.state } } : snapshot;
}

async function readFacts(em: Em, order: OrderContent): Promise<Omit<ReviewFacts, 'now' | 'approved'>> {
  const [row] = await em.execute<{ blocked: boolean; countries: string[] }[]>(
    `select exists (select 1 from blocked_customer where customer_key = ?) as blocked,
            (select coalesce(jsonb_agg(distinct country), '[]') from warehouse w, unnest(w.countries) country
             where w.active) as countries`,
    [order.customerKey ?? ''],
  );
  return {
    customerBlocked: row!.blocked,
    duplicateOf: await findDuplicate(em, order),
    servedCountries: servedOf(row!.countries, order.country),
  };
}

/** A warehouse that serves "*" serves wherever this order goes. */
function servedOf(countries: string[], destination: string | null): string[] {
  return countries.includes('*') && destination ? [...countries, destination] : countries;
}

async function findDuplicate(em: Em, order: OrderContent): Promise<string | null> {
  const minutes = policyOf(order.policy).review.duplicateWithinMinutes;
  if (minutes === null || order.customerKey === null) return null;
  const earlier = await em.execute<{ number: string; snapshot: OrderSnapshot }[]>(
    `select o.number, v.snapshot from orders o
     join order_version v on v.order_id = o.id and v.version = o.version
     join orders self on self.id = ?
     where o.customer_key = ? and o.store_id = self.store_id and o.id <> self.id and o.stage <> 'cancelled'
       and (o.placed_at, o.id) < (self.placed_at, self.id)
       and o.placed_at >= self.placed_at - make_interval(mins => ?)
     order by o.placed_at desc limit 50`,
    [order.id, order.customerKey, minutes],
  );
  return earlier.find(({ snapshot }) => isDuplicate(order.snapshot, snapshot, minutes))?.number ?? null;
}
