import { v7 as uuid } from 'uuid';
import { maxParcelGrams } from '../../domain/allocation/price.ts';
import type { Share } from '../../domain/allocation/types.ts';
import { type Carton, type CartonedParcel, type CartonItem, packCartons } from '../../domain/cartons.ts';
import type { Em } from '../database.ts';
import { BoxTypeSchema } from '../entities/planning.ts';
import { ParcelSchema } from '../entities/shipping.ts';

/** Of a parcel whose box is not known. */
const PACKAGING_GRAMS = 100;

/** The parcels that these units make in a warehouse. */
export async function packAt(em: Em, warehouse: string, shares: readonly Share[]): Promise<CartonedParcel[]> {
  return packCartons(await readItems(em, shares), await readCartons(em, warehouse), {
    maxWeightGrams: maxParcelGrams,
    packagingGrams: PACKAGING_GRAMS,
  });
}

/** Packs what a fulfillment ships into the boxes of its warehouse, and keeps the parcels. */
export async function packInto(
  em: Em,
  fulfillmentId: string,
  warehouse: string,
  shares: readonly Share[],
): Promise<void> {
  const parcels = await packAt(em, warehouse, shares);
  const rows = parcels.map(({ box, weightGrams, dimensions, items }, index) => ({
    id: uuid(),
    fulfillmentId,
    position: index + 1,
    box,
    weightGrams,
    dimensionsMm: dimensions,
    items,
  }));
  await em.insertMany(ParcelSchema, rows);
}

async function readItems(em: Em, shares: readonly Share[]): Promise<CartonItem[]> {
  const products = await em.execute<Omit<CartonItem, 'quantity'>[]>(
    `select sku, weight_grams as "weightGrams", dimensions_mm as dimensions, parcel_class as "parcelClass",
            ships_alone as "shipsAlone" from product where sku in (?)`,
    [shares.map(({ sku }) => sku)],
  );
  return shares.map(({ sku, quantity }) => ({ ...products.find((one) => one.sku === sku)!, quantity }));
}

async function readCartons(em: Em, warehouse: string): Promise<Carton[]> {
  const rows = await em.find(BoxTypeSchema, { active: true, $or: [{ warehouse }, { warehouse: null }] });
  return rows.map(({ code, innerMm, outerMm, weightGrams, maxWeightGrams, cost }) => ({
    ...{ code, inner: innerMm, outer: outerMm, weightGrams, maxWeightGrams },
    cost: Number(cost),
  }));
}
