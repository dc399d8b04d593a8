import { GraphQLError, type GraphQLResolveInfo } from 'graphql';
import { toMinor } from '../money.ts';
import { startCancel } from './cancel.ts';
import { addFulfillmentEvent, cancelFulfillment, changeTracking, fulfill, type Tracking } from './fulfill.ts';
import { fromPresented } from './figures.ts';
import { updateOrder, type UpdateRequest } from './update.ts';
import { once } from './idempotency.ts';
import { setQuantities } from './inventory.ts';
import { gid, idOf, type AdjustmentGroup } from './model.ts';
import { refundOrder, type RefundRequest } from './refund.ts';
import { productByItem } from './stock.ts';
import { inventoryItemView, locationView } from './stock-views.ts';
import type { Outcome, UserFault } from './world.ts';
import { eventView, fulfillmentView } from './fulfillment-views.ts';
import type { ViewContext } from './money-views.ts';
import { refundView } from './refund-views.ts';
import { orderView } from './views.ts';

type Args = Record<string, any>;

/** The fields of Mutation. A refusal comes back as userErrors with everything else null. */
export function mutationRoot(context: ViewContext, version: string): Record<string, unknown> {
  const { world, shop } = context;
  return {
    fulfillmentCreate: ({ fulfillment }: Args) => {
      const parts = fulfillment.lineItemsByFulfillmentOrder.map((part: Args) => ({
        fulfillmentOrderId: idOf('FulfillmentOrder', part['fulfillmentOrderId']) ?? 0,
        // Left out or empty: everything that remains.
        lines: part['fulfillmentOrderLineItems']?.length
          ? part['fulfillmentOrderLineItems'].map((line: Args) => ({
              id: idOf('FulfillmentOrderLineItem', line['id']) ?? 0,
              quantity: line['quantity'],
            }))
          : null,
      }));
      bounded(parts, 'lineItemsByFulfillmentOrder');
      const request = {
        parts,
        tracking: trackingOf(fulfillment.trackingInfo),
        notifyCustomer: fulfillment.notifyCustomer ?? false,
      };
      return payload(fulfill(world, shop, request), (made) => ({
        fulfillment: fulfillmentView(context, made.order, made.fulfillment),
      }));
    },
    fulfillmentCancel: ({ id }: Args) =>
      payload(cancelFulfillment(world, shop, idOf('Fulfillment', id) ?? 0), (made) => ({
        fulfillment: fulfillmentView(context, made.order, made.fulfillment),
      })),
    fulfillmentTrackingInfoUpdate: ({ fulfillmentId, trackingInfoInput }: Args) =>
      payload(
        changeTracking(world, shop, idOf('Fulfillment', fulfillmentId) ?? 0, trackingOf(trackingInfoInput)),
        (made) => ({ fulfillment: fulfillmentView(context, made.order, made.fulfillment) }),
      ),
    fulfillmentEventCreate: ({ fulfillmentEvent }: Args) => {
      const request = {
        ...fulfillmentEvent,
        fulfillmentId: idOf('Fulfillment', fulfillmentEvent.fulfillmentId) ?? 0,
      };
      return payload(addFulfillmentEvent(world, shop, request), ({ event }) => ({
        fulfillmentEvent: eventView(event),
      }));
    },
    orderUpdate: ({ input }: Args) =>
      payload(updateOrder(world, shop, idOf('Order', input.id) ?? 0, updateOf(input)), (order) => ({
        order: orderView(context, order),
      })),
    orderCancel: (args: Args) => {
      if (args['refund'] != null && args['refundMethod'] != null)
        return cancelPayload({
          faults: [
            { field: ['refund'], message: 'Use either refund or refundMethod, not both', code: 'INVALID' },
          ],
        });
      const outcome = startCancel(world, shop, {
        orderId: idOf('Order', args['orderId']) ?? 0,
        reason: args['reason'],
        refund: args['refund'] ?? args['refundMethod']?.originalPaymentMethodsRefund ?? false,
        restock: args['restock'],
      });
      return cancelPayload(outcome);
    },
    refundCreate: (args: Args, _context: unknown, info: GraphQLResolveInfo) =>
      payload(
        once(
          world,
          shop,
          version,
          info,
          args,
          () => refundOrder(world, shop, refundRequest(context, args['input'])),
          ({ order, refund }) => `${order.id}/${refund.id}`,
          (known) => {
            const [orderId, refundId] = known.split('/');
            const order = world.tables.orders.get(shop.name, orderId!)!;
            return { order, refund: order.refunds.find((one) => String(one.id) === refundId)! };
          },
        ),
        ({ order, refund }) => ({
          order: orderView(context, order),
          refund: refundView(context, order, refund),
        }),
      ),
    inventorySetQuantities: ({ input }: Args, _context: unknown, info: GraphQLResolveInfo) => {
      bounded(input.quantities, 'quantities');
      return adjustment(context, version, info, input, () =>
        setQuantities(world, shop, {
          name: input.name,
          reason: input.reason,
          referenceDocumentUri: input.referenceDocumentUri ?? null,
          changeFromRequired: version >= '2026-04',
          quantities: input.quantities.map((one: Args) => ({
            inventoryItemId: idOf('InventoryItem', one['inventoryItemId']),
            locationId: idOf('Location', one['locationId']),
            quantity: one['quantity'],
            changeFrom: one['changeFromQuantity'],
          })),
        }),
      );
    },
    inventoryAdjustQuantities: ({ input }: Args, _context: unknown, info: GraphQLResolveInfo) => {
      bounded(input.changes, 'changes');
      return adjustment(context, version, info, input, () =>
        setQuantities(world, shop, {
          name: input.name,
          reason: input.reason,
          referenceDocumentUri: input.referenceDocumentUri ?? null,
          changeFromRequired: version >= '2026-04',
          quantities: input.changes.map((one: Args) => {
            const inventoryItemId = idOf('InventoryItem', one['inventoryItemId']);
            const locationId = idOf('Location', one['locationId']);
            const level = productByItem(world.tables, shop.name, inventoryItemId ?? 0)?.levels.find(
              (stocked) => stocked.locationId === locationId,
            );
            return {
              inventoryItemId,
              locationId,
              quantity: (level?.available ?? 0) + one['delta'],
              changeFrom: one['changeFromQuantity'],
            };
          }),
        }),
      );
    },
  };
}

/** Shopify takes at most 250 elements in an input array. */
function bounded(items: unknown[], name: string): void {
  if (items.length > 250)
    throw new GraphQLError(`The input array ${name} has ${items.length} elements: at most 250 are allowed`, {
      extensions: { code: 'MAX_INPUT_SIZE_EXCEEDED' },
    });
}

function payload<Value>(outcome: Outcome<Value>, view: (value: Value) => object): object {
  return 'faults' in outcome ? { userErrors: outcome.faults } : { ...view(outcome.value), userErrors: [] };
}

function cancelPayload(outcome: Outcome<string>): object {
  if ('value' in outcome)
    return { job: { id: gid('Job', outcome.value), done: false }, orderCancelUserErrors: [], userErrors: [] };
  const plain: UserFault[] = outcome.faults.map(({ field, message }) => ({ field, message }));
  return { job: null, orderCancelUserErrors: outcome.faults, userErrors: plain };
}

function trackingOf(input: Args | null | undefined): Tracking {
  const some = (one: string | null | undefined, many: string[] | null | undefined) =>
    many?.length ? many : one ? [one] : [];
  return {
    company: input?.['company'] ?? null,
    numbers: some(input?.['number'], input?.['numbers']),
    urls: some(input?.['url'], input?.['urls']),
  };
}

function refundRequest({ world, shop }: ViewContext, input: Args): RefundRequest {
  const orderId = idOf('Order', input['orderId']) ?? 0;
  const order = world.tables.orders.get(shop.name, String(orderId));
  // Amounts are in the customer's currency, which must be named where it is not the shop's.
  const minor = (amount: string | number) =>
    order === undefined
      ? toMinor(amount, shop.currency)
      : fromPresented(order, toMinor(amount, order.presentment.currency));
  const shipping = input['shipping'];
  return {
    orderId,
    currency: input['currency'] ?? null,
    note: input['note'] ?? null,
    lines: (input['refundLineItems'] ?? []).map((line: Args) => ({
      lineId: idOf('LineItem', line['lineItemId']) ?? 0,
      quantity: line['quantity'],
      restockType: line['restockType'] ?? 'NO_RESTOCK',
      locationId: line['locationId'] == null ? null : idOf('Location', line['locationId']),
    })),
    shipping: shipping?.fullRefund ? (order?.shipping?.price ?? 0) : minor(shipping?.amount ?? 0),
    transactions: (input['transactions'] ?? [])
      .filter((one: Args) => one['kind'] === 'REFUND')
      .map((one: Args) => ({
        amount: minor(one['amount']),
        parentId: one['parentId'] == null ? null : idOf('OrderTransaction', one['parentId']),
        gateway: one['gateway'],
      })),
    allowOverRefunding: input['allowOverRefunding'] ?? false,
  };
}

function adjustment(
  context: ViewContext,
  version: string,
  info: GraphQLResolveInfo,
  args: unknown,
  attempt: () => Outcome<AdjustmentGroup>,
): object {
  const { world, shop } = context;
  const outcome = once(
    world,
    shop,
    version,
    info,
    args,
    attempt,
    (group) => String(group.id),
    (id) => world.tables.adjustments.get(shop.name, id)!,
  );
  return payload(outcome, (group) => ({
    inventoryAdjustmentGroup: {
      id: gid('InventoryAdjustmentGroup', group.id),
      createdAt: group.createdAt,
      reason: group.reason,
      referenceDocumentUri: group.referenceDocumentUri,
      changes: group.changes.map((change) => {
        const product = productByItem(world.tables, shop.name, change.inventoryItemId);
        const place = shop.locations.find((one) => one.id === change.locationId)!;
        return {
          name: change.name,
          delta: change.delta,
          quantityAfterChange: change.after,
          ledgerDocumentUri: null,
          item: product === undefined ? null : inventoryItemView(context, product),
          location: locationView(context, place),
        };
      }),
    },
  }));
}

/** What the input does not name stays. */
function updateOf(input: Args): UpdateRequest {
  const { shippingAddress, email, note, tags } = input;
  return {
    ...(shippingAddress != null && { shippingAddress }),
    ...(email !== undefined && { email }),
    ...(note !== undefined && { note }),
    ...(tags != null && { tags }),
  };
}
