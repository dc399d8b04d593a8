/** Nearest rank. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
}

export const ascending = (values: Iterable<number>): number[] => [...values].sort((a, b) => a - b);
