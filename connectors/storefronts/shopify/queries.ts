/**
 * Everything that is sent to Shopify's Admin GraphQL API, written for this version; a test validates each text
 * against the published schema. Pages are small enough for the limit of 1,000 cost points a query.
 */
export const apiVersion = '2026-07';

const shopMoney = '{ shopMoney { amount currencyCode } }';
const pageInfo = 'pageInfo { hasNextPage endCursor }';
const transaction = `id kind status gateway createdAt processedAt amountSet ${shopMoney}`;
const refund = 'id note transactions(first: 5) { nodes { id status } }';
const fulfillmentOrderLine = 'id remainingQuantity lineItem { id }';
const fulfillmentOrder = `id status
  deliveryMethod { methodType }
  assignedLocation { location { id } }
  fulfillmentHolds { reason }
  lineItems(first: 25) { nodes { ${fulfillmentOrderLine} } ${pageInfo} }`;
const lineItem = `id sku name quantity currentQuantity requiresShipping isGiftCard
  originalUnitPriceSet ${shopMoney}
  discountAllocations { allocatedAmountSet ${shopMoney} }
  taxLines { priceSet ${shopMoney} }`;

/** A usual order whole, in one query; what has more of something is followed up by the queries below. */
export const orderQuery = `query Order($id: ID!) {
  order(id: $id) {
    id name createdAt processedAt updatedAt cancelledAt currencyCode taxesIncluded test
    displayFinancialStatus paymentGatewayNames email phone
    totalPriceSet ${shopMoney}
    totalTaxSet ${shopMoney}
    customer { id }
    risk { recommendation }
    shippingAddress {
      name company address1 address2 city province provinceCode zip countryCodeV2 phone
    }
    shippingLines(first: 10) { nodes { discountedPriceSet ${shopMoney} } }
    lineItems(first: 25) { nodes { ${lineItem} } ${pageInfo} }
    fulfillmentOrders(first: 5) { nodes { ${fulfillmentOrder} } ${pageInfo} }
    transactions(first: 25) { ${transaction} }
    refunds(first: 25) { ${refund} }
  }
}`;

export const orderLinesQuery = `query OrderLines($id: ID!, $after: String) {
  order(id: $id) {
    lineItems(first: 100, after: $after) { nodes { ${lineItem} } ${pageInfo} }
  }
}`;

export const fulfillmentOrdersQuery = `query FulfillmentOrders($id: ID!, $after: String) {
  order(id: $id) {
    fulfillmentOrders(first: 5, after: $after) { nodes { ${fulfillmentOrder} } ${pageInfo} }
  }
}`;

export const fulfillmentOrderLinesQuery = `query FulfillmentOrderLines($id: ID!, $after: String) {
  fulfillmentOrder(id: $id) {
    lineItems(first: 100, after: $after) {
      nodes { ${fulfillmentOrderLine} }
      ${pageInfo}
    }
  }
}`;

export const moneyQuery = `query OrderMoney($id: ID!) {
  order(id: $id) {
    transactions(first: 100) { ${transaction} }
    refunds(first: 50) { ${refund} }
  }
}`;

export const refundLinesQuery = `query RefundLines($id: ID!, $after: String) {
  refund(id: $id) {
    refundLineItems(first: 100, after: $after) {
      nodes { quantity lineItem { id } }
      ${pageInfo}
    }
  }
}`;

export const ordersChangedQuery = `query OrdersChanged($query: String!, $after: String) {
  orders(first: 50, after: $after, sortKey: UPDATED_AT, query: $query) {
    nodes { id }
    ${pageInfo}
  }
}`;

const fulfillments = 'fulfillments(first: 50) { id status trackingInfo(first: 5) { number } }';

export const fulfillmentsQuery = `query Fulfillments($id: ID!) {
  order(id: $id) { ${fulfillments} }
}`;

export const fulfillmentQuery = `query Fulfillment($id: ID!) {
  fulfillment(id: $id) { id status }
}`;

export const fulfillmentLinesQuery = `query FulfillmentLines($id: ID!, $after: String) {
  fulfillment(id: $id) {
    fulfillmentLineItems(first: 100, after: $after) {
      nodes { quantity lineItem { id } }
      ${pageInfo}
    }
  }
}`;

export const fulfillmentCreateMutation = `mutation CreateFulfillment($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) {
    fulfillment { id order { ${fulfillments} } }
    userErrors { field message }
  }
}`;

export const fulfillmentCancelMutation = `mutation CancelFulfillment($id: ID!) {
  fulfillmentCancel(id: $id) {
    fulfillment { id status }
    userErrors { field message }
  }
}`;

export const cancellationQuery = `query Cancellation($id: ID!) {
  order(id: $id) { cancelledAt }
}`;

export const orderCancelMutation = `mutation CancelOrder(
  $orderId: ID!, $reason: OrderCancelReason!, $staffNote: String
) {
  orderCancel(
    orderId: $orderId, reason: $reason, staffNote: $staffNote, restock: false, notifyCustomer: false
  ) {
    job { id }
    orderCancelUserErrors { code field message }
  }
}`;

export const jobQuery = `query Job($id: ID!) {
  job(id: $id) { done }
}`;

export const orderUpdateMutation = `mutation UpdateOrder($input: OrderInput!) {
  orderUpdate(input: $input) {
    userErrors { field message }
  }
}`;

export const refundParentQuery = `query RefundParent($id: ID!) {
  order(id: $id) {
    currencyCode presentmentCurrencyCode
    transactions(first: 100) {
      id gateway
      amountSet { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }
    }
  }
}`;

export const refundCreateMutation = `mutation CreateRefund($input: RefundInput!, $key: String!) {
  refundCreate(input: $input) @idempotent(key: $key) {
    refund { id note transactions(first: 10) { nodes { ${transaction} } } }
    userErrors { field message }
  }
}`;

const inventoryLevel = 'location { id } quantities(names: ["available"]) { name quantity }';

export const stockItemQuery = `query StockItem($query: String!) {
  inventoryItems(first: 10, query: $query) {
    nodes { id sku tracked inventoryLevels(first: 2) { nodes { ${inventoryLevel} } } }
  }
}`;

export const stockItemAtQuery = `query StockItemAt($query: String!, $locationId: ID!) {
  inventoryItems(first: 10, query: $query) {
    nodes { id sku tracked inventoryLevel(locationId: $locationId) { ${inventoryLevel} } }
  }
}`;

export const setStockMutation = `mutation SetStock($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    userErrors { code field message }
  }
}`;
