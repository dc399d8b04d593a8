import { z } from 'zod';
import { WarehouseSchema } from '../../db/entities/stock.ts';
import { type LevelFacts, missingProducts, readStock } from '../../db/read/stock.ts';
import { OtherExpiry, receiveStock } from '../../db/stock/receive.ts';
import type { Em } from '../../db/database.ts';
import { readIncoming } from '../../db/read/documents.ts';
import {
  lockPurchaseOrder,
  type PurchaseLine,
  type PurchaseOrderRow,
  readPurchaseLines,
} from '../../db/stock/purchase-orders.ts';
import { type Money, toWire } from '../../domain/money.ts';
import { inState } from '../documents.ts';
import type { ApiDeps } from '../deps.ts';
import { route, type Route } from '../http/route.ts';
import { type FieldError, invalid, notFound } from '../problem.ts';
import { sku } from '../schemas/common.ts';
import { newReceipt, receipt, stock } from '../schemas/stock.ts';

export function stockRoutes(deps: ApiDeps): Route[] {
  return [receive(deps), show()];
}

function receive(deps: ApiDeps): Route {
  return route('POST /v1/receipts', {
    summary: 'Goods arrived',
    description: 'Orders that wait for them are served first, by priority and age, in the same transaction.',
    tag: 'Stock',
    body: newReceipt,
    answer: { status: 201, description: 'In stock', schema: receipt },
    problems: ['not-possible'],
    transaction: true,
    async handle({ body, caller, em }) {
      const missing = await missingProducts(
        em,
        body.lines.map((line) => line.sku),
      );
      const errors: FieldError[] = body.lines.flatMap((line, index) =>
        missing.has(line.sku)
          ? { field: `lines.${index}.sku`, message: `is no product: ${JSON.stringify(line.sku)}` }
          : [],
      );
      if (!(await em.findOne(WarehouseSchema, { code: body.warehouse })))
        errors.unshift({ field: 'warehouse', message: `is no warehouse: ${JSON.stringify(body.warehouse)}` });
      if (errors.length) throw invalid(...errors);
      const ordered = await orderedBy(em, body);
      const lines = body.lines.map((line, index) => ({ ...line, unitCost: costOf(line, index, ordered) }));
      const { warehouse } = body;
      const purchaseOrder = ordered?.order;
      const booking = receiveStock(em, {
        warehouse,
        lines,
        actor: caller.name,
        ...(purchaseOrder && { purchaseOrder }),
      });
      const { id } = await inState(booking).catch(otherExpiry);
      return { body: { id, warehouse: body.warehouse, receivedAt: deps.clock().toISOString() } };
    },
  });
}

function otherExpiry(error: unknown): never {
  if (!(error instanceof OtherExpiry)) throw error;
  throw invalid({ field: `lines.${error.line}.expiresAt`, message: error.message });
}

interface Ordered {
  order: PurchaseOrderRow;
  lines: Map<string, PurchaseLine>;
}

/** Locks the purchase order that the goods came by; each SKU must be on it. */
async function orderedBy(em: Em, body: z.output<typeof newReceipt>): Promise<Ordered | null> {
  if (body.purchaseOrder === undefined) return null;
  const order = await lockPurchaseOrder(em, body.purchaseOrder);
  if (!order) throw invalid({ field: 'purchaseOrder', message: 'is no purchase order' });
  if (order.warehouse !== body.warehouse)
    throw invalid({ field: 'warehouse', message: `is not where ${order.number} goes: ${order.warehouse}` });
  const lines = await readPurchaseLines(em, order.id);
  const errors = body.lines.flatMap(({ sku: of }, index) =>
    lines.has(of) ? [] : { field: `lines.${index}.sku`, message: `is not on ${order.number}` },
  );
  if (errors.length > 0) throw invalid(...errors);
  return { order, lines };
}

function costOf(
  line: { sku: string; unitCost?: Money | undefined },
  index: number,
  ordered: Ordered | null,
): Money {
  if (line.unitCost) return line.unitCost;
  if (!ordered)
    throw invalid({ field: `lines.${index}.unitCost`, message: 'is required without a purchase order' });
  return { minor: ordered.lines.get(line.sku)!.unitCost, currency: ordered.order.currency };
}

function show(): Route {
  return route('GET /v1/stock/{sku}', {
    summary: 'What there is of one SKU, by warehouse and lot',
    tag: 'Stock',
    params: z.strictObject({ sku }),
    answer: { description: 'Totals and their parts', schema: stock },
    problems: ['not-found'],
    async handle({ params, em }) {
      const levels = await readStock(em, params.sku);
      if (!levels) throw notFound('such SKU');
      const incoming = await readIncoming(em, params.sku);
      const total = (of: 'onHand' | 'reserved' | 'available') =>
        levels.reduce((sum, level) => sum + level[of], 0);
      return {
        body: {
          sku: params.sku,
          onHand: total('onHand'),
          reserved: total('reserved'),
          available: total('available'),
          incoming: incoming.reduce((sum, { quantity }) => sum + quantity, 0),
          warehouses: byWarehouse(levels, incoming).map((level) => levelToWire(level, incoming)),
        },
      };
    },
  });
}

type Incoming = Awaited<ReturnType<typeof readIncoming>>;

/** Also those that never had any and are to get some. */
function byWarehouse(levels: LevelFacts[], incoming: Incoming): LevelFacts[] {
  const others = new Set(incoming.map(({ warehouse }) => warehouse));
  for (const { warehouse } of levels) others.delete(warehouse);
  const empty = { onHand: 0, reserved: 0, available: 0, lots: [] };
  return [...levels, ...[...others].map((warehouse) => ({ warehouse, ...empty }))];
}

function levelToWire(
  { lots, ...level }: LevelFacts,
  incoming: Incoming,
): z.input<typeof stock>['warehouses'][number] {
  return {
    ...level,
    incoming: incoming
      .filter(({ warehouse }) => warehouse === level.warehouse)
      .map(({ warehouse: _, sellable: __, ...rest }) => rest),
    lots: lots.map((lot) => ({
      lot: lot.number,
      onHand: lot.onHand,
      state: lot.state,
      expiresAt: lot.expiresAt,
      receivedAt: lot.receivedAt.toISOString(),
      unitCost: toWire({ minor: lot.unitCost, currency: lot.currency }),
    })),
  };
}
