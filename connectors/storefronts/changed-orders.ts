import { PartyFailure } from '../failure.ts';
import type { ChangedOrders, StorefrontEvent } from './storefront.ts';

type OrderEvent = Extract<StorefrontEvent, { kind: 'order' }>;

/** A shop that answers for none of so many in a row is away as a whole. */
const MOST_IN_A_ROW = 3;

/**
 * Reads each of a page's orders. One that can't be understood is refused, one that the shop does not give this time is
 * left for the next: neither keeps back those that come after it. `idOf`: null where it is not even known which it is.
 */
export async function readEach<T>(
  listed: readonly T[],
  readOne: (one: T) => Promise<OrderEvent | null>,
  idOf: (one: T) => string | null,
): Promise<ChangedOrders> {
  const read: ChangedOrders = { orders: [], refused: [] };
  let inARow = 0;
  for (const one of listed) {
    try {
      const event = await readOne(one);
      if (event) read.orders.push(event);
      inARow = 0;
    } catch (error) {
      if (!(error instanceof PartyFailure)) throw error;
      const orderExternalId = idOf(one);
      if (error.code === 'unusable-order') {
        if (orderExternalId === null) throw error;
        read.refused.push({ orderExternalId, reason: error.message });
        continue;
      }
      inARow += 1;
      if (error.kind !== 'retry' || inARow === MOST_IN_A_ROW) throw error;
      read.failed ??= error;
    }
  }
  return read;
}
