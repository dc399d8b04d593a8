import { connection, type PageArgs } from './connection.ts';
import * as figures from './figures.ts';
import { fulfillmentOrderView, fulfillmentView } from './fulfillment-views.ts';
import { lineView } from './line-view.ts';
import { gid, type ShopAddress, type ShopOrder } from './model.ts';
import { bag, byId, taxLines, type ViewContext } from './money-views.ts';
import { refundView, transactionView } from './refund-views.ts';

/** Orders as GraphQL types: plain values, and functions for what has arguments or costs work. */

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
