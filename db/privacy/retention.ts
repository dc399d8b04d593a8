import type { Em } from '../database.ts';

/** How long what tells who a customer is is kept though nobody erased it, in days. */
export interface Retention {
  inboxDays: number;
  labelDays: number;
}

/**
 * Empties what is old, at most `limit` of each: bodies of events that were read (their keys stay, so that duplicates
 * stay duplicates) and documents of labels of orders that have ended (their numbers and costs stay). True: there may be
 * more. Any number of processes may do it at once.
 */
export async function emptyOld(em: Em, { inboxDays, labelDays }: Retention, limit: number): Promise<boolean> {
  const bodies = await em.execute(
    `with old as (
       select seq from inbox where state in ('applied', 'refused') and body <> ''
         and received_at < now() - make_interval(days => ?)
         and (applied_at is null or applied_at < now() - make_interval(days => ?))
       order by received_at limit ? for update skip locked)
     update inbox set body = '' from old where inbox.seq = old.seq returning inbox.seq`,
    [inboxDays, inboxDays, limit],
  );
  const documents = await em.execute(
    `with old as (
       select l.id from label l join label_purchase p on p.id = l.purchase_id join parcel c on c.id = p.parcel_id
       join fulfillment f on f.id = c.fulfillment_id join orders o on o.id = f.order_id
       where l.document <> '' and l.bought_at < now() - make_interval(days => ?) and o.ended_at is not null
       order by l.bought_at limit ? for update of l skip locked)
     update label set document = '' from old where label.id = old.id returning label.id`,
    [labelDays, limit],
  );
  await emptyOfErased(em);
  await emptyUnheard(em);
  return bodies.length === limit || documents.length === limit;
}

/** What was being kept at the very moment of an erasure, and did not see it yet. */
async function emptyOfErased(em: Em): Promise<void> {
  await em.execute(
    `update inbox i set body = '' from orders o
     where o.erased_at > now() - interval '1 day' and i.source = 'store/' || o.store_id
       and i.order_external_id = o.external_id and i.state in ('applied', 'refused') and i.body <> ''`,
  );
}

/** Wishes that no workflow ever heard of, since the process that would have told it died. */
async function emptyUnheard(em: Em): Promise<void> {
  await em.execute(
    `update order_change set state = 'refused', content = null, settled_at = now()
     where state = 'proposed' and created_at < now() - interval '1 day'`,
  );
}
