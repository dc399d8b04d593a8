import { z } from 'zod';
import { WarehouseSchema } from '../../db/entities/stock.ts';
import { type LevelFacts, missingProducts, readStock } from '../../db/read/stock.ts';
import { receiveStock } from '../../db/stock/receive.ts';
import { toWire } from '../../domain/money.ts';
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
      const { id } = await receiveStock(em, { ...body, actor: caller.name });
      return { body: { id, warehouse: body.warehouse, receivedAt: deps.clock().toISOString() } };
    },
  });
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
      const total = (of: 'onHand' | 'reserved' | 'available') =>
        levels.reduce((sum, level) => sum + level[of], 0);
      return {
        body: {
          sku: params.sku,
          onHand: total('onHand'),
          reserved: total('reserved'),
          available: total('available'),
          warehouses: levels.map(levelToWire),
        },
      };
    },
  });
}

function levelToWire({ lots, ...level }: LevelFacts): z.input<typeof stock>['warehouses'][number] {
  return {
    ...level,
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
