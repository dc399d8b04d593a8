import { connection, type PageArgs } from './connection.ts';
import { lineView } from './line-view.ts';
import { gid, type ShopOrder, type ShopRefund, type ShopTransaction } from './model.ts';
import { bag, byId, type ViewContext } from './money-views.ts';

/** Transactions and refunds as GraphQL types. */

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
    order: () => context.orderView(order),
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
