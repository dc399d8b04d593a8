import { z } from 'zod';
import type { Em } from '../../db/database.ts';
import { listRecallItems, listRecalls, type RecallItemRow, type RecallRow } from '../../db/read/recalls.ts';
import { missingProducts } from '../../db/read/stock.ts';
import { markReturned, recallBatch } from '../../db/stock/recall.ts';
import type { OrderStage } from '../../domain/stages.ts';
import type { Caller } from '../http/authenticate.ts';
import { cursorOf, pageOf, pageQuery, timePosition, toPage } from '../http/page.ts';
import { route, type Route } from '../http/route.ts';
import { invalid, notFound, Problem } from '../problem.ts';
import { idParams, uuid } from '../schemas/common.ts';
import { newRecall, recall, recallReturn, recallWithItems } from '../schemas/recalls.ts';
import { customerFor } from './lots.ts';

export function recallRoutes(): Route[] {
  return [list(), one(), create(), returned()];
}

const tag = 'Lots';

function list(): Route {
  return route('GET /v1/recalls', {
    summary: 'Recalls, the newest first',
    tag,
    query: z.strictObject({
      cursor: cursorOf(z.tuple([timePosition, z.uuid()])),
      limit: pageQuery.limit,
    }),
    answer: { description: 'One page', schema: pageOf(recall) },
    async handle({ query: { cursor, limit }, em }) {
      const rows = await listRecalls(em, { after: cursor && { at: cursor[0], id: cursor[1] }, limit });
      return toPage(rows, { path: '/v1/recalls', query: {}, limit }, (row) => [row.at, row.id], recallToWire);
    },
  });
}

function one(): Route {
  return route('GET /v1/recalls/{id}', {
    summary: 'One recall, with the orders that have units of it',
    tag,
    params: idParams,
    query: z.strictObject({ cursor: cursorOf(z.tuple([z.uuid()])), limit: pageQuery.limit }),
    answer: { description: 'The recall, and one page of its items', schema: recallWithItems },
    problems: ['not-found'],
    async handle({ params, query: { cursor, limit }, caller, em }) {
      const found = await findRecall(em, params.id);
      const rows = await listRecallItems(em, found.id, { after: cursor?.[0], limit });
      const page = { path: `/v1/recalls/${found.id}`, query: {}, limit };
      const { body, headers } = toPage(
        rows,
        page,
        (row) => [row.fulfillmentId],
        (row) => itemToWire(row, caller),
      );
      return { body: { ...recallToWire(found), ...body }, headers };
    },
  });
}

function create(): Route {
  return route('POST /v1/recalls', {
    summary: 'Call a batch back, in every warehouse',
    description:
      'Its lots leave sale for good. Orders without a label go on with other lots by themselves, or wait; those with one are to check; those that have left are to return. The same recall again adds only what came after.',
    tag,
    body: newRecall,
    answer: {
      status: 201,
      description: 'Recalled',
      schema: recall,
      also: { 200: 'It was recalled before, and nothing has been added' },
    },
    transaction: true,
    async handle({ body, caller, em }) {
      if ((await missingProducts(em, [body.sku])).size > 0)
        throw invalid({ field: 'sku', message: 'is no product' });
      const recalled = await recallBatch(em, { ...body, actor: caller.name });
      if (!recalled) throw invalid({ field: 'lot', message: 'is no lot of this SKU in any warehouse' });
      return {
        status: recalled.added ? 201 : 200,
        body: recallToWire(await findRecall(em, recalled.id)),
      };
    },
  });
}

function returned(): Route {
  return route('POST /v1/recalls/{id}/items/{fulfillmentId}/returned', {
    summary: 'Say that what a fulfillment had of a recalled batch came back',
    tag,
    params: z.strictObject({ id: uuid, fulfillmentId: uuid }),
    body: recallReturn,
    answer: { description: 'The recall', schema: recall },
    problems: ['not-found', 'conflict'],
    transaction: true,
    async handle({ params, body, caller, em }) {
      const { id: recallId, fulfillmentId } = params;
      const outcome = await markReturned(em, { recallId, fulfillmentId, actor: caller.name, ...body });
      if (outcome === null) throw notFound('such item of a recall');
      if (outcome === 'not_out')
        throw new Problem('conflict', 'It never left: it was allocated anew from other lots.');
      return { body: recallToWire(await findRecall(em, recallId)) };
    },
  });
}

async function findRecall(em: Em, id: string): Promise<RecallRow> {
  const [found] = await listRecalls(em, { id, limit: 1 });
  if (!found) throw notFound('such recall');
  return found;
}

const recallToWire = ({ at, ...row }: RecallRow) => ({ ...row, at: new Date(at).toISOString() });

function itemToWire(
  { orderId, number, fulfillmentId, customerName, customerEmail, ...row }: RecallItemRow,
  caller: Caller,
): z.input<typeof recallWithItems>['items'][number] {
  return {
    ...row,
    order: { id: orderId, number },
    fulfillment: fulfillmentId,
    stage: row.stage as OrderStage,
    returnedAt: row.returnedAt && new Date(row.returnedAt).toISOString(),
    customer: customerFor(caller, { customerName, customerEmail }),
  };
}
