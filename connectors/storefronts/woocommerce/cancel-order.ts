import { z } from 'zod';
import { orderOf } from './read.ts';
import type { WooRest } from './rest.ts';

/** What such an order's status says is more than that it was sent, or is to be. */
export const isOver = (status: string): boolean => status === 'cancelled' || status === 'refunded';

/** WooCommerce itself puts the stock of a cancelled order back; the next stock update sees another number there. */
export async function cancelOrder(rest: WooRest, orderExternalId: string): Promise<void> {
  const order = await orderOf(rest, orderExternalId);
  if (isOver(order.status)) return;
  await rest.put(`/orders/${order.id}`, { status: 'cancelled' }, z.object({ id: z.int() }));
}
