import { z } from 'zod';
import type { Em } from '../../db/database.ts';
import { purchaseOrderStates } from '../../db/entities/inventory.ts';
import { listPurchaseOrders, type PurchaseOrderFacts, readPurchaseOrder } from '../../db/read/documents.ts';
import * as orders from '../../db/stock/purchase-orders.ts';
import { type Money, toWire } from '../../domain/money.ts';
import {
  inState,
  maybe,
  pageQueryOf,
  problems,
  requireProducts,
  requireWarehouses,
  utc,
} from '../documents.ts';
import { pageOf, toPage } from '../http/page.ts';
import { route, type Route } from '../http/route.ts';
import { type FieldError, invalid, notFound } from '../problem.ts';
import { idParams } from '../schemas/common.ts';
import * as wire from '../schemas/documents.ts';

const tag = 'Purchase orders';

export function purchaseOrderRoutes(): Route[] {
  return [
    route('POST /v1/purchase-orders', {
      summary: 'Draft what is to be bought of a supplier',
      tag,
      body: wire.newPurchaseOrder,
      answer: { status: 201, description: 'Drafted', schema: wire.purchaseOrder },
      transaction: true,
      async handle({ body, caller, em }) {
        await requireWarehouses(em, { warehouse: body.warehouse });
        const lines = await purchaseLines(em, body.lines, body.currency);
        const { id } = await orders.createPurchaseOrder(em, { ...body, lines, actor: caller.name });
        return { body: await showPurchaseOrder(em, id) };
      },
    }),
    route('GET /v1/purchase-orders', {
      summary: 'Purchase orders, the newest first',
      tag,
      query: pageQueryOf(purchaseOrderStates),
      answer: { description: 'One page', schema: pageOf(wire.purchaseOrderSummary) },
      async handle({ query: { cursor, limit, ...filter }, em }) {
        const rows = await listPurchaseOrders(em, { ...filter, after: cursor, limit });
        const page = { path: '/v1/purchase-orders', query: filter, limit };
        return toPage(rows, page, ({ id }) => id, purchaseOrderToWire);
      },
    }),
    route('GET /v1/purchase-orders/{id}', {
      summary: 'One purchase order, with what has come of it',
      tag,
      params: idParams,
      answer: { description: 'The order', schema: wire.purchaseOrder },
      problems: ['not-found'],
      handle: async ({ params, em }) => ({ body: await showPurchaseOrder(em, params.id) }),
    }),
    route('PATCH /v1/purchase-orders/{id}', {
      summary: 'Change a draft',
      tag,
      params: idParams,
      body: wire.purchaseOrderChange,
      answer: { description: 'The order', schema: wire.purchaseOrder },
      problems,
      transaction: true,
      async handle({ params, body, caller, em }) {
        const order = await lockOrder(em, params.id);
        const lines = await purchaseLines(em, body.lines, order.currency);
        await inState(orders.changePurchaseOrder(em, order, { ...body, lines, actor: caller.name }));
        return { body: await showPurchaseOrder(em, params.id) };
      },
    }),
    route('POST /v1/purchase-orders/{id}/order', {
      summary: 'Say that it was sent to the supplier: from now on it is expected',
      tag,
      params: idParams,
      body: wire.because,
      answer: { description: 'The order', schema: wire.purchaseOrder },
      problems,
      transaction: true,
      async handle({ params, caller, em }) {
        await inState(orders.placePurchaseOrder(em, await lockOrder(em, params.id), caller.name));
        return { body: await showPurchaseOrder(em, params.id) };
      },
    }),
    route('POST /v1/purchase-orders/{id}/close', {
      summary: 'Expect no more of it',
      tag,
      params: idParams,
      body: wire.because,
      answer: { description: 'The order', schema: wire.purchaseOrder },
      problems,
      transaction: true,
      async handle({ params, body, caller, em }) {
        const by = { actor: caller.name, reason: body.reason };
        await inState(orders.closePurchaseOrder(em, await lockOrder(em, params.id), by));
        return { body: await showPurchaseOrder(em, params.id) };
      },
    }),
  ];
}

async function lockOrder(em: Em, id: string) {
  const order = await orders.lockPurchaseOrder(em, id);
  if (!order) throw notFound('such purchase order');
  return order;
}

/** Each SKU once, at costs in the order's currency. */
async function purchaseLines(
  em: Em,
  lines: readonly { sku: string; quantity: number; unitCost: Money }[],
  currency: string,
): Promise<orders.PurchaseLine[]> {
  await requireProducts(em, lines);
  const errors = lines.flatMap(({ sku, unitCost }, index): FieldError[] => {
    if (lines.findIndex((line) => line.sku === sku) < index)
      return [{ field: `lines.${index}.sku`, message: 'is on another line already' }];
    return unitCost.currency === currency
      ? []
      : [{ field: `lines.${index}.unitCost.currency`, message: `must be the order's: ${currency}` }];
  });
  if (errors.length > 0) throw invalid(...errors);
  return lines.map(({ sku, quantity, unitCost }) => ({ sku, quantity, unitCost: unitCost.minor }));
}

function purchaseOrderToWire(row: PurchaseOrderFacts): z.input<typeof wire.purchaseOrderSummary> {
  return {
    ...row,
    state: row.state as (typeof purchaseOrderStates)[number],
    createdAt: utc(row.createdAt),
    orderedAt: maybe(row.orderedAt),
    closedAt: maybe(row.closedAt),
  };
}

export async function showPurchaseOrder(em: Em, id: string): Promise<z.input<typeof wire.purchaseOrder>> {
  const found = await readPurchaseOrder(em, id);
  if (!found) throw notFound('such purchase order');
  const { lines, ...row } = found;
  return {
    ...purchaseOrderToWire(row),
    lines: lines.map(({ unitCost, ...line }) => ({
      ...line,
      unitCost: toWire({ minor: unitCost, currency: row.currency }),
    })),
  };
}
