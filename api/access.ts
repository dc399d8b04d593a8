import type { Role } from '../db/entities/access.ts';

/**
 * Who may do what: the one table. `public` needs no key; `signed` proves itself by a signature over its body.
 * A route that is not in here can't be built, and a test goes through every role on every route.
 */
export type Access = readonly Role[] | 'public' | 'signed';

const everyone: readonly Role[] = ['admin', 'ops', 'support', 'finance', 'warehouse'];
const admin: readonly Role[] = ['admin'];
const operations: readonly Role[] = ['admin', 'ops'];
const care: readonly Role[] = ['admin', 'ops', 'support'];
const floor: readonly Role[] = ['admin', 'ops', 'warehouse'];

export const access = {
  'GET /': 'public',
  'GET /healthz': 'public',
  'GET /readyz': 'public',
  'GET /metrics': 'public',
  'GET /openapi.json': 'public',

  'POST /webhooks/carriers/{carrier}': 'signed',
  'POST /webhooks/payments/{provider}': 'signed',
  'POST /webhooks/{platform}/{storeId}': 'signed',

  'GET /v1/me': everyone,
  'POST /v1/api-keys': admin,
  'GET /v1/api-keys': admin,
  'DELETE /v1/api-keys/{id}': admin,

  'POST /v1/stores': admin,
  'GET /v1/stores': everyone,
  'GET /v1/stores/{id}': everyone,
  'PATCH /v1/stores/{id}': admin,
  'GET /v1/stores/{id}/stock': everyone,
  'GET /v1/stores/{id}/buffers': everyone,
  'PUT /v1/stores/{id}/buffers/{sku}': operations,
  'DELETE /v1/stores/{id}/buffers/{sku}': operations,
  'POST /v1/carriers': admin,
  'GET /v1/carriers': floor,

  'POST /v1/warehouses': operations,
  'GET /v1/warehouses': everyone,
  'POST /v1/products': operations,
  'GET /v1/products': everyone,
  'GET /v1/products/{sku}': everyone,
  'POST /v1/receipts': floor,
  'GET /v1/stock/{sku}': everyone,
  'GET /v1/movements': everyone,
  'GET /v1/lots': everyone,
  'GET /v1/lots/{id}': everyone,
  'GET /v1/lots/{id}/orders': everyone,
  'POST /v1/lots/{id}/quarantine': floor,
  'POST /v1/lots/{id}/release': floor,
  'POST /v1/recalls': operations,
  'GET /v1/recalls': everyone,
  'GET /v1/recalls/{id}': everyone,
  'POST /v1/recalls/{id}/items/{fulfillmentId}/returned': floor,
  'PATCH /v1/warehouses/{code}': operations,
  'PATCH /v1/products/{sku}': operations,
  'POST /v1/allocation/preview': everyone,
  'POST /v1/box-types': operations,
  'GET /v1/box-types': everyone,
  'PATCH /v1/box-types/{code}': operations,
  'POST /v1/rate-cards': operations,
  'GET /v1/rate-cards': everyone,
  'DELETE /v1/rate-cards/{id}': operations,
  'PUT /v1/replenishment/{warehouse}/{sku}': operations,
  'GET /v1/replenishment/{warehouse}/{sku}': everyone,
  'DELETE /v1/replenishment/{warehouse}/{sku}': operations,
  'GET /v1/replenishment': everyone,
  'POST /v1/alert-endpoints': operations,
  'GET /v1/alert-endpoints': operations,
  'DELETE /v1/alert-endpoints/{id}': operations,
  'GET /v1/alerts': everyone,
  'GET /v1/alerts/{id}': everyone,
  'POST /v1/purchase-orders/suggested': floor,
  'POST /v1/purchase-orders': floor,
  'GET /v1/purchase-orders': everyone,
  'GET /v1/purchase-orders/{id}': everyone,
  'PATCH /v1/purchase-orders/{id}': floor,
  'POST /v1/purchase-orders/{id}/order': operations,
  'POST /v1/purchase-orders/{id}/close': operations,
  'POST /v1/transfers': floor,
  'GET /v1/transfers': everyone,
  'GET /v1/transfers/{id}': everyone,
  'POST /v1/transfers/{id}/send': floor,
  'POST /v1/transfers/{id}/receive': floor,
  'POST /v1/transfers/{id}/close': operations,
  'POST /v1/counts': floor,
  'GET /v1/counts': everyone,
  'GET /v1/counts/{id}': everyone,
  'POST /v1/counts/{id}/lines': floor,
  'POST /v1/counts/{id}/submit': floor,
  'POST /v1/counts/{id}/recount': operations,
  'POST /v1/counts/{id}/approve': operations,
  'POST /v1/counts/{id}/cancel': operations,
  'POST /v1/adjustments': floor,
  'POST /v1/fulfillments/{id}/short-pick': floor,

  'POST /v1/orders': care,
  'GET /v1/orders': everyone,
  'GET /v1/orders/{id}': everyone,
  'POST /v1/orders/{id}/retry': operations,
  'POST /v1/orders/{id}/skip': operations,
  'POST /v1/orders/{id}/cancel': care,
  'POST /v1/orders/{id}/change-address': care,
  'POST /v1/orders/{id}/edit-lines': care,
  'POST /v1/orders/{id}/refund': ['admin', 'ops', 'support', 'finance'],
  'POST /v1/orders/{id}/hold': care,
  'POST /v1/orders/{id}/release': care,
  'POST /v1/orders/{id}/reroute': operations,
  'POST /v1/orders/{id}/extend': operations,
  'POST /v1/orders/{id}/approve': operations,
  'POST /v1/fulfillments/{id}/ship': floor,
  'GET /v1/labels/{id}': floor,
  'GET /v1/inbox': care,

  'POST /v1/payment-accounts': admin,
  'GET /v1/payment-accounts': everyone,

  'POST /v1/privacy/erasures': admin,
  'GET /v1/privacy/erasures': admin,
  'GET /v1/privacy/erasures/{id}': admin,
  'POST /v1/privacy/exports': admin,

  'GET /v1/attention': everyone,
  'POST /v1/attention/{id}/resolve': operations,
  'POST /v1/attention/{id}/mend': admin,
  'POST /v1/stock-proofs': operations,
} as const satisfies Record<string, Access>;

export type RouteName = keyof typeof access;
