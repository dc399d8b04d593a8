import { z } from 'zod';
import type { StockItem } from '../storefront.ts';
import { gid, gidNumber, refusal, userErrorFailure, userErrors } from './graphql.ts';
import type { Graphql } from './graphql.ts';
import * as queries from './queries.ts';

const level = z.object({
  location: z.object({ id: gidNumber }),
  quantities: z.array(z.object({ name: z.string(), quantity: z.int() })),
});
const itemsData = z.object({
  inventoryItems: z.object({
    nodes: z.array(
      z.object({
        id: gidNumber,
        sku: z.string().nullable(),
        tracked: z.boolean(),
        inventoryLevel: level.nullish(),
        inventoryLevels: z.object({ nodes: z.array(level) }).optional(),
      }),
    ),
  }),
});
const setData = z.object({ inventorySetQuantities: z.object({ userErrors }) });

/**
 * The ref is `{inventory item id}@{location id}`, the quantity Shopify's "available". Without a location the one
 * that the SKU is stocked at.
 */
export async function findStockItem(
  graphql: Graphql,
  sku: string,
  locationId: string | undefined,
): Promise<StockItem | null> {
  const query = `sku:"${sku.replaceAll(/["\\]/g, '\\$&')}"`;
  const { inventoryItems } = locationId
    ? await graphql.query(
        queries.stockItemAtQuery,
        { query, locationId: gid('Location', locationId) },
        itemsData,
      )
    : await graphql.query(queries.stockItemQuery, { query }, itemsData);
  // The search ignores case and finds beginnings of words.
  const [item, ...others] = inventoryItems.nodes.filter((node) => node.sku === sku && node.tracked);
  if (!item) return null;
  if (others.length > 0)
    throw refusal('duplicate-sku', `${others.length + 1} variants in the shop have the SKU ${sku}.`);
  const [found, ...elsewhere] = item.inventoryLevel
    ? [item.inventoryLevel]
    : (item.inventoryLevels?.nodes ?? []);
  if (!found) return null;
  if (elsewhere.length > 0)
    throw refusal(
      'location-missing',
      'The SKU is stocked at several locations: name one in the credentials.',
    );
  const available = found.quantities.find(({ name }) => name === 'available');
  return { ref: `${item.id}@${found.location.id}`, quantity: available?.quantity ?? 0 };
}

const stale = new Set(['CHANGE_FROM_QUANTITY_STALE', 'COMPARE_QUANTITY_STALE']);

export async function setStock(
  graphql: Graphql,
  ref: string,
  quantity: number,
  lastKnown: number,
  key: string,
): Promise<{ result: 'set' } | { result: 'conflict' }> {
  const [, item, location] = /^(\d+)@(\d+)$/.exec(ref) ?? [];
  if (!item || !location) throw refusal('unknown-stock-item', `Not a stock item of a Shopify store: ${ref}`);
  const input = {
    name: 'available',
    reason: 'correction',
    // Shown in the shop's inventory history.
    referenceDocumentUri: `gid://orderloom/StockUpdate/${encodeURIComponent(key)}`,
    quantities: [
      {
        inventoryItemId: gid('InventoryItem', item),
        locationId: gid('Location', location),
        quantity,
        changeFromQuantity: lastKnown,
      },
    ],
  };
  const data = await graphql.mutate(queries.setStockMutation, { input, key }, setData);
  const errors = data.inventorySetQuantities.userErrors;
  if (errors.length === 0) return { result: 'set' };
  if (errors.some(({ code }) => code && stale.has(code))) return { result: 'conflict' };
  throw userErrorFailure(errors);
}
