import { z } from 'zod';
import { listLotOrders, listLots, type LotOrderRow, type LotRow, readLot } from '../../db/read/lots.ts';
import { LotNotIn, quarantineLot, releaseLot } from '../../db/stock/lot-state.ts';
import { toWire } from '../../domain/money.ts';
import type { OrderStage } from '../../domain/stages.ts';
import type { Caller } from '../http/authenticate.ts';
import { cursorOf, dayPosition, pageOf, pageQuery, toPage } from '../http/page.ts';
import { route, type Route } from '../http/route.ts';
import { notFound, Problem } from '../problem.ts';
import { day, idParams, sku, warehouseCode } from '../schemas/common.ts';
import { lot, lotChanged, lotDecision, lotOrder, lotState } from '../schemas/lots.ts';
import { lostToWire } from './movements.ts';

export function lotRoutes(): Route[] {
  return [list(), one(), orders(), quarantine(), release()];
}

const tag = 'Lots';
const problems = ['not-found', 'conflict'] as const;

function list(): Route {
  return route('GET /v1/lots', {
    summary: 'Lots, the first to expire first',
    tag,
    query: z.strictObject({
      sku: sku.optional(),
      warehouse: warehouseCode.optional(),
      state: lotState.optional(),
      expiringBefore: day.optional().meta({ description: 'Those whose last day is before this one' }),
      empty: z
        .enum(['true', 'false'])
        .optional()
        .meta({ description: 'true: those too that hold nothing any more' }),
      cursor: cursorOf(z.tuple([z.union([dayPosition, z.literal('infinity')]), z.uuid()])),
      limit: pageQuery.limit,
    }),
    answer: { description: 'One page', schema: pageOf(lot) },
    async handle({ query, em }) {
      const { cursor, limit, ...filter } = query;
      const rows = await listLots(em, {
        ...filter,
        empty: filter.empty === 'true',
        after: cursor && { expires: cursor[0], id: cursor[1] },
        limit,
      });
      const page = { path: '/v1/lots', query: filter, limit };
      return toPage(rows, page, (row) => [row.expiresAt ?? 'infinity', row.id], lotToWire);
    },
  });
}

function one(): Route {
  return route('GET /v1/lots/{id}', {
    summary: 'One lot',
    tag,
    params: idParams,
    answer: { description: 'The lot', schema: lot },
    problems: ['not-found'],
    async handle({ params, em }) {
      const found = await readLot(em, params.id);
      if (!found) throw notFound('such lot');
      return { body: lotToWire(found) };
    },
  });
}

function orders(): Route {
  return route('GET /v1/lots/{id}/orders', {
    summary: 'Which orders and customers got units of a lot, or are to get them',
    tag,
    params: idParams,
    query: z.strictObject({ cursor: cursorOf(z.tuple([z.uuid()])), limit: pageQuery.limit }),
    answer: { description: 'One page', schema: pageOf(lotOrder) },
    problems: ['not-found'],
    async handle({ params, query: { cursor, limit }, caller, em }) {
      if (!(await readLot(em, params.id))) throw notFound('such lot');
      const rows = await listLotOrders(em, params.id, { after: cursor?.[0], limit });
      const page = { path: `/v1/lots/${params.id}/orders`, query: {}, limit };
      return toPage(
        rows,
        page,
        (row) => [row.id],
        (row) => orderToWire(row, caller),
      );
    },
  });
}

function quarantine(): Route {
  return route('POST /v1/lots/{id}/quarantine', {
    summary: 'Take a lot off sale until somebody releases it',
    description:
      'Orders that were to get it go on with other lots, or wait; for those with a label a person is asked.',
    tag,
    params: idParams,
    body: lotDecision,
    answer: { description: 'Off sale', schema: lotChanged },
    problems,
    transaction: true,
    async handle({ params: { id: lotId }, body: { reason }, caller, em }) {
      if (!(await readLot(em, lotId))) throw notFound('such lot');
      const lost = await quarantineLot(em, { lotId, actor: caller.name, reason }).catch(refused);
      return { body: { ...lotToWire((await readLot(em, lotId))!), lost: lostToWire(lost) } };
    },
  });
}

function release(): Route {
  return route('POST /v1/lots/{id}/release', {
    summary: 'Put a lot on sale again that is in quarantine',
    description:
      'Orders that wait for it are served first. One that is recalled or past its day stays off sale.',
    tag,
    params: idParams,
    body: lotDecision,
    answer: { description: 'On sale', schema: lot },
    problems,
    transaction: true,
    async handle({ params: { id: lotId }, body: { reason }, caller, em }) {
      if (!(await readLot(em, lotId))) throw notFound('such lot');
      await releaseLot(em, { lotId, actor: caller.name, reason }).catch(refused);
      return { body: lotToWire((await readLot(em, lotId))!) };
    },
  });
}

function refused(error: unknown): never {
  if (!(error instanceof LotNotIn)) throw error;
  throw new Problem('conflict', `${error.message}.`);
}

function lotToWire({ number, claimed, unitCost, currency, receivedAt, ...row }: LotRow) {
  return {
    ...row,
    lot: number,
    reserved: claimed,
    receivedAt: new Date(receivedAt).toISOString(),
    unitCost: toWire({ minor: unitCost, currency }),
  };
}

function orderToWire(row: LotOrderRow, caller: Caller): z.input<typeof lotOrder> {
  return {
    order: { id: row.orderId, number: row.number },
    fulfillment: row.fulfillmentId,
    stage: row.stage as OrderStage,
    state: row.state,
    quantity: row.quantity,
    shippedAt: row.shippedAt && new Date(row.shippedAt).toISOString(),
    country: row.country,
    customer: customerFor(caller, row),
  };
}

/** As with an order: the role finance sees no personal data. */
export const customerFor = (
  { role }: Pick<Caller, 'role'>,
  row: { customerName: string | null; customerEmail: string | null },
) => (role === 'finance' ? null : { name: row.customerName, email: row.customerEmail });
