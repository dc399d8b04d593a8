import { z } from 'zod';
import type { Storefront, StorefrontClient, StoreConnection } from '../storefront.ts';
import { cancelOrder } from './cancel-order.ts';
import { changeAddress } from './change-address.ts';
import { dropLines } from './drop-lines.ts';
import { cancelFulfillment, createFulfillment, findFulfillment } from './fulfillment.ts';
import { createGraphql, gid } from './graphql.ts';
import { apiVersion } from './queries.ts';
import { fetchOrder, ordersChangedSince, readMoney } from './read.ts';
import { refund } from './refund.ts';
import { findStockItem, setStock } from './stock.ts';
import { shopifyWebhooks } from './webhooks.ts';

const credentials = z.object({
  accessToken: z.string().min(1),
  /** Our queries are written for the default. */
  apiVersion: z
    .string()
    .regex(/^\d{4}-\d{2}$/)
    .optional(),
  /** The location whose stock is kept in step, as number or gid; needed where the shop has several. */
  locationId: z
    .string()
    .regex(/^(gid:\/\/shopify\/Location\/)?\d+$/)
    .transform((text) => text.replace(/^.*\//, ''))
    .optional(),
});

/** Shopify, by its Admin GraphQL API. Ids are the numbers that its webhooks use. */
export const shopify: Storefront = {
  platform: 'shopify',
  credentials,
  webhooks: shopifyWebhooks,
  connect,
  fetchBeforeReview: true,
};

function connect(store: StoreConnection): StorefrontClient {
  const given = credentials.parse(store.credentials);
  const graphql = createGraphql({
    url: store.url,
    accessToken: given.accessToken,
    apiVersion: given.apiVersion ?? apiVersion,
  });
  return {
    fetchOrder: (externalId) => fetchOrder(graphql, gid('Order', externalId)),
    ordersChangedSince: (since, cursor) => ordersChangedSince(graphql, since, cursor),
    readMoney: (orderExternalId) => readMoney(graphql, orderExternalId),
    createFulfillment: (notice) => createFulfillment(graphql, notice),
    findFulfillment: (order, { trackingNumber }) => findFulfillment(graphql, order, trackingNumber),
    cancelFulfillment: (_order, fulfillmentExternalId) => cancelFulfillment(graphql, fulfillmentExternalId),
    cancelOrder: (orderExternalId, reason) => cancelOrder(graphql, orderExternalId, reason),
    changeAddress: (orderExternalId, address) => changeAddress(graphql, orderExternalId, address),
    dropLines: (request) => dropLines(graphql, request),
    refund: (request) => refund(graphql, request),
    findStockItem: (sku) => findStockItem(graphql, sku, given.locationId),
    setStock: (ref, quantity, lastKnown, key) => setStock(graphql, ref, quantity, lastKnown, key),
  };
}
