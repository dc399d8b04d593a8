import { greedyPicks, holdableFrom } from './cover.ts';

/** How many prefixes of sets are looked at; all of up to 12 warehouses are fewer. */
const prefixLimit = 5_000;

interface CoveringSets {
  sets: number[][];
  /** No set of fewer warehouses has everything. */
  fewest: number;
  /** False where the limit ended it; then what was found is there, and one found greedily. */
  complete: boolean;
}

/**
 * The sets of at most `most` warehouses that hold all that is wanted. `stock` is by warehouse, then by line. A prefix
 * that the fullest of those after it can't complete is left, so a demand that needs nearly all warehouses is quick.
 */
export function coveringSets(
  stock: readonly number[][],
  wanted: readonly number[],
  most: number,
): CoveringSets {
  const holdable = holdableFrom(stock);
  const holds = (from: number, rest: readonly number[], open: number): boolean =>
    rest.every((left, line) => {
      const sums = holdable[from]![line] ?? [0];
      return left <= sums[Math.min(open, sums.length - 1)]!;
    });
  const sizes = Array.from({ length: Math.min(most, stock.length) }, (_, index) => index + 1);
  const fewest = sizes.find((size) => holds(0, wanted, size));
  if (fewest === undefined) return { sets: [], fewest: Infinity, complete: true };
  const sets: number[][] = [];
  let left = prefixLimit;
  const grow = (from: number, picks: number[], rest: readonly number[]): void => {
    if (picks.length > 0 && rest.every((quantity) => quantity <= 0)) sets.push(picks);
    if (picks.length === most) return;
    for (let index = from; index < stock.length; index++) {
      if (!holds(index, rest, most - picks.length)) return;
      if (left-- <= 0) return;
      const after = rest.map((quantity, line) => quantity - stock[index]![line]!);
      grow(index + 1, [...picks, index], after);
    }
  };
  grow(0, [], wanted);
  if (left >= 0) return { sets, fewest, complete: true };
  const greedy = greedyPicks(stock, wanted, most);
  return { sets: greedy ? [...sets, greedy] : sets, fewest, complete: false };
}
