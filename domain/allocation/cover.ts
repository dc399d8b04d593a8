import { availableAt } from './quantities.ts';
import { addCosts, compareCosts, type Cost } from './strategies.ts';
import type { Demand, Site } from './types.ts';

/** A warehouse in its rank, best first, with its cost. */
export interface RankedSite {
  site: Site;
  cost: Cost;
}

/** `gap`: only where the search was ended; of so many warehouses this share could be too many. */
export interface Cover {
  chosen: RankedSite[];
  gap?: number;
}

/**
 * How many choices are looked at before the search settles for the best found so far: far more than any
 * network of some dozens of warehouses needs, and a bound for one that is made to be hard.
 */
const searchLimit = 100_000;

/**
 * The fewest warehouses that together hold the whole demand, and of all such sets the one of the lowest summed
 * cost (of equal ones, the one whose warehouses rank first). null where all of them together do not hold it.
 *
 * Exact: sizes are tried from one up, and a branch is left only when what remains could neither hold the rest
 * nor beat the best set found. Beyond `searchLimit` it says so. `ranked` is in order of cost, so the next r warehouses are the cheapest r left.
 */
export function smallestCover(
  ranked: readonly RankedSite[],
  demand: readonly Demand[],
  maxSize: number,
): Cover | null {
  const useful = ranked.filter(({ site }) => demand.some(({ sku }) => availableAt(site, sku) > 0));
  const stock = useful.map(({ site }) => demand.map(({ sku }) => availableAt(site, sku)));
  const wanted = demand.map(({ quantity }) => quantity);
  if (wanted.length === 0) return { chosen: [] };
  const holdable = holdableFrom(stock);
  const budget = { left: searchLimit };
  for (let size = 1; size <= Math.min(maxSize, useful.length); size++) {
    const found = cheapestOfSize(size, useful, stock, holdable, wanted, budget);
    if (found && budget.left > 0) return { chosen: found.map((index) => useful[index]!) };
    if (budget.left > 0) continue;
    const chosen = (found ?? greedyPicks(stock, wanted, maxSize))?.map((index) => useful[index]!);
    return chosen ? { chosen, gap: (chosen.length - size) / chosen.length } : null;
  }
  return null;
}

function cheapestOfSize(
  size: number,
  sites: readonly RankedSite[],
  stock: readonly number[][],
  holdable: Holdable,
  wanted: readonly number[],
  budget: { left: number },
): number[] | null {
  let best: { picks: number[]; cost: Cost } | null = null;
  const nothing: Cost = sites[0]!.cost.map(() => 0);

  const search = (from: number, picks: number[], rest: readonly number[], cost: Cost): void => {
    if (budget.left-- <= 0) return;
    const open = size - picks.length;
    if (open === 0) {
      if (rest.every((quantity) => quantity <= 0)) best = { picks, cost };
      return;
    }
    if (rest.some((quantity, sku) => quantity > holdable[from]![sku]![open]!)) return;
    for (let index = from; index + open <= sites.length; index++) {
      const cheapest = sites.slice(index, index + open).reduce((sum, next) => addCosts(sum, next.cost), cost);
      if (best && compareCosts(cheapest, best.cost) >= 0) return;
      const left = rest.map((quantity, sku) => quantity - stock[index]![sku]!);
      search(index + 1, [...picks, index], left, addCosts(cost, sites[index]!.cost));
    }
  };
  search(0, [], wanted, nothing);
  return (best as { picks: number[]; cost: Cost } | null)?.picks ?? null;
}

/** What the `count` warehouses of rank `from` or worse that hold most of a SKU hold of it: [from][sku][count]. */
type Holdable = readonly (readonly (readonly number[])[])[];

export function holdableFrom(stock: readonly number[][]): Holdable {
  return [...stock.keys(), stock.length].map((from) => {
    const others = stock.slice(from);
    return (stock[0] ?? []).map((_, sku) =>
      others
        .map((row) => row[sku]!)
        .sort((a, b) => b - a)
        .reduce<number[]>((sums, amount) => [...sums, sums.at(-1)! + amount], [0]),
    );
  });
}

/** Always the warehouse that covers most of the rest (the better ranked of equal ones), until nothing is left. */
export function greedyPicks(
  stock: readonly number[][],
  wanted: readonly number[],
  maxSize: number,
): number[] | null {
  const picks: number[] = [];
  let rest = [...wanted];
  while (rest.some((quantity) => quantity > 0) && picks.length < maxSize) {
    const gains = stock.map((row, index) =>
      picks.includes(index) ? 0 : rest.reduce((sum, quantity, sku) => sum + Math.min(quantity, row[sku]!), 0),
    );
    const best = gains.indexOf(Math.max(...gains));
    if (gains[best]! === 0) return null;
    picks.push(best);
    rest = rest.map((quantity, sku) => Math.max(0, quantity - stock[best]![sku]!));
  }
  if (rest.some((quantity) => quantity > 0)) return null;
  return picks.sort((a, b) => a - b);
}
