import type { OrderSnapshot, PaymentState } from '../../domain/order.ts';
import type { ReviewPolicy } from '../../domain/review/policy.ts';
import type { ReviewFacts } from '../../domain/review.ts';
import { isDuplicate } from '../../domain/review/duplicate.ts';
import { findBlocks, kindsOf, type MarkKey } from '../blocked-customers.ts';
import type { Em } from '../database.ts';

/** An order as it is, or as it would be: `id` is made of its store and the store's id of it. */
export interface OrderToReview {
  id: string;
  storeId: string;
  snapshot: OrderSnapshot;
  customerKey: string | null;
}

/** `markKey`: as `readMarkKey` found it. */
export async function readReviewFacts(
  em: Em,
  markKey: MarkKey | null,
  order: OrderToReview,
  { duplicateWithinMinutes }: ReviewPolicy,
): Promise<Omit<ReviewFacts, 'now' | 'approved'>> {
  const countries = em.execute<{ countries: string[] }[]>(
    `select coalesce(jsonb_agg(distinct country), '[]') as countries from warehouse w, unnest(w.countries) country
     where w.active`,
  );
  const [[row], blocks, duplicateOf] = await Promise.all([
    countries,
    findBlocks(em, markKey, order.snapshot, order.customerKey),
    findDuplicate(em, order, duplicateWithinMinutes),
  ]);
  return {
    blockedBy: kindsOf(blocks),
    duplicateOf,
    servedCountries: servedOf(row!.countries, order.snapshot.shippingAddress?.country ?? null),
  };
}

/** Where a provider of ours holds the payment, it counts as the provider has it. */
export async function withProvidersWord(
  em: Em,
  orderId: string,
  snapshot: OrderSnapshot,
): Promise<OrderSnapshot> {
  const [held] = await em.execute<{ state: PaymentState | null }[]>(
    'select state from provider_payment where order_id = ?',
    [orderId],
  );
  return held?.state ? { ...snapshot, payment: { ...snapshot.payment, state: held.state } } : snapshot;
}

/** A warehouse that serves "*" serves wherever this order goes. */
function servedOf(countries: string[], destination: string | null): string[] {
  return countries.includes('*') && destination ? [...countries, destination] : countries;
}

async function findDuplicate(em: Em, order: OrderToReview, minutes: number | null): Promise<string | null> {
  if (minutes === null || order.customerKey === null) return null;
  const { id, storeId, customerKey, snapshot } = order;
  const earlier = await em.execute<{ number: string; snapshot: OrderSnapshot }[]>(
    `select o.number, v.snapshot from orders o
     join order_version v on v.order_id = o.id and v.version = o.version
     where o.customer_key = ? and o.store_id = ? and o.id <> ? and o.stage <> 'cancelled'
       and (o.placed_at, o.id) < (?::timestamptz, ?::uuid)
       and o.placed_at >= ?::timestamptz - make_interval(mins => ?)
     order by o.placed_at desc limit 50`,
    [customerKey, storeId, id, snapshot.placedAt, id, snapshot.placedAt, minutes],
  );
  return earlier.find((other) => isDuplicate(snapshot, other.snapshot, minutes))?.number ?? null;
}
