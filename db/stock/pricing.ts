import type { Pricing } from '../../domain/allocation/optimize.ts';
import type { Goods, RateBrackets, Terms } from '../../domain/allocation/price.ts';
import type { AllocationObjective, Demand, Site } from '../../domain/allocation/types.ts';
import type { Em } from '../database.ts';

interface Card {
  warehouse: string;
  transitDays: number;
  brackets: RateBrackets;
}

/**
 * What choosing by money or by parcels goes by: how the goods travel, and what each warehouse's rate cards ask for the
 * way to the country. Nothing for the other objectives. Prices are minor units of the books' currency.
 */
export async function pricingFor(
  em: Em,
  demand: readonly Demand[],
  sites: readonly Site[],
  how: { objective: AllocationObjective; splitCost: number; promiseDays: number | null; country: string },
): Promise<{ pricing?: Pricing }> {
  if (how.objective !== 'cheapest' && how.objective !== 'fewest-parcels') return {};
  const codes = sites.map(({ warehouse }) => warehouse);
  if (codes.length === 0) return {};
  const cards = await em.execute<Card[]>(
    `select warehouse, transit_days as "transitDays", brackets from rate_card
     where warehouse in (?) and (? = any(countries) or '*' = any(countries)) order by warehouse, carrier, service, name`,
    [codes, how.country],
  );
  const handling = await em.execute<{ code: string; cost: number }[]>(
    'select code, handling_cost::float8 as cost from warehouse where code in (?)',
    [codes],
  );
  const terms = Object.fromEntries(
    handling.map(({ code, cost }) => [
      code,
      termsOf(
        cost,
        cards.filter(({ warehouse }) => warehouse === code),
        how,
      ),
    ]),
  );
  return { pricing: { goods: await readGoods(em, demand), terms, splitCost: how.splitCost } };
}

/** Those in time, where any is; else all of them, and it is late. */
function termsOf(
  handling: number,
  cards: readonly Card[],
  { promiseDays }: { promiseDays: number | null },
): Terms {
  const inTime = cards.filter(({ transitDays }) => promiseDays === null || transitDays <= promiseDays);
  const late = cards.length > 0 && inTime.length === 0;
  return { handling, late, services: (late ? cards : inTime).map(({ brackets }) => brackets) };
}

async function readGoods(em: Em, demand: readonly Demand[]): Promise<Record<string, Goods>> {
  const rows = await em.execute<(Goods & { sku: string })[]>(
    `select sku, weight_grams as "weightGrams", parcel_class as "parcelClass", ships_alone as "shipsAlone"
     from product where sku in (?)`,
    [demand.map(({ sku }) => sku)],
  );
  return Object.fromEntries(rows.map(({ sku, ...goods }) => [sku, goods]));
}
