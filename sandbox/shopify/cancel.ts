import * as figures from './figures.ts';
import { newId, second, type Shop, type ShopOrder, type ShopRefund } from './model.ts';
import { restRefund } from './rest.ts';
import { dropOpen, transaction } from './refund.ts';
import { refused, saveOrder, type Outcome, type ShopWorld } from './world.ts';

interface CancelRequest {
  orderId: number;
  reason: string;
  refund: boolean;
  restock: boolean;
}

/** Checks at once, as orderCancel does; the work itself is a job. */
function checkCancel(world: ShopWorld, shop: Shop, orderId: number): Outcome<ShopOrder> {
  const order = world.tables.orders.get(shop.name, String(orderId));
  if (order === undefined) return refused(['orderId'], 'Order does not exist', 'NOT_FOUND');
  if (order.cancelledAt !== null) return refused(['orderId'], 'Order has already been cancelled', 'INVALID');
  if (order.fulfillments.some((fulfillment) => fulfillment.status === 'SUCCESS'))
    return refused(['orderId'], 'Cannot cancel an order that has outstanding fulfillments', 'INVALID');
  return { value: order };
}

/** Starts the job and returns its id. */
export function startCancel(world: ShopWorld, shop: Shop, request: CancelRequest): Outcome<string> {
  const checked = checkCancel(world, shop, request.orderId);
  if ('faults' in checked) return checked;
  const id = crypto.randomUUID();
  world.tables.jobs.put(shop.name, id, { id, orderId: request.orderId, doneAt: null });
  const run = () => {
    cancelOrder(world, shop, request);
    const doneAt = new Date(world.now()).toISOString();
    world.tables.jobs.put(shop.name, id, { id, orderId: request.orderId, doneAt });
    world.state.flush();
  };
  if (shop.jobMs === 0) run();
  else setTimeout(run, shop.jobMs).unref();
  return { value: id };
}

/** Cancels now. Payments stay unless `refund`; an authorization is always released. */
export function cancelOrder(world: ShopWorld, shop: Shop, request: CancelRequest): Outcome<ShopOrder> {
  const checked = checkCancel(world, shop, request.orderId);
  if ('faults' in checked) return checked;
  const order = structuredClone(checked.value);
  const at = second(world.now());
  order.cancelledAt = at;
  order.closedAt = at;
  order.cancelReason = request.reason;
  const refund = takeApart(world, shop, order, request, at);
  if (figures.authorized(order) > 0 && figures.received(order) === 0)
    order.transactions.push({
      ...transaction(world, figures.authorized(order), null, order.gateway, at),
      kind: 'VOID',
    });
  if (refund !== null) order.refunds.push(refund);
  const saved = saveOrder(world, shop, order, ['orders/cancelled', 'orders/updated'], (now) =>
    refund === null ? [] : [{ topic: 'refunds/create', body: restRefund(shop, now, refund) }],
  );
  return { value: saved };
}

/** Shopify books the removed items, and the money given back, as one refund. */
function takeApart(
  world: ShopWorld,
  shop: Shop,
  order: ShopOrder,
  request: CancelRequest,
  at: string,
): ShopRefund | null {
  const restockType = request.restock ? 'CANCEL' : 'NO_RESTOCK';
  const removed = order.lines.filter((line) => line.currentQuantity > 0);
  const lines = removed.map((line) => ({
    id: newId(world.state),
    lineId: line.id,
    quantity: line.currentQuantity,
    restockType: restockType as ShopRefund['lines'][number]['restockType'],
    locationId: request.restock ? shop.locations[0]!.id : null,
    subtotal: figures.currentLineTotal(line),
    tax: figures.lineTax(order, line),
  }));
  for (const line of removed) {
    dropOpen(world, shop, order, line.id, line.currentQuantity, restockType, at);
    line.currentQuantity = 0;
  }
  for (const group of order.fulfillmentOrders) if (figures.isOpen(group)) group.status = 'CANCELLED';
  const due = request.refund ? figures.received(order) - figures.refunded(order) : 0;
  const parent = order.transactions.find((made) => made.kind === 'SALE' || made.kind === 'CAPTURE');
  const made = due > 0 ? [transaction(world, due, parent!.id, order.gateway, at)] : [];
  order.transactions.push(...made);
  if (lines.length === 0 && made.length === 0) return null;
  const shipping = due > 0 ? (order.shipping?.price ?? 0) : 0;
  return {
    id: newId(world.state),
    note: null,
    createdAt: at,
    lines,
    shipping,
    transactions: made.map(({ id }) => id),
  };
}
