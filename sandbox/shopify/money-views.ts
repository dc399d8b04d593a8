import { toDecimal } from '../money.ts';
import * as figures from './figures.ts';
import type { Shop, ShopOrder } from './model.ts';
import type { ShopWorld } from './world.ts';

/** Amounts as GraphQL types. */

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

export const byId = (item: { id: number }) => [item.id];

export interface ViewContext {
  world: ShopWorld;
  shop: Shop;
  /** Given rather than imported: orders show fulfillments and refunds, and these show their order. */
  orderView: (order: ShopOrder) => Record<string, unknown>;
}

export const taxLines = (order: ShopOrder, rate: number, tax: number) =>
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
