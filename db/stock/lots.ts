import type { Share } from '../../domain/allocation/types.ts';
import type { Em } from '../database.ts';

/**
 * First expired, first out; without expiry, first in, first out. Never a lot that is past its day, nor units of
 * one that another order has taken. Under `lockSkus`.
 */
export async function takeLots(
  em: Em,
  share: Share,
  today: string,
): Promise<{ lotId: string; quantity: number }[]> {
  const lots = await em.execute<{ lotId: string; free: number }[]>(
    `select l.id as "lotId", (l.on_hand - coalesce(taken.quantity, 0))::int as free
     from lot l left join (select lot_id, sum(quantity) as quantity from claim
                           where warehouse = ? and sku = ? and state = 'open' and lot_id is not null group by 1) taken
       on taken.lot_id = l.id
     where l.warehouse = ? and l.sku = ? and l.state = 'sellable' and (l.expires_at is null or l.expires_at >= ?::date)
       and l.on_hand > coalesce(taken.quantity, 0)
     order by l.expires_at nulls last, l.received_at, l.id`,
    [share.warehouse, share.sku, share.warehouse, share.sku, today],
  );
  let wanted = share.quantity;
  const taken = lots.flatMap(({ lotId, free }) => {
    const quantity = Math.min(wanted, free);
    wanted -= quantity;
    return quantity > 0 ? [{ lotId, quantity }] : [];
  });
  if (wanted > 0) throw new LotsExpired(share.sku, share.warehouse, wanted);
  return taken;
}

/** There is stock, but none that may still be delivered. */
export class LotsExpired extends Error {
  override readonly name = 'LotsExpired';

  constructor(sku: string, warehouse: string, missing: number) {
    super(
      `${missing} of ${sku} in ${warehouse} are in lots past their expiry: count or write them off, then retry`,
    );
  }
}
