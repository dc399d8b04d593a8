import { z } from 'zod';
import { recordAudit } from '../../db/audit.ts';
import { type Warehouse, WarehouseSchema } from '../../db/entities/stock.ts';
import { cursorOf, pageOf, pageQuery, toPage } from '../http/page.ts';
import { route, type Route } from '../http/route.ts';
import { Problem } from '../problem.ts';
import { text } from '../schemas/common.ts';
import { newWarehouse, warehouse } from '../schemas/stock.ts';

export function warehouseRoutes(): Route[] {
  return [create(), list()];
}

function create(): Route {
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
      return { body: toWire(await em.findOneOrFail(WarehouseSchema, { code: body.code })) };
    },
  });
}

function list(): Route {
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
        toWire,
      );
    },
  });
}

function toWire(row: Warehouse): z.input<typeof warehouse> {
  const { code, name, address, timeZone, cutOff, countries, priority, active } = row;
  const place = { latitude: Number(row.latitude), longitude: Number(row.longitude) };
  const createdAt = row.createdAt.toISOString();
  return { code, name, address, ...place, timeZone, cutOff, countries, priority, active, createdAt };
}
