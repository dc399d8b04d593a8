import { compare, connection, type PageArgs } from './connection.ts';
import { findFulfillment, findFulfillmentOrder } from './fulfill.ts';
import { financialStatus, totalsOf } from './figures.ts';
import { gid, idOf, type ShopOrder, type ShopProduct } from './model.ts';
import { orderMatcher, productMatcher } from './search.ts';
import { productByItem } from './stock.ts';
import { inventoryItemView, levelView, locationView, variantView } from './stock-views.ts';
import { fulfillmentOrderView, fulfillmentView } from './fulfillment-views.ts';
import type { ViewContext } from './money-views.ts';
import { refundView } from './refund-views.ts';
import { orderView } from './views.ts';

type SearchArgs = PageArgs & { query?: string | null; sortKey?: string };

/** What an order is sorted by; Shopify's default for orders is PROCESSED_AT. */
const sortValue: Record<string, (order: ShopOrder) => string | number> = {
  CREATED_AT: (order) => order.createdAt,
  PROCESSED_AT: (order) => order.createdAt,
  UPDATED_AT: (order) => order.updatedAt,
  ID: (order) => order.id,
  ORDER_NUMBER: (order) => order.number,
  TOTAL_PRICE: (order) => totalsOf(order).total,
  FINANCIAL_STATUS: financialStatus,
};

/** The fields of QueryRoot. */
export function queryRoot(context: ViewContext): Record<string, unknown> {
  const { world, shop } = context;
  const { tables } = world;
  const orderById = (id: string) => {
    const order = tables.orders.get(shop.name, String(idOf('Order', id)));
    return order === undefined ? null : orderView(context, order);
  };
  const products = () => tables.products.all(shop.name);
  const listOf = (
    args: SearchArgs,
    view: (product: ShopProduct) => unknown,
    key: (product: ShopProduct) => number,
  ) =>
    connection(
      products()
        .filter(productMatcher(args.query))
        .toSorted((one, other) => key(one) - key(other)),
      args,
      (product) => [key(product)],
      view,
    );
  return {
    order: ({ id }: { id: string }) => orderById(id),
    orderByIdentifier: ({ identifier }: { identifier: { id?: string } }) =>
      identifier.id === undefined ? null : orderById(identifier.id),
    orders: (args: SearchArgs) => {
      const value = sortValue[args.sortKey ?? 'PROCESSED_AT'] ?? sortValue['PROCESSED_AT']!;
      const place = (order: ShopOrder) => [value(order), order.id];
      const sorted = tables.orders
        .all(shop.name)
        .filter(orderMatcher(args.query))
        .toSorted((one, other) => compare(place(one), place(other)));
      return connection(sorted, args, place, (order) => orderView(context, order));
    },
    node: ({ id }: { id: string }) => (id.startsWith('gid://shopify/Order/') ? orderById(id) : null),
    fulfillmentOrder: ({ id }: { id: string }) => {
      const found = findFulfillmentOrder(world, shop, idOf('FulfillmentOrder', id) ?? 0);
      return found === undefined ? null : fulfillmentOrderView(context, found.order, found.group);
    },
    fulfillment: ({ id }: { id: string }) => {
      const found = findFulfillment(world, shop, idOf('Fulfillment', id) ?? 0);
      return found === undefined ? null : fulfillmentView(context, found.order, found.fulfillment);
    },
    refund: ({ id }: { id: string }) => {
      for (const order of tables.orders.all(shop.name)) {
        const refund = order.refunds.find((one) => one.id === idOf('Refund', id));
        if (refund !== undefined) return refundView(context, order, refund);
      }
      return null;
    },
    productVariant: ({ id }: { id: string }) => {
      const product = products().find((one) => one.variantId === idOf('ProductVariant', id));
      return product === undefined ? null : variantView(context, product);
    },
    productVariants: (args: SearchArgs) =>
      listOf(
        args,
        (product) => variantView(context, product),
        (product) => product.variantId,
      ),
    inventoryItem: ({ id }: { id: string }) => {
      const product = productByItem(tables, shop.name, idOf('InventoryItem', id) ?? 0);
      return product === undefined ? null : inventoryItemView(context, product);
    },
    inventoryItems: (args: SearchArgs) =>
      listOf(
        args,
        (product) => inventoryItemView(context, product),
        (product) => product.inventoryItemId,
      ),
    inventoryLevel: ({ id }: { id: string }) => {
      const item = Number(/inventory_item_id=(\d+)/.exec(id)?.[1] ?? 0);
      const product = productByItem(tables, shop.name, item);
      const level = product?.levels.find((one) => one.locationId === idOf('InventoryLevel', id));
      return product === undefined || level === undefined ? null : levelView(context, product, level);
    },
    location: ({ id }: { id?: string | null }) => {
      const place = id ? shop.locations.find((one) => one.id === idOf('Location', id)) : shop.locations[0];
      return place === undefined ? null : locationView(context, place);
    },
    locations: (args: PageArgs) =>
      connection(
        shop.locations,
        args,
        (place) => [place.id],
        (place) => locationView(context, place),
      ),
    shop: {
      id: gid('Shop', 1),
      name: shop.name,
      currencyCode: shop.currency,
      myshopifyDomain: shop.domain,
      email: 'owner@example.com',
      ianaTimezone: 'Etc/UTC',
      taxesIncluded: shop.taxesIncluded,
    },
    job: ({ id }: { id: string }) => {
      const job = tables.jobs.get(shop.name, /^gid:\/\/shopify\/Job\/([\w-]+)$/.exec(id)?.[1] ?? '');
      return job === undefined ? null : { id, done: job.doneAt !== null };
    },
  };
}
