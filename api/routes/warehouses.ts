import { z } from 'zod';
import { recordAudit } from '../../db/audit.ts';
import { type Warehouse, WarehouseSchema } from '../../db/entities/stock.ts';
import { giveToQueue, lockQueue } from '../../db/stock/queue.ts';
import { toWire as moneyToWire } from '../../domain/money.ts';
import type { ApiDeps } from '../deps.ts';
import { cursorOf, pageOf, pageQuery, toPage } from '../http/page.ts';
import { route, type Route } from '../http/route.ts';
import { invalid, notFound, Problem } from '../problem.ts';
import { text, warehouseCode } from '../schemas/common.ts';
import { newWarehouse, warehouse, warehouseChange } from '../schemas/stock.ts';

export function warehouseRoutes(deps: ApiDeps): Route[] {
  return [create(deps), list(deps), change(deps)];
}

function create(deps: ApiDeps): Route {
  return route('POST /v1/warehouses', {
    summary: 'Add a warehouse',
    tag: 'Warehouses',
    body: newWarehouse,
    answer: { status: 201, description: 'Added', schema: warehouse },
    problems: ['conflict'],
    transaction: true,
    async handle({ body, caller, em }) {
      if (await em.findOne(WarehouseSchema, { code: body.code }))
        throw new Problem('conflict', `There is a warehouse ${JSON.stringify(body.code)} already.`);
      const address = { ...body.address, name: body.address.name ?? body.name };
      await em.insert(WarehouseSchema, { ...body, address });
      await recordAudit(em, {
        actor: caller.name,
        what: 'warehouse_added',
        subject: body.code,
        detail: body.name,
      });
      return { body: toWire(deps, await em.findOneOrFail(WarehouseSchema, { code: body.code })) };
    },
  });
}

function list(deps: ApiDeps): Route {
  return route('GET /v1/warehouses', {
    summary: 'All warehouses',
    tag: 'Warehouses',
    query: z.strictObject({ cursor: cursorOf(text(50)), limit: pageQuery.limit }),
    answer: { description: 'By code', schema: pageOf(warehouse) },
    async handle({ query, em }) {
      const after = query.cursor === undefined ? {} : { code: { $gt: query.cursor } };
      const rows = await em.find(WarehouseSchema, after, {
        orderBy: { code: 'asc' },
        limit: query.limit + 1,
      });
      return toPage(
        rows,
        { path: '/v1/warehouses', query: {}, limit: query.limit },
        (row) => row.code,
        (row) => toWire(deps, row),
      );
    },
  });
}

function change(deps: ApiDeps): Route {
  return route('PATCH /v1/warehouses/{code}', {
    summary: 'Change a warehouse, close it, or open it again',
    description:
      'Orders that wait for what it may send from now on are served at once. A closed one keeps what it was to ship: reroute that.',
    tag: 'Warehouses',
    params: z.strictObject({ code: warehouseCode }),
    body: warehouseChange,
    answer: { description: 'As it is now', schema: warehouse },
    problems: ['not-found'],
    transaction: true,
    async handle({ params: { code }, body, caller, em }) {
      const { handlingCost, ...plain } = body;
      if (handlingCost && handlingCost.currency !== deps.config.booksCurrency)
        throw invalid({
          field: 'handlingCost.currency',
          message: `must be that of the books: ${deps.config.booksCurrency}`,
        });
      const waited = await em.execute<{ sku: string }[]>(
        'select distinct w.sku from stock_wait w join stock_level l on l.sku = w.sku where l.warehouse = ?',
        [code],
      );
      const skus = await lockQueue(
        em,
        waited.map(({ sku }) => sku),
      );
      const row = await em.findOne(WarehouseSchema, { code });
      if (!row) throw notFound('such warehouse');
      em.assign(row, { ...plain, ...(handlingCost && { handlingCost: handlingCost.minor }) });
      await em.flush();
      await giveToQueue(em, skus);
      const detail = Object.keys(body).join(', ');
      await recordAudit(em, { actor: caller.name, what: 'warehouse_changed', subject: code, detail });
      return { body: toWire(deps, row) };
    },
  });
}

function toWire({ config }: ApiDeps, row: Warehouse): z.input<typeof warehouse> {
  const { code, name, address, timeZone, cutOff, countries, priority, active } = row;
  const { workingDays, holidays, dailyCapacity = null } = row;
  const place = { latitude: Number(row.latitude), longitude: Number(row.longitude) };
  const createdAt = row.createdAt.toISOString();
  const handlingCost = moneyToWire({ minor: Number(row.handlingCost), currency: config.booksCurrency });
  return {
    ...{ code, name, address, ...place, timeZone, cutOff, countries, priority },
    ...{ workingDays, holidays, dailyCapacity, handlingCost, active, createdAt },
  };
}
