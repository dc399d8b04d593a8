import { compareText } from '../compare.ts';
import { Loaded, Rest } from './load.ts';
import { type Bundle, type Goods, leastPerGram, maxParcelGrams, priceBundle, type Terms } from './price.ts';
import { availableAt } from './quantities.ts';
import { coveringSets } from './sets.ts';
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

/** How many partial plans are looked at before the search settles for the best found so far. Never a time. */
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

class Search {
  private best: { plan: ReadonlyMap<string, number>[]; cost: Cost } | null = null;
  private readonly budget = { left: searchLimit };
  /** The least that what was not looked at could cost. */
  private skipped: Cost | null = null;
  /** The least that any plan could cost. */
  private least: Cost | null = null;
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
    const stock = this.ranked.map(({ site }) => this.demand.map(({ sku }) => availableAt(site, sku)));
    const wanted = this.demand.map(({ quantity }) => quantity);
    const { sets, fewest, complete } = coveringSets(stock, wanted, most);
    if (sets.length === 0) return [];
    this.least = this.floor(fewest);
    if (!complete) this.skip(this.least);
    return sets
      .map((picks) => ({ picks, least: this.leastOf(picks) }))
      .sort((x, y) => compareCosts(x.least, y.least))
      .map(({ picks }) => picks);
  }

  /**
   * No plan of at least so many warehouses costs less: the cheapest to handle, and the lowest price per gram. One that
   * has no price counts as that before its money is compared.
   */
  private floor(fewest: number): Cost {
    const { terms, splitCost } = this.pricing;
    const sites = this.ranked.map(({ site }) => site);
    const late = Math.max(0, fewest - sites.filter((site) => !site.late).length);
    const rank = this.ranked[0]!.cost.map(() => -Infinity);
    const grams = this.restGrams[0]!;
    if (this.objective === 'fewest-parcels') {
      const each = this.demand.every((want) => this.weightOf(this.pricing, want) > 0) ? fewest : 0;
      return [late, Math.max(each, Math.ceil(grams / maxParcelGrams)), fewest, ...rank, -Infinity];
    }
    const handling = sites.map(({ warehouse }) => terms[warehouse]!.handling).sort((a, b) => a - b);
    const rest = new Rest(grams);
    for (const { warehouse } of sites)
      if (terms[warehouse]!.services.length > 0) rest.fill(0, 0, this.perGram[warehouse]!);
    const handled = handling.slice(0, fewest).reduce((sum, one) => sum + one, 0);
    const money = Math.max(0, fewest - 1) * splitCost + handled + rest.least();
    return [late, 0, money, fewest, ...rank, -Infinity];
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
      if (!want) return this.keep(plan, picks);
      const cut = (): boolean => {
        if (budget.left > 0) return false;
        skip(cost);
        return true;
      };
      this.spread(want, picks, this.heldFrom(picks, want.sku), plan, () => deal(next + 1), cut);
    };
    deal(0);
  }

  /** A whole plan that is better than the best so far; a warehouse that has nothing to ship does not count. */
  private keep(plan: Plan, picks: readonly number[]): void {
    const used = picks.filter((index) => plan[index]!.units.size > 0);
    const cost = this.costOf(plan, used, this.demand.length);
    this.best = { plan: plan.map(({ units }) => new Map(units)), cost };
  }

  /** What the picks from the n-th on hold of a SKU. */
  private heldFrom(picks: readonly number[], sku: string): number[] {
    const held = [0];
    for (const index of picks.toReversed())
      held.unshift(held[0]! + availableAt(this.ranked[index]!.site, sku));
    return held;
  }

  /** Every way to take a SKU from the warehouses, most from the better ones first, until it is cut. */
  private spread(
    want: Demand,
    picks: readonly number[],
    held: readonly number[],
    plan: Plan,
    then: () => void,
    cut: () => boolean,
  ): void {
    const take = (n: number, left: number): void => {
      if (left === 0) return then();
      const loaded = plan[picks[n]!]!;
      const least = Math.max(0, left - held[n + 1]!);
      for (let units = Math.min(left, held[n]! - held[n + 1]!); units >= least; units--) {
        if (cut()) break;
        loaded.put(want.sku, units);
        take(n + 1, left - units);
      }
      loaded.put(want.sku, 0);
    };
    take(0, want.quantity);
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

  private skip(bound: Cost): void {
    const cost = this.least && compareCosts(bound, this.least) < 0 ? this.least : bound;
    if (this.skipped === null || compareCosts(cost, this.skipped) < 0) this.skipped = cost;
  }

  result(): Optimum | null {
    if (!this.best) return null;
    const { plan, cost } = this.best;
    const shares = this.ranked.flatMap(({ site: { warehouse } }, index) =>
      [...plan[index]!].map(([sku, quantity]) => ({ warehouse, sku, quantity })),
    );
    const exact = this.skipped === null || compareCosts(this.skipped, cost) >= 0;
    const gap = exact ? 0 : this.gapTo(this.skipped!, cost);
    return { shares, cost, exact, gap };
  }

  /** What comes before the objective decides first: where the bound is lower there, it says nothing about the rest. */
  private gapTo(bound: Cost, cost: Cost): number {
    const about = this.objective === 'cheapest' ? 2 : 1;
    if (compareCosts(bound.slice(0, about), cost.slice(0, about)) < 0) return 1;
    return Math.max(0, cost[about]! - bound[about]!) / Math.max(1, cost[about]!);
  }
}
