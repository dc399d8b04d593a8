import { z } from 'zod';
import type { Em } from '../../db/database.ts';
import { type OrderFacts, readOrder } from '../../db/read/order.ts';
import { listOrders } from '../../db/read/orders.ts';
import type { ApiDeps } from '../deps.ts';
import type { Caller } from '../http/authenticate.ts';
import { cursorOf, pageOf, pageQuery, timePosition, toPage } from '../http/page.ts';
import { route, type Route } from '../http/route.ts';
import { toSummary, toWireOrder } from '../orders/view.ts';
import { notFound } from '../problem.ts';
import { idParams, text, uuid } from '../schemas/common.ts';
import { condition, order, orderSummary, stage, type WireOrder } from '../schemas/orders.ts';

export function orderRoutes(deps: ApiDeps): Route[] {
  return [list(), one(deps)];
}

const position = z.tuple([timePosition, z.uuid()]);

function list(): Route {
  return route('GET /v1/orders', {
    summary: 'Orders, the newest first',
    tag: 'Orders',
    query: z.strictObject({
      store: uuid.optional(),
      stage: stage.optional(),
      condition: condition.optional(),
      q: text(254).optional().meta({
        description: "Number, the store's id, our id, tracking number, or an email or how it begins",
      }),
      cursor: cursorOf(position),
      limit: pageQuery.limit,
    }),
    answer: { description: 'One page', schema: pageOf(orderSummary) },
    async handle({ query, em }) {
      const { cursor, limit, ...filter } = query;
      const after = cursor && { placedAt: cursor[0], id: cursor[1] };
      const rows = await listOrders(em, { ...filter, after, limit });
      const page = { path: '/v1/orders', query: filter, limit };
      return toPage(rows, page, (row) => [row.placedAt, row.id], toSummary);
    },
  });
}

function one(deps: ApiDeps): Route {
  return route('GET /v1/orders/{id}', {
    summary: 'One order: where it is, and why it is not moving',
    tag: 'Orders',
    params: idParams,
    answer: { description: 'Everything that is known', schema: order },
    problems: ['not-found'],
    async handle({ params, caller, em }) {
      return { body: await showOrder(deps, em, params.id, caller) };
    },
  });
}

/** Throws `not-found`. */
export async function showOrder(deps: ApiDeps, em: Em, id: string, caller: Caller): Promise<WireOrder> {
  const facts = await readOrder(em, id);
  if (!facts) throw notFound('such order');
  const running = await runningSteps(deps, facts);
  return toWireOrder(facts, deps, { contact: caller.role !== 'finance', running });
}

async function runningSteps(deps: ApiDeps, { order: { endedAt, workflowId } }: OrderFacts) {
  if (endedAt) return undefined;
  return (await deps.engine.pendingSteps(workflowId)) ?? undefined;
}
