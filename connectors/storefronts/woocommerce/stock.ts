import { z } from 'zod';
import type { StockItem } from '../storefront.ts';
import { refusal } from './rest.ts';
import type { WooRest } from './rest.ts';

const product = z.object({
  id: z.int(),
  parent_id: z.int().nullish(),
  type: z.string().nullish(),
  sku: z.string().nullish(),
  /** 'parent' on a variation whose stock is its product's. */
  manage_stock: z.union([z.boolean(), z.literal('parent')]),
  stock_quantity: z.number().nullish(),
});

/** The ref is the product's path: `products/{id}` or `products/{id}/variations/{id}`. */
export async function findStockItem(rest: WooRest, sku: string): Promise<StockItem | null> {
  const found = (await rest.get('/products', z.array(product), { sku })).find((each) => each.sku === sku);
  if (!found || found.manage_stock === false) return null;
  if (found.manage_stock === 'parent') {
    const ref = `products/${found.parent_id}`;
    const parent = await rest.get(`/${ref}`, product);
    return { ref, quantity: parent.stock_quantity ?? 0 };
  }
  const isVariation = found.type === 'variation' && found.parent_id;
  const ref = isVariation ? `products/${found.parent_id}/variations/${found.id}` : `products/${found.id}`;
  return { ref, quantity: found.stock_quantity ?? 0 };
}

/**
 * WooCommerce can't compare before it writes, so the number is read first: a sale between the two calls is still
 * overwritten, and told by its order soon after.
 */
export async function setStock(
  rest: WooRest,
  ref: string,
  quantity: number,
  lastKnown: number,
): Promise<{ result: 'set' } | { result: 'conflict' }> {
  if (!/^products\/\d+(\/variations\/\d+)?$/.test(ref))
    throw refusal('unknown-stock-item', `Not a stock item of a WooCommerce store: ${ref}`);
  const { stock_quantity: present } = await rest.get(`/${ref}`, product);
  // Also what a repeat finds whose first answer was lost.
  if (present === quantity) return { result: 'set' };
  if (present !== lastKnown) return { result: 'conflict' };
  await rest.put(`/${ref}`, { stock_quantity: quantity }, product);
  return { result: 'set' };
}
