import type { ShopProduct, ShopTables } from './model.ts';

/** Available and committed per location, as Shopify counts: on hand is both together. */

export function productBySku(tables: ShopTables, shop: string, sku: string): ShopProduct | undefined {
  return tables.products.get(shop, sku);
}

export function productByItem(tables: ShopTables, shop: string, itemId: number): ShopProduct | undefined {
  return tables.products.all(shop).find((product) => product.inventoryItemId === itemId);
}

/** Adds to both numbers; what is not tracked or not stocked there stays as it is. */
export function moveStock(
  tables: ShopTables,
  shop: string,
  sku: string | null,
  locationId: number,
  delta: { available?: number; committed?: number },
  at: string,
): void {
  const product = sku === null ? undefined : productBySku(tables, shop, sku);
  const level = product?.levels.find((stocked) => stocked.locationId === locationId);
  if (product === undefined || level === undefined || !product.tracked) return;
  level.available += delta.available ?? 0;
  level.committed += delta.committed ?? 0;
  tables.products.put(shop, product.sku, { ...product, updatedAt: at });
}
