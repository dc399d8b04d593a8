import { connection, type PageArgs } from './connection.ts';
import * as figures from './figures.ts';
import { lineView } from './line-view.ts';
import { gid, type ShopFulfillment, type ShopFulfillmentOrder, type ShopOrder } from './model.ts';
import { byId, type ViewContext } from './money-views.ts';
import { locationView } from './stock-views.ts';

/** Fulfillment orders, fulfillments and their events as GraphQL types. */

export function fulfillmentOrderView(
  context: ViewContext,
  order: ShopOrder,
  group: ShopFulfillmentOrder,
): Record<string, unknown> {
  const place = context.shop.locations.find((one) => one.id === group.locationId)!;
  return {
    __typename: 'FulfillmentOrder',
    id: gid('FulfillmentOrder', group.id),
    status: group.status,
    requestStatus: 'UNSUBMITTED',
    createdAt: group.createdAt,
    updatedAt: group.updatedAt,
    fulfillAt: group.createdAt,
    fulfillBy: null,
    orderId: gid('Order', order.id),
    orderName: order.name,
    orderProcessedAt: order.createdAt,
    order: () => context.orderView(order),
    fulfillmentHolds:
      group.status === 'ON_HOLD'
        ? [{ id: gid('FulfillmentHold', group.id), reason: group.holdReason ?? 'OTHER', reasonNotes: null }]
        : [],
    supportedActions: figures.isOpen(group) ? [{ action: 'CREATE_FULFILLMENT', externalUrl: null }] : [],
    assignedLocation: {
      name: place.name,
      address1: place.address1,
      address2: null,
      city: place.city,
      province: place.provinceCode,
      zip: place.zip,
      countryCode: place.countryCode,
      phone: null,
      location: () => locationView(context, place),
    },
    deliveryMethod: {
      id: gid('DeliveryMethod', group.id),
      methodType: group.method,
      presentedName: order.shipping?.title ?? null,
      serviceCode: null,
    },
    destination: () =>
      order.shippingAddress === null
        ? null
        : { ...order.shippingAddress, id: gid('FulfillmentOrderDestination', group.id), email: order.email },
    lineItems: (args: PageArgs) =>
      connection(group.lines, args, byId, (part) => partView(context, order, part)),
    fulfillments: (args: PageArgs) =>
      connection(
        order.fulfillments.filter((made) => made.lines.some((line) => line.fulfillmentOrderId === group.id)),
        args,
        byId,
        (made) => fulfillmentView(context, order, made),
      ),
  };
}

function partView(context: ViewContext, order: ShopOrder, part: ShopFulfillmentOrder['lines'][number]) {
  const line = order.lines.find((one) => one.id === part.lineId)!;
  const view = lineView(context, order, line);
  return {
    id: gid('FulfillmentOrderLineItem', part.id),
    lineItem: () => view,
    remainingQuantity: part.remaining,
    totalQuantity: part.total,
    requiresShipping: line.requiresShipping,
    sku: line.sku,
    productTitle: line.title,
    variantTitle: null,
    vendor: 'Sandbox',
    inventoryItemId: line.inventoryItemId === null ? null : gid('InventoryItem', line.inventoryItemId),
    variant: view['variant'],
  };
}

export function fulfillmentView(
  context: ViewContext,
  order: ShopOrder,
  made: ShopFulfillment,
): Record<string, unknown> {
  const place = context.shop.locations.find((one) => one.id === made.locationId)!;
  const last = made.events.at(-1)?.status;
  return {
    __typename: 'Fulfillment',
    id: gid('Fulfillment', made.id),
    legacyResourceId: String(made.id),
    name: `${order.name}-F${made.number}`,
    status: made.status,
    displayStatus: made.status === 'CANCELLED' ? 'CANCELED' : (last ?? 'FULFILLED'),
    createdAt: made.createdAt,
    updatedAt: made.updatedAt,
    deliveredAt: made.events.find((event) => event.status === 'DELIVERED')?.happenedAt ?? null,
    inTransitAt: made.events.find((event) => event.status === 'IN_TRANSIT')?.happenedAt ?? null,
    estimatedDeliveryAt: null,
    totalQuantity: made.lines.reduce((sum, line) => sum + line.quantity, 0),
    requiresShipping: true,
    location: () => locationView(context, place),
    order: () => context.orderView(order),
    trackingInfo: ({ first }: { first?: number | null }) =>
      made.tracking.numbers.slice(0, first ?? undefined).map((number, index) => ({
        company: made.tracking.company,
        number,
        url: made.tracking.urls[index] ?? null,
      })),
    fulfillmentLineItems: (args: PageArgs) =>
      connection(made.lines, args, byId, (line) => ({
        id: gid('FulfillmentLineItem', line.id),
        quantity: line.quantity,
        lineItem: lineView(
          context,
          order,
          order.lines.find((one) => one.id === line.lineId)!,
        ),
      })),
    fulfillmentOrders: (args: PageArgs) =>
      connection(
        order.fulfillmentOrders.filter((group) =>
          made.lines.some((line) => line.fulfillmentOrderId === group.id),
        ),
        args,
        byId,
        (group) => fulfillmentOrderView(context, order, group),
      ),
    events: (args: PageArgs) => connection(made.events, args, byId, eventView),
  };
}

export const eventView = (event: ShopFulfillment['events'][number]) => ({
  ...event,
  id: gid('FulfillmentEvent', event.id),
  address1: null,
  estimatedDeliveryAt: null,
  latitude: null,
  longitude: null,
});
