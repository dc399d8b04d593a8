import { z } from 'zod';
import { recordAudit } from '../../db/audit.ts';
import { type BoxType, BoxTypeSchema } from '../../db/entities/planning.ts';
import { WarehouseSchema } from '../../db/entities/stock.ts';
import { type Money, toWire as moneyToWire } from '../../domain/money.ts';
import type { ApiDeps } from '../deps.ts';
import { cursorOf, pageOf, pageQuery, toPage } from '../http/page.ts';
import { route, type Route } from '../http/route.ts';
import { type FieldError, invalid, notFound, Problem } from '../problem.ts';
import { boxCode, boxType, boxTypeChange, newBoxType } from '../schemas/box-types.ts';

/** What warehouses pack into. */
export function boxTypeRoutes(deps: ApiDeps): Route[] {
  return [create(deps), list(deps), change(deps)];
}

const tag = 'Box types';

function create(deps: ApiDeps): Route {
  return route('POST /v1/box-types', {
    summary: 'Add a kind of box',
    description: 'What is allocated from now on is packed into it where it is the cheapest that will do.',
    tag,
    body: newBoxType,
    answer: { status: 201, description: 'Added', schema: boxType },
    problems: ['conflict'],
    transaction: true,
    async handle({ body, caller, em }) {
      const errors = wrongSizes(body);
      if (body.warehouse !== null && !(await em.findOne(WarehouseSchema, { code: body.warehouse })))
        errors.push({ field: 'warehouse', message: 'is no warehouse' });
      if (errors.length > 0) throw invalid(...errors);
      const { code, cost: _, ...rest } = body;
      if (await em.findOne(BoxTypeSchema, { code }))
        throw new Problem('conflict', `There is a kind of box ${JSON.stringify(code)} already.`);
      await em.insert(BoxTypeSchema, { code, ...rest, cost: minorOf(deps, body.cost) });
      await recordAudit(em, { actor: caller.name, what: 'box_type_added', subject: code, detail: body.name });
      return { body: toWire(deps, await em.findOneOrFail(BoxTypeSchema, { code })) };
    },
  });
}

function wrongSizes({
  innerMm,
  outerMm,
  weightGrams,
  maxWeightGrams,
}: z.output<typeof newBoxType>): FieldError[] {
  const errors: FieldError[] = [];
  for (const side of ['length', 'width', 'height'] as const)
    if (outerMm[side] < innerMm[side])
      errors.push({ field: `outerMm.${side}`, message: 'must not be less than inside' });
  if (maxWeightGrams <= weightGrams)
    errors.push({ field: 'maxWeightGrams', message: 'must be more than the empty box weighs' });
  return errors;
}

function minorOf({ config }: ApiDeps, cost: Money | undefined): number {
  if (cost && cost.currency !== config.booksCurrency)
    throw invalid({ field: 'cost.currency', message: `must be that of the books: ${config.booksCurrency}` });
  return cost?.minor ?? 0;
}

function list(deps: ApiDeps): Route {
  return route('GET /v1/box-types', {
    summary: 'All kinds of boxes',
    tag,
    query: z.strictObject({ cursor: cursorOf(boxCode), limit: pageQuery.limit }),
    answer: { description: 'By code', schema: pageOf(boxType) },
    async handle({ query: { cursor, limit }, em }) {
      const after = cursor === undefined ? {} : { code: { $gt: cursor } };
      const rows = await em.find(BoxTypeSchema, after, { orderBy: { code: 'asc' }, limit: limit + 1 });
      const page = { path: '/v1/box-types', query: {}, limit };
      return toPage(
        rows,
        page,
        ({ code }) => code,
        (row) => toWire(deps, row),
      );
    },
  });
}

function change(deps: ApiDeps): Route {
  return route('PATCH /v1/box-types/{code}', {
    summary: 'Rename a kind of box, price it anew, or take it out of use',
    description: 'What is packed stays as it is. Sizes never change: add another kind.',
    tag,
    params: z.strictObject({ code: boxCode }),
    body: boxTypeChange,
    answer: { description: 'As it is now', schema: boxType },
    problems: ['not-found'],
    transaction: true,
    async handle({ params: { code }, body: { cost, ...plain }, caller, em }) {
      const row = await em.findOne(BoxTypeSchema, { code });
      if (!row) throw notFound('such kind of box');
      const detail = [...Object.keys(plain), ...(cost ? ['cost'] : [])].join(', ');
      em.assign(row, { ...plain, ...(cost && { cost: minorOf(deps, cost) }) });
      await em.flush();
      await recordAudit(em, { actor: caller.name, what: 'box_type_changed', subject: code, detail });
      return { body: toWire(deps, row) };
    },
  });
}

function toWire({ config }: ApiDeps, row: BoxType): z.input<typeof boxType> {
  const { code, name, warehouse, innerMm, outerMm, weightGrams, maxWeightGrams, active } = row;
  return {
    ...{ code, name, warehouse: warehouse ?? null, innerMm, outerMm, weightGrams, maxWeightGrams },
    cost: moneyToWire({ minor: Number(row.cost), currency: config.booksCurrency }),
    active,
    createdAt: row.createdAt.toISOString(),
  };
}
