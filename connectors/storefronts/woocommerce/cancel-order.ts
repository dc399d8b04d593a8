import { z } from 'zod';
import { orderOf } from './read.ts';
import type { WooRest } from './rest.ts';

/** WooCommerce itself puts the stock of a cancelled order back; the next stock update sees another number there. */
export async function cancelOrder(rest: WooRest, orderExternalId: string): Promise<void> {
  const order = await orderOf(rest, orderExternalId);
  if (order.status === 'cancelled') return;
  await rest.put(`/orders/${order.id}`, { status: 'cancelled' }, z.object({ id: z.int() }));
}
