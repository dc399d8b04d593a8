import { compareText } from '../compare.ts';
import { type Goods, priceBundle, type Terms } from './price.ts';
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
const searchLimit = 20_000;

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
 * every way that could still beat the best found. A plan is only left when what it costs already, which never falls as
 * goods are added, is no better. Beyond `searchLimit` it says so.
 */
export function optimize(
  ranked: readonly Ranked[],
  demand: readonly Demand[],
  objective: 'cheapest' | 'fewest-parcels',
  pricing: Pricing,
  most: number,
): Optimum | null {
  const search = new Search(ranked, demand, objective, pricing);
  for (const set of search.sets(most)) search.within(set);
  return search.result();
}

type Plan = Map<string, number>[];

class Search {
  private best: { plan: Plan; cost: Cost } | null = null;
  private left = searchLimit;
  /** The least that what was not looked at could cost. */
  private skipped: Cost | null = null;
  private readonly ranked: readonly Placed[];
  private readonly demand: readonly Demand[];
  private readonly objective: 'cheapest' | 'fewest-parcels';
  private readonly pricing: Pricing;

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
    this.objective = objective;
    this.pricing = pricing;
  }

  private weightOf({ goods }: Pricing, { sku, quantity }: Demand): number {
    return goods[sku]!.weightGrams * quantity;
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
    return this.costOf(
      this.ranked.map(() => new Map<string, number>()),
      picks,
    );
  }

  /** Deals out each SKU over the warehouses of a set, one after the other. */
  within(picks: readonly number[]): void {
    const plan: Plan = this.ranked.map(() => new Map<string, number>());
    const deal = (next: number): void => {
      const cost = this.costOf(plan, picks);
      if (this.best && compareCosts(cost, this.best.cost) >= 0) return;
      if (this.left <= 0) return this.skip(cost);
      this.left -= 1;
      const want = this.demand[next];
      if (!want) {
        this.best = { plan: plan.map((units) => new Map(units)), cost };
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
    const units = plan[index]!;
    for (let take = Math.min(left, availableAt(this.ranked[index]!.site, want.sku)); take >= 0; take--) {
      if (take > 0) units.set(want.sku, take);
      else units.delete(want.sku);
      this.spread(want, picks, n + 1, left - take, plan, then);
    }
    units.delete(want.sku);
  }

  /**
   * Whole numbers, the weightiest first. Cheapest: late fulfillments, those whose price is not known, money (shipping,
   * handling, splits), fulfillments. Fewest parcels: late fulfillments, parcels, fulfillments. Then, for both, what the
   * warehouses cost by their rank, and units from the better ranked.
   */
  private costOf(plan: Plan, picks: readonly number[]): Cost {
    const { goods, terms, splitCost } = this.pricing;
    let [late, unpriced, money, parcels, worse] = [0, 0, Math.max(0, picks.length - 1) * splitCost, 0, 0];
    const rank = this.ranked[0]!.cost.map(() => 0);
    for (const index of picks) {
      const { site, cost, place } = this.ranked[index]!;
      const own = terms[site.warehouse]!;
      const bundle = priceBundle(plan[index]!, goods, own);
      late += site.late ? 1 : 0;
      unpriced += bundle.shipping === null ? 1 : 0;
      money += own.handling + (bundle.shipping ?? 0);
      parcels += bundle.parcels;
      for (const quantity of plan[index]!.values()) worse += quantity * place;
      cost.forEach((part, at) => (rank[at] = rank[at]! + part));
    }
    const first = this.objective === 'cheapest' ? [late, unpriced, money] : [late, parcels];
    return [...first, picks.length, ...rank, worse];
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
