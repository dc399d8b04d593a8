import { connection, type PageArgs } from './connection.ts';
import { gid, idOf, type ShopLocation, type ShopProduct } from './model.ts';
import { decimal, type ViewContext } from './money-views.ts';

/** Variants, inventory items, levels and locations as GraphQL types. */

export function variantView(context: ViewContext, product: ShopProduct): Record<string, unknown> {
  return {
    __typename: 'ProductVariant',
    id: gid('ProductVariant', product.variantId),
    legacyResourceId: String(product.variantId),
    sku: product.sku,
    title: 'Default Title',
    displayName: `${product.title} - Default Title`,
    price: decimal(product.price, context.shop.currency),
    barcode: null,
    taxable: true,
    inventoryPolicy: 'DENY',
    inventoryQuantity: product.levels.reduce((sum, level) => sum + level.available, 0),
    createdAt: product.updatedAt,
    updatedAt: product.updatedAt,
    product: {
      id: gid('Product', product.productId),
      legacyResourceId: String(product.productId),
      title: product.title,
      status: 'ACTIVE',
      vendor: 'Sandbox',
    },
    inventoryItem: () => inventoryItemView(context, product),
  };
}

export function inventoryItemView(context: ViewContext, product: ShopProduct): Record<string, unknown> {
  return {
    __typename: 'InventoryItem',
    id: gid('InventoryItem', product.inventoryItemId),
    legacyResourceId: String(product.inventoryItemId),
    sku: product.sku,
    tracked: product.tracked,
    requiresShipping: product.requiresShipping,
    createdAt: product.updatedAt,
    updatedAt: product.updatedAt,
    countryCodeOfOrigin: null,
    harmonizedSystemCode: null,
    unitCost: null,
    measurement: {
      id: gid('InventoryItemMeasurement', product.inventoryItemId),
      weight: { unit: 'GRAMS', value: product.grams },
    },
    variant: () => variantView(context, product),
    variants: (args: PageArgs) =>
      connection(
        [product],
        args,
        (one) => [one.variantId],
        (one) => variantView(context, one),
      ),
    inventoryLevel: ({ locationId }: { locationId: string }) => {
      const level = product.levels.find((one) => one.locationId === idOf('Location', locationId));
      return level === undefined ? null : levelView(context, product, level);
    },
    inventoryLevels: (args: PageArgs) =>
      connection(
        product.levels,
        args,
        (level) => [level.locationId],
        (level) => levelView(context, product, level),
      ),
  };
}

export function levelView(
  context: ViewContext,
  product: ShopProduct,
  level: ShopProduct['levels'][number],
): Record<string, unknown> {
  const id = `${level.locationId}?inventory_item_id=${product.inventoryItemId}`;
  const numbers: Record<string, number> = {
    available: level.available,
    committed: level.committed,
    on_hand: level.available + level.committed,
  };
  return {
    __typename: 'InventoryLevel',
    id: gid('InventoryLevel', id),
    isActive: true,
    createdAt: product.updatedAt,
    updatedAt: product.updatedAt,
    item: () => inventoryItemView(context, product),
    location: () =>
      locationView(
        context,
        context.shop.locations.find((one) => one.id === level.locationId)!,
      ),
    quantities: ({ names }: { names: string[] }) =>
      names.map((name) => ({
        id: gid('InventoryQuantity', `${id}&name=${name}`),
        name,
        quantity: numbers[name] ?? 0,
        updatedAt: product.updatedAt,
      })),
  };
}

export function locationView(_context: ViewContext, place: ShopLocation): Record<string, unknown> {
  const since = '2025-01-01T00:00:00Z';
  return {
    __typename: 'Location',
    id: gid('Location', place.id),
    legacyResourceId: String(place.id),
    name: place.name,
    isActive: true,
    shipsInventory: true,
    fulfillsOnlineOrders: true,
    createdAt: since,
    updatedAt: since,
    address: {
      address1: place.address1,
      address2: null,
      city: place.city,
      country: new Intl.DisplayNames(['en'], { type: 'region' }).of(place.countryCode),
      countryCode: place.countryCode,
      formatted: [place.address1, `${place.zip} ${place.city}`],
      latitude: null,
      longitude: null,
      phone: null,
      province: place.provinceCode,
      provinceCode: place.provinceCode,
      zip: place.zip,
    },
  };
}
