/**
 * Does the work of each group in its order, and of all groups beside each other, so that one that fails holds up no
 * other. Throws the first failure when all have ended.
 */
export async function eachGroup<T>(
  groups: Iterable<readonly T[]>,
  work: (one: T) => Promise<void>,
): Promise<void> {
  const outcomes = await Promise.allSettled(
    [...groups].map(async (group) => {
      for (const one of group) await work(one);
    }),
  );
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}

/** Groups of rows in the order of `seq`. */
export function groupsOf<T extends { seq: string }>(rows: readonly T[], keyOf: (row: T) => string): T[][] {
  const sorted = rows.toSorted((a, b) => Number(a.seq) - Number(b.seq));
  return [...Map.groupBy(sorted, keyOf).values()];
}
