import { Problem } from '../problem.ts';

/** Runs what it is given, unless `most` of them run already: then it throws `busy`, and nothing was begun. */
export function atMost(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  return async (work) => {
    if (running >= most)
      throw new Problem('busy', `At most ${most} of these are computed at the same time; ask again.`, {
        headers: { 'Retry-After': '1' },
      });
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
    }
  };
}
