import { v7 as uuid } from 'uuid';
import { allocate } from '../../domain/allocation/allocate.ts';
import { sumDemand, totalQuantity } from '../../domain/allocation/quantities.ts';
import type { Share, Shortage } from '../../domain/allocation/types.ts';
import type { StorePolicy } from '../../domain/policy.ts';
import type { Em } from '../database.ts';
import type { LineToShip, OrderContent } from '../order-content.ts';
import { insertBehind, writeBehind } from '../transaction.ts';
import { LotsExpired, takeLots } from './lots.ts';
import { keepParcels, packAt } from './pack.ts';
import { type PlannedSite, planFor } from './plan.ts';
import { giveToQueue, lockQueue } from './queue.ts';

export interface AllocatedFulfillment {
  id: string;
  position: number;
  warehouse: string;
  stage: 'allocated' | 'labelled' | 'shipped' | 'delivered';
  carrier: string | null;
  units: number;
  parcels: string[];
  /** RFC 3339: not before, since something of it is sold ahead of its day. */
  notBefore: string | null;
  /** Its carrier tells how far its parcels are. */
  tracked: boolean;
  /** What its scans say; absent before its label. */
  reached?: 'labelled' | 'shipped' | 'delivered';
}

/**
 * Moves what an order has claimed and no fulfillment has yet to where the objective wants it, lot by lot, and makes
 * one fulfillment per warehouse. Where part of the lines is claimed, only that, and only where the store lets part
 * leave. In one transaction under the locks of its SKUs, so what the order holds is never free in between; what it
 * leaves behind in another warehouse goes to those who wait for it. `missing`: units that are not claimed; `gap`: see
 * `AllocationResult`.
 */
export async function allocateClaims(
  em: Em,
  order: OrderContent,
  lines: readonly LineToShip[],
  how: { generation: number; policy: StorePolicy; now: Date },
): Promise<{ made: { warehouse: string; units: number }[]; missing: number; gap?: number }> {
  const { policy } = how;
  const wanted = sumDemand(lines);
  if (wanted.length === 0) return { made: [], missing: 0 };
  // The second is answered under the locks of the first.
  const [linked, held] = await Promise.all([
    lockQueue(
      em,
      wanted.map(({ sku }) => sku),
    ),
    readHolding(em, order.id, how.generation),
  ]);
  const missing = totalQuantity(wanted) - totalQuantity(held.claims);
  const part = policy.splitAllowed && !policy.shipComplete;
  if (held.claims.length === 0 || (missing > 0 && !part)) return { made: [], missing };
  await writeBehind(
    em,
    `update claim set state = 'released' where reservation_id = ? and state = 'open' and fulfillment_id is null`,
    [held.reservationId],
  );
  const demand = sumDemand(held.claims);
  const choosing = {
    country: order.country ?? '',
    ...{ policy, now: how.now, excluded: held.excluded, lock: true },
  };
  const [{ sites, options }, before] = await Promise.all([
    planFor(em, demand, choosing),
    lastPosition(em, order.id, how.generation),
  ]);
  const result = allocate(demand, sites, options);
  if (!result.ok) throw notCovered(order.id, result.short, sites);
  const made: { warehouse: string; units: number }[] = [];
  for (const [index, warehouse] of warehousesOf(result.shares).entries()) {
    const shares = result.shares.filter((share) => share.warehouse === warehouse);
    const own = shareLines(lines, result.shares, warehouse);
    const { shipDay } = sites.find((site) => site.warehouse === warehouse)!;
    const place = { position: before + index + 1, warehouse, shipDay };
    await makeFulfillment(em, order, held.reservationId, place, shares, own, how);
    made.push({ warehouse, units: totalQuantity(shares) });
  }
  if (leavesBehind(held.claims, result.shares)) await giveToQueue(em, linked);
  return { made, missing, ...(result.gap !== undefined && { gap: result.gap }) };
}

/** What was claimed can't be sent: it would expire on its way, or nobody works there. */
function notCovered(orderId: string, short: readonly Shortage[], sites: readonly PlannedSite[]): Error {
  for (const { sku, missing } of short) {
    const site = sites.find(({ expiring }) => (expiring[sku] ?? 0) > 0);
    if (site) return new LotsExpired(sku, site.warehouse, Math.min(missing, site.expiring[sku]!));
  }
  return new NobodyShips(orderId);
}

/** The stock is there, and the warehouses that have it never work, or no longer serve the country. */
export class NobodyShips extends Error {
  override readonly name = 'NobodyShips';

  constructor(orderId: string) {
    super(
      `What order ${orderId} has claimed is in warehouses that do not ship there any more: look at their countries and working days (GET /v1/warehouses), then retry`,
    );
  }
}

interface Holding {
  reservationId: string;
  excluded: string[];
  claims: Share[];
}

/** What the order has claimed and no fulfillment has. */
async function readHolding(em: Em, orderId: string, generation: number): Promise<Holding> {
  const [row] = await em.execute<Holding[]>(
    `select r.id as "reservationId", r.excluded,
            coalesce(jsonb_agg(jsonb_build_object('warehouse', c.warehouse, 'sku', c.sku, 'quantity', c.quantity))
                     filter (where c.id is not null), '[]') as claims
     from reservation r
     left join claim c on c.reservation_id = r.id and c.state = 'open' and c.fulfillment_id is null
     where r.order_id = ? and r.generation = ? and r.state = 'open' group by r.id`,
    [orderId, generation],
  );
  return row ?? { reservationId: '', excluded: [], claims: [] };
}

async function lastPosition(em: Em, orderId: string, generation: number): Promise<number> {
  const [row] = await em.execute<{ last: number }[]>(
    'select coalesce(max(position), 0)::int as last from fulfillment where order_id = ? and generation = ?',
    [orderId, generation],
  );
  return row!.last;
}

/** Whether some warehouse gives less than was claimed there. */
function leavesBehind(given: readonly Share[], shares: readonly Share[]): boolean {
  const at = (all: readonly Share[], { warehouse, sku }: Share) =>
    totalQuantity(all.filter((one) => one.warehouse === warehouse && one.sku === sku));
  return given.some((one) => at(shares, one) < at(given, one));
}

/** In the order in which allocation ranked them. */
const warehousesOf = (shares: readonly Share[]) => [...new Set(shares.map(({ warehouse }) => warehouse))];

/** Which quantity of which line a warehouse ships: lines in their order, warehouses in theirs. */
function shareLines(lines: readonly LineToShip[], shares: readonly Share[], warehouse: string) {
  const left = shares.map((share) => ({ ...share }));
  const split = lines.flatMap((line) => {
    let wanted = line.quantity;
    return left.flatMap((share) => {
      const quantity = share.sku === line.sku ? Math.min(wanted, share.quantity) : 0;
      wanted -= quantity;
      share.quantity -= quantity;
      return quantity > 0 ? [{ ...line, quantity, warehouse: share.warehouse }] : [];
    });
  });
  return split.filter((part) => part.warehouse === warehouse);
}

async function makeFulfillment(
  em: Em,
  order: OrderContent,
  reservationId: string,
  { position, warehouse, shipDay }: { position: number; warehouse: string; shipDay: string },
  shares: readonly Share[],
  lines: readonly LineToShip[],
  how: { generation: number; policy: StorePolicy; now: Date },
): Promise<void> {
  const id = uuid();
  const { now, policy } = how;
  const lotsOf = (share: Share) => takeLots(em, share, { now, promiseDays: policy.promiseDays, shipDay });
  const [parcels, ...lots] = await Promise.all([packAt(em, warehouse, shares), ...shares.map(lotsOf)]);
  await insertBehind(em, 'fulfillment', [
    {
      id,
      order_id: order.id,
      generation: how.generation,
      position,
      warehouse,
      ship_day: shipDay,
      order_version: order.version,
      stage: 'allocated',
    },
  ]);
  await insertBehind(
    em,
    'fulfillment_line',
    lines.map(({ externalId, sku, quantity }) => ({
      fulfillment_id: id,
      line_external_id: externalId,
      sku,
      quantity,
    })),
  );
  const claims = shares.flatMap(({ sku }, index) => lots[index]!.map((lot) => ({ sku, ...lot })));
  await insertBehind(
    em,
    'claim',
    claims.map(({ sku, lotId, quantity }) => ({
      id: uuid(),
      reservation_id: reservationId,
      fulfillment_id: id,
      warehouse,
      sku,
      lot_id: lotId,
      quantity,
    })),
  );
  await keepParcels(em, id, parcels);
}
