import { v7 } from 'uuid';
import { z } from 'zod';
import { recordAudit } from '../../db/audit.ts';
import { type RateCard, RateCardSchema } from '../../db/entities/planning.ts';
import { WarehouseSchema } from '../../db/entities/stock.ts';
import { toWire } from '../../domain/money.ts';
import type { ApiDeps } from '../deps.ts';
import { cursorOf, pageOf, pageQuery, toPage } from '../http/page.ts';
import { route, type Route } from '../http/route.ts';
import { type FieldError, invalid, notFound, Problem } from '../problem.ts';
import { idParams, warehouseCode } from '../schemas/common.ts';
import { newRateCard, rateCard } from '../schemas/rate-cards.ts';

/** What carriers ask of each warehouse: what the cheapest way is chosen by. */
export function rateCardRoutes(deps: ApiDeps): Route[] {
  return [create(deps), list(deps), remove()];
}

const tag = 'Rate cards';

function create(deps: ApiDeps): Route {
  return route('POST /v1/rate-cards', {
    summary: 'What a carrier’s service costs from a warehouse',
    description:
      'Stores with the objective `cheapest` choose their warehouses by it. In the currency of the books.',
    tag,
    body: newRateCard,
    answer: { status: 201, description: 'Kept', schema: rateCard },
    problems: ['conflict'],
    transaction: true,
    async handle({ body, caller, em }) {
      if (!(await em.findOne(WarehouseSchema, { code: body.warehouse })))
        throw invalid({ field: 'warehouse', message: 'is no warehouse' });
      const errors = wrongBrackets(body.brackets, deps.config.booksCurrency);
      if (errors.length > 0) throw invalid(...errors);
      const { warehouse, carrier, service, name } = body;
      if (await em.findOne(RateCardSchema, { warehouse, carrier, service, name }))
        throw new Problem('conflict', `There is such a card already: ${JSON.stringify(name)}.`);
      const id = v7();
      const brackets = body.brackets.map(({ upToGrams, price }) => ({ upToGrams, price: price.minor }));
      await em.insert(RateCardSchema, { ...body, id, brackets });
      const detail = `${warehouse}: ${carrier} ${service}, ${name}`;
      await recordAudit(em, { actor: caller.name, what: 'rate_card_added', subject: id, detail });
      return { body: cardToWire(deps, await em.findOneOrFail(RateCardSchema, { id })) };
    },
  });
}

function wrongBrackets(brackets: z.output<typeof newRateCard>['brackets'], currency: string): FieldError[] {
  return brackets.flatMap(({ upToGrams, price }, index): FieldError[] => {
    const before = brackets[index - 1];
    if (price.currency !== currency)
      return [
        { field: `brackets.${index}.price.currency`, message: `must be that of the books: ${currency}` },
      ];
    if (before && before.upToGrams >= upToGrams)
      return [{ field: `brackets.${index}.upToGrams`, message: 'must be more than in the bracket before' }];
    return before && before.price.minor > price.minor
      ? [{ field: `brackets.${index}.price`, message: 'must not be less than in the bracket before' }]
      : [];
  });
}

function list(deps: ApiDeps): Route {
  return route('GET /v1/rate-cards', {
    summary: 'All rate cards',
    tag,
    query: z.strictObject({
      warehouse: warehouseCode.optional(),
      cursor: cursorOf(z.uuid()),
      limit: pageQuery.limit,
    }),
    answer: { description: 'Oldest first', schema: pageOf(rateCard) },
    async handle({ query: { cursor, limit, ...filter }, em }) {
      const where = { ...filter, ...(cursor !== undefined && { id: { $gt: cursor } }) };
      const rows = await em.find(RateCardSchema, where, { orderBy: { id: 'asc' }, limit: limit + 1 });
      const page = { path: '/v1/rate-cards', query: filter, limit };
      return toPage(
        rows,
        page,
        ({ id }) => id,
        (row) => cardToWire(deps, row),
      );
    },
  });
}

function remove(): Route {
  return route('DELETE /v1/rate-cards/{id}', {
    summary: 'Choose by it no more',
    tag,
    params: idParams,
    answer: { description: 'Gone', schema: z.strictObject({}) },
    problems: ['not-found'],
    transaction: true,
    async handle({ params, caller, em }) {
      const card = await em.findOne(RateCardSchema, { id: params.id });
      if (!card) throw notFound('such rate card');
      await em.nativeDelete(RateCardSchema, { id: card.id });
      const detail = `${card.warehouse}: ${card.carrier} ${card.service}, ${card.name}`;
      await recordAudit(em, { actor: caller.name, what: 'rate_card_removed', subject: card.id, detail });
      return { body: {} };
    },
  });
}

function cardToWire({ config }: ApiDeps, card: RateCard): z.input<typeof rateCard> {
  const { id, warehouse, carrier, service, name, countries, transitDays, brackets, createdAt } = card;
  const dimensionalDivisor = card.dimensionalDivisor ?? null;
  return {
    ...{ id, warehouse, carrier, service, name, countries, transitDays, dimensionalDivisor },
    brackets: brackets.map(({ upToGrams, price }) => ({
      upToGrams,
      price: toWire({ minor: price, currency: config.booksCurrency }),
    })),
    createdAt: createdAt.toISOString(),
  };
}
