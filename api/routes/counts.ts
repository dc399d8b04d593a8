import { z } from 'zod';
import type { Em } from '../../db/database.ts';
import { countStates } from '../../db/entities/inventory.ts';
import { type CountFacts, listCounts, readCount } from '../../db/read/documents.ts';
import { missingProducts } from '../../db/read/stock.ts';
import * as counts from '../../db/stock/counts.ts';
import { toWire } from '../../domain/money.ts';
import { inState, maybe, pageQueryOf, problems, requireWarehouses, utc } from '../documents.ts';
import { pageOf, toPage } from '../http/page.ts';
import { route, type Route } from '../http/route.ts';
import { invalid, notFound, Problem } from '../problem.ts';
import { idParams } from '../schemas/common.ts';
import * as wire from '../schemas/documents.ts';
import { lostToWire } from './movements.ts';

const tag = 'Counts';

export function countRoutes(): Route[] {
  return [
    route('POST /v1/counts', {
      summary: 'Open a blind count of a warehouse',
      description:
        'Who counts is not told what is expected. Differences are booked when somebody else approves.',
      tag,
      body: wire.newCount,
      answer: { status: 201, description: 'Open', schema: wire.count },
      transaction: true,
      async handle({ body, caller, em }) {
        await requireWarehouses(em, { warehouse: body.warehouse });
        const skus = body.skus ?? null;
        const missing = await missingProducts(em, skus ?? []);
        const errors = (skus ?? []).flatMap((sku, index) =>
          missing.has(sku)
            ? { field: `skus.${index}`, message: `is no product: ${JSON.stringify(sku)}` }
            : [],
        );
        if (errors.length > 0) throw invalid(...errors);
        const { id } = await counts.openCount(em, { ...body, skus, actor: caller.name });
        return { body: await showCount(em, id) };
      },
    }),
    route('GET /v1/counts', {
      summary: 'Counts, the newest first',
      tag,
      query: pageQueryOf(countStates),
      answer: { description: 'One page', schema: pageOf(wire.countSummary) },
      async handle({ query: { cursor, limit, ...filter }, em }) {
        const rows = await listCounts(em, { ...filter, after: cursor, limit });
        return toPage(rows, { path: '/v1/counts', query: filter, limit }, ({ id }) => id, countToWire);
      },
    }),
    route('GET /v1/counts/{id}', {
      summary: 'One count; its differences once it is counted',
      tag,
      params: idParams,
      answer: { description: 'The count', schema: wire.count },
      problems: ['not-found'],
      handle: async ({ params, em }) => ({ body: await showCount(em, params.id) }),
    }),
    route('POST /v1/counts/{id}/lines', {
      summary: 'Say what was counted of a lot',
      description:
        'What the books have at that moment is kept beside it, so what moves later is no difference. Counted again, the last one holds.',
      tag,
      params: idParams,
      body: wire.countedLines,
      answer: { description: 'The count', schema: wire.count },
      problems,
      transaction: true,
      async handle({ params, body, caller, em }) {
        const count = await lockCount(em, params.id);
        await inState(counts.putDownCounted(em, count, body.lines, caller.name)).catch((error: unknown) => {
          if (!(error instanceof counts.NoSuchLot)) throw error;
          throw invalid({ field: `lines.${error.index}.lot`, message: error.message });
        });
        return { body: await showCount(em, params.id) };
      },
    }),
    route('POST /v1/counts/{id}/submit', {
      summary: 'Say that everything is counted: now its differences are looked at',
      tag,
      params: idParams,
      body: wire.because,
      answer: { description: 'The count', schema: wire.count },
      problems,
      transaction: true,
      async handle({ params, caller, em }) {
        const count = await lockCount(em, params.id);
        const { uncounted } = await inState(counts.submitCount(em, count, caller.name));
        if (uncounted > 0)
          throw new Problem('not-possible', `${uncounted} lots are not counted yet.`, {
            possible: ['count', 'cancel'],
          });
        return { body: await showCount(em, params.id) };
      },
    }),
    route('POST /v1/counts/{id}/recount', {
      summary: 'Have lots counted once more',
      tag,
      params: idParams,
      body: wire.countAgain,
      answer: { description: 'The count', schema: wire.count },
      problems,
      transaction: true,
      async handle({ params, body, caller, em }) {
        const by = { actor: caller.name, reason: body.reason, positions: body.positions ?? null };
        await inState(counts.recount(em, await lockCount(em, params.id), by));
        return { body: await showCount(em, params.id) };
      },
    }),
    route('POST /v1/counts/{id}/approve', {
      summary: 'Book the differences',
      description:
        'By somebody who did not count. What orders were promised beyond what stays is released, what was found goes to those who wait.',
      tag,
      params: idParams,
      body: wire.because,
      answer: { description: 'The count', schema: wire.countApproved },
      problems,
      transaction: true,
      async handle({ params, body, caller, em }) {
        const by = { actor: caller.name, reason: body.reason };
        const approved = counts.approveCount(em, await lockCount(em, params.id), by);
        const { lost } = await inState(approved).catch(notByYou);
        return { body: { ...(await showCount(em, params.id)), lostByOrders: lostToWire(lost) } };
      },
    }),
    route('POST /v1/counts/{id}/cancel', {
      summary: 'Give a count up: nothing is booked',
      tag,
      params: idParams,
      body: wire.because,
      answer: { description: 'The count', schema: wire.count },
      problems,
      transaction: true,
      async handle({ params, body, caller, em }) {
        const by = { actor: caller.name, reason: body.reason };
        await inState(counts.cancelCount(em, await lockCount(em, params.id), by));
        return { body: await showCount(em, params.id) };
      },
    }),
  ];
}

async function lockCount(em: Em, id: string) {
  const count = await counts.lockCount(em, id);
  if (!count) throw notFound('such count');
  return count;
}

function countToWire(row: CountFacts): z.input<typeof wire.countSummary> {
  return {
    ...row,
    state: row.state as (typeof countStates)[number],
    openedAt: utc(row.openedAt),
    closedAt: maybe(row.closedAt),
  };
}

async function showCount(em: Em, id: string): Promise<z.input<typeof wire.count>> {
  const found = await readCount(em, id);
  if (!found) throw notFound('such count');
  const { lines, ...row } = found;
  return {
    ...countToWire(row),
    lines: lines.map(({ unitCost, currency, ...line }) => {
      const variance = line.counted === null || line.expected === null ? null : line.counted - line.expected;
      return {
        ...line,
        variance,
        varianceValue: variance === null ? null : toWire({ minor: variance * unitCost, currency }),
      };
    }),
  };
}

function notByYou(error: unknown): never {
  if (!(error instanceof counts.OwnCount) && !(error instanceof counts.LeftSince)) throw error;
  throw new Problem('not-possible', `${error.message}.`, { possible: ['recount', 'cancel'] });
}
