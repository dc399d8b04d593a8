import { z } from 'zod';
import type { Em } from '../../db/database.ts';
import { transferStates } from '../../db/entities/inventory.ts';
import { LotSchema } from '../../db/entities/stock.ts';
import { listTransfers, readTransfer, type TransferFacts } from '../../db/read/documents.ts';
import * as transfers from '../../db/stock/transfers.ts';
import {
  inState,
  maybe,
  pageQueryOf,
  problems,
  requireProducts,
  requireWarehouses,
  utc,
} from '../documents.ts';
import { pageOf, toPage } from '../http/page.ts';
import { route, type Route } from '../http/route.ts';
import { invalid, notFound, Problem } from '../problem.ts';
import { idParams } from '../schemas/common.ts';
import * as wire from '../schemas/documents.ts';
import { lostToWire } from './movements.ts';

const tag = 'Transfers';

export function transferRoutes(): Route[] {
  return [
    route('POST /v1/transfers', {
      summary: 'Draft a transfer from one warehouse to another',
      tag,
      body: wire.newTransfer,
      answer: { status: 201, description: 'Drafted', schema: wire.transfer },
      transaction: true,
      async handle({ body, caller, em }) {
        await requireWarehouses(em, { from: body.from, to: body.to });
        if (body.from === body.to) throw invalid({ field: 'to', message: 'is where it comes from' });
        await requireProducts(em, body.lines);
        const lines = await transferLines(em, body.from, body.lines);
        const { id } = await transfers.createTransfer(em, { ...body, lines, actor: caller.name });
        return { body: await showTransfer(em, id) };
      },
    }),
    route('GET /v1/transfers', {
      summary: 'Transfers, the newest first',
      tag,
      query: pageQueryOf(transferStates),
      answer: { description: 'One page', schema: pageOf(wire.transferSummary) },
      async handle({ query: { cursor, limit, ...filter }, em }) {
        const rows = await listTransfers(em, { ...filter, after: cursor, limit });
        return toPage(rows, { path: '/v1/transfers', query: filter, limit }, ({ id }) => id, transferToWire);
      },
    }),
    route('GET /v1/transfers/{id}', {
      summary: 'One transfer, with what is on its way',
      tag,
      params: idParams,
      answer: { description: 'The transfer', schema: wire.transfer },
      problems: ['not-found'],
      handle: async ({ params, em }) => ({ body: await showTransfer(em, params.id) }),
    }),
    route('POST /v1/transfers/{id}/send', {
      summary: 'Say that the goods have left',
      description:
        'They are on hand no more, and promised to nobody until they arrive. What orders were promised of them is released in the same transaction, as for any other loss.',
      tag,
      params: idParams,
      body: wire.because,
      answer: { description: 'The transfer', schema: wire.transferMoved },
      problems: [...problems, 'conflict'],
      transaction: true,
      async handle({ params, caller, em }) {
        const transfer = await lockTransfer(em, params.id);
        const lost = await inState(transfers.sendTransfer(em, transfer, caller.name)).catch(tooFew);
        return { body: { ...(await showTransfer(em, params.id)), lostByOrders: lostToWire(lost) } };
      },
    }),
    route('POST /v1/transfers/{id}/receive', {
      summary: 'Say what has arrived',
      description:
        'As a lot of the same number, expiry, age and cost. Orders that wait for it are served. What is in quarantine, recalled or past its day arrives so: where the same lot is on sale already, it leaves sale with what arrives, and what orders were promised of it is released.',
      tag,
      params: idParams,
      body: wire.transferArrival,
      answer: { description: 'The transfer', schema: wire.transferMoved },
      problems: [...problems, 'conflict'],
      transaction: true,
      async handle({ params, body, caller, em }) {
        const transfer = await lockTransfer(em, params.id);
        const received = transfers.receiveTransfer(em, transfer, body.lines, caller.name);
        const lost = await inState(received).catch(tooFew);
        return { body: { ...(await showTransfer(em, params.id)), lostByOrders: lostToWire(lost) } };
      },
    }),
    route('POST /v1/transfers/{id}/close', {
      summary: 'Say that what has not arrived never will',
      tag,
      params: idParams,
      body: wire.because,
      answer: { description: 'The transfer', schema: wire.transfer },
      problems,
      transaction: true,
      async handle({ params, body, caller, em }) {
        const transfer = await lockTransfer(em, params.id);
        await inState(transfers.closeTransfer(em, transfer, { actor: caller.name, reason: body.reason }));
        return { body: await showTransfer(em, params.id) };
      },
    }),
  ];
}

function tooFew(error: unknown): never {
  if (!(error instanceof transfers.TooFew)) throw error;
  throw new Problem('conflict', `Position ${error.position}: ${error.message}.`);
}

async function lockTransfer(em: Em, id: string) {
  const transfer = await transfers.lockTransfer(em, id);
  if (!transfer) throw notFound('such transfer');
  return transfer;
}

async function transferLines(
  em: Em,
  warehouse: string,
  lines: readonly { sku: string; quantity: number; lot?: string | undefined }[],
): Promise<transfers.TransferLineRequest[]> {
  const found: transfers.TransferLineRequest[] = [];
  for (const [index, { sku, quantity, lot }] of lines.entries()) {
    const known = lot === undefined ? null : await em.findOne(LotSchema, { warehouse, sku, number: lot });
    if (lot !== undefined && !known)
      throw invalid({ field: `lines.${index}.lot`, message: `is no lot of ${sku} in ${warehouse}` });
    found.push({ sku, quantity, lotId: known?.id ?? null });
  }
  return found;
}

function transferToWire(row: TransferFacts): z.input<typeof wire.transferSummary> {
  return {
    ...row,
    state: row.state as (typeof transferStates)[number],
    createdAt: utc(row.createdAt),
    sentAt: maybe(row.sentAt),
    closedAt: maybe(row.closedAt),
  };
}

async function showTransfer(em: Em, id: string): Promise<z.input<typeof wire.transfer>> {
  const found = await readTransfer(em, id);
  if (!found) throw notFound('such transfer');
  const { lines, ...row } = found;
  return { ...transferToWire(row), lines };
}
