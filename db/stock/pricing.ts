import type { Pricing } from '../../domain/allocation/optimize.ts';
import type { Goods, Service, Terms } from '../../domain/allocation/price.ts';
import type { Demand } from '../../domain/allocation/types.ts';
import type { Em } from '../database.ts';

/** What a carrier's service asks for the way, and how many working days it takes. */
export interface Card extends Service {
  warehouse: string;
  transitDays: number;
}

/** The rate cards of these warehouses that go to the country. */
export async function readCards(em: Em, codes: readonly string[], country: string): Promise<Card[]> {
  if (codes.length === 0) return [];
  return em.execute<Card[]>(
    `select warehouse, transit_days as "transitDays", brackets, dimensional_divisor as "dimensionalDivisor"
     from rate_card where warehouse in (?) and (? = any(countries) or '*' = any(countries))
     order by warehouse, carrier, service, name`,
    [[...codes], country],
  );
}

/**
 * What choosing by money or by parcels goes by: how the goods travel, and what each warehouse asks. `cards` are those
 * that are in time, where the warehouse has one. Prices are minor units of the books' currency.
 */
export async function pricingFor(
  em: Em,
  demand: readonly Demand[],
  codes: readonly string[],
  how: { cards: readonly Card[]; splitCost: number },
): Promise<Pricing> {
  const handling = await em.execute<{ code: string; cost: number }[]>(
    'select code, handling_cost::float8 as cost from warehouse where code in (?)',
    [codes.length ? [...codes] : ['']],
  );
  const terms = handling.map(({ code, cost }): [string, Terms] => [
    code,
    { handling: cost, services: how.cards.filter(({ warehouse }) => warehouse === code) },
  ]);
  return {
    goods: await readGoods(em, demand),
    terms: Object.fromEntries(terms),
    splitCost: how.splitCost,
  };
}

async function readGoods(em: Em, demand: readonly Demand[]): Promise<Record<string, Goods>> {
  const rows = await em.execute<(Goods & { sku: string })[]>(
    `select sku, weight_grams as "weightGrams", parcel_class as "parcelClass", ships_alone as "shipsAlone",
            (dimensions_mm ->> 'length')::float8 * (dimensions_mm ->> 'width')::float8
              * (dimensions_mm ->> 'height')::float8 as "cubicMm"
     from product where sku in (?)`,
    [demand.map(({ sku }) => sku)],
  );
  return Object.fromEntries(rows.map(({ sku, ...goods }) => [sku, goods]));
}
