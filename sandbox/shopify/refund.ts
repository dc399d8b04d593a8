import * as figures from './figures.ts';
import { newId, second, type Shop, type ShopOrder, type ShopRefund, type ShopTransaction } from './model.ts';
import { restRefund } from './rest.ts';
import { moveStock } from './stock.ts';
import { refused, saveOrder, type Outcome, type ShopWorld } from './world.ts';

export interface RefundRequest {
  orderId: number;
  /** As the caller names it; amounts here are in the shop's. */
  currency: string | null;
  note: string | null;
  lines: {
    lineId: number;
    quantity: number;
    restockType: ShopRefund['lines'][number]['restockType'];
    locationId: number | null;
  }[];
  shipping: number;
  transactions: { amount: number; parentId: number | null; gateway: string }[];
  allowOverRefunding: boolean;
}

type Made = { order: ShopOrder; refund: ShopRefund };

/** refundCreate: gives back at most what was taken and not given back before. */
export function refundOrder(world: ShopWorld, shop: Shop, request: RefundRequest): Outcome<Made> {
  const known = world.tables.orders.get(shop.name, String(request.orderId));
  if (known === undefined) return refused(['orderId'], 'Order does not exist');
  const order = structuredClone(known);
  const fault = refundFault(order, request);
  if (fault !== null) return fault;

  const at = second(world.now());
  const made = request.transactions.map(({ amount, parentId, gateway }) =>
    transaction(world, amount, parentId, gateway, at),
  );
  order.transactions.push(...made);
  const refund: ShopRefund = {
    id: newId(world.state),
    note: request.note,
    createdAt: at,
    lines: request.lines.map((line) => refundLine(world, order, line)),
    shipping: request.shipping,
    transactions: made.map(({ id }) => id),
  };
  order.refunds.push(refund);
  for (const line of refund.lines) restock(world, shop, order, line, at);
  const saved = saveOrder(world, shop, order, ['orders/updated'], (now) => [
    { topic: 'refunds/create', body: restRefund(shop, now, refund) },
  ]);
  return { value: { order: saved, refund } };
}

function refundFault(order: ShopOrder, request: RefundRequest) {
  const amount = request.transactions.reduce((sum, one) => sum + one.amount, 0);
  const { presentment } = order;
  if (
    request.currency === null
      ? presentment.currency !== order.currency
      : request.currency !== presentment.currency
  )
    return refused(
      ['currency'],
      `The refund's currency must be the presentment currency ${presentment.currency}`,
    );
  if (request.transactions.length === 0 && request.lines.length === 0 && request.shipping === 0)
    return refused(null, 'A refund must have at least one line item, shipping amount or transaction');
  if (request.transactions.some((one) => one.amount <= 0))
    return refused(['transactions', 'amount'], 'Amount must be greater than zero');
  for (const { parentId } of request.transactions) {
    const parent = order.transactions.find((made) => made.id === parentId);
    if (parent === undefined || (parent.kind !== 'SALE' && parent.kind !== 'CAPTURE'))
      return refused(
        ['transactions', 'parentId'],
        'Parent transaction must be a sale or capture of this order',
      );
    const back = order.transactions
      .filter((made) => made.kind === 'REFUND' && made.parentId === parentId)
      .reduce((sum, made) => sum + made.amount, 0);
    const now = request.transactions
      .filter((one) => one.parentId === parentId)
      .reduce((sum, one) => sum + one.amount, 0);
    if (back + now > parent.amount)
      return refused(['transactions'], 'Refund amount is more than the parent transaction has left');
  }
  if (!request.allowOverRefunding && figures.refunded(order) + amount > figures.received(order))
    return refused(null, 'Refund amount must be less than or equal to the amount available to refund');
  for (const { lineId, quantity } of request.lines) {
    const line = order.lines.find((one) => one.id === lineId);
    if (line === undefined) return refused(['refundLineItems'], 'Line item does not exist');
    if (quantity < 1 || figures.refundedQuantity(order, lineId) + quantity > line.quantity)
      return refused(['refundLineItems', 'quantity'], 'Refund quantity is more than can be refunded');
  }
  return null;
}

export const transaction = (
  world: ShopWorld,
  amount: number,
  parentId: number | null,
  gateway: string,
  at: string,
): ShopTransaction => ({
  id: newId(world.state),
  kind: 'REFUND',
  status: 'SUCCESS',
  gateway,
  amount,
  parentId,
  at,
});

function refundLine(
  world: ShopWorld,
  order: ShopOrder,
  { lineId, quantity, restockType, locationId }: RefundRequest['lines'][number],
): ShopRefund['lines'][number] {
  const line = order.lines.find((one) => one.id === lineId)!;
  const share = quantity / line.quantity;
  return {
    id: newId(world.state),
    lineId,
    quantity,
    restockType,
    locationId,
    subtotal: Math.round(figures.lineTotal(line) * share),
    tax: Math.round(figures.lineTax(order, line) * share),
  };
}

/** Removed items leave the order; those not yet shipped need no fulfilling, and their stock is free again. */
function restock(
  world: ShopWorld,
  shop: Shop,
  order: ShopOrder,
  { lineId, quantity, restockType, locationId }: ShopRefund['lines'][number],
  at: string,
): void {
  const line = order.lines.find((one) => one.id === lineId)!;
  line.currentQuantity = Math.max(0, line.currentQuantity - quantity);
  const released =
    restockType === 'RETURN' ? 0 : dropOpen(world, shop, order, lineId, quantity, restockType, at);
  const returned = restockType === 'NO_RESTOCK' ? 0 : quantity - released;
  const place = locationId ?? shop.locations[0]!.id;
  if (returned > 0) moveStock(world.tables, shop.name, line.sku, place, { available: returned }, at);
}

/** Takes up to `quantity` off the open fulfillment orders; returns how much there was. */
export function dropOpen(
  world: ShopWorld,
  shop: Shop,
  order: ShopOrder,
  lineId: number,
  quantity: number,
  restockType: ShopRefund['lines'][number]['restockType'],
  at: string,
): number {
  let left = quantity;
  for (const group of order.fulfillmentOrders.filter(figures.isOpen)) {
    for (const part of group.lines.filter((one) => one.lineId === lineId)) {
      const dropped = Math.min(left, part.remaining);
      part.remaining -= dropped;
      part.total -= dropped;
      left -= dropped;
      const { sku } = order.lines.find((line) => line.id === lineId)!;
      const available = restockType === 'NO_RESTOCK' ? 0 : dropped;
      moveStock(world.tables, shop.name, sku, group.locationId, { committed: -dropped, available }, at);
    }
    if (group.lines.every((one) => one.remaining === 0)) group.status = 'CLOSED';
    group.updatedAt = at;
  }
  return quantity - left;
}
