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

/** A lot with what it has and what of that nobody was promised. */
export interface LotRow {
  lotId: string;
  lot: string;
  onHand: number;
  free: number;
}

/** Units to take from these lots, in their order: first what nobody was promised, then the rest. */
export function unclaimedFirst(
  lots: readonly LotRow[],
  wanted: number,
): { lotId: string; lot: string; quantity: number }[] {
  const taken = new Map<string, number>();
  let left = wanted;
  for (const most of [({ free }: LotRow) => free, ({ onHand }: LotRow) => onHand])
    for (const lot of lots) {
      const quantity = Math.min(left, most(lot) - (taken.get(lot.lotId) ?? 0));
      if (quantity <= 0) continue;
      taken.set(lot.lotId, (taken.get(lot.lotId) ?? 0) + quantity);
      left -= quantity;
    }
  return lots.flatMap(({ lotId, lot }) => {
    const quantity = taken.get(lotId);
    return quantity === undefined ? [] : [{ lotId, lot, quantity }];
  });
}

/**
 * The lots that so many units leave by: the named one, of whatever state, or sellable ones, first expired first, what
 * nobody was promised before the rest. Fewer units where there are not as many. Under `lockSkus`.
 */
export async function lotsToTake(
  em: Em,
  from: { warehouse: string; sku: string; lotId: string | null },
  quantity: number,
): Promise<{ lotId: string; quantity: number }[]> {
  const lots = await em.execute<LotRow[]>(
    `select id as "lotId", number as lot, on_hand as "onHand", on_hand - claimed as free from lot
     where warehouse = ? and sku = ? and case when ?::uuid is null then state = 'sellable' else id = ? end
     order by expires_at nulls last, received_at, id`,
    [from.warehouse, from.sku, from.lotId, from.lotId],
  );
  return unclaimedFirst(lots, quantity);
}
