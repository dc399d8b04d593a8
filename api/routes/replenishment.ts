import { z } from 'zod';
import { recordAudit } from '../../db/audit.ts';
import { ReplenishmentSchema } from '../../db/entities/planning.ts';
import { WarehouseSchema } from '../../db/entities/stock.ts';
import { type PlanningRow, readPlanning } from '../../db/read/replenishment.ts';
import { missingProducts } from '../../db/read/stock.ts';
import { toWire } from '../../domain/money.ts';
import { suggest, VELOCITY_DAYS } from '../../domain/replenishment.ts';
import type { Em } from '../../db/database.ts';
import { utc } from '../documents.ts';
import type { ApiDeps } from '../deps.ts';
import { cursorOf, pageOf, pageQuery, toPage } from '../http/page.ts';
import { route, type Route } from '../http/route.ts';
import { notFound } from '../problem.ts';
import { sku, warehouseCode } from '../schemas/common.ts';
import {
  replenishment,
  replenishmentParams,
  replenishmentSettings,
  supplier,
} from '../schemas/replenishment.ts';

/** When and how each warehouse buys a SKU anew, and what is to be bought now. */
export function replenishmentRoutes(deps: ApiDeps): Route[] {
  return [put(deps), show(deps), remove(), list(deps)];
}

const tag = 'Planning';

function put(deps: ApiDeps): Route {
  return route('PUT /v1/replenishment/{warehouse}/{sku}', {
    summary: 'Say when and how a warehouse buys a SKU anew',
    tag,
    params: replenishmentParams,
    body: replenishmentSettings,
    answer: { description: 'Kept, in place of what was there', schema: replenishment },
    problems: ['not-found'],
    transaction: true,
    async handle({ params, body, caller, em }) {
      if (!(await em.findOne(WarehouseSchema, { code: params.warehouse }))) throw notFound('such warehouse');
      if ((await missingProducts(em, [params.sku])).size > 0) throw notFound('such product');
      const { unitCost, ...rule } = body;
      await em.upsert(ReplenishmentSchema, {
        ...{ ...params, ...rule, unitCost: unitCost.minor, currency: unitCost.currency },
        updatedAt: deps.clock(),
      });
      await recordAudit(em, {
        actor: caller.name,
        what: 'replenishment_set',
        subject: `${params.warehouse}/${params.sku}`,
        detail: `at ${rule.reorderPoint}, of ${rule.supplier}: ${rule.leadTimeDays} + ${rule.coverDays} days, ${rule.safetyStock} to spare, in packs of ${rule.packSize}`,
      });
      return { body: await showOne(em, params, deps.clock()) };
    },
  });
}

function show(deps: ApiDeps): Route {
  return route('GET /v1/replenishment/{warehouse}/{sku}', {
    summary: 'What is to be bought of a SKU for a warehouse, and why',
    tag,
    params: replenishmentParams,
    answer: { description: 'Its settings, its stock and the suggestion', schema: replenishment },
    problems: ['not-found'],
    handle: async ({ params, em }) => ({ body: await showOne(em, params, deps.clock()) }),
  });
}

function remove(): Route {
  return route('DELETE /v1/replenishment/{warehouse}/{sku}', {
    summary: 'Suggest no more to buy it there',
    tag,
    params: replenishmentParams,
    answer: { description: 'Gone', schema: z.strictObject({}) },
    problems: ['not-found'],
    transaction: true,
    async handle({ params, caller, em }) {
      if ((await em.nativeDelete(ReplenishmentSchema, params)) === 0) throw notFound('such setting');
      const subject = `${params.warehouse}/${params.sku}`;
      await recordAudit(em, { actor: caller.name, what: 'replenishment_removed', subject, detail: subject });
      return { body: {} };
    },
  });
}

function list(deps: ApiDeps): Route {
  return route('GET /v1/replenishment', {
    summary: 'What is to be bought, by warehouse and SKU',
    tag,
    query: z.strictObject({
      warehouse: warehouseCode.optional(),
      sku: sku.optional(),
      supplier: supplier.optional(),
      cursor: cursorOf(z.tuple([z.string(), z.string()])),
      limit: pageQuery.limit,
    }),
    answer: { description: 'One page', schema: pageOf(replenishment) },
    async handle({ query: { cursor, limit, ...filter }, em }) {
      const after = cursor && { warehouse: cursor[0], sku: cursor[1] };
      const rows = await readPlanning(em, { ...filter, after, limit }, deps.clock());
      const page = { path: '/v1/replenishment', query: filter, limit };
      return toPage(rows, page, (row) => [row.warehouse, row.sku], wire);
    },
  });
}

async function showOne(em: Em, of: { warehouse: string; sku: string }, now: Date) {
  const [row] = await readPlanning(em, of, now);
  if (!row) throw notFound('such setting');
  return wire(row);
}

function wire({ unitCost, currency, ...row }: PlanningRow): z.input<typeof replenishment> {
  return {
    ...row,
    ...suggest(row, row),
    unitCost: toWire({ minor: unitCost, currency }),
    updatedAt: utc(row.updatedAt),
    velocityDays: VELOCITY_DAYS,
  };
}
