import { v7 as uuid } from 'uuid';
import type { Share } from '../../domain/allocation/types.ts';
import { packParcels } from '../../domain/parcels.ts';
import type { Em } from '../database.ts';
import { ParcelSchema } from '../entities/shipping.ts';

/** Carriers' common limit for one parcel. */
const MAX_PARCEL_GRAMS = 30_000;
const PACKAGING_GRAMS = 100;

/** Packs what a fulfillment ships into parcels, and keeps them. */
export async function packInto(em: Em, fulfillmentId: string, shares: readonly Share[]): Promise<void> {
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
}
