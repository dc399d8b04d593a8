import { isOpen } from './figures.ts';
import type { ShopOrder } from './model.ts';

/** Puts what is open on hold, for a FulfillmentHoldReason, as a person or an app does; null releases it. */
export function holdOpen(order: ShopOrder, reason: string | null, at: string): void {
  for (const group of order.fulfillmentOrders.filter(isOpen)) {
    group.status = reason === null ? 'OPEN' : 'ON_HOLD';
    if (reason === null) delete group.holdReason;
    else group.holdReason = reason;
    group.updatedAt = at;
  }
}
