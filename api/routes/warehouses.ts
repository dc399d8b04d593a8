import { z } from 'zod';
import { recordAudit } from '../../db/audit.ts';
import { type Warehouse, WarehouseSchema } from '../../db/entities/stock.ts';
import { changeWarehouse, type Moved } from '../../db/stock/change-warehouse.ts';
import { toWire as moneyToWire } from '../../domain/money.ts';
import type { ApiDeps } from '../deps.ts';
import { cursorOf, pageOf, pageQuery, toPage } from '../http/page.ts';
import { route, type Route } from '../http/route.ts';
import { invalid, notFound, Problem } from '../problem.ts';
import { text, warehouseCode } from '../schemas/common.ts';
import { changedWarehouse, newWarehouse, warehouse, warehouseChange } from '../schemas/stock.ts';
import { lostToWire } from './movements.ts';

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
      'Orders that wait for what it may send from now on are served at once. What a closed one was to ship and has no label for goes elsewhere by itself, or waits for stock; orders that it has nothing of stay as they are. What has its label leaves from there still: reroute that where it can not.',
    tag: 'Warehouses',
    params: z.strictObject({ code: warehouseCode }),
    body: warehouseChange,
    answer: { description: 'As it is now', schema: changedWarehouse },
    problems: ['not-found'],
    transaction: true,
    async handle({ params: { code }, body, caller, em }) {
      const { handlingCost, ...plain } = body;
      if (handlingCost && handlingCost.currency !== deps.config.booksCurrency)
        throw invalid({
          field: 'handlingCost.currency',
          message: `must be that of the books: ${deps.config.booksCurrency}`,
        });
      const changed = await changeWarehouse(em, code, {
        ...plain,
        ...(handlingCost && { handlingCost: handlingCost.minor }),
      });
      if (!changed) throw notFound('such warehouse');
      const detail = Object.keys(body).join(', ');
      await recordAudit(em, { actor: caller.name, what: 'warehouse_changed', subject: code, detail });
      const { row, moved } = changed;
      return { body: { ...toWire(deps, row), ...(moved && movedToWire(moved)) } };
    },
  });
}

const movedToWire = ({ lost, staying }: Moved) => ({
  lost: lostToWire(lost),
  staying: staying.map(({ orderId, fulfillmentId }) => ({ order: orderId, fulfillment: fulfillmentId })),
});

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
