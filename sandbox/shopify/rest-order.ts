import { toDecimal } from '../money.ts';
import * as figures from './figures.ts';
import { gid, type Shop, type ShopOrder } from './model.ts';
import { localTime, moneySet, restAddress, restFulfillment, restLine, restRefund } from './rest.ts';

/** Shopify's own carrier identifier of local pickup. */
const pickupCarrier = '650f1a14fa979ec5c74d063e968411d4';

/** The whole REST order, as orders/* webhooks carry it. */
export function restOrder(shop: Shop, order: ShopOrder) {
  const totals = figures.totalsOf(order);
  const current = figures.currentTotals(order);
  const money = (minor: number) => toDecimal(minor, order.currency);
  const set = (minor: number) => moneySet(order, minor);
  const time = (at: string | null) => localTime(at, shop.offset);
  const fulfillment = figures.fulfillmentStatus(order);
  const outstanding = order.cancelledAt === null ? Math.max(0, current.total - netReceived(order)) : 0;
  return {
    id: order.id,
    admin_graphql_api_id: gid('Order', order.id),
    app_id: 580111,
    browser_ip: null,
    buyer_accepts_marketing: false,
    cancel_reason: order.cancelReason?.toLowerCase() ?? null,
    cancelled_at: time(order.cancelledAt),
    cart_token: null,
    checkout_id: order.id + 1,
    checkout_token: null,
    client_details: null,
    closed_at: time(order.closedAt),
    confirmation_number: `C${order.number}`,
    confirmed: true,
    contact_email: order.email,
    created_at: time(order.createdAt),
    currency: order.currency,
    current_subtotal_price: money(current.subtotal),
    current_subtotal_price_set: set(current.subtotal),
    current_total_additional_fees_set: null,
    current_total_discounts: money(current.discounts),
    current_total_discounts_set: set(current.discounts),
    current_total_duties_set: null,
    current_total_price: money(current.total),
    current_total_price_set: set(current.total),
    current_total_tax: money(current.tax),
    current_total_tax_set: set(current.tax),
    customer_locale: 'en',
    device_id: null,
    discount_codes: discountCodes(order, money),
    duties_included: false,
    email: order.email,
    estimated_taxes: false,
    financial_status: figures.financialStatus(order).toLowerCase(),
    fulfillment_status:
      fulfillment === 'UNFULFILLED' ? null : fulfillment === 'FULFILLED' ? 'fulfilled' : 'partial',
    landing_site: '/',
    landing_site_ref: null,
    location_id: null,
    merchant_business_entity_id: null,
    merchant_of_record_app_id: null,
    name: order.name,
    note: order.note,
    note_attributes: [],
    number: order.number - 1000,
    order_number: order.number,
    order_status_url: `https://${shop.domain}/orders/${order.id}`,
    original_total_additional_fees_set: null,
    original_total_duties_set: null,
    payment_gateway_names: order.transactions.length === 0 ? [] : [order.gateway],
    phone: order.phone,
    po_number: null,
    presentment_currency: order.presentment.currency,
    processed_at: time(order.createdAt),
    reference: null,
    referring_site: null,
    source_identifier: null,
    source_name: 'web',
    source_url: null,
    subtotal_price: money(totals.subtotal),
    subtotal_price_set: set(totals.subtotal),
    tags: order.tags.join(', '),
    tax_exempt: false,
    tax_lines: taxLines(order, totals.tax),
    taxes_included: order.taxesIncluded,
    test: order.test,
    token: `token-${order.id}`,
    total_cash_rounding_payment_adjustment_set: set(0),
    total_cash_rounding_refund_adjustment_set: set(0),
    total_discounts: money(totals.discounts),
    total_discounts_set: set(totals.discounts),
    total_line_items_price: money(totals.gross),
    total_line_items_price_set: set(totals.gross),
    total_outstanding: money(outstanding),
    total_price: money(totals.total),
    total_price_set: set(totals.total),
    total_shipping_price_set: set(totals.shipping),
    total_tax: money(totals.tax),
    total_tax_set: set(totals.tax),
    total_tip_received: money(order.tip),
    total_weight: order.lines.reduce((grams, line) => grams + line.grams * line.quantity, 0),
    updated_at: time(order.updatedAt),
    user_id: null,
    billing_address: restAddress(order.billingAddress),
    customer: customer(order, time(order.createdAt)!),
    discount_applications: discountApplications(order, money),
    fulfillments: order.fulfillments.map((made) => restFulfillment(shop, order, made)),
    line_items: order.lines.map((line) => restLine(order, line)),
    payment_terms: null,
    refunds: order.refunds.map((refund) => restRefund(shop, order, refund)),
    returns: [],
    shipping_address: restAddress(order.shippingAddress),
    shipping_lines: shippingLines(order, money),
  };
}

const netReceived = (order: ShopOrder) => figures.received(order) - figures.refunded(order);

const hasDiscount = (order: ShopOrder) => order.lines.some((line) => line.discount > 0);

const discountCodes = (order: ShopOrder, money: (minor: number) => string) =>
  hasDiscount(order)
    ? [{ code: 'WELCOME', amount: money(figures.totalsOf(order).discounts), type: 'fixed_amount' }]
    : [];

const discountApplications = (order: ShopOrder, money: (minor: number) => string) =>
  hasDiscount(order)
    ? [
        {
          target_type: 'line_item',
          type: 'discount_code',
          value: money(figures.totalsOf(order).discounts),
          value_type: 'fixed_amount',
          allocation_method: 'across',
          target_selection: 'all',
          code: 'WELCOME',
        },
      ]
    : [];

function taxLines(order: ShopOrder, tax: number) {
  const rate = order.lines.find((line) => line.taxRate > 0)?.taxRate ?? order.shipping?.taxRate ?? 0;
  if (rate === 0) return [];
  return [
    {
      channel_liable: false,
      price: toDecimal(tax, order.currency),
      price_set: moneySet(order, tax),
      rate,
      title: 'VAT',
    },
  ];
}

function customer(order: ShopOrder, at: string) {
  if (order.customer === null) return null;
  return {
    id: order.customer.id,
    admin_graphql_api_id: gid('Customer', order.customer.id),
    created_at: at,
    updated_at: at,
    first_name: order.customer.firstName,
    last_name: order.customer.lastName,
    email: order.email,
    phone: order.phone,
    state: 'disabled',
    note: null,
    verified_email: true,
    multipass_identifier: null,
    tax_exempt: false,
    tax_exemptions: [],
    tags: '',
    currency: order.currency,
    default_address: restAddress(order.billingAddress ?? order.shippingAddress),
  };
}

function shippingLines(order: ShopOrder, money: (minor: number) => string) {
  if (order.shipping === null) return [];
  const { id, title, price, taxRate } = order.shipping;
  const tax = figures.shippingTax(order);
  return [
    {
      id,
      carrier_identifier: order.pickup ? pickupCarrier : null,
      code: title,
      current_discounted_price_set: moneySet(order, price),
      delivery_category: null,
      discounted_price: money(price),
      discounted_price_set: moneySet(order, price),
      is_removed: false,
      phone: null,
      price: money(price),
      price_set: moneySet(order, price),
      requested_fulfillment_service_id: null,
      source: 'shopify',
      title,
      tax_lines:
        taxRate === 0
          ? []
          : [
              {
                channel_liable: false,
                price: money(tax),
                price_set: moneySet(order, tax),
                rate: taxRate,
                title: 'VAT',
              },
            ],
      discount_allocations: [],
    },
  ];
}
