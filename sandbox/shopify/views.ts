import { toDecimal } from '../money.ts';
import { connection, type PageArgs } from './connection.ts';
import * as figures from './figures.ts';
import {
  gid,
  type Shop,
  type ShopAddress,
  type ShopFulfillment,
  type ShopFulfillmentOrder,
} from './model.ts';
import type { ShopLine, ShopOrder, ShopRefund, ShopTransaction } from './model.ts';
import { locationView, variantView } from './stock-views.ts';
import type { ShopWorld } from './world.ts';

/** Orders as GraphQL types: plain values, and functions for what has arguments or costs work. */

/** Shopify's Decimal drops trailing zeros but keeps one: "12.5", "10.0". */
export const decimal = (minor: number, currency: string): string =>
  toDecimal(minor, currency)
    .replace(/(\.\d+?)0+$/, '$1')
    .replace(/^(-?\d+)$/, '$1.0');

export const money = (minor: number, currency: string) => ({
  amount: decimal(minor, currency),
  currencyCode: currency,
});

export const bag = (order: ShopOrder, minor: number) => ({
  shopMoney: money(minor, order.currency),
  presentmentMoney: money(figures.presented(order, minor), order.presentment.currency),
});

const byId = (item: { id: number }) => [item.id];

export interface ViewContext {
  world: ShopWorld;
  shop: Shop;
}

export function orderView(context: ViewContext, order: ShopOrder): Record<string, unknown> {
  const set = (minor: number) => () => bag(order, minor);
  const totals = figures.totalsOf(order);
  const current = figures.currentTotals(order);
  const taken = figures.received(order);
  const back = figures.refunded(order);
  const status = figures.financialStatus(order);
  return {
    __typename: 'Order',
    id: gid('Order', order.id),
    legacyResourceId: String(order.id),
    name: order.name,
    number: order.number,
    email: order.email,
    phone: order.phone,
    note: order.note,
    tags: order.tags,
    createdAt: order.createdAt,
    processedAt: order.createdAt,
    updatedAt: order.updatedAt,
    cancelledAt: order.cancelledAt,
    cancelReason: order.cancelReason,
    closedAt: order.closedAt,
    closed: order.closedAt !== null,
    confirmed: true,
    test: order.test,
    edited: order.edited,
    taxesIncluded: order.taxesIncluded,
    currencyCode: order.currency,
    presentmentCurrencyCode: order.presentment.currency,
    displayFinancialStatus: status,
    displayFulfillmentStatus: figures.fulfillmentStatus(order),
    fullyPaid: taken >= totals.total,
    unpaid: taken === 0,
    capturable: status === 'AUTHORIZED',
    refundable: taken > back,
    fulfillable: order.fulfillmentOrders.some(figures.isOpen),
    requiresShipping: order.lines.some((line) => line.requiresShipping),
    sourceName: 'web',
    paymentGatewayNames: order.transactions.length === 0 ? [] : [order.gateway],
    customAttributes: [],
    risk: { recommendation: order.recommendation },
    taxLines: () => taxLines(order, order.lines[0]?.taxRate ?? 0, totals.tax),
    totalPriceSet: set(totals.total),
    originalTotalPriceSet: set(totals.total),
    subtotalPriceSet: set(totals.subtotal),
    totalTaxSet: set(totals.tax),
    totalDiscountsSet: set(totals.discounts),
    totalShippingPriceSet: set(totals.shipping),
    totalTipReceivedSet: set(order.tip),
    totalReceivedSet: set(taken),
    totalRefundedSet: set(back),
    netPaymentSet: set(taken - back),
    totalCapturableSet: set(status === 'AUTHORIZED' ? figures.authorized(order) : 0),
    totalOutstandingSet: set(order.cancelledAt === null ? Math.max(0, current.total - taken + back) : 0),
    currentTotalPriceSet: set(current.total),
    currentSubtotalPriceSet: set(current.subtotal),
    currentTotalTaxSet: set(current.tax),
    currentTotalDiscountsSet: set(current.discounts),
    currentShippingPriceSet: set(current.shipping),
    customer: order.customer && {
      ...order.customer,
      id: gid('Customer', order.customer.id),
      legacyResourceId: String(order.customer.id),
      displayName: `${order.customer.firstName} ${order.customer.lastName}`,
      email: order.email,
      phone: order.phone,
    },
    shippingAddress: () => addressView(order.shippingAddress, order.id),
    billingAddress: () => addressView(order.billingAddress, order.id + 1),
    shippingLine: () => (order.shipping === null ? null : shippingLineView(order)),
    shippingLines: (args: PageArgs) =>
      connection(order.shipping === null ? [] : [order.shipping], args, byId, () => shippingLineView(order)),
    lineItems: (args: PageArgs) =>
      connection(order.lines, args, byId, (line) => lineView(context, order, line)),
    fulfillmentOrders: (args: PageArgs) =>
      connection(order.fulfillmentOrders, args, byId, (group) => fulfillmentOrderView(context, order, group)),
    fulfillments: ({ first }: { first?: number | null }) =>
      order.fulfillments.slice(0, first ?? undefined).map((made) => fulfillmentView(context, order, made)),
    transactions: ({ first }: { first?: number | null }) =>
      order.transactions.slice(0, first ?? undefined).map((made) => transactionView(order, made)),
    refunds: ({ first }: { first?: number | null }) =>
      order.refunds.slice(0, first ?? undefined).map((refund) => refundView(context, order, refund)),
  };
}

const taxLines = (order: ShopOrder, rate: number, tax: number) =>
  rate === 0
    ? []
    : [
        {
          title: 'VAT',
          rate,
          ratePercentage: rate * 100,
          channelLiable: false,
          price: decimal(tax, order.currency),
          priceSet: bag(order, tax),
        },
      ];

function shippingLineView(order: ShopOrder) {
  const { id, title, price, taxRate } = order.shipping!;
  return {
    id: gid('ShippingLine', id),
    title,
    code: title,
    source: 'shopify',
    custom: false,
    isRemoved: false,
    carrierIdentifier: null,
    deliveryCategory: null,
    phone: null,
    originalPriceSet: bag(order, price),
    discountedPriceSet: bag(order, price),
    currentDiscountedPriceSet: bag(order, figures.currentTotals(order).shipping),
    taxLines: taxLines(order, taxRate, figures.shippingTax(order)),
  };
}

function addressView(address: ShopAddress | null, id: number) {
  if (address === null) return null;
  const country = new Intl.DisplayNames(['en'], { type: 'region' }).of(address.countryCode);
  const name = `${address.firstName} ${address.lastName}`.trim();
  return {
    ...address,
    id: gid('MailingAddress', id),
    name,
    country,
    countryCodeV2: address.countryCode,
    formatted: [
      name,
      address.company,
      address.address1,
      address.address2,
      `${address.zip ?? ''} ${address.city}`,
      country,
    ].filter(Boolean),
  };
}

function lineView(context: ViewContext, order: ShopOrder, line: ShopLine): Record<string, unknown> {
  const fulfilled = figures.fulfilledQuantity(order, line.id);
  const open = figures.fulfillableQuantity(order, line.id);
  const total = figures.lineTotal(line);
  const unit = Math.round(total / line.quantity);
  const product =
    line.sku === null ? undefined : context.world.tables.products.get(context.shop.name, line.sku);
  return {
    __typename: 'LineItem',
    id: gid('LineItem', line.id),
    name: line.title,
    title: line.title,
    variantTitle: null,
    sku: line.sku,
    vendor: 'Sandbox',
    quantity: line.quantity,
    currentQuantity: line.currentQuantity,
    fulfillableQuantity: open,
    unfulfilledQuantity: line.currentQuantity - fulfilled,
    nonFulfillableQuantity: line.quantity - open - fulfilled,
    refundableQuantity: line.quantity - figures.refundedQuantity(order, line.id),
    fulfillmentStatus: fulfilled === 0 ? 'unfulfilled' : open > 0 ? 'partial' : 'fulfilled',
    requiresShipping: line.requiresShipping,
    isGiftCard: line.giftCard,
    taxable: line.taxRate > 0,
    restockable: line.variantId !== null,
    customAttributes: [],
    originalUnitPriceSet: bag(order, line.price),
    // Discounts of a code do not show in the discounted unit price, those of the line would.
    discountedUnitPriceSet: bag(order, line.price),
    discountedUnitPriceAfterAllDiscountsSet: bag(order, unit),
    originalTotalSet: bag(order, figures.lineGross(line)),
    discountedTotalSet: ({ withCodeDiscounts }: { withCodeDiscounts?: boolean | null }) =>
      bag(order, withCodeDiscounts ? total : figures.lineGross(line)),
    totalDiscountSet: bag(order, line.discount),
    discountAllocations: line.discount === 0 ? [] : [{ allocatedAmountSet: bag(order, line.discount) }],
    taxLines: () => taxLines(order, line.taxRate, figures.lineTax(order, line)),
    variant: () => (product === undefined ? null : variantView(context, product)),
  };
}

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
    order: () => orderView(context, order),
    fulfillmentHolds: [],
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
    order: () => orderView(context, order),
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

export function transactionView(order: ShopOrder, made: ShopTransaction): Record<string, unknown> {
  const parent = order.transactions.find((one) => one.id === made.parentId);
  return {
    __typename: 'OrderTransaction',
    id: gid('OrderTransaction', made.id),
    kind: made.kind,
    status: made.status,
    gateway: made.gateway,
    formattedGateway: made.gateway,
    manualPaymentGateway: made.gateway === 'manual',
    amountSet: bag(order, made.amount),
    createdAt: made.at,
    processedAt: made.at,
    test: order.test,
    errorCode: null,
    accountNumber: null,
    paymentId: `${order.name}.${made.id % 1000}`,
    settlementCurrency: order.currency,
    settlementCurrencyRate: null,
    parentTransaction: () => (parent === undefined ? null : transactionView(order, parent)),
    totalUnsettledSet: null,
  };
}

export function refundView(
  context: ViewContext,
  order: ShopOrder,
  refund: ShopRefund,
): Record<string, unknown> {
  const made = refund.transactions.map((id) => order.transactions.find((one) => one.id === id)!);
  const total = made.reduce((sum, one) => sum + one.amount, 0);
  return {
    __typename: 'Refund',
    id: gid('Refund', refund.id),
    legacyResourceId: String(refund.id),
    note: refund.note,
    createdAt: refund.createdAt,
    processedAt: refund.createdAt,
    updatedAt: refund.createdAt,
    totalRefundedSet: bag(order, total),
    order: () => orderView(context, order),
    transactions: (args: PageArgs) => connection(made, args, byId, (one) => transactionView(order, one)),
    refundLineItems: (args: PageArgs) =>
      connection(refund.lines, args, byId, (line) => ({
        id: gid('RefundLineItem', line.id),
        lineItem: lineView(
          context,
          order,
          order.lines.find((one) => one.id === line.lineId)!,
        ),
        quantity: line.quantity,
        restockType: line.restockType,
        restocked: line.restockType !== 'NO_RESTOCK',
        priceSet: bag(order, Math.round(line.subtotal / line.quantity)),
        subtotalSet: bag(order, line.subtotal),
        totalTaxSet: bag(order, line.tax),
        location: null,
      })),
  };
}
