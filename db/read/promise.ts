import { defaultPolicy } from '../../domain/policy.ts';
import type { Em } from '../database.ts';

/** What a store may offer of one SKU, how that comes about, and what its shop shows instead. */
export interface PromiseFacts {
  sku: string;
  /** In open warehouses. What follows is taken off it. */
  onHand: number;
  /** In lots that are off sale, or past their last day and about to be. */
  unavailable: number;
  /** Claimed by orders, of this store or another. */
  reserved: number;
  /** Wanted by orders in the queue that a warehouse with some of it serves: nobody new gets it before them. */
  waiting: number;
  /** Never offered to this store. */
  buffer: number;
  bufferFrom: 'sku' | 'policy';
  /** What is left, never below zero. What is on its way is not in it. */
  availableToPromise: number;
  /** Its place in the shop; null: not sold there, or not looked for yet. */
  ref: string | null;
  /** The number that the shop was last known to show. */
  known: number | null;
  checkedAt: string | null;
  pushedAt: string | null;
  conflictAt: string | null;
  error: string | null;
}

interface PromiseFilter {
  sku?: string | undefined;
  /** The last SKU of the page before. */
  after?: string | undefined;
  /** Only those whose shop is to be told, or asked, by now. */
  due?: boolean;
  limit: number;
}

/**
 * By SKU, in one snapshot. Every warehouse that is open may serve every store, so all of them count. Both what a shop
 * is told and what people are shown come from here.
 */
export async function readPromises(
  em: Em,
  storeId: string,
  { sku, after, due, limit }: PromiseFilter,
): Promise<PromiseFacts[]> {
  const parts: [string, ...unknown[]][] = [['s.id = ?', storeId]];
  if (sku !== undefined) parts.push(['p.sku = ?', sku]);
  if (after !== undefined) parts.push(['p.sku > ?', after]);
  if (due) parts.push([isDue]);
  return em.execute<PromiseFacts[]>(
    `${stock}
     select p.sku, n.*, t.promise as "availableToPromise", listing.ref, listing.known, listing.error,
            to_jsonb(listing.checked_at) #>> '{}' as "checkedAt", to_jsonb(listing.pushed_at) #>> '{}' as "pushedAt",
            to_jsonb(listing.conflict_at) #>> '{}' as "conflictAt"
     from store s cross join product p
     left join level on level.sku = p.sku left join past on past.sku = p.sku left join waiting on waiting.sku = p.sku
     left join store_buffer b on b.store_id = s.id and b.sku = p.sku
     left join listing on listing.store_id = s.id and listing.sku = p.sku
     cross join lateral (
       select coalesce(level.on_hand, 0)::int as "onHand",
              (coalesce(level.unavailable, 0) + coalesce(past.quantity, 0))::int as unavailable,
              coalesce(level.claimed, 0)::int as reserved, coalesce(waiting.quantity, 0)::int as waiting,
              coalesce(b.quantity, (s.policy ->> 'stockBuffer')::int, ?) as buffer,
              case when b.sku is null then 'policy' else 'sku' end as "bufferFrom") n
     cross join lateral (
       select greatest(0, n."onHand" - n.unavailable - n.reserved - n.waiting - n.buffer) as promise) t
     where ${parts.map(([sql]) => sql).join(' and ')} order by p.sku limit ?`,
    [defaultPolicy.stockBuffer, ...parts.flatMap(([, ...values]) => values), limit],
  );
}

const stock = `
  with level as (
    select l.sku, sum(l.on_hand) as on_hand, sum(l.unavailable) as unavailable, sum(l.claimed) as claimed
    from stock_level l join warehouse w on w.code = l.warehouse and w.active group by l.sku),
  past as (
    select l.sku, sum(l.on_hand) as quantity from lot l join warehouse w on w.code = l.warehouse and w.active
    where l.state = 'sellable' and l.expires_at < (now() at time zone w.time_zone)::date group by l.sku),
  waiting as (
    select q.sku, sum(q.quantity) as quantity from stock_wait q
    left join reservation r on r.order_id = q.order_id and r.generation = q.generation
    where exists (
      select 1 from stock_level l join warehouse w on w.code = l.warehouse and w.active
      where l.sku = q.sku and l.on_hand - l.unavailable > l.claimed and (q.country = any(w.countries) or '*' = any(w.countries))
        and not w.code = any(coalesce(r.excluded, '{}')))
    group by q.sku)`;

/**
 * The shop was last known to show another number. One that does not sell the SKU is asked again after a day; one in
 * conflict waits until the shop's orders were read by a backfill that began after it, and are reserved.
 */
const isDue = `
  (listing.ref is null and (listing.checked_at is null or listing.checked_at < now() - interval '1 day')
       or listing.ref is not null and listing.known is distinct from t.promise)
  and (listing.conflict_at is null or (
    s.backfill_watermark > listing.conflict_at and s.backfill_succeeded_at > listing.conflict_at
    and not exists (select 1 from inbox i where i.store_id = s.id and i.state in ('received', 'delivered'))
    and not exists (select 1 from orders o where o.store_id = s.id and o.stage in ('received', 'reviewed')
                    and o.ended_at is null and o.conditions = '{}')))`;
