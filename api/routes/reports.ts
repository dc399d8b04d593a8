import { z } from 'zod';
import { type AgeingRow, readLotAgeing } from '../../db/read/lot-ageing.ts';
import { readTurnover, type TurnoverRow } from '../../db/read/turnover.ts';
import { ageBucket, turnoverOf } from '../../domain/inventory-reports.ts';
import { formatMinor, toWire } from '../../domain/money.ts';
import type { ApiDeps } from '../deps.ts';
import { utc } from '../documents.ts';
import { csvReply } from '../http/csv.ts';
import { cursorOf, pageOf, pageQuery, toPage } from '../http/page.ts';
import { route, type Route } from '../http/route.ts';
import { invalid } from '../problem.ts';
import { sku, warehouseCode } from '../schemas/common.ts';
import { lotAgeing, reportDay, reportFormat, turnover } from '../schemas/reports.ts';

/** How old stock is, and how fast it is sold through: sums of the ledger. */
export function reportRoutes(deps: ApiDeps): Route[] {
  return [ageing(deps), turning(deps)];
}

const tag = 'Reports';
const csv = ['text/csv'];

function ageing(deps: ApiDeps): Route {
  return route('GET /v1/reports/lot-ageing', {
    summary: 'How old each lot is, and what it is worth',
    tag,
    query: z.strictObject({
      warehouse: warehouseCode.optional(),
      sku: sku.optional(),
      day: reportDay.optional().meta({ description: 'At the end of that day; left out: now' }),
      format: reportFormat,
      cursor: cursorOf(z.tuple([z.string(), z.string(), z.uuid()])),
      limit: pageQuery.limit,
    }),
    answer: { description: 'One page, or all as CSV', schema: pageOf(lotAgeing), contentTypes: csv },
    async handle({ query: { cursor, limit, format, ...filter }, em, prefersCsv }) {
      if (filter.day !== undefined) refuseFuture('day', filter.day, deps.clock());
      if ((format ?? (prefersCsv ? 'csv' : 'json')) === 'csv')
        return csvReply('lot-ageing', (await readLotAgeing(em, filter, deps.clock())).map(ageingCells), [
          ...['warehouse', 'sku', 'lot', 'state', 'receivedAt', 'ageDays', 'bucket', 'quantity'],
          ...['unitCost', 'value', 'currency', 'expiresAt'],
        ]);
      const after = cursor && { warehouse: cursor[0], sku: cursor[1], id: cursor[2] };
      const rows = await readLotAgeing(em, { ...filter, after, limit }, deps.clock());
      const page = { path: '/v1/reports/lot-ageing', query: filter, limit };
      return toPage(rows, page, (row) => [row.warehouse, row.sku, row.id], ageingToWire);
    },
  });
}

function ageingToWire({ id, unitCost, value, currency, ...row }: AgeingRow): z.input<typeof lotAgeing> {
  return {
    ...row,
    lotId: id,
    receivedAt: utc(row.receivedAt),
    bucket: ageBucket(row.ageDays),
    unitCost: toWire({ minor: unitCost, currency }),
    value: toWire({ minor: value, currency }),
  };
}

const ageingCells = (row: AgeingRow) => ({
  ...row,
  receivedAt: utc(row.receivedAt),
  bucket: ageBucket(row.ageDays),
  unitCost: formatMinor(row.unitCost, row.currency),
  value: formatMinor(row.value, row.currency),
});

function turning(deps: ApiDeps): Route {
  return route('GET /v1/reports/turnover', {
    summary: 'How often stock is sold through in a period',
    description:
      'Days are those of each warehouse. What was shipped to customers counts, at what its lots cost; transfers, losses and returns do not.',
    tag,
    query: z.strictObject({
      from: reportDay.meta({ description: 'First day' }),
      to: reportDay.meta({ description: 'Last day' }),
      by: z.enum(['sku', 'lot']).default('sku').meta({ description: 'One row per SKU, or per lot' }),
      warehouse: warehouseCode.optional(),
      sku: sku.optional(),
      format: reportFormat,
      cursor: cursorOf(z.tuple([z.string(), z.string(), z.string(), z.string()])),
      limit: pageQuery.limit,
    }),
    answer: { description: 'One page, or all as CSV', schema: pageOf(turnover), contentTypes: csv },
    async handle({ query: { cursor, limit, format, ...filter }, em, prefersCsv }) {
      const period = periodOf(filter, deps.clock());
      const { by, ...rest } = filter;
      const wanted = { ...rest, byLot: by === 'lot' };
      if ((format ?? (prefersCsv ? 'csv' : 'json')) === 'csv')
        return csvReply(
          'turnover',
          (await readTurnover(em, wanted)).map((row) => cells(row, period)),
          [
            ...[
              'warehouse',
              'sku',
              'lot',
              'from',
              'to',
              'days',
              'unitsShipped',
              'costShipped',
              'openingValue',
            ],
            ...['closingValue', 'averageValue', 'currency', 'turns', 'daysOfInventory'],
          ],
        );
      const after = cursor && {
        ...{ warehouse: cursor[0], sku: cursor[1], currency: cursor[2], lotId: cursor[3] },
      };
      const rows = await readTurnover(em, { ...wanted, after, limit });
      const page = { path: '/v1/reports/turnover', query: filter, limit };
      const position = (row: TurnoverRow) => [row.warehouse, row.sku, row.currency, row.lotId];
      return toPage(rows, page, position, (row) => turnoverToWire(row, period));
    },
  });
}

interface Period {
  from: string;
  to: string;
  days: number;
}

function periodOf({ from, to }: { from: string; to: string }, now: Date): Period {
  refuseFuture('to', to, now);
  if (to < from) throw invalid({ field: 'to', message: 'must not be before from' });
  return { from, to, days: (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1 };
}

/** A day that has begun nowhere yet. */
function refuseFuture(field: string, given: string, now: Date): void {
  const latest = new Date(now.getTime() + 14 * 3_600_000).toISOString().slice(0, 10);
  if (given > latest) throw invalid({ field, message: 'must not be in the future' });
}

function turnoverToWire(row: TurnoverRow, period: Period): z.input<typeof turnover> {
  const money = (minor: number) => toWire({ minor, currency: row.currency });
  return {
    ...{ warehouse: row.warehouse, sku: row.sku, lotId: row.lotId || null, lot: row.lot, ...period },
    unitsShipped: row.unitsShipped,
    costShipped: money(row.costShipped),
    openingValue: money(row.openingValue),
    closingValue: money(row.closingValue),
    averageValue: money(row.averageValue),
    ...turnoverOf({ ...row, ...period }),
  };
}

function cells(row: TurnoverRow, period: Period) {
  const amount = (minor: number) => formatMinor(minor, row.currency);
  return {
    ...row,
    ...period,
    costShipped: amount(row.costShipped),
    openingValue: amount(row.openingValue),
    closingValue: amount(row.closingValue),
    averageValue: amount(row.averageValue),
    ...turnoverOf({ ...row, ...period }),
  };
}
