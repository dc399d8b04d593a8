import { toDecimal } from '../money.ts';
import { totalsOf, wooTime, type Site, type WooLine, type WooNote, type WooOrder } from './model.ts';
import type { WooRefund } from './model.ts';

/** Resources as /wp-json/wc/v3 and webhooks show them. */

export const linksOf = (base: string, path: string, collection: string) => ({
  self: [{ href: `${base}/wp-json/wc/v3/${path}` }],
  collection: [{ href: `${base}/wp-json/wc/v3/${collection}` }],
});

export function orderJson(site: Site, base: string, order: WooOrder) {
  const totals = totalsOf(order);
  const money = (minor: number) => toDecimal(minor, order.currency);
  const local = (at: string | null) => wooTime(at, site.offset);
  const gmt = (at: string | null) => wooTime(at, '+00:00');
  return {
    id: order.id,
    parent_id: 0,
    status: order.status,
    currency: order.currency,
    version: site.version,
    prices_include_tax: order.pricesIncludeTax,
    date_created: local(order.createdAt),
    date_modified: local(order.modifiedAt),
    discount_total: money(order.discount),
    discount_tax: money(order.discountTax),
    shipping_total: money(totals.shipping),
    shipping_tax: money(totals.shippingTax),
    cart_tax: money(totals.cartTax),
    total: money(totals.total),
    total_tax: money(totals.tax),
    customer_id: order.customerId,
    order_key: order.key,
    billing: order.billing,
    shipping: order.shipping,
    payment_method: order.paymentMethod,
    payment_method_title: order.paymentMethodTitle,
    transaction_id: order.transactionId,
    customer_ip_address: '',
    customer_user_agent: '',
    created_via: 'checkout',
    customer_note: order.customerNote,
    date_completed: local(order.completedAt),
    date_paid: local(order.paidAt),
    cart_hash: '',
    number: String(order.id),
    meta_data: order.meta,
    line_items: order.lines.map((line) => lineJson(order, line)),
    tax_lines: taxLines(order, totals),
    shipping_lines: order.shippingLines.map((line) => ({
      id: line.id,
      method_title: line.methodTitle,
      method_id: line.methodId,
      instance_id: '1',
      total: money(line.total),
      total_tax: money(line.tax),
      taxes: line.tax === 0 ? [] : [{ id: 1, total: money(line.tax), subtotal: '' }],
      tax_status: 'taxable',
      meta_data: [],
    })),
    fee_lines: order.feeLines.map((line) => ({
      id: line.id,
      name: line.name,
      tax_class: '',
      tax_status: 'taxable',
      amount: money(line.total),
      total: money(line.total),
      total_tax: money(line.tax),
      taxes: line.tax === 0 ? [] : [{ id: 1, total: money(line.tax), subtotal: '' }],
      meta_data: [],
    })),
    coupon_lines: order.discount === 0 ? [] : [couponLine(order)],
    refunds: order.refunds.map((refund) => ({
      id: refund.id,
      reason: refund.reason,
      total: money(-refund.amount),
    })),
    payment_url: `${base}/checkout/order-pay/${order.id}/?pay_for_order=true&key=${order.key}`,
    is_editable: order.status === 'pending' || order.status === 'on-hold',
    needs_payment: (order.status === 'pending' || order.status === 'failed') && totals.total > 0,
    needs_processing: order.lines.length > 0,
    date_created_gmt: gmt(order.createdAt),
    date_modified_gmt: gmt(order.modifiedAt),
    date_completed_gmt: gmt(order.completedAt),
    date_paid_gmt: gmt(order.paidAt),
    currency_symbol: order.currency,
    _links: linksOf(base, `orders/${order.id}`, 'orders'),
  };
}

function lineJson(order: WooOrder, line: WooLine) {
  const money = (minor: number) => toDecimal(minor, order.currency);
  return {
    id: line.id,
    name: line.name,
    product_id: line.productId,
    variation_id: line.variationId,
    quantity: line.quantity,
    tax_class: '',
    subtotal: money(line.subtotal),
    subtotal_tax: money(line.subtotalTax),
    total: money(line.total),
    total_tax: money(line.totalTax),
    taxes:
      line.totalTax === 0 ? [] : [{ id: 1, total: money(line.totalTax), subtotal: money(line.subtotalTax) }],
    meta_data: line.meta,
    sku: line.sku,
    // The only amount that is a number here; an unrounded quotient, as WooCommerce has it.
    price: Number(money(line.total)) / line.quantity,
    image: { id: '', src: '' },
    parent_name: null,
  };
}

function taxLines(order: WooOrder, totals: ReturnType<typeof totalsOf>) {
  if (order.taxRate === 0) return [];
  return [
    {
      id: order.id * 10,
      rate_code: 'VAT-1',
      rate_id: 1,
      label: 'VAT',
      compound: false,
      tax_total: toDecimal(totals.cartTax, order.currency),
      shipping_tax_total: toDecimal(totals.shippingTax, order.currency),
      rate_percent: order.taxRate * 100,
      meta_data: [],
    },
  ];
}

const couponLine = (order: WooOrder) => ({
  id: order.id * 10 + 1,
  code: 'welcome',
  discount: toDecimal(order.discount, order.currency),
  discount_tax: toDecimal(order.discountTax, order.currency),
  meta_data: [],
});

export function refundJson(site: Site, base: string, order: WooOrder, refund: WooRefund) {
  const money = (minor: number) => toDecimal(minor, order.currency);
  return {
    id: refund.id,
    parent_id: order.id,
    date_created: wooTime(refund.createdAt, site.offset),
    date_created_gmt: wooTime(refund.createdAt, '+00:00'),
    amount: money(refund.amount),
    reason: refund.reason,
    refunded_by: 1,
    refunded_payment: refund.refundedPayment,
    meta_data: refund.meta,
    line_items: refund.lines.map((part) => {
      const line = order.lines.find((one) => one.id === part.lineId)!;
      return {
        id: part.id,
        name: line.name,
        product_id: line.productId,
        variation_id: line.variationId,
        quantity: -part.quantity,
        tax_class: '',
        subtotal: money(-part.total),
        subtotal_tax: money(-part.tax),
        total: money(-part.total),
        total_tax: money(-part.tax),
        taxes: [],
        meta_data: [{ id: part.id, key: '_refunded_item_id', value: String(part.lineId) }],
        sku: line.sku,
        price: -Number(money(part.total)) / Math.max(1, part.quantity),
      };
    }),
    shipping_lines: [],
    tax_lines: [],
    fee_lines: [],
    _links: {
      ...linksOf(base, `orders/${order.id}/refunds/${refund.id}`, `orders/${order.id}/refunds`),
      up: [{ href: `${base}/wp-json/wc/v3/orders/${order.id}` }],
    },
  };
}

export const noteJson = (site: Site, base: string, orderId: number, note: WooNote) => ({
  id: note.id,
  author: note.author,
  date_created: wooTime(note.createdAt, site.offset),
  date_created_gmt: wooTime(note.createdAt, '+00:00'),
  note: note.note,
  customer_note: note.customerNote,
  _links: {
    ...linksOf(base, `orders/${orderId}/notes/${note.id}`, `orders/${orderId}/notes`),
    up: [{ href: `${base}/wp-json/wc/v3/orders/${orderId}` }],
  },
});
