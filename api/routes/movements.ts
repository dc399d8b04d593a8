import { z } from 'zod';
import type { Em } from '../../db/database.ts';
import { WarehouseSchema } from '../../db/entities/stock.ts';
import { listMovements, type MovementRow } from '../../db/read/movements.ts';
import { missingProducts } from '../../db/read/stock.ts';
import { adjustStock, NotThere } from '../../db/stock/adjust.ts';
import { bookShortPick } from '../../db/stock/short-pick.ts';
import type { Lost } from '../../db/stock/shrink.ts';
import { toWire } from '../../domain/money.ts';
import { cursorOf, pageOf, pageQuery, timePosition, toPage } from '../http/page.ts';
import { route, type Route } from '../http/route.ts';
import { type FieldError, invalid, notFound, Problem } from '../problem.ts';
import { idParams, sku, warehouseCode } from '../schemas/common.ts';
import {
  adjustment,
  lotNumber,
  movement,
  movementReason,
  newAdjustment,
  newShortPick,
  shortPick,
} from '../schemas/movements.ts';

export function movementRoutes(): Route[] {
  return [list(), adjust(), pickShort()];
}

const tag = 'Stock';
const position = z.tuple([timePosition, z.uuid()]);

function list(): Route {
  return route('GET /v1/movements', {
    summary: 'The ledger of stock, the newest first',
    description: 'Each change of what is on hand is one row, and none ever changes: on hand is their sum.',
    tag,
    query: z.strictObject({
      sku: sku.optional(),
      warehouse: warehouseCode.optional(),
      lot: lotNumber.optional(),
      reason: movementReason.optional(),
      cursor: cursorOf(position),
      limit: pageQuery.limit,
    }),
    answer: { description: 'One page', schema: pageOf(movement) },
    async handle({ query, em }) {
      const { cursor, limit, ...filter } = query;
      const after = cursor && { at: cursor[0], id: cursor[1] };
      const rows = await listMovements(em, { ...filter, after, limit });
      return toPage(rows, { path: '/v1/movements', query: filter, limit }, (row) => [row.at, row.id], wire);
    },
  });
}

const wire = ({ unitCost, currency, ...row }: MovementRow) => ({
  ...row,
  at: new Date(row.at).toISOString(),
  reason: row.reason as z.output<typeof movementReason>,
  unitCost: toWire({ minor: unitCost, currency }),
});

export const lostToWire = (lost: readonly Lost[]) =>
  lost.map(({ orderId, fulfillmentId, ...rest }) => ({
    order: orderId,
    fulfillment: fulfillmentId,
    ...rest,
  }));

function adjust(): Route {
  return route('POST /v1/adjustments', {
    summary: 'Book what was found, damaged, or is to be written off',
    description:
      'What orders were promised beyond what stays is released in the same transaction: the last in the queue lose first, those without a label before those with one, and only as many as needed. What was found goes to those who wait for it.',
    tag,
    body: newAdjustment,
    answer: { status: 201, description: 'Booked, by lot', schema: adjustment },
    problems: ['conflict'],
    transaction: true,
    async handle({ body, caller, em }) {
      await requireKnown(em, body);
      const sign = body.reason === 'adjustment' ? 1 : -1;
      const lines = body.lines.map((line) => ({ ...line, quantity: sign * line.quantity }));
      const { id, moved, lost } = await adjustStock(em, { ...body, lines, actor: caller.name }).catch(
        refused,
      );
      return { body: { id, warehouse: body.warehouse, moved, lost: lostToWire(lost) } };
    },
  });
}

async function requireKnown(
  em: Em,
  { warehouse, lines }: { warehouse: string; lines: { sku: string }[] },
): Promise<void> {
  const missing = await missingProducts(
    em,
    lines.map((line) => line.sku),
  );
  const errors: FieldError[] = lines.flatMap((line, index) =>
    missing.has(line.sku)
      ? { field: `lines.${index}.sku`, message: `is no product: ${JSON.stringify(line.sku)}` }
      : [],
  );
  if (!(await em.findOne(WarehouseSchema, { code: warehouse })))
    errors.unshift({ field: 'warehouse', message: `is no warehouse: ${JSON.stringify(warehouse)}` });
  if (errors.length) throw invalid(...errors);
}

function refused(error: unknown): never {
  if (!(error instanceof NotThere)) throw error;
  const field = `lines.${error.line}.${error.of}`;
  throw new Problem('conflict', `${field} ${error.message}.`, {
    errors: [{ field, message: error.message }],
  });
}

function pickShort(): Route {
  return route('POST /v1/fulfillments/{id}/short-pick', {
    summary: 'Say that a fulfillment could not be picked as a whole',
    description:
      'What is missing is booked out of the lots that it was to come from, and only this fulfillment loses it: without a label it is allocated anew, from elsewhere where needed; with one a person is asked.',
    tag,
    params: idParams,
    body: newShortPick,
    answer: { description: 'Booked', schema: shortPick },
    problems: ['not-found', 'not-possible', 'conflict'],
    transaction: true,
    async handle({ params, body, caller, em }) {
      const picked = await bookShortPick(em, { fulfillmentId: params.id, ...body, actor: caller.name });
      if (!picked) throw notFound('such fulfillment');
      if (picked.outcome === 'not_possible')
        throw new Problem(
          'not-possible',
          `The fulfillment is ${picked.stage}: nothing of it is picked any more.`,
        );
      if (picked.outcome === 'more_than_held') {
        const message = `is more than the ${picked.held} that the fulfillment holds`;
        const field = `lines.${picked.line}.quantity`;
        throw new Problem('conflict', `${field} ${message}.`, { errors: [{ field, message }] });
      }
      return { body: { fulfillment: params.id, moved: picked.moved, lost: lostToWire(picked.lost) } };
    },
  });
}
