/**
 * The rows of the second matrix: calls for which no order waits. A loop makes them, and makes them again by itself when
 * they did not work.
 */
export interface RowBeside {
  /** Its name among the sandbox's operations. */
  operation: string;
  /** What is to come of it: a shop's new order in the inbox, its number of stock in the shop, a parcel's scans here. */
  brings: 'order' | 'stock' | 'scans';
  /** The call changes something there, so it may be done although its answer is lost. */
  changes?: true;
}

export const rowsBeside: RowBeside[] = [
  { operation: 'shopify.OrdersChanged', brings: 'order' },
  { operation: 'shopify.RefundLines', brings: 'order' },
  { operation: 'shopify.StockItem', brings: 'stock' },
  { operation: 'shopify.StockItemAt', brings: 'stock' },
  { operation: 'shopify.SetStock', brings: 'stock', changes: true },
  { operation: 'woocommerce.orders.list', brings: 'order' },
  { operation: 'woocommerce.products.list', brings: 'stock' },
  { operation: 'woocommerce.products.get', brings: 'stock' },
  { operation: 'woocommerce.products.update', brings: 'stock', changes: true },
  { operation: 'ups.token', brings: 'scans' },
  { operation: 'ups.track', brings: 'scans' },
];
