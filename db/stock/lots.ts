import { deliveryDay } from '../../domain/allocation/delivery-day.ts';
import type { Share } from '../../domain/allocation/types.ts';
import type { Em } from '../database.ts';

export interface Leaving {
  now: Date;
  /** Working days in transit that the customer was promised; null: nothing was. */
  promiseDays: number | null;
  /** YYYY-MM-DD. Left out: it leaves on the day that it is at its warehouse. */
  shipDay?: string;
}

/**
 * First expired, first out; without expiry, first in, first out. Never a lot whose last day is before the one on which
 * it is to be delivered, nor units of one that another order has taken. Under `lockSkus`. Throws `LotsExpired`.
 */
export async function takeLots(
  em: Em,
  share: Share,
  leaving: Leaving,
): Promise<{ lotId: string; quantity: number }[]> {
  const shipDay = leaving.shipDay ?? (await dayAt(em, share.warehouse, leaving.now));
  const lots = await em.execute<{ lotId: string; free: number }[]>(
    `select id as "lotId", on_hand - claimed as free from lot
     where warehouse = ? and sku = ? and state = 'sellable' and on_hand > claimed
       and (expires_at is null or expires_at >= ?::date)
     order by expires_at nulls last, received_at, id`,
    [share.warehouse, share.sku, deliveryDay(shipDay, leaving.promiseDays)],
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

async function dayAt(em: Em, warehouse: string, now: Date): Promise<string> {
  const [row] = await em.execute<{ day: string }[]>(
    `select (?::timestamptz at time zone time_zone)::date::text as day from warehouse where code = ?`,
    [now.toISOString(), warehouse],
  );
  return row!.day;
}

/** There is stock, but none that may still be delivered. */
export class LotsExpired extends Error {
  override readonly name = 'LotsExpired';

  constructor(sku: string, warehouse: string, missing: number) {
    super(
      `${missing} of ${sku} in ${warehouse} are in lots past their expiry on the day of delivery: count or write them off, then retry`,
    );
  }
}
