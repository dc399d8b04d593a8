import { optimize, type Pricing } from './optimize.ts';
import { smallestCover, type RankedSite } from './cover.ts';
import { shortages, sumDemand, takeInOrder, totalQuantity } from './quantities.ts';
import { rankSites } from './strategies.ts';
import type { AllocationObjective, AllocationResult, Demand, Destination, Share, Site } from './types.ts';

export interface AllocationOptions {
  objective: AllocationObjective;
  destination: Destination;
  /** Whether several warehouses may serve the order together. */
  splitAllowed: boolean;
  /** Whether less than everything is better than nothing. Default: all or nothing. */
  partAllowed?: boolean;
  /** What the objectives `cheapest` and `fewest-parcels` go by; without it they go by distance. */
  pricing?: Pricing;
}

/**
 * Which warehouse serves which quantity. By money or by parcels: see `optimize`. Else one warehouse that holds
 * everything is taken before any split, the best one by the objective; else, where splitting is allowed, the fewest warehouses that hold everything
 * together, and of those the best set. Within a set the better warehouse gives what it has, the next one the
 * rest. All or nothing unless part is allowed; then as much as there is.
 *
 * `sites` are the warehouses that serve the destination. Deterministic whatever their order. The shortage of a
 * refused split is against all stock; without a split, against the warehouse that misses least.
 * Throws RangeError for an objective that is not offered, or a quantity that is no whole number.
 */
export function allocate(
  demand: readonly Demand[],
  sites: readonly Site[],
  options: AllocationOptions,
): AllocationResult {
  const wanted = sumDemand(demand);
  const ranked = rankSites(sites, options.objective, options.destination);
  const whole = best(ranked, wanted, options) ?? cover(ranked, wanted, options.splitAllowed);
  if (whole) return { ok: true, ...whole };
  const { takable, rest } = mostTakable(ranked, wanted, options.splitAllowed);
  const part =
    options.partAllowed && takable.length > 0 ? cover(ranked, takable, options.splitAllowed) : null;
  return part ? { ok: true, ...part, short: shortages(rest) } : { ok: false, short: shortages(rest) };
}

/** `gap`: left out where it is surely the best. */
interface Chosen {
  shares: Share[];
  gap?: number;
}

function best(
  ranked: readonly RankedSite[],
  wanted: readonly Demand[],
  { objective, pricing, splitAllowed }: AllocationOptions,
): Chosen | null {
  if (!pricing || (objective !== 'cheapest' && objective !== 'fewest-parcels')) return null;
  const found = optimize(ranked, wanted, objective, pricing, splitAllowed ? ranked.length : 1);
  return found && { shares: found.shares, ...(!found.exact && { gap: found.gap }) };
}

function cover(ranked: readonly RankedSite[], wanted: readonly Demand[], split: boolean): Chosen | null {
  const cover = smallestCover(ranked, wanted, split ? ranked.length : 1);
  if (!cover) return null;
  const sites = cover.chosen.map(({ site }) => site);
  return { shares: takeInOrder(sites, wanted).shares, ...(cover.gap !== undefined && { gap: cover.gap }) };
}

/** As much of the demand as can be served at all, and what can't. */
function mostTakable(
  ranked: readonly RankedSite[],
  wanted: readonly Demand[],
  split: boolean,
): { takable: Demand[]; rest: Demand[] } {
  const sites = ranked.map(({ site }) => site);
  const choices = split ? [sites] : sites.map((site) => [site]);
  const rests = choices.map((choice) => takeInOrder(choice, wanted).rest);
  const least = Math.min(...rests.map(totalQuantity));
  const rest = rests.find((candidate) => totalQuantity(candidate) === least) ?? [...wanted];
  const missing = new Map(rest.map(({ sku, quantity }) => [sku, quantity]));
  const takable = wanted.map(({ sku, quantity }) => ({ sku, quantity: quantity - (missing.get(sku) ?? 0) }));
  return { takable: takable.filter(({ quantity }) => quantity > 0), rest };
}
