import { newId, second, type AdjustmentGroup, type Shop } from './model.ts';
import { productByItem } from './stock.ts';
import { refused, type Outcome, type ShopWorld } from './world.ts';

/** The reasons that Shopify takes. */
const reasons = new Set([
  'correction',
  'cycle_count_available',
  'damaged',
  'movement_canceled',
  'movement_created',
  'movement_received',
  'movement_updated',
  'other',
  'promotion',
  'quality_control',
  'received',
  'reservation_created',
  'reservation_deleted',
  'reservation_updated',
  'restock',
  'safety_stock',
  'shrinkage',
]);

interface QuantityRequest {
  inventoryItemId: number | null;
  locationId: number | null;
  quantity: number;
  /** undefined: left out. null: overwrite whatever there is. */
  changeFrom: number | null | undefined;
}

interface SetRequest {
  name: string;
  reason: string;
  referenceDocumentUri: string | null;
  quantities: QuantityRequest[];
  /** From API version 2026-04 on changeFromQuantity must be given. */
  changeFromRequired: boolean;
}

/** inventorySetQuantities: all of it or nothing. */
export function setQuantities(world: ShopWorld, shop: Shop, request: SetRequest): Outcome<AdjustmentGroup> {
  const fault = setFault(world, shop, request);
  if (fault !== null) return fault;
  const at = second(world.now());
  const changes = request.quantities.map(({ inventoryItemId, locationId, quantity }) => {
    const product = structuredClone(productByItem(world.tables, shop.name, inventoryItemId!)!);
    const level = product.levels.find((one) => one.locationId === locationId)!;
    const before = quantityOf(level, request.name);
    level.available += quantity - before;
    world.tables.products.put(shop.name, product.sku, { ...product, updatedAt: at });
    return {
      name: request.name,
      delta: quantity - before,
      after: quantity,
      inventoryItemId: inventoryItemId!,
      locationId: locationId!,
    };
  });
  const group: AdjustmentGroup = {
    id: newId(world.state),
    reason: request.reason,
    referenceDocumentUri: request.referenceDocumentUri,
    createdAt: at,
    changes,
  };
  world.tables.adjustments.put(shop.name, String(group.id), group);
  return { value: group };
}

const quantityOf = (level: { available: number; committed: number }, name: string): number =>
  name === 'on_hand' ? level.available + level.committed : level.available;

function setFault(world: ShopWorld, shop: Shop, request: SetRequest) {
  const at = (index: number, field: string) => ['input', 'quantities', String(index), field];
  if (request.name !== 'available' && request.name !== 'on_hand')
    return refused(
      ['input', 'name'],
      "The quantity name must be either 'available' or 'on_hand'.",
      'INVALID_NAME',
    );
  if (!reasons.has(request.reason))
    return refused(['input', 'reason'], 'The specified reason is invalid.', 'INVALID_REASON');
  const seen = new Set<string>();
  for (const [index, { inventoryItemId, locationId, quantity, changeFrom }] of request.quantities.entries()) {
    const product =
      inventoryItemId === null ? undefined : productByItem(world.tables, shop.name, inventoryItemId);
    if (product === undefined)
      return refused(
        at(index, 'inventoryItemId'),
        'The specified inventory item could not be found.',
        'INVALID_INVENTORY_ITEM',
      );
    if (!shop.locations.some((place) => place.id === locationId))
      return refused(
        at(index, 'locationId'),
        'The specified location could not be found.',
        'INVALID_LOCATION',
      );
    const level = product.levels.find((one) => one.locationId === locationId);
    if (level === undefined)
      return refused(
        at(index, 'locationId'),
        'The specified inventory item is not stocked at the location.',
        'ITEM_NOT_STOCKED_AT_LOCATION',
      );
    if (quantity < 0)
      return refused(at(index, 'quantity'), "The quantity can't be negative.", 'INVALID_QUANTITY_NEGATIVE');
    if (quantity > 1_000_000_000)
      return refused(
        at(index, 'quantity'),
        "The total quantity can't be higher than 1,000,000,000.",
        'INVALID_QUANTITY_TOO_HIGH',
      );
    const key = `${inventoryItemId}/${locationId}`;
    if (seen.has(key))
      return refused(
        ['input', 'quantities'],
        'The combination of inventoryItemId and locationId must be unique.',
        'NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR',
      );
    seen.add(key);
    if (changeFrom === undefined && request.changeFromRequired)
      return refused(
        at(index, 'changeFromQuantity'),
        'The changeFromQuantity argument must be given to each quantity.',
        'COMPARE_QUANTITY_REQUIRED',
      );
    if (changeFrom !== undefined && changeFrom !== null && changeFrom !== quantityOf(level, request.name))
      return refused(
        at(index, 'changeFromQuantity'),
        'The changeFromQuantity value does not match persisted value.',
        'CHANGE_FROM_QUANTITY_STALE',
      );
  }
  return null;
}
