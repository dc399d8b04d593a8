import { v7 as uuid } from 'uuid';
import { allocate } from '../../domain/allocation/allocate.ts';
import { sumDemand, totalQuantity } from '../../domain/allocation/quantities.ts';
import type { Share } from '../../domain/allocation/types.ts';
import { packParcels } from '../../domain/parcels.ts';
import type { StorePolicy } from '../../domain/policy.ts';
import type { Em } from '../database.ts';
import { ClaimSchema, FulfillmentLineSchema, FulfillmentSchema } from '../entities/orders.ts';
import { ParcelSchema } from '../entities/shipping.ts';
import type { LineToShip, OrderContent } from '../order-content.ts';
import { takeLots } from './lots.ts';
import { giveToQueue, lockQueue } from './queue.ts';
import { readSites, serves } from './supply.ts';

/** Carriers' common limit for one parcel. */
const MAX_PARCEL_GRAMS = 30_000;
const PACKAGING_GRAMS = 100;

export interface AllocatedFulfillment {
  id: string;
  position: number;
  warehouse: string;
  units: number;
  parcels: string[];
}

/**
 * Moves an order's claims to where the objective wants them, lot by lot, and makes one fulfillment per
 * warehouse. In one transaction under the locks of its SKUs, so what the order holds is never free in between;
 * what it leaves behind in another warehouse goes to those who wait for it.
 */
export async function allocateClaims(
  em: Em,
  order: OrderContent,
  lines: readonly LineToShip[],
  how: { generation: number; policy: StorePolicy; today: string },
): Promise<AllocatedFulfillment[]> {
  const demand = sumDemand(lines);
  const skus = demand.map(({ sku }) => sku);
  const linked = await lockQueue(em, skus);
  const { reservationId, given } = await giveBackOwnClaims(em, order.id, how.generation);
  const country = order.country ?? '';
  const sites = (await readSites(em, skus)).filter((site) => serves(site, country));
  const result = allocate(demand, sites, {
    objective: how.policy.objective,
    destination: { country },
    splitAllowed: how.policy.splitAllowed,
  });
  if (!result.ok) throw new Error(`The reservation of order ${order.id} no longer covers it`);
  const fulfillments: AllocatedFulfillment[] = [];
  for (const [index, warehouse] of warehousesOf(result.shares).entries()) {
    const shares = result.shares.filter((share) => share.warehouse === warehouse);
    fulfillments.push(
      await makeFulfillment(
        em,
        order,
        reservationId,
        index + 1,
        warehouse,
        shares,
        shareLines(lines, result.shares, warehouse),
        how,
      ),
    );
  }
  if (leavesBehind(given, result.shares)) await giveToQueue(em, linked);
  return fulfillments;
}

async function giveBackOwnClaims(
  em: Em,
  orderId: string,
  generation: number,
): Promise<{ reservationId: string; given: Share[] }> {
  const [reservation] = await em.execute<{ id: string }[]>(
    `select id from reservation where order_id = ? and generation = ? and state = 'open'`,
    [orderId, generation],
  );
  if (!reservation) throw new Error(`Order ${orderId} has no open reservation of generation ${generation}`);
  const given = await em.execute<Share[]>(
    `update claim set state = 'released' where reservation_id = ? and state = 'open'
     returning warehouse, sku, quantity`,
    [reservation.id],
  );
  return { reservationId: reservation.id, given };
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
  position: number,
  warehouse: string,
  shares: readonly Share[],
  lines: readonly LineToShip[],
  how: { generation: number; today: string },
): Promise<AllocatedFulfillment> {
  const id = uuid();
  await em.insert(FulfillmentSchema, {
    id,
    orderId: order.id,
    generation: how.generation,
    position,
    warehouse,
    orderVersion: order.version,
    stage: 'allocated',
  });
  await em.insertMany(
    FulfillmentLineSchema,
    lines.map(({ externalId, sku, quantity }) => ({
      fulfillmentId: id,
      lineExternalId: externalId,
      sku,
      quantity,
    })),
  );
  for (const share of shares) {
    const lots = await takeLots(em, share, how.today);
    await em.insertMany(
      ClaimSchema,
      lots.map(({ lotId, quantity }) => ({
        id: uuid(),
        reservationId,
        fulfillmentId: id,
        warehouse,
        sku: share.sku,
        lotId,
        quantity,
      })),
    );
  }
  const parcels = await packInto(em, id, shares);
  return { id, position, warehouse, units: shares.reduce((sum, { quantity }) => sum + quantity, 0), parcels };
}

async function packInto(em: Em, fulfillmentId: string, shares: readonly Share[]): Promise<string[]> {
  const products = await em.execute<
    { sku: string; weightGrams: number; dimensions: { length: number; width: number; height: number } }[]
  >('select sku, weight_grams as "weightGrams", dimensions_mm as dimensions from product where sku in (?)', [
    shares.map(({ sku }) => sku),
  ]);
  const items = shares.map(({ sku, quantity }) => ({
    ...products.find((one) => one.sku === sku)!,
    quantity,
  }));
  const parcels = packParcels(items, { maxWeightGrams: MAX_PARCEL_GRAMS, packagingGrams: PACKAGING_GRAMS });
  const rows = parcels.map((parcel, index) => ({
    id: uuid(),
    fulfillmentId,
    position: index + 1,
    weightGrams: parcel.weightGrams,
    dimensionsMm: parcel.dimensions,
    items: parcel.items,
  }));
  await em.insertMany(ParcelSchema, rows);
  return rows.map(({ id }) => id);
}
