import { z } from 'zod';
import type { Storefront, StorefrontClient, StoreConnection } from '../storefront.ts';
import { cancelOrder } from './cancel-order.ts';
import { changeAddress, dropLines } from './change-order.ts';
import { cancelFulfillment, createFulfillment, findFulfillment } from './fulfillment.ts';
import { fetchOrder, ordersChangedSince, readMoney } from './read.ts';
import { refund } from './refund.ts';
import { createRest } from './rest.ts';
import { findStockItem, setStock } from './stock.ts';
import { woocommerceWebhooks } from './webhooks.ts';

/** A REST API key of the site, with read and write permission. */
const credentials = z.object({
  consumerKey: z.string().min(1),
  consumerSecret: z.string().min(1),
});

/** WooCommerce, by its REST API v3. The store's URL is the site's address, path included. */
export const woocommerce: Storefront = {
  platform: 'woocommerce',
  credentials,
  webhooks: woocommerceWebhooks,
  connect,
};

function connect(store: StoreConnection): StorefrontClient {
  const rest = createRest(store.url, credentials.parse(store.credentials));
  return {
    fetchOrder: (externalId) => fetchOrder(rest, externalId),
    ordersChangedSince: (since, cursor) => ordersChangedSince(rest, since, cursor),
    readMoney: (orderExternalId) => readMoney(rest, orderExternalId),
    createFulfillment: (notice) => createFulfillment(rest, notice),
    findFulfillment: (orderExternalId, known) => findFulfillment(rest, orderExternalId, known),
    cancelFulfillment: (orderExternalId, fulfillmentExternalId) =>
      cancelFulfillment(rest, orderExternalId, fulfillmentExternalId),
    cancelOrder: (orderExternalId) => cancelOrder(rest, orderExternalId),
    changeAddress: (orderExternalId, address) => changeAddress(rest, orderExternalId, address),
    dropLines: (request) => dropLines(rest, request),
    refund: (request) => refund(rest, request),
    findStockItem: (sku) => findStockItem(rest, sku),
    setStock: (ref, quantity, lastKnown) => setStock(rest, ref, quantity, lastKnown),
  };
}
