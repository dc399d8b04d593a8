import type { Em } from './database.ts';

/**
 * The one place that takes locks. Always in this order: the order's row, then products by SKU. A product's row
 * stands for all stock of the SKU: whoever changes levels, claims, lots or the queue of a SKU holds it, so rows
 * below it need no locks of their own and no two transactions can wait for each other.
 */

/** Returns the SKUs that exist; sorted, as all locks are. */
export async function lockSkus(em: Em, skus: readonly string[]): Promise<Set<string>> {
  if (skus.length === 0) return new Set();
  const rows = await em.execute<{ sku: string }[]>(
    'select sku from product where sku in (?) order by sku for no key update',
    [[...new Set(skus)].sort()],
  );
  return new Set(rows.map((row) => row.sku));
}

/** The same of several orders; those that exist, sorted as all locks are. */
export async function lockOrders(em: Em, orderIds: readonly string[]): Promise<Set<string>> {
  if (orderIds.length === 0) return new Set();
  const rows = await em.execute<{ id: string }[]>(
    'select id from orders where id in (?) order by id for no key update',
    [[...new Set(orderIds)]],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Held by every step that writes an order's progress. Returns false where there is no such order. */
export async function lockOrder(em: Em, orderId: string): Promise<boolean> {
  const rows = await em.execute('select 1 from orders where id = ? for no key update', [orderId]);
  return rows.length > 0;
}
