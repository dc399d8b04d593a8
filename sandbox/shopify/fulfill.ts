import { fulfillmentStatus } from './figures.ts';
import {
  newId,
  second,
  type Shop,
  type ShopFulfillment,
  type ShopFulfillmentOrder,
  type ShopOrder,
} from './model.ts';
import { restFulfillment } from './rest.ts';
import { moveStock } from './stock.ts';
import { ownerOf, refused, saveOrder, type Outcome, type ShopWorld } from './world.ts';

export interface Tracking {
  company: string | null;
  numbers: string[];
  urls: string[];
}

interface FulfillmentRequest {
  parts: { fulfillmentOrderId: number; lines: { id: number; quantity: number }[] | null }[];
  tracking: Tracking;
  notifyCustomer: boolean;
}

interface Part {
  group: ShopFulfillmentOrder;
  line: ShopFulfillmentOrder['lines'][number];
  quantity: number;
}

type Made = { order: ShopOrder; fulfillment: ShopFulfillment };

export function findFulfillmentOrder(
  world: ShopWorld,
  shop: Shop,
  id: number,
): { order: ShopOrder; group: ShopFulfillmentOrder } | undefined {
  const order = ownerOf(world, shop, id);
  const group = order?.fulfillmentOrders.find((one) => one.id === id);
  return order === undefined || group === undefined ? undefined : { order, group };
}

export function findFulfillment(world: ShopWorld, shop: Shop, id: number): Made | undefined {
  const order = ownerOf(world, shop, id);
  const fulfillment = order?.fulfillments.find((one) => one.id === id);
  return order === undefined || fulfillment === undefined ? undefined : { order, fulfillment };
}

/** fulfillmentCreate: all parts belong to one order and one location; nothing is fulfilled beyond what remains. */
export function fulfill(world: ShopWorld, shop: Shop, request: FulfillmentRequest): Outcome<Made> {
  const found = request.parts.map((part) => findFulfillmentOrder(world, shop, part.fulfillmentOrderId));
  if (found.length === 0 || found.some((one) => one === undefined))
    return refused(['fulfillment'], 'Fulfillment order does not exist.');
  const order = structuredClone(found[0]!.order);
  if (found.some((one) => one!.order.id !== order.id))
    return refused(['fulfillment'], 'All fulfillment orders must belong to the same order.');
  if (new Set(found.map((one) => one!.group.locationId)).size > 1)
    return refused(['fulfillment'], 'All fulfillment orders must be assigned to the same location.');

  const parts: Part[] = [];
  for (const { fulfillmentOrderId, lines } of request.parts) {
    const group = order.fulfillmentOrders.find((one) => one.id === fulfillmentOrderId)!;
    if (group.status !== 'OPEN' && group.status !== 'IN_PROGRESS')
      return refused(
        ['fulfillment'],
        `Fulfillment order ${fulfillmentOrderId} has an unfulfillable status= ${group.status.toLowerCase()}.`,
      );
    const wanted = lines ?? group.lines.map(({ id, remaining }) => ({ id, quantity: remaining }));
    for (const { id, quantity } of wanted) {
      const line = group.lines.find((one) => one.id === id);
      if (line === undefined) return refused(['fulfillment'], 'Fulfillment order line item does not exist.');
      if (quantity < 1 || quantity > line.remaining)
        return refused(['fulfillment'], 'Invalid fulfillment order line item quantity requested.');
      parts.push({ group, line, quantity });
    }
  }
  return { value: ship(world, shop, order, parts, request) };
}

function ship(
  world: ShopWorld,
  shop: Shop,
  order: ShopOrder,
  parts: Part[],
  request: FulfillmentRequest,
): Made {
  const at = second(world.now());
  const fulfillment: ShopFulfillment = {
    id: newId(world.state),
    number: order.fulfillments.length + 1,
    status: 'SUCCESS',
    locationId: parts[0]!.group.locationId,
    lines: parts.map(({ group, line, quantity }) => ({
      id: newId(world.state),
      lineId: line.lineId,
      fulfillmentOrderId: group.id,
      quantity,
    })),
    tracking: request.tracking,
    notifiedCustomer: request.notifyCustomer,
    events: [],
    createdAt: at,
    updatedAt: at,
  };
  for (const { group, line, quantity } of parts) {
    line.remaining -= quantity;
    group.status = group.lines.every((one) => one.remaining === 0) ? 'CLOSED' : 'IN_PROGRESS';
    group.updatedAt = at;
    const { sku } = order.lines.find((one) => one.id === line.lineId)!;
    moveStock(world.tables, shop.name, sku, group.locationId, { committed: -quantity }, at);
  }
  order.fulfillments.push(fulfillment);
  const topic = fulfillmentStatus(order) === 'FULFILLED' ? 'orders/fulfilled' : 'orders/partially_fulfilled';
  const saved = saveOrder(world, shop, order, [topic, 'orders/updated'], (now) => [
    { topic: 'fulfillments/create', body: restFulfillment(shop, now, fulfillment) },
  ]);
  return { order: saved, fulfillment };
}

/** fulfillmentCancel: what was entirely fulfilled gets a new fulfillment order, what was partly gets it back. */
export function cancelFulfillment(world: ShopWorld, shop: Shop, id: number): Outcome<Made> {
  const found = findFulfillment(world, shop, id);
  if (found === undefined) return refused(['id'], 'Fulfillment not found.');
  const order = structuredClone(found.order);
  const fulfillment = order.fulfillments.find((one) => one.id === id)!;
  if (fulfillment.status === 'CANCELLED') return refused(['id'], 'Fulfillment is already cancelled.');
  if (fulfillment.events.some((event) => event.status === 'DELIVERED'))
    return refused(['id'], 'Fulfillment cannot be cancelled once it has been delivered.');
  const at = second(world.now());
  fulfillment.status = 'CANCELLED';
  fulfillment.updatedAt = at;
  const groups = new Set(fulfillment.lines.map((line) => line.fulfillmentOrderId));
  for (const groupId of groups) giveBack(world, shop, order, fulfillment, groupId, at);
  const saved = saveOrder(world, shop, order, ['orders/updated'], (now) => [
    { topic: 'fulfillments/update', body: restFulfillment(shop, now, fulfillment) },
  ]);
  return { value: { order: saved, fulfillment } };
}

function giveBack(
  world: ShopWorld,
  shop: Shop,
  order: ShopOrder,
  fulfillment: ShopFulfillment,
  groupId: number,
  at: string,
): void {
  const group = order.fulfillmentOrders.find((one) => one.id === groupId)!;
  const parts = fulfillment.lines.filter((line) => line.fulfillmentOrderId === groupId);
  for (const part of parts) {
    const { sku } = order.lines.find((line) => line.id === part.lineId)!;
    moveStock(world.tables, shop.name, sku, group.locationId, { committed: part.quantity }, at);
  }
  if (group.status === 'CLOSED') {
    order.fulfillmentOrders.push({
      ...group,
      id: newId(world.state),
      status: 'OPEN',
      lines: parts.map(({ lineId, quantity }) => ({
        id: newId(world.state),
        lineId,
        total: quantity,
        remaining: quantity,
      })),
      createdAt: at,
      updatedAt: at,
    });
    return;
  }
  for (const part of parts)
    group.lines.find((line) => line.lineId === part.lineId)!.remaining += part.quantity;
  group.status = group.lines.every((line) => line.remaining === line.total) ? 'OPEN' : 'IN_PROGRESS';
  group.updatedAt = at;
}

interface EventRequest {
  fulfillmentId: number;
  status: string;
  message?: string | null;
  city?: string | null;
  country?: string | null;
  province?: string | null;
  zip?: string | null;
  happenedAt?: string | null;
}

export function addFulfillmentEvent(
  world: ShopWorld,
  shop: Shop,
  request: EventRequest,
): Outcome<Made & { event: ShopFulfillment['events'][number] }> {
  const found = findFulfillment(world, shop, request.fulfillmentId);
  if (found === undefined)
    return refused(['fulfillmentEvent', 'fulfillmentId'], 'Fulfillment does not exist.');
  const order = structuredClone(found.order);
  const fulfillment = order.fulfillments.find((one) => one.id === request.fulfillmentId)!;
  if (fulfillment.status === 'CANCELLED')
    return refused(['fulfillmentEvent', 'fulfillmentId'], 'Fulfillment has been cancelled.');
  const at = second(world.now());
  const event = {
    id: newId(world.state),
    status: request.status,
    message: request.message ?? null,
    city: request.city ?? null,
    country: request.country ?? null,
    province: request.province ?? null,
    zip: request.zip ?? null,
    happenedAt: request.happenedAt ?? at,
    createdAt: at,
  };
  fulfillment.events.push(event);
  fulfillment.updatedAt = at;
  const saved = saveOrder(world, shop, order, ['orders/updated'], (now) => [
    { topic: 'fulfillments/update', body: restFulfillment(shop, now, fulfillment) },
  ]);
  return { value: { order: saved, fulfillment, event } };
}

export function changeTracking(world: ShopWorld, shop: Shop, id: number, tracking: Tracking): Outcome<Made> {
  const found = findFulfillment(world, shop, id);
  if (found === undefined) return refused(['fulfillmentId'], 'Fulfillment does not exist.');
  const order = structuredClone(found.order);
  const fulfillment = order.fulfillments.find((one) => one.id === id)!;
  fulfillment.tracking = tracking;
  fulfillment.updatedAt = second(world.now());
  const saved = saveOrder(world, shop, order, ['orders/updated'], (now) => [
    { topic: 'fulfillments/update', body: restFulfillment(shop, now, fulfillment) },
  ]);
  return { value: { order: saved, fulfillment } };
}
