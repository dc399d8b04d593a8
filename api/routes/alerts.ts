import { z } from 'zod';
import { type AlertRow, listAlerts, readAlert } from '../../db/read/alerts.ts';
import { maybe, utc } from '../documents.ts';
import { cursorOf, pageOf, pageQuery, toPage } from '../http/page.ts';
import { route, type Route } from '../http/route.ts';
import { notFound } from '../problem.ts';
import { alert, alertKind, alertWithDeliveries } from '../schemas/alerts.ts';
import { idParams, sku, warehouseCode } from '../schemas/common.ts';

/** What runs low and what expires. */
export function alertRoutes(): Route[] {
  return [list(), show()];
}

const tag = 'Planning';

function list(): Route {
  return route('GET /v1/alerts', {
    summary: 'What runs low and what expires, the newest first',
    tag,
    query: z.strictObject({
      open: z.enum(['true', 'false']).optional(),
      kind: alertKind.optional(),
      warehouse: warehouseCode.optional(),
      sku: sku.optional(),
      cursor: cursorOf(z.uuid()),
      limit: pageQuery.limit,
    }),
    answer: { description: 'One page', schema: pageOf(alert) },
    async handle({ query: { cursor, limit, ...filter }, em }) {
      const open = filter.open === undefined ? undefined : filter.open === 'true';
      const rows = await listAlerts(em, { ...filter, open, after: cursor, limit });
      return toPage(rows, { path: '/v1/alerts', query: filter, limit }, ({ id }) => id, wire);
    },
  });
}

function show(): Route {
  return route('GET /v1/alerts/{id}', {
    summary: 'One alert, and who was told of it',
    tag,
    params: idParams,
    answer: { description: 'The alert', schema: alertWithDeliveries },
    problems: ['not-found'],
    async handle({ params, em }) {
      const found = await readAlert(em, params.id);
      if (!found) throw notFound('such alert');
      const deliveries = found.deliveries.map((delivery) => ({
        ...delivery,
        dueAt: delivery.state === 'due' ? utc(delivery.dueAt) : null,
        deliveredAt: maybe(delivery.deliveredAt),
      }));
      return { body: { ...wire(found), deliveries } };
    },
  });
}

function wire({ id, kind, warehouse, sku: of, facts, openedAt, closedAt }: AlertRow): z.input<typeof alert> {
  return { id, kind, warehouse, sku: of, facts, openedAt: utc(openedAt), closedAt: maybe(closedAt) };
}
