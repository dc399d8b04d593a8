import type { Em } from '../../db/database.ts';
import type { Standing } from '../../workflows/client.ts';

export interface Mail {
  source: string;
  key: string;
  storeId: string | null;
  topic: string;
  orderExternalId: string | null;
  body: string;
  state: 'received' | 'applied' | 'refused';
  reason: string | null;
}

export interface Kept {
  seq: number;
  /** False: this event was here before. */
  fresh: boolean;
  state: 'received' | 'delivered' | 'applied' | 'refused';
  /** Of the order that it is about. */
  standing: Standing;
}

/**
 * Keeps an event once, in one statement; what nobody is to read of an order whose customer is erased, without its body.
 * null when its twin is being kept by another request at this moment:
 * that one delivers it.
 */
export async function keepMail(em: Em, mail: Mail): Promise<Kept | null> {
  const [kept] = await em.execute<Kept[]>(
    `with fresh as (
       insert into inbox (source, key, store_id, topic, order_external_id, body, state, reason, applied_at)
       values (?, ?, ?, ?, ?, case when ? and exists (
                 select 1 from orders where store_id = ?::uuid and external_id = ? and erased_at is not null)
               then '' else ? end, ?, ?, case when ? then now() end)
       on conflict (source, key) do nothing returning seq, state)
     select kept.seq::float8 as seq, kept.state, kept.fresh,
            coalesce((select case when ended_at is null then 'under-way' else 'ended' end
                      from orders where store_id = ?::uuid and external_id = ?), 'unknown') as standing
     from (select seq, state, true as fresh from fresh
           union all
           select seq, state, false from inbox where source = ? and key = ?) kept`,
    [
      mail.source,
      mail.key,
      mail.storeId,
      mail.topic,
      mail.orderExternalId,
      mail.state !== 'received',
      mail.storeId,
      mail.orderExternalId,
      mail.body,
      mail.state,
      mail.reason,
      mail.state !== 'received',
      mail.storeId,
      mail.orderExternalId,
      mail.source,
      mail.key,
    ],
  );
  return kept ?? null;
}

/** Their workflows were told: nobody needs to tell them again. */
export async function markDelivered(em: Em, seqs: readonly number[]): Promise<void> {
  await em.execute(
    `update inbox set state = 'delivered', delivered_at = now() where seq in (?) and state = 'received'`,
    [seqs],
  );
}
