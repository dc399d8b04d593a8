import type { ApiDeps } from '../deps.ts';
import type { Route } from '../http/route.ts';
import { describeApi } from '../openapi.ts';
import { alertEndpointRoutes } from './alert-endpoints.ts';
import { alertRoutes } from './alerts.ts';
import { allocationRoutes } from './allocation.ts';
import { apiKeyRoutes } from './api-keys.ts';
import { attentionRoutes } from './attention.ts';
import { blockedCustomerRoutes } from './blocked-customers.ts';
import { boxTypeRoutes } from './box-types.ts';
import { bulkRoutes } from './bulks.ts';
import { documentationRoutes } from './documentation.ts';
import { carrierRoutes } from './carriers.ts';
import { inboxRoutes } from './inbox.ts';
import { labelRoutes } from './labels.ts';
import { lotRoutes } from './lots.ts';
import { movementRoutes } from './movements.ts';
import { newOrderRoutes } from './new-orders.ts';
import { orderActionRoutes } from './order-actions.ts';
import { orderChangeRoutes } from './order-changes.ts';
import { orderPreviewRoutes } from './order-preview.ts';
import { orderRoutes } from './orders.ts';
import { paymentAccountRoutes } from './payment-accounts.ts';
import { policyRoutes } from './policies.ts';
import { privacyRoutes } from './privacy.ts';
import { productRoutes } from './products.ts';
import { proofRoutes } from './proof.ts';
import { stockRoutes } from './stock.ts';
import { rateCardRoutes } from './rate-cards.ts';
import { recallRoutes } from './recalls.ts';
import { reportRoutes } from './reports.ts';
import { countRoutes } from './counts.ts';
import { purchaseOrderRoutes } from './purchase-orders.ts';
import { replenishmentRoutes } from './replenishment.ts';
import { transferRoutes } from './transfers.ts';
import { storeRoutes } from './stores.ts';
import { storeStockRoutes } from './store-stock.ts';
import { suggestedOrderRoutes } from './suggested-orders.ts';
import { warehouseRoutes } from './warehouses.ts';
import { serviceRoutes } from './service.ts';
import { webhookRoutes } from './webhooks.ts';

/** Every route of the API. */
export function apiRoutes(deps: ApiDeps): Route[] {
  const routes: Route[] = [
    ...serviceRoutes(deps),
    ...webhookRoutes(deps),
    ...apiKeyRoutes(),
    ...storeRoutes(deps),
    ...policyRoutes(),
    ...storeStockRoutes(),
    ...carrierRoutes(deps),
    ...blockedCustomerRoutes(deps),
    ...warehouseRoutes(deps),
    ...productRoutes(),
    ...stockRoutes(deps),
    ...movementRoutes(),
    ...lotRoutes(),
    ...recallRoutes(),
    ...rateCardRoutes(deps),
    ...boxTypeRoutes(deps),
    ...allocationRoutes(deps),
    ...replenishmentRoutes(deps),
    ...reportRoutes(deps),
    ...alertRoutes(),
    ...alertEndpointRoutes(deps),
    ...suggestedOrderRoutes(deps),
    ...purchaseOrderRoutes(),
    ...transferRoutes(),
    ...countRoutes(),
    ...newOrderRoutes(deps),
    ...orderPreviewRoutes(deps),
    ...bulkRoutes(),
    ...orderRoutes(deps),
    ...orderActionRoutes(deps),
    ...orderChangeRoutes(deps),
    ...labelRoutes(),
    ...inboxRoutes(),
    ...paymentAccountRoutes(deps),
    ...attentionRoutes(),
    ...proofRoutes(deps),
    ...privacyRoutes(deps),
    ...documentationRoutes(() => describeApi(routes)),
  ];
  return routes;
}
