import { compareText } from '../compare.ts';
import { type Bundle, type Goods, leastPerGram, maxParcelGrams, priceBundle, type Terms } from './price.ts';
import { availableAt } from './quantities.ts';
import { compareCosts, type Cost } from './strategies.ts';
import type { Demand, Share, Site } from './types.ts';

/** Everything that choosing by parcels or by money goes by. */
export interface Pricing {
  goods: Readonly<Record<string, Goods>>;
  /** By warehouse. */
  terms: Readonly<Record<string, Terms>>;
  /** What each fulfillment after the first costs beside its shipping: more to explain, more to go wrong. */
  splitCost: number;
}

export interface Optimum {
  shares: Share[];
  /** Lower is better at the first part that differs: see `costOf`. */
  cost: Cost;
  /** False where the search was ended: then the best that was found is within `gap` of the best there is. */
  exact: boolean;
  /** (cost − bound) / cost at the part that the objective is about; 0 when exact. */
  gap: number;
}

/** How many choices are looked at before the search settles for the best found so far. Never a time. */
const searchLimit = 30_000;
const glanced = 100;

interface Ranked {
  site: Site;
  cost: Cost;
}

/** With its place among all, the best is 0. */
interface Placed extends Ranked {
  place: number;
}

/**
 * The best way to serve the whole demand, by fewest parcels or by money; null where all warehouses together do not
 * have it. Exact: sets of warehouses are tried by what they cost at least, and within a set each SKU is dealt out in
 * every way that could still beat the best found. A plan is only left when what it costs already and what the rest
 * costs at least are no better: the rest fills up what is paid for, then goes at the lowest price per gram there is.
 * Beyond `searchLimit` it says so.
 */
export function optimize(
  ranked: readonly Ranked[],
  demand: readonly Demand[],
  objective: 'cheapest' | 'fewest-parcels',
  pricing: Pricing,
  most: number,
): Optimum | null {
  const search = new Search(ranked, demand, objective, pricing);
  const sets = search.sets(most);
  // A first plan of each of the promising ones: the better the best known is, the less is looked at.
  for (const set of sets.slice(0, glanced)) search.glance(set);
  for (const set of sets) search.within(set);
  return search.result();
}

type Plan = Loaded[];

/** What a warehouse is to ship, and what that takes: computed once, until the units change. */
class Loaded {
  readonly units = new Map<string, number>();
  bundle: (Bundle & { grams: number; count: number }) | null = null;

  put(sku: string, quantity: number): void {
    if ((this.units.get(sku) ?? 0) === quantity) return;
    if (quantity > 0) this.units.set(sku, quantity);
    else this.units.delete(sku);
    this.bundle = null;
  }
}

class Search {
  private best: { plan: ReadonlyMap<string, number>[]; cost: Cost } | null = null;
  private readonly budget = { left: searchLimit };
  /** The least that what was not looked at could cost. */
  private skipped: Cost | null = null;
  private readonly ranked: readonly Placed[];
  private readonly nothing: Plan;
  private readonly demand: readonly Demand[];
  private readonly objective: 'cheapest' | 'fewest-parcels';
  private readonly pricing: Pricing;
  /** Grams of the demand from the n-th on. */
  private readonly restGrams: readonly number[];
  /** Lowest price per gram, by warehouse. */
  private readonly perGram: Readonly<Record<string, number>>;

  constructor(
    ranked: readonly Ranked[],
    demand: readonly Demand[],
    objective: 'cheapest' | 'fewest-parcels',
    pricing: Pricing,
  ) {
    this.ranked = ranked
      .map((one, place) => ({ ...one, place }))
      .filter(({ site }) => demand.some(({ sku }) => availableAt(site, sku) > 0));
    // The heaviest first: what they cost decides most.
    this.demand = demand.toSorted(
      (a, b) => this.weightOf(pricing, b) - this.weightOf(pricing, a) || compareText(a.sku, b.sku),
    );
    this.nothing = this.ranked.map(() => new Loaded());
    this.objective = objective;
    this.pricing = pricing;
    this.restGrams = [...this.demand.keys(), this.demand.length].map((from) =>
      this.demand.slice(from).reduce((sum, want) => sum + this.weightOf(pricing, want), 0),
    );
    const all = this.restGrams[0]!;
    this.perGram = Object.fromEntries(
      Object.entries(pricing.terms).map(([warehouse, terms]) => [warehouse, leastPerGram(terms, all)]),
    );
  }

  /** What fills a parcel by itself counts as one. */
  private weightOf({ goods }: Pricing, { sku, quantity }: Demand): number {
    const { weightGrams, shipsAlone } = goods[sku]!;
    return (shipsAlone ? Math.min(weightGrams, maxParcelGrams) : weightGrams) * quantity;
  }

  /** Sets of warehouses that have everything, those that cost least at least first. */
  sets(most: number): number[][] {
    const sets: { picks: number[]; least: Cost }[] = [];
    const grow = (from: number, picks: number[]): void => {
      if (picks.length > 0 && this.covers(picks)) sets.push({ picks, least: this.leastOf(picks) });
      if (picks.length === most) return;
      for (let index = from; index < this.ranked.length; index++) {
        if (sets.length >= searchLimit) return this.skip(this.leastOf([]));
        grow(index + 1, [...picks, index]);
      }
    };
    grow(0, []);
    return sets.sort((a, b) => compareCosts(a.least, b.least)).map(({ picks }) => picks);
  }

  private covers(picks: readonly number[]): boolean {
    return this.demand.every(
      ({ sku, quantity }) =>
        picks.reduce((sum, index) => sum + availableAt(this.ranked[index]!.site, sku), 0) >= quantity,
    );
  }

  /** All of these are used, whatever they ship. */
  private leastOf(picks: readonly number[]): Cost {
    return this.costOf(this.nothing, picks, 0);
  }

  /** Only the first plan of a set: each SKU from its best warehouses. */
  glance(picks: readonly number[]): void {
    this.deal(picks, { left: this.demand.length + 2 }, () => {});
  }

  /** Every plan of a set that could be the best. */
  within(picks: readonly number[]): void {
    this.deal(picks, this.budget, (cost) => this.skip(cost));
  }

  /** Deals out each SKU over the warehouses of a set, one after the other, while the budget lasts. */
  private deal(picks: readonly number[], budget: { left: number }, skip: (cost: Cost) => void): void {
    const plan: Plan = this.ranked.map(() => new Loaded());
    const deal = (next: number): void => {
      const cost = this.costOf(plan, picks, next);
      budget.left -= 1;
      if (this.best && compareCosts(cost, this.best.cost) >= 0) return;
      if (budget.left <= 0) return skip(cost);
      const want = this.demand[next];
      if (!want) {
        this.best = { plan: plan.map(({ units }) => new Map(units)), cost };
        return;
      }
      this.spread(want, picks, 0, want.quantity, plan, () => deal(next + 1));
    };
    deal(0);
  }

  /** Every way to take `left` units from the warehouses from the n-th on, most from the better ones first. */
  private spread(
    want: Demand,
    picks: readonly number[],
    n: number,
    left: number,
    plan: Plan,
    then: () => void,
  ): void {
    if (left === 0) return then();
    const index = picks[n];
    if (index === undefined) return;
    const loaded = plan[index]!;
    for (let take = Math.min(left, availableAt(this.ranked[index]!.site, want.sku)); take >= 0; take--) {
      loaded.put(want.sku, take);
      this.spread(want, picks, n + 1, left - take, plan, then);
    }
    loaded.put(want.sku, 0);
  }

  /**
   * Whole numbers, the weightiest first. Cheapest: late fulfillments, those whose price is not known, money (shipping,
   * handling, splits), fulfillments. Fewest parcels: late fulfillments, parcels, fulfillments. Then, for both, what the
   * warehouses cost by their rank, and units from the better ranked. The demand from the n-th on is not dealt out yet:
   * it counts as what it costs at least.
   */
  private costOf(plan: Plan, picks: readonly number[], next: number): Cost {
    const { terms, splitCost } = this.pricing;
    let [late, unpriced, money, parcels, worse] = [0, 0, Math.max(0, picks.length - 1) * splitCost, 0, 0];
    const rank = this.ranked[0]!.cost.map(() => 0);
    const rest = new Rest(this.restGrams[next]!);
    for (const index of picks) {
      const { site, cost, place } = this.ranked[index]!;
      const { shipping, grams, count, ...bundle } = this.bundleOf(plan[index]!, site.warehouse);
      late += site.late ? 1 : 0;
      unpriced += shipping === null ? 1 : 0;
      money += terms[site.warehouse]!.handling + (shipping ?? 0);
      parcels += bundle.parcels;
      worse += count * place;
      for (let part = 0; part < cost.length; part++) rank[part] = rank[part]! + cost[part]!;
      if (this.objective === 'fewest-parcels') rest.fill(grams, bundle.parcels, 1 / maxParcelGrams);
      else rest.fill(grams, shipping ?? 0, shipping === null ? 0 : this.perGram[site.warehouse]!);
    }
    const first =
      this.objective === 'cheapest' ? [late, unpriced, money + rest.least()] : [late, parcels + rest.least()];
    return [...first, picks.length, ...rank, worse];
  }

  private bundleOf(loaded: Loaded, warehouse: string): Bundle & { grams: number; count: number } {
    if (loaded.bundle) return loaded.bundle;
    const { goods, terms } = this.pricing;
    let [grams, count] = [0, 0];
    for (const [sku, quantity] of loaded.units) {
      grams += this.weightOf(this.pricing, { sku, quantity });
      count += quantity;
    }
    loaded.bundle = { ...priceBundle(loaded.units, goods, terms[warehouse]!), grams, count };
    return loaded.bundle;
  }

  private skip(cost: Cost): void {
    if (this.skipped === null || compareCosts(cost, this.skipped) < 0) this.skipped = cost;
  }

  result(): Optimum | null {
    if (!this.best) return null;
    const { plan, cost } = this.best;
    const shares = this.ranked.flatMap(({ site: { warehouse } }, index) =>
      [...plan[index]!].map(([sku, quantity]) => ({ warehouse, sku, quantity })),
    );
    const exact = this.skipped === null || compareCosts(this.skipped, cost) >= 0;
    const about = this.objective === 'cheapest' ? 2 : 1;
    const gap = exact
      ? 0
      : (cost[about]! - Math.min(cost[about]!, this.skipped![about]!)) / Math.max(1, cost[about]!);
    return { shares, cost, exact, gap };
  }
}

/** Goods that no warehouse has been given yet. */
class Rest {
  private cheapest = Infinity;
  private grams: number;

  constructor(grams: number) {
    this.grams = grams;
  }

  /** A warehouse that has so many grams for so much, and sends none for less than `perGram`: it may take more for the same. */
  fill(grams: number, paid: number, perGram: number): void {
    this.cheapest = Math.min(this.cheapest, perGram);
    this.grams -= perGram > 0 ? Math.max(0, paid / perGram - grams) : Infinity;
  }

  /** What it costs at least, a whole number: less what comes of counting in fractions. */
  least(): number {
    return this.grams > 0 && this.cheapest < Infinity ? Math.ceil(this.grams * this.cheapest - 1e-6) : 0;
  }
}
