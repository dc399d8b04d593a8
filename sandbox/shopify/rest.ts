import { toDecimal } from '../money.ts';
import * as figures from './figures.ts';
import {
  gid,
  type Shop,
  type ShopAddress,
  type ShopFulfillment,
  type ShopLine,
  type ShopOrder,
} from './model.ts';
import type { ShopRefund, ShopTransaction } from './model.ts';

/** The REST resources that webhooks carry. Times are written in the shop's own offset. */

export function localTime(at: string, offset: string): string;
export function localTime(at: string | null, offset: string): string | null;
export function localTime(at: string | null, offset: string): string | null {
  if (at === null) return null;
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(offset)!;
  const shift = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  return new Date(Date.parse(at) + shift).toISOString().replace('.000Z', offset);
}

export function moneySet(order: ShopOrder, minor: number) {
  return {
    shop_money: { amount: toDecimal(minor, order.currency), currency_code: order.currency },
    presentment_money: {
      amount: toDecimal(figures.presented(order, minor), order.presentment.currency),
      currency_code: order.presentment.currency,
    },
  };
}

const text = (order: ShopOrder, minor: number) => toDecimal(minor, order.currency);

function taxLines(order: ShopOrder, rate: number, tax: number) {
  if (rate === 0) return [];
  return [
    { channel_liable: false, price: text(order, tax), price_set: moneySet(order, tax), rate, title: 'VAT' },
  ];
}

export function restLine(order: ShopOrder, line: ShopLine) {
  const fulfilled = figures.fulfilledQuantity(order, line.id);
  const open = figures.fulfillableQuantity(order, line.id);
  return {
    id: line.id,
    admin_graphql_api_id: gid('LineItem', line.id),
    attributed_staffs: [],
    current_quantity: line.currentQuantity,
    fulfillable_quantity: figures.readyQuantity(order, line.id),
    fulfillment_service: 'manual',
    fulfillment_status: fulfilled === 0 ? null : open > 0 ? 'partial' : 'fulfilled',
    gift_card: line.giftCard,
    grams: line.grams,
    name: line.title,
    price: text(order, line.price),
    price_set: moneySet(order, line.price),
    product_exists: line.productId !== null,
    product_id: line.productId,
    properties: [],
    quantity: line.quantity,
    requires_shipping: line.requiresShipping,
    sku: line.sku,
    taxable: line.taxRate > 0,
    title: line.title,
    // Discounts that a code or rule spreads over lines stand in discount_allocations; this one stays zero.
    total_discount: text(order, 0),
    total_discount_set: moneySet(order, 0),
    variant_id: line.variantId,
    variant_inventory_management: line.variantId === null ? null : 'shopify',
    variant_title: null,
    vendor: 'Sandbox',
    tax_lines: taxLines(order, line.taxRate, figures.lineTax(order, line)),
    duties: [],
    discount_allocations:
      line.discount === 0
        ? []
        : [
            {
              amount: text(order, line.discount),
              amount_set: moneySet(order, line.discount),
              discount_application_index: 0,
            },
          ],
  };
}

const countryNames = new Intl.DisplayNames(['en'], { type: 'region' });

export function restAddress(address: ShopAddress | null) {
  if (address === null) return null;
  return {
    first_name: address.firstName,
    address1: address.address1,
    phone: address.phone,
    city: address.city,
    zip: address.zip,
    province: address.province,
    country: countryNames.of(address.countryCode) ?? address.countryCode,
    last_name: address.lastName,
    address2: address.address2,
    company: address.company,
    latitude: null,
    longitude: null,
    name: `${address.firstName} ${address.lastName}`.trim(),
    country_code: address.countryCode,
    province_code: address.provinceCode,
  };
}

export function restFulfillment(shop: Shop, order: ShopOrder, fulfillment: ShopFulfillment) {
  return {
    id: fulfillment.id,
    admin_graphql_api_id: gid('Fulfillment', fulfillment.id),
    created_at: localTime(fulfillment.createdAt, shop.offset),
    location_id: fulfillment.locationId,
    name: `${order.name}.${fulfillment.number}`,
    order_id: order.id,
    origin_address: {},
    receipt: {},
    service: 'manual',
    shipment_status: fulfillment.events.at(-1)?.status.toLowerCase() ?? null,
    status: fulfillment.status === 'SUCCESS' ? 'success' : 'cancelled',
    tracking_company: fulfillment.tracking.company,
    tracking_number: fulfillment.tracking.numbers[0] ?? null,
    tracking_numbers: fulfillment.tracking.numbers,
    tracking_url: fulfillment.tracking.urls[0] ?? null,
    tracking_urls: fulfillment.tracking.urls,
    updated_at: localTime(fulfillment.updatedAt, shop.offset),
    line_items: fulfillment.lines.map((part) => ({
      ...restLine(
        order,
        order.lines.find((line) => line.id === part.lineId)!,
      ),
      quantity: part.quantity,
    })),
  };
}

function restTransaction(shop: Shop, order: ShopOrder, made: ShopTransaction) {
  return {
    id: made.id,
    admin_graphql_api_id: gid('OrderTransaction', made.id),
    amount: text(order, made.amount),
    amount_rounding: null,
    authorization: null,
    created_at: localTime(made.at, shop.offset),
    currency: order.currency,
    device_id: null,
    error_code: null,
    gateway: made.gateway,
    kind: made.kind.toLowerCase(),
    location_id: null,
    message: null,
    order_id: order.id,
    parent_id: made.parentId,
    payment_id: `${order.name}.${made.id % 1000}`,
    processed_at: localTime(made.at, shop.offset),
    receipt: {},
    source_name: 'web',
    status: made.status.toLowerCase(),
    test: order.test,
    user_id: null,
  };
}

export function restRefund(shop: Shop, order: ShopOrder, refund: ShopRefund) {
  return {
    id: refund.id,
    admin_graphql_api_id: gid('Refund', refund.id),
    created_at: localTime(refund.createdAt, shop.offset),
    note: refund.note,
    order_id: order.id,
    processed_at: localTime(refund.createdAt, shop.offset),
    restock: refund.lines.some((line) => line.restockType !== 'NO_RESTOCK'),
    return: null,
    total_duties_set: moneySet(order, 0),
    user_id: null,
    duties: [],
    order_adjustments: [],
    refund_line_items: refund.lines.map((line) => ({
      id: line.id,
      line_item_id: line.lineId,
      location_id: line.locationId,
      quantity: line.quantity,
      restock_type: line.restockType.toLowerCase(),
      subtotal: Number(text(order, line.subtotal)),
      subtotal_set: moneySet(order, line.subtotal),
      total_tax: Number(text(order, line.tax)),
      total_tax_set: moneySet(order, line.tax),
      line_item: restLine(
        order,
        order.lines.find((known) => known.id === line.lineId)!,
      ),
    })),
    refund_shipping_lines: [],
    transactions: refund.transactions.map((id) =>
      restTransaction(
        shop,
        order,
        order.transactions.find((made) => made.id === id)!,
      ),
    ),
  };
}
