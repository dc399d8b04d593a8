import { draftSuggestedOrders, notReplenished } from '../../db/stock/suggested-orders.ts';
import type { ApiDeps } from '../deps.ts';
import { requireWarehouses } from '../documents.ts';
import { route, type Route } from '../http/route.ts';
import { invalid } from '../problem.ts';
import { draftedOrders, suggestedOrders } from '../schemas/replenishment.ts';
import { showPurchaseOrder } from './purchase-orders.ts';

/** One click buys what is suggested. */
export function suggestedOrderRoutes(deps: ApiDeps): Route[] {
  return [
    route('POST /v1/purchase-orders/suggested', {
      summary: 'Draft purchase orders of what a warehouse is to buy',
      description:
        'One draft per supplier and currency, of what `GET /v1/replenishment` suggests. Drafts count as incoming: done again, or by two at the same time, it drafts nothing twice.',
      tag: 'Purchase orders',
      body: suggestedOrders,
      answer: {
        status: 201,
        description: 'Drafted',
        schema: draftedOrders,
        also: { 200: 'Nothing is to be bought' },
      },
      transaction: true,
      async handle({ body, caller, em }) {
        await requireWarehouses(em, { warehouse: body.warehouse });
        const unknown = await notReplenished(em, body.warehouse, body.skus ?? []);
        const errors = (body.skus ?? []).flatMap((sku, index) =>
          unknown.has(sku)
            ? [{ field: `skus.${index}`, message: `has no replenishment in ${body.warehouse}` }]
            : [],
        );
        if (errors.length > 0) throw invalid(...errors);
        const ids = await draftSuggestedOrders(em, { ...body, actor: caller.name }, deps.clock());
        const items = [];
        for (const id of ids) items.push(await showPurchaseOrder(em, id));
        return { status: items.length > 0 ? 201 : 200, body: { items } };
      },
    }),
  ];
}
