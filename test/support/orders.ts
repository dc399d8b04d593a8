/** Orders of the whole system as the API shows them, and how far they are. */
import type { WireOrder } from '../../api/schemas/orders.ts';
import { orderIdOf } from '../../db/order-id.ts';
import type { ParcelStatus } from '../../sandbox/ups/model.ts';
import type { System } from './system.ts';

export interface OrderRef {
  storeId: string;
  externalId: number | string;
}

export const idOf = ({ storeId, externalId }: OrderRef) => orderIdOf(storeId, String(externalId));

export const show = (system: System, order: OrderRef) =>
  system.api.get<WireOrder>(`/v1/orders/${idOf(order)}`);

/** The order once it is as `expected`; else the error shows how it stood when the time was up. */
export async function onceOrder(
  system: System,
  order: OrderRef,
  what: string,
  expected: (order: WireOrder) => boolean,
): Promise<WireOrder> {
  let seen: WireOrder | null = null;
  const found = () =>
    system.until(what, async () => {
      seen = await show(system, order);
      return expected(seen) ? seen : null;
    });
  return found().catch((error: Error) => {
    throw new Error(`${error.message}\nThe order: ${seen ? summary(seen) : 'not captured'}`);
  });
}

const summary = ({ stage, conditions, attention, why, timeline }: WireOrder) =>
  JSON.stringify({ stage, conditions, attention, why, timeline }, null, 1);

/** At that stage with nothing in its way. */
export const reaches = (system: System, order: OrderRef, stage: WireOrder['stage']) =>
  onceOrder(system, order, stage, (one) => one.stage === stage && one.condition === 'none');

export const act = (system: System, order: OrderRef, action: string, more: object = {}) =>
  system.api.post<WireOrder>(`/v1/orders/${idOf(order)}/${action}`, { reason: 'as agreed', ...more });

/** The carrier scans every parcel of the order, up to its delivery. */
export async function deliverParcels(system: System, order: WireOrder, ups = 'main'): Promise<void> {
  for (const { parcels } of order.fulfillments)
    for (const { trackingNumber } of parcels)
      for (const status of ['in_transit', 'delivered'] satisfies ParcelStatus[])
        await system.sandbox.ups(ups).advance(trackingNumber!, status);
}
