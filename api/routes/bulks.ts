import { z } from 'zod';
import { type BulkState, turnBulk } from '../../db/bulk/progress.ts';
import { beginBulk, MOST_ORDERS, previewBulk, type Selection, unknownOrders } from '../../db/bulk/select.ts';
import type { Em } from '../../db/database.ts';
import { type BulkFacts, listBulkResults, listBulks } from '../../db/read/bulks.ts';
import type { OrderStage } from '../../domain/stages.ts';
import { access, type RouteName } from '../access.ts';
import { maybe, utc } from '../documents.ts';
import type { Caller } from '../http/authenticate.ts';
import { cursorOf, pageOf, pageQuery, toPage } from '../http/page.ts';
import { route, type Route } from '../http/route.ts';
import { invalid, notFound, Problem } from '../problem.ts';
import { idParams } from '../schemas/common.ts';
import * as wire from '../schemas/bulks.ts';

const tag = 'Acting on many orders';

export function bulkRoutes(): Route[] {
  return [
    preview(),
    begin(),
    list(),
    one(),
    results(),
    turning('pause', 'paused', 'Stop after the orders that are being done; it can be resumed'),
    turning('resume', 'running', 'Go on with a paused one'),
    turning('stop', 'stopped', 'End it: orders that were not reached stay as they are'),
  ];
}

function preview(): Route {
  return route('POST /v1/orders/bulk/preview', {
    summary: 'How many orders a bulk would be about; nothing is done',
    tag,
    body: wire.bulkPreviewRequest,
    answer: { description: 'How many, and a sample', schema: wire.bulkPreview },
    costly: true,
    async handle({ body, caller, em }) {
      requireRole(caller, body.action);
      const { total, sample } = await previewBulk(em, body.action, await selectionOf(em, body));
      return {
        body: {
          total,
          most: MOST_ORDERS,
          sample: sample.map((order) => ({ ...order, stage: order.stage as OrderStage })),
        },
      };
    },
  });
}

function begin(): Route {
  return route('POST /v1/orders/bulk', {
    summary: 'Retry, cancel, hold or release many orders',
    description:
      'Which orders is decided now; each is then told as by the action for one order, some each second, and gets one result.',
    tag,
    body: wire.newBulk,
    answer: { status: 202, description: 'It begins', schema: wire.bulk },
    transaction: true,
    costly: true,
    async handle({ body, caller, em }) {
      requireRole(caller, body.action);
      const selection = await selectionOf(em, body);
      const { action, reason } = body;
      const { id, total } = await beginBulk(em, { action, reason, selection, actor: caller.name });
      const field = 'ids' in selection ? 'ids' : 'filter';
      if (total === 0) throw invalid({ field, message: 'finds no order' });
      if (total > MOST_ORDERS) throw invalid({ field, message: `finds more than ${MOST_ORDERS} orders` });
      return { body: await show(em, id) };
    },
  });
}

function list(): Route {
  return route('GET /v1/orders/bulk', {
    summary: 'Bulks, the newest first',
    tag,
    query: z.strictObject({
      state: wire.bulkState.optional(),
      cursor: cursorOf(z.uuid()),
      limit: pageQuery.limit,
    }),
    answer: { description: 'One page', schema: pageOf(wire.bulk) },
    async handle({ query: { cursor, limit, ...filter }, em }) {
      const rows = await listBulks(em, { ...filter, after: cursor, limit });
      return toPage(rows, { path: '/v1/orders/bulk', query: filter, limit }, ({ id }) => id, toWire);
    },
  });
}

function one(): Route {
  return route('GET /v1/orders/bulk/{id}', {
    summary: 'How far a bulk is',
    tag,
    params: idParams,
    answer: { description: 'The bulk', schema: wire.bulk },
    problems: ['not-found'],
    handle: async ({ params, em }) => ({ body: await show(em, params.id) }),
  });
}

function results(): Route {
  return route('GET /v1/orders/bulk/{id}/results', {
    summary: 'What became of each order of a bulk',
    tag,
    params: idParams,
    query: z.strictObject({
      outcome: wire.outcome.optional(),
      cursor: cursorOf(z.int().min(0).max(MOST_ORDERS)),
      limit: pageQuery.limit,
    }),
    answer: { description: 'One page', schema: pageOf(wire.bulkResult) },
    problems: ['not-found'],
    async handle({ params: { id }, query: { cursor, limit, ...filter }, em }) {
      await show(em, id);
      const rows = await listBulkResults(em, id, { ...filter, after: cursor, limit });
      const page = { path: `/v1/orders/bulk/${id}/results`, query: filter, limit };
      return toPage(
        rows,
        page,
        ({ position }) => position,
        ({ orderId, number, outcome, message, at }) => ({
          order: { id: orderId, number },
          outcome,
          message,
          at: maybe(at),
        }),
      );
    },
  });
}

const possible: Record<BulkState, string[]> = {
  running: ['pause', 'stop'],
  paused: ['resume', 'stop'],
  stopped: [],
  done: [],
};

function turning(word: 'pause' | 'resume' | 'stop', to: 'paused' | 'running' | 'stopped', summary: string) {
  return route(`POST /v1/orders/bulk/{id}/${word}`, {
    summary,
    tag,
    params: idParams,
    body: wire.turn,
    answer: { description: 'The bulk', schema: wire.bulk },
    problems: ['not-found', 'not-possible'],
    transaction: true,
    async handle({ params: { id }, body, caller, em }) {
      const { action } = await show(em, id);
      requireRole(caller, action);
      const { turned, state } = (await turnBulk(em, id, to, { actor: caller.name, reason: body.reason }))!;
      if (!turned) throw new Problem('not-possible', `It is ${state}.`, { possible: possible[state] });
      return { body: await show(em, id) };
    },
  });
}

/** Whoever may do it to one order may do it to many. */
function requireRole({ role }: Caller, action: string): void {
  const allowed = access[`POST /v1/orders/{id}/${action}` as RouteName] as readonly string[];
  if (!allowed.includes(role))
    throw new Problem('forbidden', `To ${action} orders needs one of these roles: ${allowed.join(', ')}.`);
}

async function selectionOf(em: Em, body: z.output<typeof wire.bulkPreviewRequest>): Promise<Selection> {
  if (body.filter) return { filter: body.filter };
  const ids = body.ids!.map((id) => id.toLowerCase());
  const unknown = await unknownOrders(em, ids);
  const errors = ids.flatMap((id, index) => {
    if (unknown.has(id)) return { field: `ids.${index}`, message: 'is no order' };
    return ids.indexOf(id) < index ? { field: `ids.${index}`, message: 'is there twice' } : [];
  });
  if (errors.length > 0) throw invalid(...errors.slice(0, 20));
  return { ids };
}

async function show(em: Em, id: string): Promise<z.input<typeof wire.bulk>> {
  const [found] = await listBulks(em, { id, limit: 1 });
  if (!found) throw notFound('such bulk');
  return toWire(found);
}

const toWire = ({ createdAt, endedAt, ...row }: BulkFacts): z.input<typeof wire.bulk> => ({
  ...row,
  total: Object.values(row.counts).reduce((sum, count) => sum + count, 0),
  createdAt: utc(createdAt),
  endedAt: maybe(endedAt),
});
