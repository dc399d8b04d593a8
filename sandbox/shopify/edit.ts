import { toMinor } from '../money.ts';
import * as figures from './figures.ts';
import { addressOf, type AddressRequest } from './create-order.ts';
import { holdOpen } from './hold.ts';
import { newId, second, type Shop, type ShopOrder } from './model.ts';
import { dropOpen } from './refund.ts';
import { moveStock } from './stock.ts';
import { localTime } from './rest.ts';
import { saveOrder, type ShopWorld } from './world.ts';

export interface EditRequest {
  shippingAddress?: AddressRequest;
  email?: string;
  note?: string;
  tags?: string[];
  /** New quantities by line id; 0 removes the line. */
  quantities?: Record<string, number>;
  /** Puts what is open of it on hold, for a FulfillmentHoldReason; null releases it. */
  hold?: string | null;
}

/** What the merchant does in the shop's own admin. Throws a RangeError on what Shopify would not let him. */
export function editOrder(world: ShopWorld, shop: Shop, orderId: number, request: EditRequest): ShopOrder {
  const order = structuredClone(orderOf(world, shop, orderId));
  if (order.cancelledAt !== null && request.quantities !== undefined)
    throw new RangeError('a cancelled order cannot be edited');
  const at = second(world.now());
  if (request.shippingAddress !== undefined) order.shippingAddress = addressOf(request.shippingAddress);
  if (request.email !== undefined) order.email = request.email;
  if (request.note !== undefined) order.note = request.note;
  if (request.tags !== undefined) order.tags = request.tags;
  if (request.hold !== undefined) holdOpen(order, request.hold, at);
  const deltas = Object.entries(request.quantities ?? {}).map(([id, quantity]) =>
    changeQuantity(world, shop, order, Number(id), quantity, at),
  );
  if (deltas.length > 0) order.edited = true;
  return saveOrder(world, shop, order, ['orders/updated'], () =>
    deltas.length === 0 ? [] : [{ topic: 'orders/edited', body: editBody(world, shop, orderId, deltas, at) }],
  );
}

function changeQuantity(
  world: ShopWorld,
  shop: Shop,
  order: ShopOrder,
  lineId: number,
  quantity: number,
  at: string,
) {
  const line = order.lines.find((one) => one.id === lineId);
  if (line === undefined) throw new RangeError(`order ${order.name} has no line ${lineId}`);
  const delta = quantity - line.currentQuantity;
  if (quantity < figures.fulfilledQuantity(order, lineId))
    throw new RangeError('fulfilled items cannot be removed');
  if (delta < 0) dropOpen(world, shop, order, lineId, -delta, 'CANCEL', at);
  if (delta > 0) {
    const group = order.fulfillmentOrders.find(
      (one) => figures.isOpen(one) && one.lines.some((part) => part.lineId === lineId),
    );
    if (group === undefined) throw new RangeError('nothing of the line is open any more');
    const part = group.lines.find((one) => one.lineId === lineId)!;
    part.total += delta;
    part.remaining += delta;
    line.quantity += delta;
    moveStock(
      world.tables,
      shop.name,
      line.sku,
      group.locationId,
      { available: -delta, committed: delta },
      at,
    );
  }
  line.currentQuantity = quantity;
  return { id: lineId, delta };
}

/** orders/edited tells the edit, not the order. */
function editBody(
  world: ShopWorld,
  shop: Shop,
  orderId: number,
  deltas: { id: number; delta: number }[],
  at: string,
) {
  const part = (sign: number) =>
    deltas
      .filter(({ delta }) => Math.sign(delta) === sign)
      .map(({ id, delta }) => ({ id, delta: Math.abs(delta) }));
  return {
    order_edit: {
      id: newId(world.state),
      app_id: null,
      created_at: localTime(at, shop.offset),
      notify_customer: false,
      order_id: orderId,
      reason: '',
      staff_note: '',
      user_id: null,
      line_items: { additions: part(1), removals: part(-1) },
      discounts: { line_item: { additions: [], removals: [] } },
      shipping_lines: { additions: [], removals: [] },
    },
  };
}

/** The customer pays, or the merchant captures: what is still open, unless `amount` says less. */
export function payOrder(world: ShopWorld, shop: Shop, orderId: number, amount?: string): ShopOrder {
  const order = structuredClone(orderOf(world, shop, orderId));
  if (order.cancelledAt !== null) throw new RangeError('a cancelled order cannot be paid');
  const open = figures.currentTotals(order).total - figures.received(order);
  const paid = amount === undefined ? open : toMinor(amount, order.currency);
  if (paid <= 0 || paid > open) throw new RangeError('nothing of that amount is open');
  const authorization = order.transactions.find((made) => made.kind === 'AUTHORIZATION');
  order.transactions.push({
    id: newId(world.state),
    kind: authorization === undefined ? 'SALE' : 'CAPTURE',
    status: 'SUCCESS',
    gateway: order.gateway,
    amount: paid,
    parentId: authorization?.id ?? null,
    at: second(world.now()),
  });
  return saveOrder(world, shop, order, [...(paid === open ? ['orders/paid'] : []), 'orders/updated']);
}

export function orderOf(world: ShopWorld, shop: Shop, orderId: number): ShopOrder {
  const order = world.tables.orders.get(shop.name, String(orderId));
  if (order === undefined) throw new RangeError(`shop ${shop.name} has no order ${orderId}`);
  return order;
}
