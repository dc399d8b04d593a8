import { v7 as uuid } from 'uuid';
import { maxParcelGrams } from '../../domain/allocation/price.ts';
import type { Share } from '../../domain/allocation/types.ts';
import { type Carton, type CartonedParcel, type CartonItem, packCartons } from '../../domain/cartons.ts';
import type { Em } from '../database.ts';
import { insertBehind } from '../transaction.ts';

/** Of a parcel whose box is not known. */
const PACKAGING_GRAMS = 100;

/** The parcels that these units make in a warehouse. */
export async function packAt(em: Em, warehouse: string, shares: readonly Share[]): Promise<CartonedParcel[]> {
  const [items, cartons] = await Promise.all([readItems(em, shares), readCartons(em, warehouse)]);
  return packCartons(items, cartons, {
    maxWeightGrams: maxParcelGrams,
    packagingGrams: PACKAGING_GRAMS,
  });
}

/** What a fulfillment ships, box by box. */
export async function keepParcels(
  em: Em,
  fulfillmentId: string,
  parcels: readonly CartonedParcel[],
): Promise<void> {
  const rows = parcels.map(({ box, weightGrams, dimensions, items }, index) => ({
    id: uuid(),
    fulfillment_id: fulfillmentId,
    position: index + 1,
    box,
    weight_grams: weightGrams,
    dimensions_mm: dimensions,
    items: JSON.stringify(items),
  }));
  await insertBehind(em, 'parcel', rows);
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
  return em.execute<Carton[]>(
    `select code, inner_mm as "inner", outer_mm as "outer", weight_grams as "weightGrams",
            max_weight_grams as "maxWeightGrams", cost::float8 as cost
     from box_type where active and (warehouse = ? or warehouse is null)`,
    [warehouse],
  );
}
